#include "teacher/http/breaker.h"

#define SHORTEST CLOCK_SECOND

int64_t breaker_wait(const struct breaker *b, int64_t now)
{
	if (!b->open)
		return 0;
	if (b->trying)
		return INT64_MAX;
	return b->until > now ? b->until - now : 0;
}

bool breaker_sent(struct breaker *b)
{
	b->trying = b->open;
	return b->trying;
}

bool breaker_failed(struct breaker *b, int strikes, bool trial, int64_t longest, int64_t now)
{
	b->strikes += strikes;
	if (b->open ? !trial : b->strikes < BREAKER_STRIKES)
		return false;
	b->pause = !b->open ? SHORTEST : b->pause * 2 < longest ? b->pause * 2 : longest;
	b->open = true;
	b->trying = false;
	b->until = now + b->pause;
	return true;
}

bool breaker_answered(struct breaker *b)
{
	bool was_open = b->open;
	*b = (struct breaker){ 0 };
	return was_open;
}
