#include "teacher/http/adapt.h"

#define START 64
#define NEWS 0.25      /* how much the last window counts for the share of refusals */
#define STEPS 16.0     /* round trips that the limit takes to double, from where it was cut */

struct adapt adapt_start(int cap)
{
	return (struct adapt){
		.limit = cap < START ? cap : START, .step = 1, .cap = cap, .doubling = true,
	};
}

int adapt_limit(const struct adapt *a)
{
	return (int)a->limit;
}

uint64_t adapt_sent(struct adapt *a, int in_flight)
{
	a->sent++;
	if (in_flight >= adapt_limit(a))
		a->used = a->sent;
	return a->sent;
}

void adapt_answered(struct adapt *a, uint64_t number)
{
	a->answers++;
	if (number > a->used)
		return;
	a->limit += a->doubling ? 1 : a->step / a->limit;
	if (a->limit > a->cap)
		a->limit = a->cap;
}

void adapt_refused(struct adapt *a, uint64_t number)
{
	a->refusals++;
	if (number <= a->cut)
		return;
	a->cut = a->sent;
	double share = (double)a->refusals / (a->refusals + a->answers);
	a->refused += (share - a->refused) * NEWS;
	a->refusals = a->answers = 0;
	a->limit *= 1 - (a->doubling ? 1 : a->refused) / 2;
	a->doubling = false;
	if (a->limit < 1)
		a->limit = 1;
	a->step = a->limit > STEPS ? a->limit / STEPS : 1;
}
