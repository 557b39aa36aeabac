#include "teacher/http/server_pool.h"

/* After so many refusals in a row the server refuses everything, not this request or that: if it said
 * when to come back, nothing is sent before. */
#define REFUSALS 8

void server_start(struct server *s, int cap, int64_t now)
{
	s->concurrency = concurrency_start(s->address.concurrency ? s->address.concurrency : cap);
	s->requests = bucket_start(s->address.rpm, now);
	s->tokens = bucket_start(s->address.tpm, now);
}

bool server_is_refusing(const struct server *s)
{
	return s->refusals >= REFUSALS;
}

bool server_is_up(const struct server *s)
{
	return !s->retired && !s->breaker.open;
}

size_t server_pool_up_count(const struct server_pool *p)
{
	size_t up = 0;
	for (size_t i = 0; i < p->count; i++)
		up += server_is_up(&p->list[i]);
	return up;
}

bool server_pool_has_answered(const struct server_pool *p)
{
	bool any = false;
	for (size_t i = 0; i < p->count; i++)
		any = any || p->list[i].answered > 0;
	return any;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* While the form for such numbers is being found, the server gets one question at a time. */
static bool is_form_sought(const struct server *s, enum form_slot slot)
{
	return slot && !s->forms.slots[slot].is_known && s->forms.slots[slot].asking;
}

/* Nanoseconds until it can take a request; INT64_MAX: only after a response. */
static int64_t wait_for(struct server *s, enum form_slot slot, double tokens, int64_t now)
{
	if (s->retired || s->in_flight >= concurrency_limit(&s->concurrency) || is_form_sought(s, slot))
		return INT64_MAX;
	int64_t wait = breaker_wait(&s->breaker, now);
	wait = later(wait, s->paused > now ? s->paused - now : 0);
	wait = later(wait, bucket_wait(&s->requests, 1, now));
	wait = later(wait, bucket_wait(&s->tokens, tokens, now));
	wait = later(wait, ratelimit_wait(&s->requests_left, 1, now));
	return later(wait, ratelimit_wait(&s->tokens_left, tokens, now));
}

/* Virtual time advances with the work given out: a server that was away starts level with the others. */
static double turn_of(const struct server *s, const struct server_pool *p)
{
	return s->turn > p->turn ? s->turn : p->turn;
}

struct server *server_pool_choose(struct server_pool *p, const struct server *avoid, enum form_slot slot,
			   double tokens, int64_t now, int64_t *wait)
{
	struct server *best = NULL;
	*wait = INT64_MAX;
	for (size_t i = 0; i < p->count; i++) {
		struct server *s = &p->list[i];
		int64_t w = wait_for(s, slot, tokens, now);
		if (w < *wait)
			*wait = w;
		if (w)
			continue;
		if (!best || best == avoid || (s != avoid && turn_of(s, p) < turn_of(best, p)))
			best = s;
	}
	return best;
}

void server_sent(struct server *s, struct server_pool *p, double tokens, struct ticket *t)
{
	p->turn = turn_of(s, p);
	s->turn = p->turn + 1 / s->address.weight;
	s->in_flight++;
	s->tokens_in_flight += tokens;
	bucket_take(&s->requests, 1);
	bucket_take(&s->tokens, tokens);
	ratelimit_take(&s->requests_left, 1);
	ratelimit_take(&s->tokens_left, tokens);
	*t = (struct ticket){
		.number = concurrency_sent(&s->concurrency, s->in_flight),
		.tokens = tokens,
		.trial = breaker_sent(&s->breaker),
	};
}

void server_ended(struct server *s, const struct ticket *t)
{
	s->in_flight--;
	s->tokens_in_flight -= t->tokens;
	if (t->trial && s->breaker.open)
		s->breaker.trying = false;
}

static enum server_news note_up(struct server *s)
{
	return breaker_answered(&s->breaker) ? SERVER_UP : SERVER_AS_BEFORE;
}

enum server_news server_answered(struct server *s, const struct ticket *t, double used)
{
	server_ended(s, t);
	s->answered++;
	s->refusals = 0;
	s->pages = 0;
	concurrency_answered(&s->concurrency, t->number);
	if (used > 0)
		bucket_give_back(&s->tokens, t->tokens - used);
	return note_up(s);
}

enum server_news server_failed(struct server *s, const struct ticket *t, const struct failure *f,
			       int64_t retry_after, int64_t now)
{
	bool was_open = s->breaker.open;
	server_ended(s, t);
	if (!f->paid) /* it generated nothing */
		bucket_give_back(&s->tokens, t->tokens);
	if (f->slows) {
		concurrency_refused(&s->concurrency, t->number);
		s->refusals++;
		if (server_is_refusing(s) && retry_after > 0)
			s->paused = later(s->paused, now + retry_after);
	}
	if (!f->strikes)
		return note_up(s);
	/* These requests may fail, and not the server. A server with a failure that blocks all requests for
	 * an unknown time is tried rarely. */
	bool is_there = f->tries && f->count != COUNT_PATIENT && s->answered > 0;
	breaker_failed(&s->breaker, f->strikes, t->trial,
		       is_there ? BREAKER_LONGEST_THERE : BREAKER_LONGEST, now);
	return s->breaker.open && !was_open ? SERVER_DOWN : SERVER_AS_BEFORE;
}
