/* Teacher "openai": servers that speak OpenAI's HTTP API, as many as the user has of one model.
 *
 * All that decides (whom to ask, how much at once, how long to wait, what a failure means) is in
 * pieces of its own; this file moves jobs between them. */
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "teacher/http/backoff.h"
#include "teacher/http/ending.h"
#include "teacher/http/jobs.h"
#include "teacher/http/setup.h"
#include "teacher/http/tally.h"

#define WORDS_MAX 400                /* bytes of a server's words in a message */
#define REASON_MAX 40                /* and of its finish reason */
#define NOTICES 16
#define WAIT_MAX (60 * CLOCK_SECOND)
#define TOKENS_UNSAID 256            /* of an answer without a bound, for a limit of tokens */
#define LONG_WAIT (60 * CLOCK_SECOND) /* one that the user should know of */
#define READY 1024                   /* requests that wait to be sent, at most */
#define DRAIN (60 * CLOCK_SECOND)    /* for what is on the wire when no more is sent */
#define SUSPECTS 4                   /* refused alike before parts are left out on a guess */
#define PATIENT_FAILURES 5           /* of a request that alone is left: waits grow no longer */

struct openai {
	struct setup_http setup;
	struct jobs jobs;
	int in_hand, on_wire;
	int fresh;                   /* of those in hand, those that have not failed yet */
	struct job *suspects;        /* refused, and asked again when it is known how */
	int suspect_count;
	struct tally *tally;
	int64_t failing_since;       /* the first failure since a server last answered; 0: none */
	bool all_down;
	struct sow_error why;        /* status not 0: it cannot go on */
	int64_t drained;             /* when what is on the wire then is waited for no more */
	struct buf last;             /* words of the last failure */
	char *notices[NOTICES];
	size_t notice_count;
	void (*done)(void *data, struct reply *r); /* of the step under way */
	void *done_data;
	atomic_llong load_wire, load_limit, load_retries;
	atomic_int load_up;
};

/* -- messages --------------------------------------------------------------------------- */

static void fail_nomem(struct openai *o)
{
	if (!o->why.status)
		error_nomem(&o->why);
}

/* More than there is room for are dropped: they are news, not results. */
static void notify(struct openai *o, struct buf *line)
{
	secrets_hide(&o->setup.secrets, line);
	char *text = line->len && o->notice_count < NOTICES ? buf_detach(line) : NULL;
	if (text)
		o->notices[o->notice_count++] = text;
	buf_release(line);
}

/* What was found out of a server changes what it is asked: told, and kept with the run. */
static void note_learnt(struct openai *o, const struct server *s, const struct buf *news)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s: %s", s->address.url, news->data);
	if (!buf_failed(&line))
		tally_note(o->tally, TALLY_LEARNT, view_from(line.data, line.len));
	notify(o, &line);
}

/* Told the first time, and counted. */
static void note_trouble(struct openai *o, struct buf *line)
{
	secrets_hide(&o->setup.secrets, line);
	if (!buf_failed(line) && line->len &&
	    tally_note(o->tally, TALLY_TROUBLE, view_from(line->data, line->len)))
		notify(o, line);
	buf_release(line);
}

/* What the user may have done. */
static void add_hint(const struct server *s, const struct failure *f, struct buf *out)
{
	bool is_wrong_place = strcmp(f->name, "no-such-address") == 0 ||
			      strcmp(f->name, "web-page") == 0;
	if (is_wrong_place && view_find(view_of(s->address.url), 0, "/v1") == VIEW_NONE)
		buf_addstr(out, "; is /v1 missing at the end of the address?");
	else if (is_wrong_place && strcmp(f->name, "web-page") == 0)
		buf_addstr(out, "; is the address that of the API?");
	if (strcmp(f->name, "no-key") == 0 && !s->key)
		buf_addstr(out, "; no key was sent: --key-env NAME says which variable holds it");
}

