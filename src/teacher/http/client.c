/* Teacher "http": servers of one model, as many as the user has.
 *
 * All decisions (which server, how many at once, how long to wait, what a failure means) are in
 * files of their own, and so is each server's language (wire.h); this file moves jobs between
 * them. */
#include "teacher/http/client_private.h"

#include "base/error.h"
#include "base/mem.h"
#include "teacher/http/reply.h"

#define WAIT_MAX (60 * CLOCK_SECOND)
#define TOKENS_UNSAID 256            /* of an answer without a bound, for a token limit */
#define READY 1024                   /* most requests waiting to be sent */

/* More than may be in flight, so that deferred ones take no place from those that can be sent. */
int client_capacity_of(const struct client *o)
{
	int cap = o->setup.cap;
	return cap + (cap < READY ? cap : READY);
}

void client_complete(struct client *o, struct job *j, struct reply *r)
{
	r->tag = j->request->tag;
	r->key = j->request->key;
	r->attempts = j->sends;
	r->unknown = j->unknown;
	r->began = j->began;
	r->took = clock_monotonic() - j->asked;
	o->done(o->done_data, r);
	o->fresh -= !j->failures;
	o->in_hand--;
	jobs_drop(&o->jobs, j);
}

void client_fail(struct client *o, struct job *j, const char *words)
{
	struct reply *r = reply_new(view_of(words));
	r->finish = FINISH_ERROR;
	client_complete(o, j, r);
}

/* Keeps and reports the form in which a server answered a question for numbers. */
static void take_form(struct client *o, struct job *j)
{
	struct buf news = BUF_INIT;
	if (!j->form || !forms_take(&j->server->forms, j->form->slot))
		return;
	buf_addf(&news, "gives %s by '%s'", form_slot_names[j->form->slot], j->form->name);
	notices_learnt(&o->notices, j->server, &news);
	buf_release(&news);
}

static void succeed(struct client *o, struct job *j, struct answer *a)
{
	struct reply *r = j->form ? reply_of_numbers(j->request, a)
				  : reply_of_answer(&o->setup.secrets, j->request, a);
	take_form(o, j);
	notices_oddities(&o->notices, j->server, a);
	client_clear_suspicion(o, j);
	double used = a->counted ? (double)(a->usage.prompt_tokens + a->usage.completion_tokens)
				 : 0;
	if (server_answered(j->server, &j->ticket, used) == SERVER_UP)
		notices_up(&o->notices, j->server);
	o->failing_since = 0;
	client_complete(o, j, r);
}

/* Records the quota that the server reports. */
static void note_limits(struct server *s, struct view headers, int64_t now)
{
	struct ratelimit_news requests, tokens;
	s->wire->limits(headers, clock_wall(), &requests, &tokens);
	/* The request that brought the report still counts as in flight. */
	if (requests.said)
		ratelimit_update(&s->requests_left, requests.limit, requests.left, requests.reset,
				 s->in_flight - 1, now);
	if (tokens.said)
		ratelimit_update(&s->tokens_left, tokens.limit, tokens.left, tokens.reset,
				 s->tokens_in_flight, now);
}

static bool is_streamed(const struct client *o, const struct job *j)
{
	return o->setup.style.stream && j->request->kind == REQUEST_GENERATE;
}

static enum answer_kind read_answer(const struct client *o, struct job *j, struct view body,
				    struct answer *a)
{
	const struct thoughts *t = &o->setup.thoughts;
	if (j->form)
		return form_read(j->form, body, j->request, a);
	return is_streamed(o, j) ? stream_end(&j->stream, t, a)
				 : stream_read(&j->stream, body, t, a);
}

static void on_answer(void *data, void *call_data, const struct http_answer *given)
{
	struct client *o = data;
	struct job *j = call_data;
	struct http_answer seen = *given;
	const struct http_answer *a = &seen;
	if (a->trouble == HTTP_BODY_TOO_BIG && j->stream.kind == ANSWER_MALFORMED)
		seen.trouble = HTTP_FINE; /* ended by on_bytes */
	if ((a->trouble == HTTP_BROKEN || a->trouble == HTTP_TIMEOUT) && is_streamed(o, j) && j->stream.finished)
		seen.trouble = HTTP_FINE; /* after the end of the answer */
	struct answer answer = ANSWER_INIT;
	enum answer_kind kind = ANSWER_MALFORMED;
	bool fine = a->trouble == HTTP_FINE && a->status >= 200 && a->status <= 299;
	struct view body = a->body;
	o->on_wire--;
	if (j->tries_form)
		j->server->forms.slots[j->form->slot].asking--;
	j->sends += a->sends;
	j->unknown += a->sends > 1 ? a->sends - 1 : 0;
	if (a->headers.len)
		note_limits(j->server, a->headers, clock_monotonic());
	if (a->redirected)
		notices_redirect(&o->notices, j->server);
	if (fine)
		kind = read_answer(o, j, body, &answer);
	if (kind == ANSWER_BLANK && reply_may_be_blank(j->request))
		kind = ANSWER_FINE;
	if (!j->form && (is_streamed(o, j) || j->stream.form == STREAM_EVENTS))
		body = view_from(j->stream.body.data, j->stream.body.len);
	if (a->trouble == HTTP_NO_MEMORY) {
		server_ended(j->server, &j->ticket);
		jobs_append(&o->jobs, j);
		if (!o->why.status)
			error_nomem(&o->why);
	} else if (fine && kind == ANSWER_FINE) {
		succeed(o, j, &answer);
	} else {
		client_on_failure(o, j, a, body, &answer, kind);
	}
	answer_release(&answer);
}

