#include "text/reach.h"

#include <string.h>

#define SLACK 1e-9

size_t reach_needed(double bar, size_t a, size_t b)
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
	while (m > 1 && reach_needed(bar, n, m - 1) <= m - 1)
		m--;
	while (reach_needed(bar, n, m) > m)
		m++;
	return m;
}

void reach_of(struct reach *r, double bar, size_t n)
{
	memset(r, 0, sizeof(*r));
	memset(r->needed, REACH_NEVER, sizeof(r->needed));
	r->length = n;
	if (!n)
		return;
	size_t least = shortest(bar, n);
	r->prefix = n - least + 1;
	for (size_t m = least; m < SKETCH_LENGTHS - 1; m++) {
		size_t needed = reach_needed(bar, n, m);
		if (needed > n)
			break;
		r->needed[m] = (uint8_t)needed;
	}
	size_t m = least > SKETCH_LENGTHS - 1 ? least : SKETCH_LENGTHS - 1, needed;
	needed = reach_needed(bar, n, m);
	if (needed <= n) /* a lower number is a looser bound */
		r->needed[SKETCH_LENGTHS - 1] =
			(uint8_t)(needed < REACH_NEVER ? needed : REACH_NEVER - 1);
	for (size_t c = 0; c < LENGTH_CLASSES; c++) {
		m = length_class_start[c] > least ? length_class_start[c] : least;
		if (c + 1 < LENGTH_CLASSES && m >= length_class_start[c + 1])
			continue;
		needed = reach_needed(bar, n, m);
		r->visits[c] = needed <= n ? n - needed + 1 : 0;
	}
}