/* "http://host/v1: too many requests (HTTP 429): the server's words". */
static void describe(const struct openai *o, const struct server *s, const struct failure *f,
		     const struct http_answer *a, const struct answer_words *w, struct buf *out)
{
	buf_clear(out);
	buf_addf(out, "%s: %s", s->address.url, f->why);
	if (a->trouble == HTTP_FINE)
		buf_addf(out, " (HTTP %d)", a->status);
	struct view words = a->trouble == HTTP_FINE ? w->message : view_of(a->words);
	if (strcmp(f->name, "web-page") == 0)
		words = view_of("");
	if (words.len > WORDS_MAX)
		words.len = utf8_floor(words.p, WORDS_MAX);
	if (words.len) {
		buf_addstr(out, ": ");
		buf_add(out, words.p, words.len);
	}
	for (size_t i = 0; i < out->len; i++) {
		if ((unsigned char)out->data[i] < ' ')
			out->data[i] = ' ';
	}
	add_hint(s, f, out);
	secrets_hide(&o->setup.secrets, out);
}

/* More than may be in flight: those put off take no place away from those that can be sent. */
static int capacity_of(const struct openai *o)
{
	int cap = o->setup.cap;
	return cap + (cap < READY ? cap : READY);
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)CLOCK_SECOND;
}

/* -- the end of a job ------------------------------------------------------------------------------- */

/* Hands a reply over, and the job back. Without `r`, memory has run out. */
static void settle(struct openai *o, struct job *j, struct reply *r)
{
	if (r) {
		r->tag = j->request->tag;
		r->key = j->request->key;
		r->attempts = j->sends;
		r->unknown = j->unknown;
		r->began = j->began;
		r->took = clock_monotonic() - j->asked;
		o->done(o->done_data, r);
	} else {
		fail_nomem(o);
	}
	o->fresh -= !j->failures;
	o->in_hand--;
	jobs_drop(&o->jobs, j);
}

static void settle_failed(struct openai *o, struct job *j, const struct buf *words)
{
	struct reply *r = buf_failed(words) ? NULL : reply_new(view_from(words->data, words->len));
	if (r)
		r->finish = FINISH_ERROR;
	settle(o, j, r);
}

/* Where a server refuses requests of a kind that it has never answered, and names nothing that
 * could be left out, they are put aside and not failed: when some are together, or nothing else
 * is left, they are asked again without one part more. What is sent meanwhile finds out for all
 * of them. */

static void release_suspects(struct openai *o)
{
	while (o->suspects) {
		struct job *j = o->suspects;
		o->suspects = j->next;
		mem_free(j->words);
		j->words = NULL;
		jobs_append(&o->jobs, j);
	}
	o->suspect_count = 0;
}

/* Leaving parts out did not help. */
static void fail_suspects(struct openai *o)
{
	while (o->suspects) {
		struct job *j = o->suspects;
		struct buf words = BUF_INIT;
		o->suspects = j->next;
		buf_addstr(&words, j->words ? j->words : o->last.data);
		settle_failed(o, j, &words);
		buf_release(&words);
	}
	o->suspect_count = 0;
}

/* The kind of request that it would have been but for what is guessed. */
static uint32_t kind_of(const struct job *j)
{
	return j->sent.without & ~(j->server->dialect.guessed & j->sent.left_out);
}

/* True if the job was put aside, or is asked again. o->last says why it was refused. */
static bool suspect(struct openai *o, struct job *j)
{
	struct dialect *d = &j->server->dialect;
	if (d->is_hopeless || proofs_has(&j->server->proofs, kind_of(j)))
		return false;
	o->failing_since = 0; /* a server that refuses is there */
	/* One sent before the last guess says nothing about it. */
	bool is_older = d->guessed & ~j->sent.without, is_trial = d->guessed & j->sent.left_out;
	int count = o->suspect_count + 1;
	bool is_time = count >= o->in_hand || is_trial || (!d->guessed && count >= SUSPECTS);
	if (is_time && !is_older && !dialect_guess(d, &j->sent)) {
		fail_suspects(o);
		return false;
	}
	server_ended(j->server, &j->ticket);
	if (is_time) {
		jobs_append(&o->jobs, j);
		if (count >= o->in_hand)
			release_suspects(o);
		return true;
	}
	o->fresh -= !j->failures; /* it has failed, too: those that are left may all be failing */
	j->failures += !j->failures;
	j->words = mem_copy(o->last.data, o->last.len);
	j->next = o->suspects;
	o->suspects = j;
	o->suspect_count++;
	return true;
}