/* The rest after a broken event need not be read, nor generated. */
static bool on_bytes(void *data, struct view bytes)
{
	struct job *j = data;
	return stream_take(&j->stream, bytes) && j->stream.kind != ANSWER_MALFORMED;
}

static bool is_embedding(const struct request *r)
{
	return r->kind == REQUEST_EMBED;
}

static double tokens_of(const struct request *r)
{
	int32_t most = r->sampling.max_tokens;
	if (is_embedding(r))
		return (double)answer_prompt_tokens(r);
	if (form_slot(r))
		most = 1;
	return (double)(answer_prompt_tokens(r) + (most ? most : TOKENS_UNSAID));
}

/* Writes the request in the language of the server, or in its form, known or on trial. */
static int write_job(struct client *o, struct job *j, struct server *s, struct buf *body,
		     struct http_endpoint **endpoint)
{
	enum form_slot slot = form_slot(j->request);
	j->form = slot ? forms_now(&s->forms, slot) : NULL;
	j->tries_form = false;
	j->stream.wire = is_embedding(j->request) ? s->wire->embeddings : s->wire;
	*endpoint = is_embedding(j->request) ? s->embeddings : s->endpoint;
	if (!j->form)
		return j->stream.wire->write(body, &o->setup.style, &s->support, j->request, &j->sent);
	*endpoint = setup_http_form(&o->setup, s, j->form, &o->why);
	j->form->write(body, &o->setup.style, &s->support, j->request, &j->sent);
	return SOW_OK;
}

/* False: the client cannot continue, o->why says why. */
static bool send_job(struct client *o, struct job *j, struct server *s, double tokens)
{
	struct http_call *c = http_call_new(o->setup.http);
	struct http_endpoint *endpoint;
	int status = write_job(o, j, s, http_call_body(c), &endpoint);
	if (status || !endpoint)
		http_call_free(c);
	if (!status && !endpoint)
		return false;
	if (status) {
		client_fail(o, j, body_refusal(status));
		return true;
	}
	stream_clear(&j->stream);
	notices_unsaid(&o->notices, s, j->sent.unsaid);
	if (is_streamed(o, j))
		http_call_read(c, on_bytes);
	http_call_send(c, endpoint, o->setup.timeout, j);
	j->tries_form = j->form && !s->forms.slots[j->form->slot].is_known;
	if (j->tries_form)
		s->forms.slots[j->form->slot].asking++;
	if (j->server)
		atomic_fetch_add_explicit(&o->load_retries, 1, memory_order_relaxed);
	else
		j->began = clock_wall();
	j->server = s;
	server_sent(s, &o->setup.pool, tokens, &j->ticket);
	o->on_wire++;
	return true;
}

/* Sends as many as possible. Nanoseconds until more can be sent; INT64_MAX: when an answer has come. */
static int64_t send_ready(struct client *o, int64_t now)
{
	int64_t wait = INT64_MAX;
	struct job *j;
	jobs_wake(&o->jobs, now);
	while (o->jobs.first && o->on_wire < o->setup.cap) {
		const struct job *first = o->jobs.first;
		double tokens = tokens_of(first->request);
		struct server *s = server_pool_choose(&o->setup.pool, first->server,
						      form_slot(first->request), tokens, now, &wait);
		if (!s)
			return wait;
		j = jobs_take(&o->jobs);
		if (!send_job(o, j, s, tokens)) {
			jobs_put_first(&o->jobs, j);
			break;
		}
	}
	return INT64_MAX;
}

static void client_close(void *state)
{
	struct client *o = state;
	setup_http_release(&o->setup); /* ends the calls, which know their jobs */
	jobs_release(&o->jobs);
	notices_release(&o->notices);
	buf_release(&o->last);
	mem_free(o);
}

static bool client_claims(const char *spec)
{
	return address_is(spec);
}

static int client_open(void **state, const struct teacher_options *options, struct sow_error *err)
{
	struct client *o = mem_zalloc(sizeof(*o));
	jobs_init(&o->jobs);
	o->last = (struct buf)BUF_INIT;
	notices_init(&o->notices, &o->setup.secrets, &o->setup.pool);
	int status = setup_http_init(&o->setup, options, err);
	if (status) {
		client_close(o);
		return status;
	}
	notices_add(&o->notices, &o->setup.notice);
	*state = o;
	return SOW_OK;
}

