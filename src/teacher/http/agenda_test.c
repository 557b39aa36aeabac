#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/draw.h"
#include "base/mem.h"
#include "teacher/http/agenda.h"

static void soonest_comes_first(void **state)
{
	(void)state;
	static int things[1000];
	struct draw d = draw_start(1, 1, 0);
	struct agenda a = AGENDA_INIT;
	assert_null(agenda_take(&a, AGENDA_NEVER));
	assert_true(agenda_next(&a) == AGENDA_NEVER);
	for (int i = 0; i < 1000; i++) {
		things[i] = (int)draw_below(&d, 300);
		assert_int_equal(agenda_add(&a, things[i], &things[i]), 0);
		if (i % 3 == 0) {
			int *p = agenda_take(&a, 1000);
			*p = -1;
		}
	}
	int last = 0, count = 0;
	assert_null(agenda_take(&a, agenda_next(&a) - 1));
	for (int64_t now; (now = agenda_next(&a)) != AGENDA_NEVER;) {
		int *p = agenda_take(&a, now);
		assert_int_equal(*p, now);
		assert_true(*p >= last);
		last = *p;
		count++;
	}
	assert_int_equal(count, 1000 - 334);
	agenda_release(&a);
}

static void no_memory(void **state)
{
	(void)state;
	int thing;
	struct agenda a = AGENDA_INIT;
	mem_fail_after(1);
	assert_true(agenda_add(&a, 1, &thing) != 0);
	mem_fail_after(0);
	assert_null(agenda_take(&a, 1));
	agenda_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(soonest_comes_first),
		cmocka_unit_test(no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
