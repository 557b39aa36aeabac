#include "teacher/http/concurrency.h"

#define START 64
#define NEWS 0.25      /* weight of the last window in the share of refusals */
#define STEPS 16.0     /* round trips in which the limit doubles after a cut */

struct concurrency concurrency_start(int cap)
{
	return (struct concurrency){
		.limit = cap < START ? cap : START, .step = 1, .cap = cap, .doubling = true,
	};
}

int concurrency_limit(const struct concurrency *a)
{
	return (int)a->limit;
}

uint64_t concurrency_sent(struct concurrency *a, int in_flight)
{
	a->sent++;
	if (in_flight >= concurrency_limit(a))
		a->used = a->sent;
	return a->sent;
}

void concurrency_answered(struct concurrency *a, uint64_t number)
{
	a->answers++;
	if (number > a->used)
		return;
	a->limit += a->doubling ? 1 : a->step / a->limit;
	if (a->limit > a->cap)
		a->limit = a->cap;
}

void concurrency_refused(struct concurrency *a, uint64_t number)
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
