/* Handles the server's reports of a batch: whether it has the batch, its progress, why it refuses it; and
 * the response to each call. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "teacher/batch/batch.h"
#include "teacher/http/backoff.h"
#include "teacher/http/failure.h"

#define PAUSE_FIRST (250 * CLOCK_MS)
#define PAUSE_MOST (60 * CLOCK_SECOND)
#define FULL_PAUSE (60 * CLOCK_SECOND) /* while the server has too much queued */
#define RESULTS_TRIES 5                /* to read missing or incomplete results */
#define LOOKS 4                        /* at lists without a batch that may have been made */
#define MADE_BEFORE (600 * CLOCK_SECOND) /* largest difference of clocks */
#define UNSAID_END (48 * 3600 * CLOCK_SECOND) /* after its beginning, if the server gives no deadline */

/* A second at first, twice as long with each failure. */
static int64_t pause_after(int failures)
{
	int64_t pause = CLOCK_SECOND << (failures < 6 ? failures : 6);
	return pause < PAUSE_MOST ? pause : PAUSE_MOST;
}

static void go_to(struct batch *b, enum batch_phase phase)
{
	b->phase = phase;
	b->due = 0;
	b->pause = PAUSE_FIRST;
	b->failures = b->missing = 0;
	buf_clear(&b->after);
}

static void stop(struct client_batch *o, const char *format, const char *words)
{
	if (!o->why.status)
		error_set(&o->why, SOW_STOPPED, format, words);
}

/* The server has the batch, under that name. */
static void note_submitted(struct client_batch *o, struct batch *b, struct view remote)
{
	if (batches_submitted(o->journal, &b->row, remote, b->is_sure, &o->why))
		return;
	if (b->is_sure) /* else it may prove another's, and this one still unsent */
		buf_release(&b->sent);
	go_to(b, PHASE_WAIT);
	batch_tell(o, b, "%lld requests are with the server", (long long)b->row.requests);
}

static bool is_other(const struct batch *b, struct view id)
{
	struct view rest = view_from(b->others.data, b->others.len), line;
	while (view_line(&rest, &line)) {
		if (view_eq(line, id))
			return true;
	}
	return false;
}

/* If a batch cannot be named, an unknown one of as many requests, made since, may be it: the ids in its
 * results will show. */
static int is_it(struct client_batch *o, const struct batch *b, const struct batch_news *n)
{
	if (!n->id.len)
		return 0;
	if (o->api->is_named)
		return view_eqstr(n->name, b->row.name);
	if (n->total != b->row.requests || is_other(b, n->id) ||
	    (n->made && n->made < b->row.made - MADE_BEFORE))
		return 0;
	int known = batches_knows(o->journal, n->id, &o->why);
	return known < 0 ? known : !known;
}

static void not_found(struct client_batch *o, struct batch *b)
{
	buf_clear(&b->after);
	if (++b->looks < LOOKS) { /* a server may be slow to make or list it */
		b->due = clock_monotonic() + (CLOCK_SECOND << b->looks);
		return;
	}
	b->looks = 0;
	if (b->is_whole) {
		go_to(b, b->file.len || !o->api->purpose ? PHASE_CREATE : PHASE_UPLOAD);
		return;
	}
	if (batches_forget(o->journal, &b->row, &o->why))
		return;
	batch_scatter(o, b, false, "");
	batch_drop(o, b);
}

/* False if the page is the same as before: the list would never end. */
static bool go_after(struct batch *b, struct view name)
{
	bool is_new = !view_eqstr(name, b->after.data);
	buf_clear(&b->after);
	buf_add(&b->after, name.p, name.len);
	return is_new;
}

static void read_list(struct client_batch *o, struct batch *b, const json_value *root)
{
	const json_value *data = json_get(root, "data"), *last = NULL;
	struct batch_news news = { 0 };
	if (json_type(data) != JSON_ARRAY) {
		stop(o, "%s: its list of batches could not be read, so whether a batch was sent is not "
			"known", o->server->address.url);
		return;
	}
	for (const json_value *v = json_first(data); v; v = json_next(data, v)) {
		last = v;
		batch_api_read(o->api, v, &news);
		int found = is_it(o, b, &news);
		if (found < 0)
			return;
		if (found) {
			b->is_sure = o->api->is_named; /* else the ids in its results will show */
			note_submitted(o, b, news.id);
			return;
		}
	}
	bool has_older = last && news.made && news.made < b->row.made - MADE_BEFORE;
	if (!json_bool(json_get(root, "has_more")) || !last || has_older || !go_after(b, news.id))
		not_found(o, b);
}