static const char *client_identity(void *state)
{
	return ((struct client *)state)->setup.identity;
}

static int client_capacity(void *state)
{
	return client_capacity_of(state);
}

static bool client_prefers_chat(void *state)
{
	return ((struct client *)state)->setup.style.chat;
}

/* A raw text prompt may end anywhere. */
static enum turn_opening client_opens(void *state)
{
	return client_prefers_chat(state) ? OPENS_NOTHING : OPENS_TEXT;
}

/* A server's forms are found by trying; a language without forms has none. */
static bool client_can(void *state, enum request_kind k)
{
	const struct server_pool *p = &((struct client *)state)->setup.pool;
	bool can = true;
	for (size_t i = 0; i < p->count && k != REQUEST_GENERATE; i++)
		can = can && (k == REQUEST_EMBED ? p->list[i].embeddings != NULL : p->list[i].wire->has_forms);
	return can;
}

static int client_ask(void *state, struct request *r)
{
	struct client *o = state;
	if (o->in_hand >= client_capacity_of(o))
		return 0;
	struct job *j = jobs_new(&o->jobs);
	j->request = r;
	j->asked = clock_monotonic();
	o->in_hand++;
	o->fresh++;
	return 1;
}

static void publish_load(struct client *o)
{
	int limit = 0;
	for (size_t i = 0; i < o->setup.pool.count; i++)
		limit += o->setup.pool.list[i].retired ? 0
						       : concurrency_limit(&o->setup.pool.list[i].concurrency);
	if (limit > o->setup.cap)
		limit = o->setup.cap;
	atomic_store_explicit(&o->load_wire, o->on_wire, memory_order_relaxed);
	atomic_store_explicit(&o->load_limit, limit, memory_order_relaxed);
	atomic_store_explicit(&o->load_up, (int)server_pool_up_count(&o->setup.pool), memory_order_relaxed);
}

static void give_up(struct client *o)
{
	error_set(&o->why, SOW_STOPPED, "no answer for %g s; last: %s",
		  client_seconds(o->setup.give_up_after), o->last.data);
	client_stop_asking(o);
}

static bool is_draining(const struct client *o, int64_t now)
{
	return o->why.status && o->on_wire && now < o->drained;
}

static int client_step(void *state, void (*done)(void *data, struct reply *r), void *data,
		       struct sow_error *err)
{
	struct client *o = state;
	int64_t now = clock_monotonic();
	o->done = done;
	o->done_data = data;
	if (is_draining(o, now)) {
		struct sow_error ignored;
		if (http_turn(o->setup.http, o->drained - now, on_answer, o, &ignored))
			o->drained = 0;
	}
	if (!o->why.status)
		client_ask_suspects(o);
	int64_t wait = o->why.status ? 0 : send_ready(o, now), due = heap_key(&o->jobs.later);
	if (due != HEAP_NONE && due - now < wait)
		wait = due - now;
	if (o->failing_since && o->setup.give_up_after) {
		int64_t left = o->failing_since + o->setup.give_up_after - now;
		wait = left < wait ? left : wait;
		if (left <= 0 && !o->why.status)
			give_up(o);
	}
	if (!o->why.status && o->in_hand)
		http_turn(o->setup.http, wait < WAIT_MAX ? wait : WAIT_MAX, on_answer, o, &o->why);
	publish_load(o);
	if (!o->why.status)
		return o->in_hand > 0;
	if (is_draining(o, clock_monotonic()))
		return 1;
	if (err)
		*err = o->why;
	return (int)o->why.status;
}

static void client_wake(void *state)
{
	http_wake(((struct client *)state)->setup.http);
}

static bool client_notice(void *state, struct buf *line)
{
	return notices_take(&((struct client *)state)->notices, line);
}

static void client_told(void *state, struct buf *learnt, struct buf *trouble)
{
	const struct client *o = state;
	tally_write(o->notices.tally, TALLY_LEARNT, learnt);
	tally_write(o->notices.tally, TALLY_TROUBLE, trouble);
}

static void client_load(void *state, struct teacher_load *out)
{
	struct client *o = state;
	*out = (struct teacher_load){
		.on_wire = atomic_load_explicit(&o->load_wire, memory_order_relaxed),
		.limit = atomic_load_explicit(&o->load_limit, memory_order_relaxed),
		.retries = atomic_load_explicit(&o->load_retries, memory_order_relaxed),
		.servers = (int)o->setup.pool.count,
		.servers_up = atomic_load_explicit(&o->load_up, memory_order_relaxed),
	};
}

const struct teacher_kind teacher_http = {
	.name = "http",
	.several = true,
	.bounded = true,
	.claims = client_claims,
	.open = client_open,
	.close = client_close,
	.identity = client_identity,
	.capacity = client_capacity,
	.prefers_chat = client_prefers_chat,
	.can = client_can,
	.opens = client_opens,
	.ask = client_ask,
	.step = client_step,
	.wake = client_wake,
	.notice = client_notice,
	.load = client_load,
	.told = client_told,
};
