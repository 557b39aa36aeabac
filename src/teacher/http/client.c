/* Teacher "http": servers of one model, as many as the user has.
 *
 * All that decides (whom to ask, how much at once, how long to wait, what a failure means) is in
 * pieces of its own, and so is the language that each speaks (wire.h); this file moves jobs between
 * them. */
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "teacher/http/backoff.h"
#include "teacher/http/jobs.h"
#include "teacher/http/notices.h"
#include "teacher/http/reply.h"
#include "teacher/http/setup.h"

#define WAIT_MAX (60 * CLOCK_SECOND)
#define TOKENS_UNSAID 256            /* of an answer without a bound, for a limit of tokens */
#define LONG_WAIT (60 * CLOCK_SECOND) /* one that the user should know of */
#define READY 1024                   /* requests that wait to be sent, at most */
#define DRAIN (60 * CLOCK_SECOND)    /* for what is on the wire when no more is sent */
#define PATIENT_FAILURES 5           /* of a request that alone is left: waits grow no longer */

struct client {
	struct setup_http setup;
	struct jobs jobs;
	int in_hand, on_wire;
	int fresh;                   /* of those in hand, those that have not failed yet */
	struct notices notices;
	int64_t failing_since;       /* the first failure since a server last answered; 0: none */
	struct sow_error why;        /* status not 0: it cannot go on */
	int64_t drained;             /* when what is on the wire then is waited for no more */
	struct buf last;             /* words of the last failure */
	void (*done)(void *data, struct reply *r); /* of the step under way */
	void *done_data;
	atomic_llong load_wire, load_limit, load_retries;
	atomic_int load_up;
};

/* More than may be in flight: those put off take no place away from those that can be sent. */
static int capacity_of(const struct client *o)
{
	int cap = o->setup.cap;
	return cap + (cap < READY ? cap : READY);
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)CLOCK_SECOND;
}

/* Hands a reply over, and the job back. */
static void settle(struct client *o, struct job *j, struct reply *r)
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

static void settle_failed(struct client *o, struct job *j, const char *words)
{
	struct reply *r = reply_new(view_of(words));
	r->finish = FINISH_ERROR;
	settle(o, j, r);
}

/* Asked again, all of them. */
static void release_suspects(struct client *o, struct suspects *s)
{
	struct job *j;
	while ((j = suspects_take(s))) {
		mem_free(j->words);
		j->words = NULL;
		jobs_append(&o->jobs, j);
	}
}

/* Leaving parts out did not help. */
static void fail_suspects(struct client *o, struct suspects *s)
{
	struct job *j;
	while ((j = suspects_take(s)))
		settle_failed(o, j, j->words ? j->words : o->last.data);
}

static int count_suspects(const struct client *o)
{
	int count = 0;
	for (size_t i = 0; i < o->setup.pool.count; i++)
		count += o->setup.pool.list[i].suspects.count;
	return count;
}

/* True if the job was put aside, or is asked again. o->last says why it was refused. */
static bool suspect(struct client *o, struct job *j)
{
	struct server *s = j->server;
	bool is_last = count_suspects(o) + 1 >= o->in_hand;
	enum suspicion found = suspects_refused(&s->suspects, &s->dialect, j, &o->last, is_last);
	if (found == SUSPECT_NOT)
		return false;
	o->failing_since = 0; /* a server that refuses is there */
	if (found == SUSPECT_FAILED) {
		fail_suspects(o, &s->suspects);
		return false;
	}
	server_ended(s, &j->ticket);
	if (found == SUSPECT_ASIDE) { /* it has failed, too: those that are left may all be failing */
		o->fresh -= !j->failures;
		j->failures += !j->failures;
		return true;
	}
	jobs_append(&o->jobs, j);
	if (found == SUSPECT_ALL_AGAIN)
		release_suspects(o, &s->suspects);
	return true;
}