static void read_upload(struct client_batch *o, struct batch *b, const json_value *root)
{
	struct view id = json_text(json_get(root, "id"));
	if (!id.len) {
		stop(o, "%s: expected an uploaded file to have an id; is this a server that takes batches?",
		     o->server->address.url);
		return;
	}
	buf_clear(&b->file);
	buf_add(&b->file, id.p, id.len);
	go_to(b, PHASE_CREATE);
}

static void read_created(struct client_batch *o, struct batch *b, const json_value *root)
{
	struct batch_news news;
	batch_api_read(o->api, root, &news);
	if (news.id.len)
		note_submitted(o, b, news.id);
	else
		stop(o, "%s: expected a batch to have an id; is this a server that takes batches?",
		     o->server->address.url);
}

static bool is_full(struct view words)
{
	static const char *const limits[] = { "token_limit_exceeded", "nqueued token", "oo many batches",
					      "oncurrent batch", "queue limit" };
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		if (view_find(words, 0, limits[i]) != VIEW_NONE)
			return true;
	}
	return false;
}

/* Other batches must end first; if there are none, this one alone is too large. */
static void wait_for_room(struct client_batch *o, const struct batch *b)
{
	bool is_alone = true;
	for (const struct batch *other = o->batches; other; other = other->next)
		is_alone = is_alone && (other == b || !*other->row.remote);
	/* another program's batches may keep small ones out */
	bool waits = !is_alone || b->row.requests * 8 <= o->size;
	o->held_until = waits ? clock_monotonic() + FULL_PAUSE : 0;
	if (is_alone && b->row.requests > 1 && b->row.requests / 2 < o->taken) {
		o->taken = b->row.requests / 2;
		batch_tell(o, b, "the server has no room for its %lld requests: batches of %lld are sent",
			   (long long)b->row.requests, (long long)o->taken);
	}
}

/* The server never accepted it: its requests wait for another one. */
static void part(struct client_batch *o, struct batch *b, bool costs_tries)
{
	struct sow_error own = { 0 };
	if (batches_forget(o->journal, &b->row, o->why.status ? &own : &o->why))
		return;
	batch_scatter(o, b, costs_tries, o->last.data);
	batch_drop(o, b);
}

/* The server refused a whole batch, for one of its requests or for what all share. */
static void read_refusal(struct client_batch *o, struct batch *b, const struct batch_news *news)
{
	const json_value *first = json_type(news->errors) == JSON_ARRAY ? json_first(news->errors)
									: news->errors;
	struct answer_words words;
	struct params_sent sent;
	struct buf learnt = BUF_INIT, text = BUF_INIT;
	buf_addstr(&text, "{\"error\":");
	json_add_value(&text, first);
	buf_addch(&text, '}');
	if (!first)
		buf_clear(&text);
	o->server->wire->words(view_from(text.data, text.len), &words);
	bool full = is_full(view_from(text.data, text.len)), is_known = false;
	if (!full && b->requests.first &&
	    !batched_write(o, b->requests.first, &b->support, &sent)) {
		enum param_news found =
			o->server->wire->learn(&o->server->support, &words, &sent, &learnt);
		is_known = found != PARAM_NEWS_NONE;
		if (found == PARAM_NEWS_LEARNT)
			notices_learnt(&o->notices, o->server, &learnt);
	}
	buf_clear(&o->last);
	buf_addf(&o->last, "%s: refuses a batch: ", o->server->address.url);
	if (words.message.len)
		secrets_quote(&o->setup.secrets, words.message, 300, &o->last);
	else
		buf_addf(&o->last, "%.*s", VIEW_ARG(news->status));
	if (full)
		wait_for_room(o, b);
	else if (!is_known)
		stop(o, "%s", o->last.data);
	part(o, b, !full && !is_known);
	answer_words_release(&words);
	buf_release(&learnt);
	buf_release(&text);
}

/* A response with status 200 has the wrong content: asks again, for a while. */
static void say_unread(struct client_batch *o, struct batch *b)
{
	buf_clear(&o->last);
	buf_addf(&o->last, "%s: what it says of a batch could not be read", o->server->address.url);
	batch_trouble(o);
	if (!o->failing_since)
		o->failing_since = clock_monotonic();
	b->due = clock_monotonic() + pause_after(b->failures);
	b->failures++;
}

static void keep(struct buf *to, struct view text)
{
	buf_clear(to);
	buf_add(to, text.p, text.len);
}

/* A batch ends within the server's time limit, or in two days; for one that does not, the run waits
 * as long as for a server that is away. */
