#include "mock/limits.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/clock.h"

#define WINDOW (60 * CLOCK_SECOND)

const char *const limit_names[] = { "requests", "tokens", "in_flight" };

void limits_init(struct limits *l, int64_t rpm, int64_t tpm, int64_t max_in_flight, int64_t now)
{
	const int64_t most[] = { rpm, tpm };
	*l = (struct limits){ .max_in_flight = max_in_flight };
	for (size_t i = 0; i < 2; i++)
		l->buckets[i] = (struct bucket){ (double)most[i], (double)most[i], now };
}

static void fill_up(struct bucket *b, int64_t now)
{
	b->level = fmin(b->most, b->level + (double)(now - b->at) * (b->most / (double)WINDOW));
	b->at = now;
}

static bool has(const struct bucket *b, int64_t asked)
{
	return b->most == 0 || b->level + 1e-6 >= (double)asked;
}

static int64_t ns_for(const struct bucket *b, double missing)
{
	return (int64_t)ceil(missing / b->most * (double)WINDOW);
}

bool limits_take(struct limits *l, int64_t now, int64_t tokens, int64_t in_flight,
		 struct refusal *no)
{
	const int64_t asked[] = { 1, tokens };
	if (l->max_in_flight && in_flight >= l->max_in_flight) {
		*no = (struct refusal){ LIMIT_IN_FLIGHT, 0, l->max_in_flight, in_flight, 1 };
		return false;
	}
	for (int i = 0; i < 2; i++) {
		struct bucket *b = &l->buckets[i];
		fill_up(b, now);
		if (has(b, asked[i]))
			continue;
		*no = (struct refusal){ (enum limit)i, ns_for(b, (double)asked[i] - b->level),
					(int64_t)b->most, (int64_t)(b->most - b->level), asked[i] };
		return false;
	}
	for (int i = 0; i < 2; i++) {
		if (l->buckets[i].most > 0)
			l->buckets[i].level -= (double)asked[i];
	}
	return true;
}

int64_t bucket_left(const struct bucket *b)
{
	return b->level > 0 ? (int64_t)(b->level + 1e-6) : 0;
}

int64_t bucket_refill_time(const struct bucket *b)
{
	return ns_for(b, b->most - b->level);
}

void limits_duration(int64_t ns, char out[DURATION_SIZE])
{
	int64_t ms = (ns + CLOCK_MS - 1) / CLOCK_MS, seconds = ms / 1000;
	if (seconds >= 3600)
		snprintf(out, DURATION_SIZE, "%" PRId64 "h%" PRId64 "m%" PRId64 "s", seconds / 3600,
			 seconds / 60 % 60, seconds % 60);
	else if (seconds >= 60)
		snprintf(out, DURATION_SIZE, "%" PRId64 "m%gs", seconds / 60,
			 (double)(ms % 60000) / 1000);
	else if (seconds)
		snprintf(out, DURATION_SIZE, "%gs", (double)ms / 1000);
	else
		snprintf(out, DURATION_SIZE, "%" PRId64 "ms", ms);
}
