#include "mock/latency.h"

#include <math.h>

#include "base/clock.h"

#define LONGEST_MS 3.6e6
#define TWO_PI 6.283185307179586

int64_t latency_first(const struct latency *l, struct draw *d)
{
	double ms = l->ms;
	if (ms > 0 && l->sigma > 0) {
		/* Box and Muller; the first draw must not be 0 */
		double u = 1 - draw_fraction(d), v = draw_fraction(d);
		ms *= exp(l->sigma * sqrt(-2 * log(u)) * cos(TWO_PI * v));
	}
	return (int64_t)(fmin(ms, LONGEST_MS) * (double)CLOCK_MS);
}

int64_t latency_token(const struct latency *l)
{
	return (int64_t)(l->token_ms * (double)CLOCK_MS);
}
