#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "cli/progress.h"

static void reads(const struct run_progress *now, const struct run_progress *first,
		  const char *want)
{
	struct buf out = BUF_INIT;
	progress_line(now, first, &out);
	assert_string_equal(out.data, want);
	buf_release(&out);
}

static void at_the_start(void **state)
{
	(void)state;
	struct run_progress p = { .target = 20, .in_flight = 8 };
	reads(&p, &p, "0/20 tasks  0 accepted  0 rejected  0 replies  8 asked");
}

/* What was there before, and its tokens, say nothing about the pace. */
static void gone_on(void **state)
{
	(void)state;
	struct run_progress first = { .target = 20, .done = 8, .done_before = 8,
				      .completion_tokens = 1000000, .replies = 40 };
	struct run_progress p = first;
	p.done = 12;
	p.elapsed = 80 * CLOCK_SECOND;
	p.completion_tokens += 8000;
	p.accepted = 31;
	p.rejected = 5;
	p.replies = 61;
	p.cached = 3;
	reads(&p, &first, "12/20 tasks  1 min 20 s  3.0/min  ETA 2 min 40 s  31 accepted  5 rejected  "
			  "61 replies (3 cached)  100 tok/s");
}

static void past_the_target(void **state)
{
	(void)state;
	struct run_progress p = { .target = 20, .done = 23, .under_way = 4,
				  .elapsed = 46 * CLOCK_SECOND, .accepted = 27, .replies = 50 };
	static const struct run_progress first = { .target = 20 };
	reads(&p, &first, "20/20 tasks  4 more under way  46 s  30/min  27 accepted  0 rejected  "
		      "50 replies");
}

/* The time of the steps before says nothing about the pace of this one. */
static void of_a_later_step(void **state)
{
	(void)state;
	struct run_progress first = { .step = 2, .steps = 3, .takes_input = true, .target = 40,
				      .elapsed = 3600 * CLOCK_SECOND, .replies = 90 };
	struct run_progress p = first;
	p.elapsed += 60 * CLOCK_SECOND;
	p.done = 10;
	p.replies = 100;
	reads(&p, &first, "step 2/3  10/40 inputs  1 h 1 min  10/min  ETA 3 min 0 s  "
			  "0 accepted  0 rejected  100 replies");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_the_start), cmocka_unit_test(gone_on),
		cmocka_unit_test(past_the_target), cmocka_unit_test(of_a_later_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
