/* Teacher "batch": one server, which gets requests in batches. */
#include "teacher/batch/batch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

#define SIZE_USUAL 10000
#define AT_ONCE 5                    /* batches in progress for which there is room */
#define WAIT_MAX (60 * CLOCK_SECOND)
#define DIRECT_MAX 16                /* direct requests in flight */

/* Lists */

void batched_add(struct batched_list *list, struct batched *j)
{
	j->list = list;
	j->next = NULL;
	j->before = list->last;
	*(list->last ? &list->last->next : &list->first) = j;
	list->last = j;
	list->count++;
}

void batched_remove(struct batched *j)
{
	struct batched_list *list = j->list;
	if (!list)
		return;
	*(j->before ? &j->before->next : &list->first) = j->next;
	*(j->next ? &j->next->before : &list->last) = j->before;
	list->count--;
	j->list = NULL;
}

/* Ends of a request */

static void drop(struct client_batch *o, struct batched *j)
{
	const struct hash *key = &j->request->key;
	uint64_t *at = map_get(&o->by_key, (const char *)key->bytes, HASH_SIZE);
	if (at && *at == (uint64_t)(uintptr_t)j)
		map_remove(&o->by_key, (const char *)key->bytes, HASH_SIZE);
	batched_remove(j);
	request_free(j->request);
	mem_free(j);
	o->in_hand--;
}

void batched_complete(struct client_batch *o, struct batched *j, struct reply *r)
{
	r->tag = j->request->tag;
	r->key = j->request->key;
	r->attempts = j->sends ? j->sends : 1;
	r->unknown = j->unknown;
	r->began = j->batch ? j->batch->row.made : clock_wall();
	r->took = clock_monotonic() - j->asked;
	r->direct = j->call == CALL_REQUEST;
	o->done(o->done_data, r);
	if (j->batch)
		j->batch->used++;
	drop(o, j);
}

void batched_fail(struct client_batch *o, struct batched *j, const char *words)
{
	struct reply *r = reply_new(view_of(words));
	r->finish = FINISH_ERROR;
	if (j->batch)
		buf_add(&j->batch->ended, (const char *)j->request->key.bytes, HASH_SIZE);
	batched_complete(o, j, r);
}

void batched_again(struct client_batch *o, struct batched *j, const char *words)
{
	if (++j->tries >= BATCH_TRIES) {
		batched_fail(o, j, words);
		return;
	}
	batched_remove(j);
	j->batch = NULL;
	if (o->rest_now)
		j->call = CALL_REQUEST;
	batched_add(o->rest_now ? &o->direct : &o->waiting, j);
}

/* Batches */

static struct batch *new_batch(struct client_batch *o, const struct batch_row *row)
{
	struct batch *b = mem_zalloc(sizeof(*b));
	struct buf *bufs[] = { &b->sent, &b->file, &b->files[0], &b->files[1], &b->after, &b->others,
			       &b->line, &b->head, &b->ended };
	for (size_t i = 0; i < sizeof(bufs) / sizeof(*bufs); i++)
		*bufs[i] = (struct buf)BUF_INIT;
	b->call = CALL_BATCH;
	b->o = o;
	b->row = *row;
	b->support = o->server->support;
	struct batch **end = &o->batches;
	while (*end)
		end = &(*end)->next;
	*end = b;
	return b;
}

void batch_drop(struct client_batch *o, struct batch *b)
{
	struct batch **at = &o->batches;
	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	struct buf *bufs[] = { &b->sent, &b->file, &b->files[0], &b->files[1], &b->after, &b->others,
			       &b->line, &b->head, &b->ended };
	for (size_t i = 0; i < sizeof(bufs) / sizeof(*bufs); i++)
		buf_release(bufs[i]);
	mem_free(b);
}

void batch_scatter(struct client_batch *o, struct batch *b, bool costs_tries, const char *words)
{
	struct batched *next;
	for (struct batched *j = b->requests.first; j; j = next) {
		next = j->next;
		j->tries -= !costs_tries;
		batched_again(o, j, words);
	}
}