/* The others have ended, and what they found out did not help: they are asked again without one
 * part more, or fail. */
static void ask_suspects(struct openai *o)
{
	if (!o->suspects || o->suspect_count < o->in_hand)
		return;
	struct job *j = o->suspects;
	struct dialect *d = &j->server->dialect;
	bool is_older = d->guessed & ~j->sent.without;
	if (is_older || dialect_guess(d, &j->sent))
		release_suspects(o);
	else
		fail_suspects(o);
}

/* An answer says that its server takes such requests. */
static void clear_suspicion(struct openai *o, const struct job *j)
{
	struct server *s = j->server;
	struct dialect *d = &s->dialect;
	struct buf news = BUF_INIT;
	bool is_new = !proofs_has(&s->proofs, kind_of(j));
	proofs_add(&s->proofs, j->sent.without);
	if (!is_new) /* of a kind that was answered before the guess, which it says nothing of */
		return;
	if (d->guessed & ~j->sent.without) { /* it was answered with what others went without */
		d->without &= ~d->guessed;
		d->guessed = 0;
	} else if (d->guessed & j->sent.left_out) {
		dialect_guessed(d, &news);
		note_learnt(o, s, &news);
	}
	release_suspects(o);
	buf_release(&news);
}

/* -- answers ---------------------------------------------------------------------------- */

/* The text, or where it holds a key a copy that does not, kept in `clean`. */
static struct view without_secrets(const struct openai *o, struct view text, struct buf *clean)
{
	if (!secrets_in(&o->setup.secrets, text))
		return text;
	buf_add(clean, text.p, text.len);
	secrets_hide(&o->setup.secrets, clean);
	return view_from(clean->data, clean->len);
}

static struct reply *make_reply(const struct openai *o, const struct job *j, struct answer *a)
{
	struct view text = a->text;
	struct buf clean = BUF_INIT, clean_reasoning = BUF_INIT;
	bool met = sampling_cut(&j->request->sampling, &text);
	text = without_secrets(o, text, &clean);
	struct view reasoning = without_secrets(o, a->reasoning, &clean_reasoning);
	bool is_whole = !buf_failed(&clean) && !buf_failed(&clean_reasoning);
	struct reply *r = is_whole ? reply_new_reasoned(text, reasoning) : NULL;
	buf_release(&clean);
	buf_release(&clean_reasoning);
	if (!r)
		return NULL;
	r->finish = met ? FINISH_STOP : a->finish;
	r->usage = answer_count(j->request, a);
	return r;
}

static void note_up(struct openai *o, const struct server *s)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s: answers again", s->address.url);
	notify(o, &line);
	o->all_down = false;
}

/* What was odd about an answer that is kept. */
static void note_oddities(struct openai *o, const struct server *s, const struct answer *a)
{
	struct buf line = BUF_INIT;
	if (ending_of(a->reason) == ENDING_UNKNOWN) {
		size_t len = a->reason.len < REASON_MAX ? a->reason.len
							: utf8_floor(a->reason.p, REASON_MAX);
		buf_addf(&line, "%s: ends answers with '%.*s', a reason that is not known: they are kept",
			 s->address.url, (int)len, a->reason.p);
		note_trouble(o, &line);
	}
	if (a->mended) {
		buf_addf(&line, "%s: sends broken characters or numbers: they are repaired", s->address.url);
		note_trouble(o, &line);
	}
}

