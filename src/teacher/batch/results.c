/* The results of a batch: lines in any order, each with its request's key. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "teacher/batch/batch.h"
#include "teacher/http/backoff.h"
#include "teacher/http/failure.h"
#include "teacher/http/reply.h"

#define HEAD_MOST 4096
#define OF_NO_USE 20                 /* useless answers of a batch, and no useful one: pay for no more */

void batch_begin_results(struct batch *b)
{
	buf_clear(&b->line);
	buf_clear(&b->head);
}

void batch_rewind(struct batch *b)
{
	b->is_late = b->is_told = false;
	b->file_number = 0;
	b->met = 0;
	buf_clear(&b->after);
}

/* One request */

/* True if the server refused a part of the request that may be left out. */
static bool learn(struct client_batch *o, struct batched *j, const struct answer_words *w)
{
	struct buf news = BUF_INIT;
	struct params_sent sent = j->sent;
	if (j->batch && batched_write(o, j, &j->batch->support, &sent))
		return false;
	enum param_news found = o->server->wire->learn(&o->server->support, w, &sent, &news);
	if (found == PARAM_NEWS_LEARNT)
		notices_learnt(&o->notices, o->server, &news);
	buf_release(&news);
	return found != PARAM_NEWS_NONE;
}

static void ask_again(struct client_batch *o, struct batched *j, bool costs_tries)
{
	j->tries -= !costs_tries;
	if (j->call == CALL_BATCH) {
		batched_again(o, j, o->last.data);
	} else if (++j->tries >= BATCH_TRIES) {
		batched_fail(o, j, o->last.data);
	} else {
		heap_push(&o->later, clock_monotonic() + backoff_delay(&j->request->key, ++j->failures), j);
	}
}

/* The results of a batch are paid for: they are read to their end. The requests that stopped the run
 * are sent again when it resumes, not read again. */
static void stop_for(struct client_batch *o, struct batched *j)
{
	struct sow_error *why = j->batch ? &o->stop : &o->why;
	if (!why->status)
		error_set(why, SOW_STOPPED, "%s", o->last.data);
	if (j->batch)
		buf_add(&j->batch->ended, (const char *)j->request->key.bytes, HASH_SIZE);
}

static void take_failure(struct client_batch *o, struct batched *j, int status, struct view body,
			 const struct answer *answer, enum answer_kind kind)
{
	struct answer_words words;
	o->server->wire->words(body, &words);
	if (!status)
		status = words.status ? words.status : 500;
	if (words.has_no_message && answer->reason.len && kind != ANSWER_MALFORMED)
		words.message = answer->reason;
	const struct failure_event e = { .status = status, .words = &words, .kind = kind,
					 .answered_before = o->server->answered > 0 };
	const struct http_answer seen = { .status = status };
	const struct failure *f = failure_of(&e);
	notices_describe(&o->notices, o->server, f, &seen, &words, &o->last);
	j->unknown += f->paid;
	if (f->remedy == FAILURE_STOP)
		stop_for(o, j);
	if (f->remedy == FAILURE_RETRY)
		batch_trouble(o);
	bool is_refused = strcmp(f->name, "refused") == 0;
	if ((is_refused && learn(o, j, &words)) || f->remedy == FAILURE_STOP)
		ask_again(o, j, false);
	else if (f->remedy == FAILURE_FAIL)
		batched_fail(o, j, o->last.data);
	else
		ask_again(o, j, true);
	answer_words_release(&words);
}

void batched_take_answer(struct client_batch *o, struct batched *j, int status, struct view body)
{
	struct answer answer = ANSWER_INIT;
	enum answer_kind kind = ANSWER_MALFORMED;
	if (status >= 200 && status <= 299)
		kind = answer_read(o->server->wire, body, &o->setup.thoughts, &answer);
	if (kind == ANSWER_BLANK && reply_may_be_blank(j->request))
		kind = ANSWER_FINE;
	if (kind == ANSWER_FINE) {
		notices_oddities(&o->notices, o->server, &answer);
		o->server->answered++;
		o->failing_since = 0;
		batched_complete(o, j, reply_of_answer(&o->setup.secrets, j->request, &answer));
	} else {
		take_failure(o, j, status, body, &answer, kind);
	}
	answer_release(&answer);
}

/* A line */

/* A batch found by its size may be another's: the ids in its results show that. The id of a request
 * that is in no batch any longer, or in a later one, shows nothing. */
static bool is_ours(struct client_batch *o, struct batch *b, const struct hash *key)
{
	struct batch_row row;
	if (b->is_sure)
		return true;
	int found = key ? batches_find(o->journal, key, &row, &o->why) : 0;
	b->is_sure = found > 0 && row.id == b->row.id;
	if (b->is_sure) {
		b->row.state = BATCH_SUBMITTED;
		batches_note(o->journal, &b->row, &o->why);
	}
	return b->is_sure;
}

