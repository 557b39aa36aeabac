#include "teacher/http/ratelimit.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "teacher/http/backoff.h"

#define UNSAID (60 * CLOCK_SECOND)   /* until the quota is back, if the server does not say */
#define AGAIN CLOCK_SECOND            /* between two requests that bring a report */
#define GROWN 1.5                     /* factor in usage between two judgements */
#define SHARE 0.98                    /* of the refill rate */
#define RESERVE 0.01                  /* of the limit */

/* Has the reset time grown with usage? The reports compared are not close to each other. */
static void judge(struct ratelimit *a, double used, int64_t reset)
{
	if (used >= a->judged_used && used < a->judged_used * GROWN)
		return;
	if (used > a->judged_used && a->judged_used > 0) {
		bool grew = (double)reset >= (double)a->judged_reset * (1 + GROWN) / 2;
		a->rate = grew ? used / (double)reset * SHARE : 0;
	}
	a->judged_used = used;
	a->judged_reset = reset;
}

void ratelimit_update(struct ratelimit *a, double limit, double left, int64_t reset,
		      double in_flight, int64_t now)
{
	a->known = true;
	a->limit = limit;
	a->left = left - in_flight;
	a->told = now;
	a->renewed = now + reset;
	/* Times are rounded to milliseconds, by some servers to seconds. */
	if (limit > left && reset >= CLOCK_SECOND / 10)
		judge(a, limit - left, reset);
}

int64_t ratelimit_wait(struct ratelimit *a, double amount, int64_t now)
{
	if (!a->known)
		return 0;
	if (now >= a->renewed) { /* one request goes, and brings the report */
		a->left = amount;
		a->told = now;
		a->renewed = now + AGAIN;
		return 0;
	}
	/* A request above the limit is for the server to refuse. */
	if (a->limit > 0 && amount > a->limit)
		amount = a->limit;
	int64_t wait = a->renewed - now;
	if (a->rate <= 0)
		return a->left >= amount ? 0 : wait;
	/* Answers overtake each other: at the limit, an older report would be believed. */
	double here = a->left + a->rate * (double)(now - a->told) - floor(a->limit * RESERVE);
	if (here >= amount)
		return 0;
	double soon = (amount - here) / a->rate + 1;
	return soon < (double)wait ? (int64_t)soon : wait;
}

void ratelimit_take(struct ratelimit *a, double amount)
{
	a->left -= amount;
}

/* True if `name` begins with `prefix`, ignoring case; then removes it. */
static bool take(struct view *name, const char *prefix)
{
	size_t len = strlen(prefix);
	if (name->len < len || !view_eqfold(view_sub(*name, 0, len), view_from(prefix, len)))
		return false;
	*name = view_sub(*name, len, name->len);
	return true;
}

/* `name` is the part after "x-ratelimit-". */
static void read_one(struct view name, struct view value, struct ratelimit_news *requests,
		     struct ratelimit_news *tokens)
{
	bool limit = take(&name, "limit-"), left = !limit && take(&name, "remaining-");
	if (!limit && !left && !take(&name, "reset-"))
		return;
	struct ratelimit_news *news = take(&name, "requests") ? requests : tokens;
	if ((news == tokens && !take(&name, "tokens")) || name.len)
		return;
	/* Numbers are read as times in units of one. */
	int64_t n = backoff_duration(value, limit || left ? 1 : CLOCK_SECOND);
	if (n < 0)
		return;
	if (limit)
		news->limit = (double)n;
	else if (left)
		news->left = (double)n;
	else
		news->reset = n;
	news->said |= left;
}

void ratelimit_read(struct view headers, struct ratelimit_news *requests,
		    struct ratelimit_news *tokens)
{
	struct view line;
	*requests = *tokens = (struct ratelimit_news){ .reset = UNSAID };
	while (view_line(&headers, &line)) {
		if (!take(&line, "x-ratelimit-"))
			continue;
		size_t colon = view_find(line, 0, ":");
		if (colon != VIEW_NONE)
			read_one(view_sub(line, 0, colon), view_sub(line, colon + 1, line.len),
				 requests, tokens);
	}
}

void ratelimit_read_dated(struct view headers, int64_t now, struct ratelimit_news *requests,
			  struct ratelimit_news *tokens)
{
	struct view line;
	*requests = *tokens = (struct ratelimit_news){ .reset = UNSAID };
	while (view_line(&headers, &line)) {
		size_t colon = view_find(line, 0, ":");
		struct view name = view_sub(line, 0, colon);
		if (colon == VIEW_NONE || !take(&name, "anthropic-ratelimit-"))
			continue;
		struct view value = view_trim(view_sub(line, colon + 1, line.len));
		struct ratelimit_news *news = take(&name, "requests-") ? requests
					      : take(&name, "tokens-") ? tokens
								       : NULL;
		int64_t count = backoff_duration(value, 1), reset = backoff_timestamp(value, now);
		if (!news)
			continue;
		if (view_eqfold(name, view_of("reset")) && reset >= 0)
			news->reset = reset;
		if (view_eqfold(name, view_of("limit")) && count >= 0)
			news->limit = (double)count;
		if (view_eqfold(name, view_of("remaining")) && count >= 0) {
			news->left = (double)count;
			news->said = true;
		}
	}
}