static void succeed(struct openai *o, struct job *j, struct answer *a)
{
	struct reply *r = make_reply(o, j, a);
	note_oddities(o, j->server, a);
	clear_suspicion(o, j);
	double used = a->counted ? (double)(a->usage.prompt_tokens + a->usage.completion_tokens)
				 : 0;
	if (server_answered(j->server, &j->ticket, used) == SERVER_UP)
		note_up(o, j->server);
	o->failing_since = 0;
	settle(o, j, r);
}

/* -- failures --------------------------------------------------------------------------- */

static void note_down(struct openai *o, const struct server *s)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s: failed again and again, not asked for %g s; last: %s", s->address.url,
		 seconds(s->breaker.pause), o->last.data);
	notify(o, &line);
	if (pool_up(&o->setup.pool) || o->all_down)
		return;
	o->all_down = true;
	buf_addstr(&line, o->setup.pool.count == 1 ? "the server is down; waiting for it"
						   : "all servers are down; waiting for one");
	notify(o, &line);
}

/* Nothing more is sent. What was sent before is paid for: it is waited for a while. */
static void stop_asking(struct openai *o)
{
	o->drained = clock_monotonic() + DRAIN;
}

/* One server less; without the last it ends. */
static void retire(struct openai *o, struct server *s)
{
	struct buf line = BUF_INIT;
	bool news = !s->retired;
	s->retired = true;
	for (size_t i = 0; i < o->setup.pool.count; i++) {
		if (o->setup.pool.list[i].retired)
			continue;
		if (news) {
			buf_addf(&line, "asked no more: %s", o->last.data);
			notify(o, &line);
		}
		return;
	}
	if (o->why.status)
		return;
	error_set(&o->why, SOW_STOPPED, "%s", o->last.data);
	stop_asking(o);
}

/* Is there another server that could take it at once? */
static bool can_fail_over(struct openai *o, const struct job *j, int64_t now)
{
	int64_t wait;
	if (o->on_wire >= o->setup.cap || (size_t)j->failures >= o->setup.pool.count)
		return false;
	const struct server *s =
		pool_choose(&o->setup.pool, j->server, j->ticket.tokens, now, &wait);
	return s && s != j->server;
}

/* No request is left but such as have failed, and no other will come. */
static bool are_all_failing(const struct openai *o, const struct job *j)
{
	return o->in_hand < capacity_of(o) && o->fresh <= !j->failures;
}

static void put_off(struct openai *o, struct job *j, int64_t retry_after, int64_t now)
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
	if (jobs_put_off(&o->jobs, j, now + wait)) {
		jobs_append(&o->jobs, j);
		fail_nomem(o);
	}
}

/* True if that was once too often. */
static bool is_spent(const struct openai *o, struct job *j, const struct failure *f)
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
static bool is_hopeless_wait(const struct openai *o, const struct server *s,
			     const struct failure *f, int64_t after)
{
	if (after < 0)
		after = f->hours * 3600 * CLOCK_SECOND;
	return f->slows && o->setup.give_up_after && after > o->setup.give_up_after &&
	       (server_is_refusing(s) || !s->in_flight);
}

static void note_pause(struct openai *o, const struct server *s, int64_t now)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s: asks to be left alone for %.0f s", s->address.url,
		 seconds(s->paused - now));
	notify(o, &line);
}

static void fail(struct openai *o, struct job *j, const struct failure *f,
		 const struct http_answer *a, const struct answer_words *w)
{
	int64_t now = clock_monotonic(), after = retry_after(a, w);
	struct server *s = j->server;
	struct buf words = BUF_INIT;
	bool was_paused = s->paused > now;
	describe(o, s, f, a, w, &o->last);
	j->unknown += f->paid && a->sends > 0;
	enum server_news news = server_failed(s, &j->ticket, f, after, now);
	if (f->remedy == FAILURE_RETRY) {
		buf_addstr(&words, o->last.data);
		note_trouble(o, &words);
	}
	if (!was_paused && s->paused > now + LONG_WAIT)
		note_pause(o, s, now);
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
		settle_failed(o, j, &o->last);
	} else {
		put_off(o, j, after, now);
	}
	if (news == SERVER_DOWN)
		note_down(o, s);
	if (news == SERVER_UP && !s->retired)
		note_up(o, s);
}