/* Looks for this one again among the others. */
void batch_disown(struct client_batch *o, struct batch *b)
{
	buf_addf(&b->others, "%s\n", b->row.remote);
	b->row.state = BATCH_PENDING;
	*b->row.remote = '\0';
	batches_note(o->journal, &b->row, &o->why);
	b->phase = PHASE_LOOK;
	b->due = 0;
	b->looks = 0;
	buf_clear(&b->after);
}

static void take_line(struct client_batch *o, struct batch *b, const json_value *root)
{
	struct batch_line line;
	struct hash key;
	batch_api_result(root, &line);
	if (!line.id.len || o->why.status)
		return;
	bool is_key = hash_from_hex(line.id.p, line.id.len, &key) == SOW_OK;
	b->is_told = true;
	b->met += line.kind == LINE_ANSWER;
	if (!is_ours(o, b, is_key ? &key : NULL))
		return;
	uint64_t *at = is_key ? map_get(&o->by_key, (const char *)key.bytes, HASH_SIZE) : NULL;
	struct batched *j = at ? (struct batched *)(uintptr_t)*at : NULL;
	if (!j || j->batch != b || line.kind == LINE_NOT_ASKED)
		return;
	buf_clear(&o->scratch);
	if (line.body)
		json_add_value(&o->scratch, line.body);
	int status = line.kind == LINE_FAILURE && line.status >= 200 && line.status <= 299 ? 500
											     : line.status;
	batched_take_answer(o, j, status, view_from(o->scratch.data, o->scratch.len));
}

static void read_line(struct client_batch *o, struct batch *b, struct view text)
{
	bool mended = false;
	if (!view_trim(text).len)
		return;
	struct json *doc = answer_parse(text, &mended);
	take_line(o, b, json_root(doc));
	json_free(doc);
}

bool batch_on_bytes(void *data, struct view bytes)
{
	struct batch *b = data;
	struct view rest = bytes;
	if (b->head.len < HEAD_MOST)
		buf_add(&b->head, bytes.p, bytes.len < HEAD_MOST ? bytes.len : HEAD_MOST);
	while (rest.len) {
		size_t end = view_find(rest, 0, "\n");
		if (end == VIEW_NONE) {
			buf_add(&b->line, rest.p, rest.len);
			break;
		}
		struct view line = view_sub(rest, 0, end);
		if (b->line.len) {
			buf_add(&b->line, line.p, line.len);
			line = view_from(b->line.data, b->line.len);
		}
		read_line(b->o, b, line);
		buf_clear(&b->line);
		rest = view_sub(rest, end + 1, rest.len);
	}
	return true;
}

void batch_read_page(struct client_batch *o, struct batch *b, const json_value *data)
{
	for (const json_value *v = json_first(data); v; v = json_next(data, v))
		take_line(o, b, v);
}

/* The end */

/* Unanswered requests are sent again; refused ones may be, if the user wants it. */
static int free_requests(struct client_batch *o, const struct batch *b)
{
	size_t count = 0;
	size_t ended = b->ended.len / HASH_SIZE;
	const struct hash **keys = mem_alloc((b->requests.count + ended + 1) * sizeof(*keys));
	for (const struct batched *j = b->requests.first; j; j = j->next)
		keys[count++] = &j->request->key;
	for (size_t i = 0; i < ended; i++)
		keys[count++] = (const struct hash *)(const void *)(b->ended.data + i * HASH_SIZE);
	int status = batches_free_requests(o->journal, keys, count, &o->why);
	mem_free(keys);
	return status;
}

void batch_finish(struct client_batch *o, struct batch *b)
{
	size_t left = b->requests.count;
	bool is_paid = b->row.answered || b->met;
	if (is_paid && !b->used && b->asked == b->row.requests && b->asked >= OF_NO_USE && !o->stop.status)
		error_set(&o->stop, SOW_STOPPED, "%s: batch %s is answered, and none of its %lld answers is of "
			  "use; going on sends its requests again, and pays for them again; last: %s",
			  o->server->address.url, b->row.remote, (long long)b->asked,
			  *o->last.data ? o->last.data : "no line that could be read");
	b->row.state = BATCH_DONE;
	if (batches_note(o->journal, &b->row, &o->why) || ((left || b->ended.len) && free_requests(o, b)))
		return;
	if (left)
		batch_tell(o, b, "ended without an answer to %zu of %lld requests: they are asked again%s",
			   left, (long long)b->row.requests,
			   o->rest_now ? ", directly" : " in the next batch");
	else
		batch_tell(o, b, "done");
	buf_clear(&o->last);
	buf_addf(&o->last, "batch %s ended without an answer to it", b->row.remote);
	batch_scatter(o, b, true, o->last.data);
	batch_drop(o, b);
	if (o->stop.status && !o->why.status)
		o->why = o->stop;
}