void batch_tell(struct client_batch *o, const struct batch *b, const char *format, ...)
{
	struct buf line = BUF_INIT;
	char text[400];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_addf(&line, "batch %lld%s%s: %s", (long long)b->row.id, *b->row.remote ? " " : "",
		 b->row.remote, text);
	notices_add(&o->notices, &line);
}

void batch_trouble(struct client_batch *o)
{
	struct buf line = BUF_INIT;
	buf_addstr(&line, o->last.data);
	notices_trouble(&o->notices, &line);
}

/* The batch of that row, which may already be in progress. */
static struct batch *batch_of(struct client_batch *o, const struct batch_row *row)
{
	struct batch *b = o->batches;
	while (b && b->row.id != row->id)
		b = b->next;
	if (b)
		return b;
	b = new_batch(o, row);
	b->phase = *row->remote ? PHASE_WAIT : PHASE_LOOK;
	b->is_sure = row->state != BATCH_PENDING;
	return b;
}

/* Takes as many waiting requests as one batch may hold, and records that they are about to be
 * sent. */
static int begin_batch(struct client_batch *o)
{
	size_t most = o->waiting.count < (size_t)o->taken ? o->waiting.count : (size_t)o->taken, count = 0;
	const struct hash **keys = mem_alloc(most * sizeof(*keys));
	struct batch_row row = { 0 };
	struct batch *b = new_batch(o, &row);
	while (count < most && b->sent.len < o->api->bytes) {
		struct batched *j = o->waiting.first;
		char id[HASH_HEX_SIZE];
		struct params_sent sent;
		int status = batched_write(o, j, &b->support, &sent);
		if (status) {
			batched_fail(o, j, body_refusal(status));
			most--;
			continue;
		}
		notices_unsaid(&o->notices, o->server, sent.unsaid);
		size_t before = b->sent.len;
		hash_hex(&j->request->key, id);
		batch_api_line(o->api, &b->sent, id, o->endpoint, view_from(o->body.data, o->body.len));
		if (b->sent.len > o->api->bytes && count) { /* it goes into the next one */
			buf_cut(&b->sent, before);
			break;
		}
		keys[count++] = &j->request->key;
		batched_remove(j);
		batched_add(&b->requests, j);
		j->batch = b;
		j->sends++;
	}
	int status = count ? batches_add(o->journal, keys, count, &b->row, &o->why) : SOW_OK;
	mem_free(keys);
	b->phase = o->api->purpose ? PHASE_UPLOAD : PHASE_CREATE;
	b->is_whole = b->is_sure = true;
	if (!count)
		batch_drop(o, b);
	return status;
}

/* The kind */

static void close_batch(void *state)
{
	struct client_batch *o = state;
	setup_http_release(&o->setup); /* ends the calls */
	struct batched_list *lists[] = { &o->waiting, &o->direct, &o->in_flight };
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		while (lists[i]->first)
			drop(o, lists[i]->first);
	}
	struct batched *j;
	while ((j = heap_pop(&o->later)))
		drop(o, j);
	while (o->batches) {
		while (o->batches->requests.first)
			drop(o, o->batches->requests.first);
		batch_drop(o, o->batches);
	}
	batches_close(o->journal);
	notices_release(&o->notices);
	map_release(&o->by_key);
	heap_release(&o->later);
	buf_release(&o->last);
	buf_release(&o->scratch);
	buf_release(&o->body);
	mem_free(o->endpoint);
	mem_free(o->run);
	mem_free(o);
}

static bool claims(const char *spec)
{
	(void)spec;
	return false; /* it takes --batch: teacher.c */
}

/* The path of the address, and the call: the endpoint that lines and batches name. */
static char *name_endpoint(const struct server *s, const char *path)
{
	struct buf text = BUF_INIT;
	struct view url = view_of(s->address.url);
	size_t host = view_find(url, 0, "://");
	size_t at = host == VIEW_NONE ? VIEW_NONE : view_find(url, host + 3, "/v1");
	buf_addf(&text, "%s%s", at == VIEW_NONE ? "" : "/v1", path);
	return buf_detach(&text);
}

