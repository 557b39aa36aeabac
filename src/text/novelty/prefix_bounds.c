#include "text/novelty/prefix_bounds.h"

#include <stdbool.h>
#include <string.h>

#define SLACK 1e-9

size_t common_needed(double bar, size_t a, size_t b)
{
	double least = (bar - SLACK) * (double)(a + b) / 2;
	if (least <= 1)
		return 1;
	size_t whole = (size_t)least;
	return whole + ((double)whole < least);
}

/* The length of the shortest sequence that can score above the bar with one of `n`: all
 * of its words are common ones. */
static size_t shortest(double bar, size_t n)
{
	size_t m = (size_t)((bar - SLACK) * (double)n / (2 - (bar - SLACK)));
	m = m ? m : 1;
	while (m > 1 && common_needed(bar, n, m - 1) <= m - 1)
		m--;
	while (common_needed(bar, n, m) > m)
		m++;
	return m;
}

/* Bounds as a sieve has them: one more than what may be missing. */
static uint8_t fewer_than(size_t missing)
{
	return (uint8_t)(missing < UINT8_MAX ? missing + 1 : UINT8_MAX);
}

void prefix_bounds_of(struct prefix_bounds *r, double bar, size_t n)
{
	memset(r, 0, sizeof(*r));
	if (!n)
		return;
	size_t least = shortest(bar, n), last = SKETCH_LENGTHS - 1;
	r->prefix = n - least + 1;
	for (size_t m = least; m < last; m++) {
		size_t needed = common_needed(bar, n, m);
		if (needed > n)
			break;
		r->sieve.ours[m] = fewer_than(n - needed);
		r->sieve.theirs[m] = fewer_than(m - needed);
	}
	size_t needed = common_needed(bar, n, least > last ? least : last);
	if (needed <= n) { /* that length and more: the shortest of them is the loosest */
		r->sieve.ours[last] = fewer_than(n - needed);
		r->sieve.theirs[last] = UINT8_MAX;
	}
	r->early = n - common_needed(bar, n, n) + 1;
	for (size_t c = 0; c < LENGTH_CLASSES; c++) {
		bool open = c + 1 == LENGTH_CLASSES;
		size_t m = length_class_start[c] > least ? length_class_start[c] : least;
		if (!open && m >= length_class_start[c + 1])
			continue;
		needed = common_needed(bar, n, m);
		r->visits[2 * c] = needed <= n ? n - needed + 1 : 0;
		if (open || length_class_start[c + 1] > n + 1) /* it has longer ones than ours */
			r->visits[2 * c + 1] = r->visits[2 * c];
	}
}