/* All but suspects have ended. */
static void ask_suspects(struct client *o)
{
	int count = count_suspects(o);
	if (!count || count < o->in_hand)
		return;
	for (size_t i = 0; i < o->setup.pool.count; i++) {
		struct server *s = &o->setup.pool.list[i];
		if (!s->suspects.count)
			continue;
		if (suspects_alone(&s->suspects, &s->dialect))
			release_suspects(o, &s->suspects);
		else
			fail_suspects(o, &s->suspects);
	}
}

static void clear_suspicion(struct client *o, const struct job *j)
{
	struct server *s = j->server;
	struct buf news = BUF_INIT;
	if (suspects_answered(&s->suspects, &s->dialect, j, &news)) {
		if (news.len)
			notices_learnt(&o->notices, s, &news);
		release_suspects(o, &s->suspects);
	}
	buf_release(&news);
}

/* The way of asking for numbers that a server answers is kept, and told. */
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
	clear_suspicion(o, j);
	double used = a->counted ? (double)(a->usage.prompt_tokens + a->usage.completion_tokens)
				 : 0;
	if (server_answered(j->server, &j->ticket, used) == SERVER_UP)
		notices_up(&o->notices, j->server);
	o->failing_since = 0;
	settle(o, j, r);
}

/* Nothing more is sent. What was sent before is paid for: it is waited for a while. */
static void stop_asking(struct client *o)
{
	o->drained = clock_monotonic() + DRAIN;
}

/* One server less; without the last it ends. */
static void retire(struct client *o, struct server *s)
{
	struct buf line = BUF_INIT;
	bool news = !s->retired;
	s->retired = true;
	for (size_t i = 0; i < o->setup.pool.count; i++) {
		if (o->setup.pool.list[i].retired)
			continue;
		if (news) {
			buf_addf(&line, "asked no more: %s", o->last.data);
			notices_add(&o->notices, &line);
		}
		return;
	}
	if (o->why.status)
		return;
	error_set(&o->why, SOW_STOPPED, "%s", o->last.data);
	stop_asking(o);
}

/* Is there another server that could take it at once? */
static bool can_fail_over(struct client *o, const struct job *j, int64_t now)
{
	int64_t wait;
	if (o->on_wire >= o->setup.cap || (size_t)j->failures >= o->setup.pool.count)
		return false;
	const struct server *s =
		pool_choose(&o->setup.pool, j->server, form_slot(j->request), j->ticket.tokens, now, &wait);
	return s && s != j->server;
}

/* No request is left but such as have failed, and no other will come. */
static bool are_all_failing(const struct client *o, const struct job *j)
{
	return o->in_hand < capacity_of(o) && o->fresh <= !j->failures;
}

static void put_off(struct client *o, struct job *j, int64_t retry_after, int64_t now)
{
	bool is_last = are_all_failing(o, j);
	o->fresh -= !j->failures++;
	if (can_fail_over(o, j, now)) {
		jobs_append(&o->jobs, j);
		return;
	}
	int failures = is_last && j->failures > PATIENT_FAILURES ? PATIENT_FAILURES : j->failures;
	int64_t wait = backoff_delay(&j->request->key, failures);
	if (retry_after >= 0) /* as told, and then not all together */
		wait = retry_after + backoff_delay(&j->request->key, 1) / 4;
	jobs_put_off(&o->jobs, j, now + wait);
}

/* True if that was once too often. */
static bool is_spent(const struct client *o, struct job *j, const struct failure *f)
{
	if (!f->tries)
		return false;
	if (f->count == COUNT_EACH || j->server->answered > j->answered ||
	    (f->count == COUNT_SINGLE && are_all_failing(o, j)))
		j->tries++;
	j->answered = j->server->answered;
	return j->tries >= f->tries;
}

/* When it may be asked again, as the headers say, or the words. */
static int64_t retry_after(const struct http_answer *a, const struct answer_words *w)
{
	struct view value = http_header(a->headers, "retry-after-ms");
	if (value.len)
		return backoff_duration(value, CLOCK_MS);
	value = http_header(a->headers, "retry-after");
	if (value.len)
		return backoff_retry_after(value, clock_wall());
	if (w->after >= 0 || !w->reset)
		return w->after;
	int64_t left = w->reset - clock_wall();
	return left > 0 ? backoff_limit((double)left) : 0;
}

