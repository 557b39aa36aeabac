#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/clock.h"
#include "teacher/http/backoff.h"

static struct hash key_of(unsigned n)
{
	struct hash h = { { 0 } };
	h.bytes[0] = (uint8_t)n;
	h.bytes[1] = (uint8_t)(n >> 8);
	return h;
}

static void waits_double(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 1000; n++) {
		struct hash key = key_of(n);
		int64_t longest = CLOCK_SECOND / 2;
		for (int failures = 1; failures < 12; failures++) {
			int64_t wait = backoff_delay(&key, failures);
			assert_in_range(wait, longest / 5 * 3, longest);
			assert_int_equal(wait, backoff_delay(&key, failures));
			if (failures > 1 && failures < 8)
				assert_true(wait >= backoff_delay(&key, failures - 1) / 5 * 6);
			if (failures < 7)
				longest *= 2;
		}
		assert_in_range(backoff_delay(&key, 1000000), longest / 5 * 3, longest);
		assert_in_range(backoff_delay(&key, 0), CLOCK_SECOND / 10 * 3, CLOCK_SECOND / 2);
	}
}

/* What failed together is spread out. */
static void waits_differ(void **state)
{
	(void)state;
	int lower = 0, same = 0;
	for (unsigned n = 0; n < 1000; n++) {
		struct hash key = key_of(n), next = key_of(n + 1);
		lower += backoff_delay(&key, 1) < CLOCK_SECOND * 2 / 5;
		same += backoff_delay(&key, 1) == backoff_delay(&next, 1);
	}
	assert_in_range(lower, 400, 600);
	assert_int_equal(same, 0);
}

static int64_t duration(const char *text)
{
	return backoff_duration(view_of(text), CLOCK_SECOND);
}

static void durations_are_read(void **state)
{
	(void)state;
	assert_int_equal(duration("12"), 12 * CLOCK_SECOND);
	assert_int_equal(duration(" 0.5 "), CLOCK_SECOND / 2);
	assert_int_equal(duration("0"), 0);
	assert_int_equal(duration("20ms"), 20 * CLOCK_MS);
	assert_int_equal(duration("6m0s"), 360 * CLOCK_SECOND);
	assert_int_equal(duration("1h2m3.5s"), 3723 * CLOCK_SECOND + CLOCK_SECOND / 2);
	assert_int_equal(duration("1d"), 86400 * CLOCK_SECOND);
	assert_int_equal(duration("5us"), 5000);
	assert_int_equal(duration("7ns"), 7);
	assert_int_equal(backoff_duration(view_of("1500"), CLOCK_MS), 1500 * CLOCK_MS);
	static const char *const wrong[] = { "", " ", "s", "-1", "1x", "1.2.3", ".", "soon", "1 s" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(duration(wrong[i]), -1);
	assert_int_equal(duration("99999999999999999999999999999999"), 365 * duration("1d"));
}

static void waits_have_a_limit(void **state)
{
	(void)state;
	assert_int_equal(backoff_limit(0), 0);
	assert_int_equal(backoff_limit(1.5e9), 3 * CLOCK_SECOND / 2);
	assert_int_equal(backoff_limit(1e300), 365 * duration("1d"));
	assert_int_equal(backoff_limit(INFINITY), 365 * duration("1d"));
	assert_int_equal(backoff_limit(-1), -1);
	assert_int_equal(backoff_limit(NAN), -1);
}

static void retry_after_is_read(void **state)
{
	(void)state;
	const int64_t now = INT64_C(784111777) * CLOCK_SECOND; /* the RFC's example */
	const char *date = "Sun, 06 Nov 1994 08:49:37 GMT";
	assert_int_equal(backoff_retry_after(view_of("120"), now), 120 * CLOCK_SECOND);
	assert_int_equal(backoff_retry_after(view_of(date), now - 5 * CLOCK_SECOND), 5 * CLOCK_SECOND);
	assert_int_equal(backoff_retry_after(view_of(date), now), 0);
	assert_int_equal(backoff_retry_after(view_of(date), now + CLOCK_SECOND), 0);
	assert_int_equal(backoff_retry_after(view_of("Fri, 31 Dec 9999 23:59:59 GMT"), now),
			 365 * duration("1d"));
	static const char *const wrong[] = {
		"", "later", "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:37", "-3",
		"Sun, 06 Nov 1994 08:49:37 GMT and much more than that",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(backoff_retry_after(view_of(wrong[i]), now), -1);
}

static void dates_are_read(void **state)
{
	(void)state;
	const int64_t now = INT64_C(784111777) * CLOCK_SECOND;
	assert_int_equal(backoff_timestamp(view_of("1994-11-06T08:49:42Z"), now), 5 * CLOCK_SECOND);
	assert_int_equal(backoff_timestamp(view_of(" 1994-11-06T10:49:42.75+02:00"), now), 5 * CLOCK_SECOND);
	assert_int_equal(backoff_timestamp(view_of("1994-11-06T07:19:42-01:30"), now), 5 * CLOCK_SECOND);
	assert_int_equal(backoff_timestamp(view_of("1994-11-06T08:49:00Z"), now), 0);
	assert_int_equal(backoff_timestamp(view_of("9999-12-31T23:59:59Z"), now), 365 * duration("1d"));
	static const char *const wrong[] = { "", "12", "1994-11-06", "1994-11-06T08:49:42", "soon",
					     "1994-11-06T08:49:42+2" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(backoff_timestamp(view_of(wrong[i]), now), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double),
		cmocka_unit_test(waits_differ),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(waits_have_a_limit),
		cmocka_unit_test(retry_after_is_read),
		cmocka_unit_test(dates_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