/* -- what comes back -------------------------------------------------------------------- */

/* What the server says it can still take. */
static void note_limits(struct server *s, struct view headers, int64_t now)
{
	struct allowance_news requests, tokens;
	allowance_read(headers, &requests, &tokens);
	/* The one that brought the news is counted as in flight still. */
	if (requests.said)
		allowance_told(&s->requests_left, requests.limit, requests.left, requests.reset,
			       s->in_flight - 1, now);
	if (tokens.said)
		allowance_told(&s->tokens_left, tokens.limit, tokens.left, tokens.reset,
			       s->tokens_in_flight, now);
}

static void note_redirect(struct openai *o, struct server *s)
{
	struct buf line = BUF_INIT;
	if (s->redirect_told)
		return;
	s->redirect_told = true;
	buf_addf(&line, "%s: redirects; the address it redirects to would be faster",
		 s->address.url);
	notify(o, &line);
}

/* True if the server refused a part of the request that it can be asked without. */
static bool learn(struct openai *o, struct job *j, const struct failure *f,
		  const struct http_answer *a, const struct answer_words *w)
{
	struct buf news = BUF_INIT;
	if (a->trouble != HTTP_FINE || (a->status != 400 && a->status != 422))
		return false;
	enum dialect_news found = dialect_learn(&j->server->dialect, w, &j->sent, &news);
	if (found == DIALECT_LEARNT)
		note_learnt(o, j->server, &news);
	buf_release(&news);
	if (found == DIALECT_NO) {
		describe(o, j->server, f, a, w, &o->last);
		return suspect(o, j);
	}
	server_ended(j->server, &j->ticket);
	jobs_put_first(&o->jobs, j);
	return true;
}

static void on_failure(struct openai *o, struct job *j, const struct http_answer *a,
		       struct view body, const struct answer *answer, enum answer_kind kind)
{
	struct answer_words words;
	answer_words_read(body, &words);
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
	/* What can't be helped by leaving a part out is not taken for a refusal of it. */
	bool learnable = f->remedy == FAILURE_FAIL && strcmp(f->name, "refused") == 0;
	if (!learnable || !learn(o, j, f, a, &words))
		fail(o, j, f, a, &words);
	answer_words_release(&words);
}

/* Raw text may be gone on from with nothing but a stop text. */
static bool may_be_blank(const struct request *r)
{
	return r->sampling.stop_count && r->part_count && r->parts[0].role == ROLE_NONE;
}

/* An event stream is read whether it was asked for or not. */
static enum answer_kind read_answer(const struct openai *o, struct job *j, struct view body,
				    struct answer *a)
{
	const struct thoughts *t = &o->setup.thoughts;
	if (o->setup.style.stream)
		return stream_end(&j->stream, t, a);
	enum answer_kind kind = answer_read(body, t, a);
	if (kind != ANSWER_MALFORMED || !stream_take(&j->stream, body) ||
	    j->stream.form != STREAM_EVENTS)
		return kind;
	answer_release(a);
	return stream_end(&j->stream, t, a);
}

static void on_answer(void *data, void *call_data, const struct http_answer *given)
{
	struct openai *o = data;
	struct job *j = call_data;
	struct http_answer seen = *given;
	const struct http_answer *a = &seen;
	if (a->trouble == HTTP_BODY_TOO_BIG && j->stream.kind == ANSWER_MALFORMED)
		seen.trouble = HTTP_FINE; /* broken off by on_bytes */
	struct answer answer = { .reason = { "", 0 }, .text_kept = BUF_INIT, .reasoning_kept = BUF_INIT };
	enum answer_kind kind = ANSWER_MALFORMED;
	bool fine = a->trouble == HTTP_FINE && a->status >= 200 && a->status <= 299;
	struct view body = a->body;
	o->on_wire--;
	j->sends += a->sends;
	j->unknown += a->sends > 1 ? a->sends - 1 : 0;
	if (a->headers.len)
		note_limits(j->server, a->headers, clock_monotonic());
	if (a->redirected)
		note_redirect(o, j->server);
	if (fine)
		kind = read_answer(o, j, body, &answer);
	if (kind == ANSWER_BLANK && may_be_blank(j->request))
		kind = ANSWER_FINE;
	if (o->setup.style.stream || j->stream.form == STREAM_EVENTS)
		body = view_from(j->stream.body.data, j->stream.body.len);
	if (kind == ANSWER_NOMEM || a->trouble == HTTP_NO_MEMORY) {
		server_ended(j->server, &j->ticket);
		jobs_append(&o->jobs, j);
		fail_nomem(o);
	} else if (fine && kind == ANSWER_FINE) {
		succeed(o, j, &answer);
	} else {
		on_failure(o, j, a, body, &answer, kind);
	}
	answer_release(&answer);
}

