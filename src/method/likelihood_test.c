#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "method/likelihood.h"

/* The losses of one answer of five tokens, behind its question and alone. */
static const float behind[] = { -1.2f, -.6f, -.3f, -.5f, -.4f };
static const float alone[] = { -2.5f, -1, -.9f, -.6f, -.5f };

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) < 5e-7))
		fail_msg("%.8f, not %.6f", value, expected);
}

static void the_forms(void **state)
{
	(void)state;
	const struct likelihood with = { behind, 5, 20 }, prefixed = { alone, 5, 4 },
				bare = { alone + 1, 4, 1 };
	assert_near(likelihood_ifd(&with, &prefixed, 512), 0.545455);
	assert_near(likelihood_ifd_perplexity(&with, &prefixed, 512), 0.606531);
	assert_near(likelihood_superfilter(&with, &bare, 1024), 0.860708);
	assert_near(likelihood_perplexity(&with, 512), exp(.6));
	/* both without the first */
	const struct likelihood rest = { behind + 1, 4, 21 };
	assert_near(likelihood_superfilter(&rest, &bare, 1024), 0.740818);
}

/* What the cut leaves of the answer is scored behind the question and alone. */
static void the_cut(void **state)
{
	(void)state;
	const struct likelihood with = { behind, 5, 20 }, prefixed = { alone, 5, 4 },
				bare = { alone + 1, 4, 1 };
	assert_near(likelihood_ifd(&with, &prefixed, 25), 0.545455);
	assert_near(likelihood_ifd(&with, &prefixed, 22), .9 / 1.75);
	assert_near(likelihood_ifd_perplexity(&with, &prefixed, 22), exp(.9 - 1.75));
	assert_near(likelihood_perplexity(&with, 21), exp(1.2));
	/* two terms over two: those of the first and second over those of the second and third */
	assert_near(likelihood_superfilter(&with, &bare, 22), exp(.9 - .95));
	assert_near(likelihood_superfilter(&with, &bare, 24), exp(.65 - .75));
	assert_near(likelihood_superfilter(&with, &bare, 25), 0.860708);
}

static void nothing_left(void **state)
{
	(void)state;
	const struct likelihood with = { behind, 5, 20 }, prefixed = { alone, 5, 4 },
				one = { behind, 1, 20 }, none = { NULL, 0, 1 };
	assert_true(isnan(likelihood_ifd(&with, &prefixed, 20)));
	assert_true(isnan(likelihood_ifd(&with, &prefixed, 3)));
	assert_true(isnan(likelihood_perplexity(&with, 20)));
	assert_true(isnan(likelihood_ifd_perplexity(&none, &prefixed, 512)));
	/* an answer of one token */
	assert_true(isnan(likelihood_superfilter(&one, &none, 1024)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_forms),
		cmocka_unit_test(the_cut),
		cmocka_unit_test(nothing_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