/* Will the server refuse for longer than the user waits? */
static bool is_hopeless_wait(const struct client *o, const struct server *s,
			     const struct failure *f, int64_t after)
{
	if (after < 0)
		after = f->hours * 3600 * CLOCK_SECOND;
	return f->slows && o->setup.give_up_after && after > o->setup.give_up_after &&
	       (server_is_refusing(s) || !s->in_flight);
}

static void fail(struct client *o, struct job *j, const struct failure *f,
		 const struct http_answer *a, const struct answer_words *w)
{
	int64_t now = clock_monotonic(), after = retry_after(a, w);
	struct server *s = j->server;
	struct buf words = BUF_INIT;
	bool was_paused = s->paused > now;
	notices_describe(&o->notices, s, f, a, w, &o->last);
	j->unknown += f->paid && a->sends > 0;
	enum server_news news = server_failed(s, &j->ticket, f, after, now);
	if (f->remedy == FAILURE_RETRY) {
		buf_addstr(&words, o->last.data);
		notices_trouble(&o->notices, &words);
	}
	if (!was_paused && s->paused > now + LONG_WAIT)
		notices_pause(&o->notices, s, now);
	if (f->remedy == FAILURE_FAIL)
		o->failing_since = 0;
	else if (!o->failing_since)
		o->failing_since = now;
	bool is_too_long = is_hopeless_wait(o, s, f, after);
	if (is_too_long)
		buf_addf(&o->last, "; that lasts longer than --give-up-after, %g s",
			 seconds(o->setup.give_up_after));
	if (f->remedy == FAILURE_STOP || is_too_long) {
		retire(o, s);
		jobs_append(&o->jobs, j);
	} else if (f->remedy == FAILURE_FAIL || is_spent(o, j, f)) {
		settle_failed(o, j, o->last.data);
	} else {
		put_off(o, j, after, now);
	}
	if (news == SERVER_DOWN)
		notices_down(&o->notices, s, o->last.data);
	if (news == SERVER_UP && !s->retired)
		notices_up(&o->notices, s);
}

/* What the server says it can still take. */
static void note_limits(struct server *s, struct view headers, int64_t now)
{
	struct ratelimit_news requests, tokens;
	s->wire->limits(headers, clock_wall(), &requests, &tokens);
	/* The one that brought the news is counted as in flight still. */
	if (requests.said)
		ratelimit_told(&s->requests_left, requests.limit, requests.left, requests.reset,
			       s->in_flight - 1, now);
	if (tokens.said)
		ratelimit_told(&s->tokens_left, tokens.limit, tokens.left, tokens.reset,
			       s->tokens_in_flight, now);
}

/* True if the server refused a part of the request that it can be asked without. */
static bool learn(struct client *o, struct job *j, const struct failure *f,
		  const struct http_answer *a, const struct answer_words *w)
{
	struct buf news = BUF_INIT;
	if (a->trouble != HTTP_FINE || (a->status != 400 && a->status != 422 && a->status != 500))
		return false;
	enum dialect_news found = j->server->wire->learn(&j->server->dialect, w, &j->sent, &news);
	if (found == DIALECT_LEARNT)
		notices_learnt(&o->notices, j->server, &news);
	buf_release(&news);
	if (found == DIALECT_NO) {
		notices_describe(&o->notices, j->server, f, a, w, &o->last);
		return suspect(o, j);
	}
	server_ended(j->server, &j->ticket);
	jobs_put_first(&o->jobs, j);
	return true;
}

static bool is_one_of(const struct failure *f, const char *const *names)
{
	for (; *names; names++) {
		if (strcmp(f->name, *names) == 0)
			return true;
	}
	return false;
}

/* Does it sound as if the server did not know such a question, and not as if this one was bad, or the
 * server busy? */
