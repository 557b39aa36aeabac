#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "method/method.h"

static const char *stops[] = { "\\n\\n", "a\\tb", "C:\\\\n", "\\x", "end\\" };

static void sampling_and_stops(void **state)
{
	(void)state;
	static const char *const meant[] = { "\n\n", "a\tb", "C:\\n", "\\x", "end\\" };
	const struct method_options o = {
		.sampling = { .temperature = 0.25, .top_p = NOT_SAID, .presence_penalty = -1.5,
			      .frequency_penalty = 2, .max_tokens = 30, .stops = { stops, 5 } },
	};
	struct request *r = request_new();
	assert_int_equal(method_sampling(&o, r), 0);
	assert_true(r->sampling.temperature == 0.25 && r->sampling.top_p == NOT_SAID);
	assert_true(r->sampling.presence_penalty == -1.5 && r->sampling.frequency_penalty == 2);
	assert_int_equal(r->sampling.max_tokens, 30);
	assert_int_equal(r->sampling.stop_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_true(view_eqstr(r->sampling.stops[i], meant[i]));
	/* besides what a request has already */
	assert_int_equal(method_sampling(&o, r), 0);
	assert_int_equal(r->sampling.stop_count, 5);
	assert_int_equal(method_stops(&o, r), SOW_TOOBIG);
	request_free(r);
}

/* A recipe's stops have room beside those of every method. */
static void stops_fit(void **state)
{
	(void)state;
	assert_in_range(METHOD_STOPS_MAX, 1, STOPS_MAX - 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sampling_and_stops),
		cmocka_unit_test(stops_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