/* -- sending ------------------------------------------------------------------------------ */

/* What is behind a broken event need not be read, nor written. */
static bool on_bytes(void *data, struct view bytes)
{
	struct job *j = data;
	return stream_take(&j->stream, bytes) && j->stream.kind != ANSWER_MALFORMED;
}

static double tokens_of(const struct request *r)
{
	int32_t most = r->sampling.max_tokens;
	return (double)(answer_prompt_tokens(r) + (most ? most : TOKENS_UNSAID));
}

/* A chat for a model that only goes on with text. */
static void refuse_chat(struct openai *o, struct job *j)
{
	struct buf words = BUF_INIT;
	buf_addstr(&words,
		   "a chat cannot be sent to /completions; expected --api chat, or prompts that "
		   "are plain text");
	settle_failed(o, j, &words);
	buf_release(&words);
}

static int send_job(struct openai *o, struct job *j, struct server *s, double tokens)
{
	struct http_call *c = http_call_new(o->setup.http);
	if (!c)
		return SOW_NOMEM;
	int status =
		body_write(http_call_body(c), &o->setup.style, &s->dialect, j->request, &j->sent);
	if (status) {
		http_call_free(c);
		if (status == SOW_USAGE)
			refuse_chat(o, j);
		return status == SOW_USAGE ? SOW_OK : status;
	}
	stream_clear(&j->stream);
	if (o->setup.style.stream)
		http_call_read(c, on_bytes);
	status = http_call_send(c, s->place, o->setup.timeout, j);
	if (status)
		return status;
	if (j->server)
		atomic_fetch_add_explicit(&o->load_retries, 1, memory_order_relaxed);
	else
		j->began = clock_wall();
	j->server = s;
	server_sent(s, &o->setup.pool, tokens, &j->ticket);
	o->on_wire++;
	return SOW_OK;
}

/* Sends what can be sent. Nanoseconds until more can be; INT64_MAX: when an answer has come. */
static int64_t send_ready(struct openai *o, int64_t now)
{
	int64_t wait = INT64_MAX;
	struct job *j;
	jobs_wake(&o->jobs, now);
	while (o->jobs.first && o->on_wire < o->setup.cap) {
		double tokens = tokens_of(o->jobs.first->request);
		struct server *s =
			pool_choose(&o->setup.pool, o->jobs.first->server, tokens, now, &wait);
		if (!s)
			return wait;
		j = jobs_take(&o->jobs);
		if (send_job(o, j, s, tokens)) {
			jobs_put_first(&o->jobs, j);
			fail_nomem(o);
			break;
		}
	}
	return INT64_MAX;
}

/* -- the kind ------------------------------------------------------------------------------ */

static void openai_close(void *state)
{
	struct openai *o = state;
	setup_http_release(&o->setup); /* ends the calls, which know their jobs */
	jobs_release(&o->jobs);
	for (size_t i = 0; i < o->notice_count; i++)
		mem_free(o->notices[i]);
	tally_free(o->tally);
	buf_release(&o->last);
	mem_free(o);
}

static bool openai_claims(const char *spec)
{
	return address_is(spec);
}