static bool is_unknown(const struct failure *f, const struct http_answer *a, const struct answer *answer)
{
	static const char *const names[] = { "refused", "no-such-address", "not-found", "not-implemented",
					     "no-model", NULL };
	return is_one_of(f, names) || (a->trouble == HTTP_FINE && a->status == 501) ||
	       (strcmp(f->name, "empty") == 0 && form_is_ignored(answer));
}

/* An answer of no use, which may be that of a bad moment. */
static bool is_broken(const struct failure *f)
{
	static const char *const names[] = { "malformed", "empty", "web-page", NULL };
	return is_one_of(f, names);
}

/* The server is asked for such numbers in no way that it knows: it is asked no more. */
static void refuse_forms(struct client *o, struct job *j)
{
	enum form_slot slot = j->form->slot;
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s: does not give %s (asked by ", j->server->address.url, form_slot_names[slot]);
	if (o->setup.pool.list->forms.only)
		buf_addstr(&line, j->form->name);
	else
		form_names(slot, &line);
	buf_addf(&line, "); last: %s", o->last.data);
	buf_release(&o->last);
	o->last = line;
	retire(o, j->server);
	jobs_append(&o->jobs, j);
}

/* True if the answer was broken, and is asked for again in the same form. */
static bool try_form_again(struct client *o, struct job *j, const struct failure *f,
			   const struct http_answer *a, const struct answer_words *w)
{
	struct buf words = BUF_INIT;
	if (!forms_again(&j->server->forms, j->form->slot))
		return false;
	notices_describe(&o->notices, j->server, f, a, w, &o->last);
	buf_addstr(&words, o->last.data);
	notices_trouble(&o->notices, &words);
	j->unknown += f->paid && a->sends > 0;
	server_ended(j->server, &j->ticket);
	o->failing_since = 0;
	put_off(o, j, -1, clock_monotonic());
	return true;
}

/* True if the failure is about the form, which is then another one, or the server's last; or may be,
 * and is asked in again. */
static bool try_form(struct client *o, struct job *j, const struct failure *f, const struct http_answer *a,
		     const struct answer_words *w, const struct answer *answer)
{
	struct buf news = BUF_INIT;
	struct server *s = j->server;
	if (!j->form || s->forms.slots[j->form->slot].is_known)
		return false;
	if (!is_unknown(f, a, answer) && !is_broken(f))
		return false;
	if (!is_unknown(f, a, answer) && try_form_again(o, j, f, a, w))
		return true;
	bool may_learn = a->trouble == HTTP_FINE && (a->status == 400 || a->status == 422);
	enum dialect_news found =
		may_learn ? s->wire->learn(&s->dialect, w, &j->sent, &news) : DIALECT_NO;
	if (found == DIALECT_LEARNT)
		notices_learnt(&o->notices, s, &news);
	buf_release(&news);
	notices_describe(&o->notices, s, f, a, w, &o->last);
	server_ended(s, &j->ticket);
	o->failing_since = 0;
	if (found != DIALECT_NO || forms_next(&s->forms, j->form->slot))
		jobs_put_first(&o->jobs, j);
	else
		refuse_forms(o, j);
	return true;
}

static void on_failure(struct client *o, struct job *j, const struct http_answer *a,
		       struct view body, const struct answer *answer, enum answer_kind kind)
{
	struct answer_words words;
	j->server->wire->words(body, &words);
	/* An answer has no words about itself but why it ended. */
	bool is_begun = (kind == ANSWER_FILTERED || kind == ANSWER_CALLS) &&
			view_trim(answer->text).len;
	if (words.has_no_message && is_begun)
		words.message = answer->text;
	else if (words.has_no_message && answer->reason.len && kind != ANSWER_MALFORMED)
		words.message = answer->reason;
	j->server->pages = kind == ANSWER_PAGE ? j->server->pages + 1 : 0;
	const struct failure_event e = {
		.trouble = a->trouble, .status = a->status, .words = &words, .kind = kind,
		.answered_before = j->server->answered > 0, .pages = j->server->pages,
	};
	const struct failure *f = failure_of(&e);
	if (try_form(o, j, f, a, &words, answer)) {
		answer_words_release(&words);
		return;
	}
	/* What can't be helped by leaving a part out is not taken for a refusal of it. */
	bool learnable = f->remedy == FAILURE_FAIL && strcmp(f->name, "refused") == 0;
	if (!learnable || !learn(o, j, f, a, &words))
		fail(o, j, f, a, &words);
	answer_words_release(&words);
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
		seen.trouble = HTTP_FINE; /* broken off by on_bytes */
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
		on_failure(o, j, a, body, &answer, kind);
	}
	answer_release(&answer);
}