static int open_server(struct client_batch *o, const struct teacher_options *given, struct sow_error *err)
{
	struct teacher_options options = *given;
	options.stream = false;
	if (given->spec_count != 1)
		return error_set(err, SOW_USAGE, "--batch: expected one --teacher, the server that takes "
				 "batches");
	int status = setup_http_init(&o->setup, &options, err);
	if (status)
		return status;
	o->server = &o->setup.pool.list[0];
	o->api = batch_api_of(o->server->address.host, o->server->wire);
	o->endpoint = name_endpoint(o->server, o->server->wire->path(&o->setup.style));
	o->run = mem_copystr(given->run ? given->run : "");
	o->size = given->batch_size ? given->batch_size : SIZE_USUAL;
	if (o->size > o->api->requests)
		o->size = o->api->requests;
	o->taken = o->size;
	o->rest_now = given->batch_rest && strcmp(given->batch_rest, "now") == 0;
	return SOW_OK;
}

static int open_batch(void **state, const struct teacher_options *options, struct sow_error *err)
{
	struct client_batch *o = mem_zalloc(sizeof(*o));
	o->last = o->scratch = o->body = (struct buf)BUF_INIT;
	notices_init(&o->notices, &o->setup.secrets, &o->setup.pool);
	int status = open_server(o, options, err);
	if (status) {
		close_batch(o);
		return status;
	}
	notices_add(&o->notices, &o->setup.notice);
	*state = o;
	return SOW_OK;
}

static const char *identity(void *state)
{
	return ((struct client_batch *)state)->setup.identity;
}

static int capacity(void *state)
{
	return (int)((struct client_batch *)state)->size * AT_ONCE;
}

static bool prefers_chat(void *state)
{
	return ((struct client_batch *)state)->setup.style.chat;
}

static enum turn_opening opens(void *state)
{
	return prefers_chat(state) ? OPENS_NOTHING : OPENS_TEXT;
}

char *batch_name_teacher(const struct setup_http *s)
{
	struct buf name = BUF_INIT;
	buf_addf(&name, "%s %s", s->pool.list[0].address.url, s->identity);
	return buf_detach(&name);
}

/* At the first request, because the run exists by then. */
static int open_journal(struct client_batch *o)
{
	if (o->journal)
		return SOW_OK;
	char *who = batch_name_teacher(&o->setup);
	o->journal = batches_open(o->run, who, &o->why);
	mem_free(who);
	return o->journal ? SOW_OK : (int)o->why.status;
}

/* Puts it into the batch in which it was sent, or among the waiting. */
static int take(struct client_batch *o, struct batched *j)
{
	const struct hash *key = &j->request->key;
	struct batch_row row;
	int found = open_journal(o);
	if (!found)
		found = batches_find(o->journal, key, &row, &o->why);
	if (found < 0)
		return found;
	map_put(&o->by_key, (const char *)key->bytes, HASH_SIZE, (uint64_t)(uintptr_t)j);
	j->batch = found ? batch_of(o, &row) : NULL;
	j->sends = found;
	if (found && j->batch->phase == PHASE_READ)
		j->batch->is_late = true; /* its line may have been read already */
	batched_add(found ? &j->batch->requests : &o->waiting, j);
	return SOW_OK;
}

static int ask(void *state, struct request *r)
{
	struct client_batch *o = state;
	if (o->why.status || o->in_hand >= (size_t)capacity(o))
		return 0;
	struct batched *j = mem_zalloc(sizeof(*j));
	j->call = CALL_BATCH;
	j->request = r;
	j->asked = clock_monotonic();
	o->is_idle = false;
	o->in_hand++;
	if (take(o, j)) {
		request_ref(r); /* it stays the caller's */
		drop(o, j);
		return 0;
	}
	return 1;
}