static int openai_open(void **state, const struct teacher_options *options, struct sow_error *err)
{
	struct openai *o = mem_zalloc(sizeof(*o));
	if (!o)
		return error_nomem(err);
	jobs_init(&o->jobs);
	o->last = (struct buf)BUF_INIT;
	o->tally = tally_new();
	int status = o->tally ? setup_http_init(&o->setup, options, err) : error_nomem(err);
	if (status) {
		openai_close(o);
		return status;
	}
	notify(o, &o->setup.notice);
	*state = o;
	return SOW_OK;
}

static const char *openai_identity(void *state)
{
	return ((struct openai *)state)->setup.identity;
}

static int openai_capacity(void *state)
{
	return capacity_of(state);
}

static bool openai_prefers_chat(void *state)
{
	return ((struct openai *)state)->setup.style.chat;
}

static int openai_ask(void *state, struct request *r)
{
	struct openai *o = state;
	if (o->in_hand >= capacity_of(o))
		return 0;
	struct job *j = jobs_new(&o->jobs);
	if (!j) {
		fail_nomem(o);
		return 0;
	}
	j->request = r;
	j->asked = clock_monotonic();
	o->in_hand++;
	o->fresh++;
	return 1;
}

static void publish_load(struct openai *o)
{
	int limit = 0;
	for (size_t i = 0; i < o->setup.pool.count; i++)
		limit += o->setup.pool.list[i].retired ? 0
						       : adapt_limit(&o->setup.pool.list[i].adapt);
	if (limit > o->setup.cap)
		limit = o->setup.cap;
	atomic_store_explicit(&o->load_wire, o->on_wire, memory_order_relaxed);
	atomic_store_explicit(&o->load_limit, limit, memory_order_relaxed);
	atomic_store_explicit(&o->load_up, (int)pool_up(&o->setup.pool), memory_order_relaxed);
}

static void give_up(struct openai *o)
{
	error_set(&o->why, SOW_STOPPED, "no answer for %g s; last: %s",
		  seconds(o->setup.give_up_after), o->last.data);
	stop_asking(o);
}

static bool is_draining(const struct openai *o, int64_t now)
{
	return o->why.status && o->on_wire && now < o->drained;
}

static int openai_step(void *state, void (*done)(void *data, struct reply *r), void *data,
		       struct sow_error *err)
{
	struct openai *o = state;
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

static void openai_wake(void *state)
{
	http_wake(((struct openai *)state)->setup.http);
}

static bool openai_notice(void *state, struct buf *line)
{
	struct openai *o = state;
	if (!o->notice_count)
		return false;
	buf_addstr(line, o->notices[0]);
	mem_free(o->notices[0]);
	memmove(o->notices, o->notices + 1, --o->notice_count * sizeof(*o->notices));
	return true;
}

static void openai_told(void *state, struct buf *learnt, struct buf *trouble)
{
	const struct openai *o = state;
	tally_write(o->tally, TALLY_LEARNT, learnt);
	tally_write(o->tally, TALLY_TROUBLE, trouble);
}

static void openai_load(void *state, struct teacher_load *out)
{
	struct openai *o = state;
	*out = (struct teacher_load){
		.on_wire = atomic_load_explicit(&o->load_wire, memory_order_relaxed),
		.limit = atomic_load_explicit(&o->load_limit, memory_order_relaxed),
		.retries = atomic_load_explicit(&o->load_retries, memory_order_relaxed),
		.servers = (int)o->setup.pool.count,
		.servers_up = atomic_load_explicit(&o->load_up, memory_order_relaxed),
	};
}

const struct teacher_kind teacher_openai = {
	.name = "openai",
	.several = true,
	.bounded = true,
	.claims = openai_claims,
	.open = openai_open,
	.close = openai_close,
	.identity = openai_identity,
	.capacity = openai_capacity,
	.prefers_chat = openai_prefers_chat,
	.ask = openai_ask,
	.step = openai_step,
	.wake = openai_wake,
	.notice = openai_notice,
	.load = openai_load,
	.told = openai_told,
};
