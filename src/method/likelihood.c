#include "method/likelihood.h"

#include <math.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The tokens that the cut leaves of an answer after its question. */
static size_t room_behind(const struct likelihood *with, size_t most)
{
	return most > with->before ? most - with->before : 0;
}

/* NAN without tokens. */
static double mean_nll(const struct likelihood *l, size_t room)
{
	size_t count = least(l->count, room);
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum -= (double)l->logs[i];
	return count ? sum / (double)count : NAN;
}

double likelihood_perplexity(const struct likelihood *with, size_t most)
{
	return exp(mean_nll(with, room_behind(with, most)));
}

double likelihood_ifd(const struct likelihood *with, const struct likelihood *alone, size_t most)
{
	size_t room = room_behind(with, most);
	return mean_nll(with, room) / mean_nll(alone, room);
}

double likelihood_ifd_perplexity(const struct likelihood *with, const struct likelihood *alone, size_t most)
{
	size_t room = room_behind(with, most);
	return exp(mean_nll(with, room) - mean_nll(alone, room));
}

/* The text alone is cut at most - len(question) + 1 tokens, of which the first has no term. */
double likelihood_superfilter(const struct likelihood *with, const struct likelihood *alone, size_t most)
{
	size_t room = room_behind(with, most);
	return exp(mean_nll(with, room)) / exp(mean_nll(alone, room));
}