/* Sends directly as many as possible. Nanoseconds until more can be sent. */
static int64_t ask_directly(struct client_batch *o, int64_t now)
{
	while (heap_key(&o->later) <= now)
		batched_add(&o->direct, heap_pop(&o->later));
	while (o->direct.first && o->in_flight.count < DIRECT_MAX && !o->why.status && !o->stop.status)
		batched_ask(o, o->direct.first);
	int64_t due = heap_key(&o->later);
	return due == HEAP_NONE ? WAIT_MAX : due - now;
}

/* Is a batch's result file being read? Only its end shows whether it is of use. */
static bool reads(const struct client_batch *o)
{
	const struct batch *b = o->batches;
	while (b && (b->phase != PHASE_READ || (!b->is_calling && !b->failures)))
		b = b->next;
	return b != NULL;
}

static int64_t act(struct client_batch *o, int64_t now)
{
	int64_t wait = ask_directly(o, now);
	while (o->waiting.count && !o->why.status && !o->stop.status && now >= o->held_until && !reads(o) &&
	       (o->is_idle || o->waiting.count >= (size_t)o->taken)) {
		if (begin_batch(o))
			return 0;
	}
	if (o->waiting.count && now < o->held_until && o->held_until - now < wait)
		wait = o->held_until - now;
	struct batch *next;
	for (struct batch *b = o->batches; b && !o->why.status; b = next) {
		next = b->next;
		/* Others of its requests may still arrive: results are read only once. */
		if (b->phase == PHASE_READ && !b->is_whole && !o->is_idle &&
		    (int64_t)b->requests.count < b->row.requests)
			continue;
		if (!b->is_calling && b->due <= now) {
			batch_act(o, b);
			wait = 0;
		} else if (!b->is_calling && b->due - now < wait) {
			wait = b->due - now;
		}
	}
	return wait > 0 ? wait : 0;
}

static void give_up(struct client_batch *o, int64_t now)
{
	int64_t after = o->setup.give_up_after;
	if (o->failing_since && after && now - o->failing_since >= after && !o->why.status)
		error_set(&o->why, SOW_STOPPED, "no answer for %g s; last: %s; the same command resumes "
			  "waiting for what was sent", (double)after / (double)CLOCK_SECOND, o->last.data);
}

static int step(void *state, void (*done)(void *data, struct reply *r), void *data,
		struct sow_error *err)
{
	struct client_batch *o = state;
	int64_t now = clock_monotonic();
	o->done = done;
	o->done_data = data;
	give_up(o, now);
	int64_t wait = o->why.status ? 0 : act(o, now);
	if (!o->why.status && o->in_hand)
		http_turn(o->setup.http, wait < WAIT_MAX ? wait : WAIT_MAX, batch_on_answer, o, &o->why);
	atomic_store_explicit(&o->load_batched, (long long)(o->in_hand - o->waiting.count),
			      memory_order_relaxed);
	if (!o->why.status)
		return o->in_hand > 0;
	if (err)
		*err = o->why;
	return (int)o->why.status;
}

static void flush(void *state)
{
	((struct client_batch *)state)->is_idle = true;
}

static void wake(void *state)
{
	http_wake(((struct client_batch *)state)->setup.http);
}

static bool notice(void *state, struct buf *line)
{
	return notices_take(&((struct client_batch *)state)->notices, line);
}

static void told(void *state, struct buf *learnt, struct buf *trouble)
{
	const struct client_batch *o = state;
	tally_write(o->notices.tally, TALLY_LEARNT, learnt);
	tally_write(o->notices.tally, TALLY_TROUBLE, trouble);
}

static void load(void *state, struct teacher_load *out)
{
	struct client_batch *o = state;
	*out = (struct teacher_load){
		.on_wire = atomic_load_explicit(&o->load_batched, memory_order_relaxed),
		.servers = 1,
		.servers_up = 1,
	};
}

const struct teacher_kind teacher_batch = {
	.name = "batch",
	.bounded = true,
	.claims = claims,
	.open = open_batch,
	.close = close_batch,
	.identity = identity,
	.capacity = capacity,
	.prefers_chat = prefers_chat,
	.opens = opens,
	.ask = ask,
	.step = step,
	.flush = flush,
	.wake = wake,
	.notice = notice,
	.load = load,
	.told = told,
};
