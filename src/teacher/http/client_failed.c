/* Decides what to do with a failed request: it is sent again, later or elsewhere, without a refused part
 * or in another form; or it fails for good; or the server is not used any longer. */
#include "teacher/http/client_private.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "teacher/http/backoff.h"

#define LONG_WAIT (60 * CLOCK_SECOND) /* a wait that is reported to the user */
#define DRAIN (60 * CLOCK_SECOND)    /* for requests in flight once no more are sent */
#define PATIENT_FAILURES 5           /* of the only request left: later waits do not grow */

/* Sends all suspects again. */
static void release_suspects(struct client *o, struct suspects *s)
{
	struct job *j;
	while ((j = suspects_take(s))) {
		mem_free(j->words);
		j->words = NULL;
		jobs_append(&o->jobs, j);
	}
}

/* Fails all suspects: leaving parts out did not help. */
static void fail_suspects(struct client *o, struct suspects *s)
{
	struct job *j;
	while ((j = suspects_take(s)))
		client_fail(o, j, j->words ? j->words : o->last.data);
}

static int count_suspects(const struct client *o)
{
	int count = 0;
	for (size_t i = 0; i < o->setup.pool.count; i++)
		count += o->setup.pool.list[i].suspects.count;
	return count;
}

/* True if the job was set aside, or is sent again. o->last says why it was refused. */
static bool suspect(struct client *o, struct job *j)
{
	struct server *s = j->server;
	bool is_last = count_suspects(o) + 1 >= o->in_hand;
	enum suspicion found = suspects_refused(&s->suspects, &s->support, j, &o->last, is_last);
	if (found == SUSPECT_NOT)
		return false;
	o->failing_since = 0; /* a server that refuses is up */
	if (found == SUSPECT_FAILED) {
		fail_suspects(o, &s->suspects);
		return false;
	}
	server_ended(s, &j->ticket);
	if (found == SUSPECT_ASIDE) { /* it has failed as well: perhaps all that are left do */
		o->fresh -= !j->failures;
		j->failures += !j->failures;
		return true;
	}
	jobs_append(&o->jobs, j);
	if (found == SUSPECT_ALL_AGAIN)
		release_suspects(o, &s->suspects);
	return true;
}

void client_ask_suspects(struct client *o)
{
	int count = count_suspects(o);
	if (!count || count < o->in_hand)
		return;
	for (size_t i = 0; i < o->setup.pool.count; i++) {
		struct server *s = &o->setup.pool.list[i];
		if (!s->suspects.count)
			continue;
		if (suspects_alone(&s->suspects, &s->support))
			release_suspects(o, &s->suspects);
		else
			fail_suspects(o, &s->suspects);
	}
}

void client_clear_suspicion(struct client *o, const struct job *j)
{
	struct server *s = j->server;
	struct buf news = BUF_INIT;
	if (suspects_answered(&s->suspects, &s->support, j, &news)) {
		if (news.len)
			notices_learnt(&o->notices, s, &news);
		release_suspects(o, &s->suspects);
	}
	buf_release(&news);
}

void client_stop_asking(struct client *o)
{
	o->drained = clock_monotonic() + DRAIN;
}

/* Removes a server; without the last one the client ends. */
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
	client_stop_asking(o);
}

/* Can another server take it at once? */
static bool can_fail_over(struct client *o, const struct job *j, int64_t now)
{
	int64_t wait;
	if (o->on_wire >= o->setup.cap || (size_t)j->failures >= o->setup.pool.count)
		return false;
	const struct server *s =
		server_pool_choose(&o->setup.pool, j->server, form_slot(j->request), j->ticket.tokens, now,
				   &wait);
	return s && s != j->server;
}

/* Are only failed requests left, with no others to come? */
static bool are_all_failing(const struct client *o, const struct job *j)
{
	return o->in_hand < client_capacity_of(o) && o->fresh <= !j->failures;
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
	if (retry_after >= 0) /* as the server says, but spread out */
		wait = retry_after + backoff_delay(&j->request->key, 1) / 4;
	jobs_put_off(&o->jobs, j, now + wait);
}

/* True if that was the last try. */
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

/* When it may be sent again, by the headers or the message. */
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
			 client_seconds(o->setup.give_up_after));
	if (f->remedy == FAILURE_STOP || is_too_long) {
		retire(o, s);
		jobs_append(&o->jobs, j);
	} else if (f->remedy == FAILURE_FAIL || is_spent(o, j, f)) {
		client_fail(o, j, o->last.data);
	} else {
		put_off(o, j, after, now);
	}
	if (news == SERVER_DOWN)
		notices_down(&o->notices, s, o->last.data);
	if (news == SERVER_UP && !s->retired)
		notices_up(&o->notices, s);
}

/* True if the server refused a part of the request that may be left out. */
static bool learn(struct client *o, struct job *j, const struct failure *f,
		  const struct http_answer *a, const struct answer_words *w)
{
	struct buf news = BUF_INIT;
	if (a->trouble != HTTP_FINE || (a->status != 400 && a->status != 422 && a->status != 500))
		return false;
	enum param_news found = j->server->wire->learn(&j->server->support, w, &j->sent, &news);
	if (found == PARAM_NEWS_LEARNT)
		notices_learnt(&o->notices, j->server, &news);
	buf_release(&news);
	if (found == PARAM_NEWS_NONE) {
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

/* Does it look as if the server did not know this kind of question, rather than as if this one was bad,
 * or the server busy? */
static bool is_unknown(const struct failure *f, const struct http_answer *a, const struct answer *answer)
{
	static const char *const names[] = { "refused", "no-such-address", "not-found", "not-implemented",
					     "no-model", NULL };
	return is_one_of(f, names) || (a->trouble == HTTP_FINE && a->status == 501) ||
	       (strcmp(f->name, "empty") == 0 && form_is_ignored(answer));
}

/* A useless answer, perhaps by a passing fault. */
static bool is_broken(const struct failure *f)
{
	static const char *const names[] = { "malformed", "empty", "web-page", NULL };
	return is_one_of(f, names);
}

/* The server answers such questions in no known form: it is not asked them any longer. */
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

/* True if the answer was broken, and is requested again in the same form. */
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

/* True if the failure is about the form: then another form is tried, or the server has none left. Also if
 * it may be about the form, and the same one is tried again. */
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
	enum param_news found =
		may_learn ? s->wire->learn(&s->support, w, &j->sent, &news) : PARAM_NEWS_NONE;
	if (found == PARAM_NEWS_LEARNT)
		notices_learnt(&o->notices, s, &news);
	buf_release(&news);
	notices_describe(&o->notices, s, f, a, w, &o->last);
	server_ended(s, &j->ticket);
	o->failing_since = 0;
	if (found != PARAM_NEWS_NONE || forms_next(&s->forms, j->form->slot))
		jobs_put_first(&o->jobs, j);
	else
		refuse_forms(o, j);
	return true;
}

void client_on_failure(struct client *o, struct job *j, const struct http_answer *a,
		       struct view body, const struct answer *answer, enum answer_kind kind)
{
	struct answer_words words;
	j->server->wire->words(body, &words);
		/* An answer says nothing about its failure but why it ended. */
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
	/* Leaving a part out does not help against any other failure, so it is not taken for a refusal. */
	bool learnable = f->remedy == FAILURE_FAIL && strcmp(f->name, "refused") == 0;
	if (!learnable || !learn(o, j, f, a, &words))
		fail(o, j, f, a, &words);
	answer_words_release(&words);
}
