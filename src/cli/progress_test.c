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
	progress_line(now, first, 0, &out);
	assert_string_equal(out.data, want);
	buf_release(&out);
}

static void at_the_start(void **state)
{
	(void)state;
	struct run_progress p = { .target = 20, .in_flight = 8 };
	reads(&p, &p, "0/20 tasks  0 accepted  8 asked  0 rejected  0 replies");
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
	reads(&p, &first, "12/20 tasks  31 accepted (86 %)  3.0/min  ETA 2 min 40 s  1,008,000 tokens  "
			  "100 tok/s  5 rejected  61 replies (3 cached)  1 min 20 s");
}

static void past_the_target(void **state)
{
	(void)state;
	struct run_progress p = { .target = 20, .done = 23, .under_way = 4,
				  .elapsed = 46 * CLOCK_SECOND, .accepted = 27, .replies = 50 };
	static const struct run_progress first = { .target = 20 };
	reads(&p, &first, "20/20 tasks  4 more under way  27 accepted (100 %)  30/min  0 rejected  "
		      "50 replies  46 s");
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
	p.accepted = 20; /* begun */
	p.finished = 7;
	p.failed = 3;
	p.replies = 100;
	reads(&p, &first, "step 2/3  10/40 inputs  7 answered, 3 failed  10/min  ETA 3 min 0 s  "
			  "0 rejected  100 replies  1 h 1 min");
}

/* Of a narrow terminal nothing is cut in two: what matters less is left out. */
static void on_narrow_terminals(void **state)
{
	(void)state;
	static const struct run_progress first = { .target = 5000 };
	static const struct run_progress p = {
		.step = 1, .steps = 2, .target = 5000, .done = 1250, .elapsed = 600 * CLOCK_SECOND,
		.accepted = 1500, .rejected = 500, .replies = 4000, .completion_tokens = 600000,
		.has_price = true, .cost = INT64_C(1500000000), .budget = INT64_C(5000000000),
		.in_flight = 64, .retries = 1, .servers = 2, .servers_up = 1,
	};
	static const struct {
		size_t width;
		const char *line;
	} rows[] = {
		{ 0, "step 1/2  1250/5000 tasks  1500 accepted (75 %)  125/min  ETA 30 min 0 s  "
		     "600,000 tokens  1000 tok/s  $1.50 of $5.00  64 asked  1 retry  1 of 2 servers up  "
		     "500 rejected  4000 replies  10 min 0 s" },
		{ 120, "1250/5000 tasks  1500 accepted (75 %)  125/min  ETA 30 min 0 s  "
		       "600,000 tokens  $1.50 of $5.00  64 asked  1 retry" },
		{ 80, "1250/5000 tasks  1500 accepted (75 %)  125/min  ETA 30 min 0 s  $1.50 of $5.00" },
		{ 79, "1250/5000 tasks  1500 accepted (75 %)  125/min  ETA 30 min 0 s  $1.50 of $5.00" },
		{ 40, "1250/5000 tasks  ETA 30 min 0 s" },
		{ 20, "1250/5000 tasks" },
		{ 4, "1250/5000 tasks" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;
		progress_line(&p, &first, rows[i].width, &out);
		assert_string_equal(out.data, rows[i].line);
		buf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_the_start), cmocka_unit_test(gone_on),
		cmocka_unit_test(past_the_target), cmocka_unit_test(of_a_later_step),
		cmocka_unit_test(on_narrow_terminals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