/* What is behind a broken event need not be read, nor written. */
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

/* Writes the request in the language of the server, or in the form that it knows or is tried in. */
static int write_job(struct client *o, struct job *j, struct server *s, struct buf *body,
		     struct http_place **place)
{
	enum form_slot slot = form_slot(j->request);
	j->form = slot ? forms_now(&s->forms, slot) : NULL;
	j->tries_form = false;
	j->stream.wire = is_embedding(j->request) ? s->wire->embeddings : s->wire;
	*place = is_embedding(j->request) ? s->embeddings : s->place;
	if (!j->form)
		return j->stream.wire->write(body, &o->setup.style, &s->dialect, j->request, &j->sent);
	*place = setup_http_form(&o->setup, s, j->form, &o->why);
	j->form->write(body, &o->setup.style, &s->dialect, j->request, &j->sent);
	return SOW_OK;
}

/* False: it cannot go on, o->why says why. */
static bool send_job(struct client *o, struct job *j, struct server *s, double tokens)
{
	struct http_call *c = http_call_new(o->setup.http);
	struct http_place *place;
	int status = write_job(o, j, s, http_call_body(c), &place);
	if (status || !place)
		http_call_free(c);
	if (!status && !place)
		return false;
	if (status) {
		settle_failed(o, j, body_refusal(status));
		return true;
	}
	stream_clear(&j->stream);
	notices_unsaid(&o->notices, s, j->sent.unsaid);
	if (is_streamed(o, j))
		http_call_read(c, on_bytes);
	http_call_send(c, place, o->setup.timeout, j);
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

/* Sends what can be sent. Nanoseconds until more can be; INT64_MAX: when an answer has come. */
static int64_t send_ready(struct client *o, int64_t now)
{
	int64_t wait = INT64_MAX;
	struct job *j;
	jobs_wake(&o->jobs, now);
	while (o->jobs.first && o->on_wire < o->setup.cap) {
		const struct job *first = o->jobs.first;
		double tokens = tokens_of(first->request);
		struct server *s = pool_choose(&o->setup.pool, first->server, form_slot(first->request),
					       tokens, now, &wait);
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
	return capacity_of(state);
}

static bool client_prefers_chat(void *state)
{
	return ((struct client *)state)->setup.style.chat;
}

/* Its language of raw text is the one where a prompt ends as it likes. */
static enum turn_opening client_opens(void *state)
{
	return client_prefers_chat(state) ? OPENS_NOTHING : OPENS_TEXT;
}

/* A server's forms are found by asking; a language without any has none. */
static bool client_can(void *state, enum request_kind k)
{
	const struct pool *p = &((struct client *)state)->setup.pool;
	bool can = true;
	for (size_t i = 0; i < p->count && k != REQUEST_GENERATE; i++)
		can = can && (k == REQUEST_EMBED ? p->list[i].embeddings != NULL : p->list[i].wire->has_forms);
	return can;
}

static int client_ask(void *state, struct request *r)
{
	struct client *o = state;
	if (o->in_hand >= capacity_of(o))
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
	atomic_store_explicit(&o->load_up, (int)pool_up(&o->setup.pool), memory_order_relaxed);
}

static void give_up(struct client *o)
{
	error_set(&o->why, SOW_STOPPED, "no answer for %g s; last: %s",
		  seconds(o->setup.give_up_after), o->last.data);
	stop_asking(o);
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
		ask_suspects(o);
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