static void watch_end(struct client_batch *o, struct batch *b, struct view status)
{
	int64_t end = b->row.expires ? b->row.expires : b->row.made + UNSAID_END;
	int64_t now = clock_monotonic(), after = o->setup.give_up_after;
	if (clock_wall() < end + MADE_BEFORE) {
		b->overdue = 0;
		return;
	}
	if (!b->overdue) {
		b->overdue = now;
		batch_tell(o, b, "it was to have ended by now, and the server says \"%.*s\"",
			   (int)(status.len < 40 ? status.len : 40), status.p);
	}
	if (after && now - b->overdue >= after && !o->why.status)
		error_set(&o->why, SOW_STOPPED, "batch %lld %s was to have ended, and the server has said \"%.*s\" "
			  "for %g s since; the same command keeps waiting for it, and sow cancel gives it up",
			  (long long)b->row.id, b->row.remote, (int)(status.len < 40 ? status.len : 40), status.p,
			  (double)(now - b->overdue) / (double)CLOCK_SECOND);
}

static void read_state(struct client_batch *o, struct batch *b, const json_value *root)
{
	struct batch_news news;
	batch_api_read(o->api, root, &news);
	const struct batch_row before = b->row;
	bool has_files = o->api->results || news.files[0].len || news.files[1].len;
	/* a page, or a proxy's message; or results that are still being written */
	if (!news.status.len || (news.state == BATCH_ENDED && news.answered && !has_files)) {
		say_unread(o, b);
		return;
	}
	o->failing_since = 0;
	b->missing = 0;
	b->row.answered = news.answered;
	b->row.failed = news.failed;
	b->row.expires = news.expires ? news.expires : b->row.expires;
	if (news.state == BATCH_FAILED) {
		read_refusal(o, b, &news);
		return;
	}
	bool is_news = before.answered != news.answered || before.failed != news.failed ||
		       before.expires / CLOCK_SECOND != b->row.expires / CLOCK_SECOND;
	if (is_news && batches_note(o->journal, &b->row, &o->why))
		return;
	if (news.state == BATCH_RUNS) {
		watch_end(o, b, news.status);
		b->failures = 0;
		b->due = clock_monotonic() + b->pause;
		b->pause = b->pause * 3 / 2 < PAUSE_MOST ? b->pause * 3 / 2 : PAUSE_MOST;
		return;
	}
	keep(&b->files[0], news.files[0]);
	keep(&b->files[1], news.files[1]);
	batch_rewind(b);
	go_to(b, PHASE_READ);
}

/* The server counts answers that are missing: they are paid for, so read again. */
static void read_again(struct client_batch *o, struct batch *b)
{
	buf_clear(&o->last);
	buf_addf(&o->last, "%s: %lld of %lld answers of a batch came, which is read again",
		 o->server->address.url, (long long)b->met, (long long)b->row.answered);
	batch_trouble(o);
	b->due = clock_monotonic() + pause_after(b->failures);
	b->failures++;
	if (!b->is_told && !o->failing_since)
		o->failing_since = clock_monotonic();
	batch_rewind(b);
}

static void read_results(struct client_batch *o, struct batch *b, const json_value *root)
{
	if (o->api->in_pages) {
		struct view next = json_text(json_get(root, "next_cursor"));
		batch_read_page(o, b, json_get(root, "data"));
		if (b->is_told)
			o->failing_since = 0;
		if (go_after(b, next) && next.len)
			return;
	} else {
		batch_on_bytes(b, view_of("\n"));
	}
	if (o->why.status)
		return;
	if (b->is_told)
		o->failing_since = 0;
	b->file_number++;
	if (!o->api->results && b->file_number < 2 && b->files[b->file_number].len)
		return;
	if (b->is_late)
		batch_rewind(b);
	else if (b->is_told && !b->is_sure)
		batch_disown(o, b);
	else if (b->met < b->row.answered && (b->failures < RESULTS_TRIES || !b->is_told))
		read_again(o, b);
	else
		batch_finish(o, b);
}

/* The server no longer knows it. One that was just made is paid for: the user decides. */
static void lose(struct client_batch *o, struct batch *b)
{
	if (b->is_whole) {
		buf_addf(&o->last, "; going on sends the %lld requests of batch %s again",
			 (long long)b->row.requests, b->row.remote);
		stop(o, "%s", o->last.data);
		return;
	}
	if (batches_forget(o->journal, &b->row, &o->why))
		return;
	batch_tell(o, b, "the server does not have it any more; its %zu requests are sent again",
		   b->requests.count);
	batch_scatter(o, b, true, o->last.data);
	batch_drop(o, b);
}

