#include "method/choice.h"

#include <math.h>

#define CHOICES_MAX 9
#define DOUBT 0.2 /* how much the disagreement of prompts counts: SelectIT's alpha */

/* Probabilities that sum to 1. False: all are 0. */
static int shares_of(const float *logs, size_t count, double out[CHOICES_MAX])
{
	double most = -INFINITY, sum = 0;
	for (size_t i = 0; i < count; i++)
		most = fmax(most, (double)logs[i]);
	if (!count || count > CHOICES_MAX || !isfinite(most))
		return 0;
	for (size_t i = 0; i < count; i++)
		sum += out[i] = exp((double)logs[i] - most);
	for (size_t i = 0; i < count; i++)
		out[i] /= sum;
	return 1;
}

double choice_expectation(const float *logs, size_t count)
{
	double shares[CHOICES_MAX], mean = 0;
	if (!shares_of(logs, count, shares))
		return NAN;
	for (size_t i = 0; i < count; i++)
		mean += (double)(i + 1) * shares[i];
	return mean;
}

double choice_selectit(const float *logs, size_t count)
{
	double shares[CHOICES_MAX], sum = 0, apart = 0;
	size_t best = 0;
	if (count < 2 || !shares_of(logs, count, shares))
		return NAN;
	for (size_t i = 0; i < count; i++) {
		best = shares[i] > shares[best] ? i : best;
		sum += exp(shares[i]);
	}
	for (size_t i = 0; i < count; i++)
		apart += (exp(shares[best]) - exp(shares[i])) / sum;
	return (double)(best + 1) * apart / (double)(count - 1);
}

double choice_selectit_of(const double *scores, size_t count)
{
	double mean = 0, square = 0;
	for (size_t i = 0; i < count; i++)
		mean += scores[i] / (double)count;
	for (size_t i = 0; i < count; i++)
		square += (scores[i] - mean) * (scores[i] - mean) / (double)count;
	return count ? mean / (1 + DOUBT * sqrt(square)) : NAN;
}