static int64_t wait_after(const struct batch *b, const struct http_answer *a)
{
	int64_t wait = pause_after(b->failures);
	struct view told = http_header(a->headers, "retry-after");
	int64_t after = told.len ? backoff_retry_after(told, clock_wall()) : -1;
	return after > wait ? after : wait;
}

static void on_trouble(struct client_batch *o, struct batch *b, const struct http_answer *a,
		       struct view body)
{
	struct answer_words words;
	int64_t now = clock_monotonic();
	o->server->wire->words(body, &words);
	const struct failure_event e = { .trouble = a->trouble, .status = a->status, .words = &words,
					 .kind = ANSWER_MALFORMED,
					 .answered_before = o->server->answered > 0 };
	const struct failure *f = failure_of(&e);
	notices_describe(&o->notices, o->server, f, a, &words, &o->last);
	bool is_missing = a->trouble == HTTP_FINE && a->status == 404 && b->phase >= PHASE_WAIT;
	bool is_gone = is_missing && b->missing++ >= RESULTS_TRIES;
	bool is_sent = b->phase == PHASE_UPLOAD || b->phase == PHASE_CREATE;
	bool full = is_sent && !a->trouble && a->status < 500 && is_full(body);
	bool may_be_there = b->phase == PHASE_CREATE && a->sends && (a->trouble || a->status >= 500);
	if (is_gone) {
		lose(o, b);
	} else if (full) {
		batch_trouble(o);
		wait_for_room(o, b);
		part(o, b, false);
	} else if (is_missing || f->remedy == FAILURE_RETRY) {
		batch_trouble(o);
		if (!o->failing_since && !is_missing)
			o->failing_since = now;
		b->failures++;
		if (b->phase == PHASE_READ && !o->api->in_pages)
			batch_rewind(b);
		if (may_be_there)
			b->phase = PHASE_LOOK;
		b->due = now + wait_after(b, a);
	} else {
		if (a->status == 404 || a->status == 405 || a->status == 501)
			buf_addstr(&o->last, "; it may take no batches: without --batch requests are sent "
				   "one by one");
		stop(o, "%s", o->last.data);
	}
	answer_words_release(&words);
}

static void on_batch(struct client_batch *o, struct batch *b, const struct http_answer *a)
{
	bool is_lines = b->phase == PHASE_READ && !o->api->in_pages;
	struct view body = is_lines ? view_from(b->head.data, b->head.len) : a->body;
	b->is_calling = false;
	if (a->trouble == HTTP_NO_MEMORY) {
		error_nomem(&o->why);
		return;
	}
	if (a->trouble != HTTP_FINE || a->status < 200 || a->status > 299) {
		on_trouble(o, b, a, body);
		return;
	}
	struct json *doc = is_lines ? NULL : json_parse(body.p, body.len, NULL);
	const json_value *root = json_root(doc);
	if (doc && b->phase < PHASE_WAIT)
		o->failing_since = 0;
	switch (b->phase) {
	case PHASE_LOOK:
		read_list(o, b, root);
		break;
	case PHASE_UPLOAD:
		read_upload(o, b, root);
		break;
	case PHASE_CREATE:
		read_created(o, b, root);
		break;
	case PHASE_WAIT:
		read_state(o, b, root);
		break;
	case PHASE_READ:
		read_results(o, b, root);
		break;
	}
	json_free(doc);
}

/* The response to a direct request. */
static void on_direct(struct client_batch *o, struct batched *j, const struct http_answer *a)
{
	batched_remove(j);
	if (a->trouble == HTTP_FINE) {
		batched_take_answer(o, j, a->status, a->body);
		return;
	}
	const struct failure_event e = { .trouble = a->trouble };
	const struct answer_words none = { .after = -1 };
	const struct failure *f = failure_of(&e);
	notices_describe(&o->notices, o->server, f, a, &none, &o->last);
	if (f->remedy == FAILURE_STOP)
		stop(o, "%s", o->last.data);
	if (!o->failing_since)
		o->failing_since = clock_monotonic();
	j->unknown += f->paid && a->sends > 0;
	heap_push(&o->later, clock_monotonic() + backoff_delay(&j->request->key, ++j->failures), j);
}

void batch_on_answer(void *data, void *call_data, const struct http_answer *a)
{
	struct client_batch *o = data;
	if (*(enum call_kind *)call_data == CALL_BATCH)
		on_batch(o, call_data, a);
	else
		on_direct(o, call_data, a);
}
