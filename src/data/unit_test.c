#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/unit.h"

static void names_come_back(void **state)
{
	(void)state;
	static const struct place rows[] = {
		{ .step = 1, .ticket = 3, .item = 2 },
		{ .step = 1, .ticket = 3, .item = 0 },
		{ .step = 2, .ticket = 1, .item = 100 },
		{ .step = 16, .ticket = INT64_C(999999999999999999), .item = 1 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char id[UNIT_ID_MAX];
		struct place p;
		unit_id(id, rows[i].step, rows[i].ticket, rows[i].item);
		assert_true(unit_id_read(view_of(id), &p));
		assert_int_equal(p.step, rows[i].step);
		assert_int_equal(p.ticket, rows[i].ticket);
		assert_int_equal(p.item, rows[i].item);
	}
}

static void other_names(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"", "task", "task_", "task_1", "task_1_", "task__1", "task_1_2_3_4", "task_1_2x",
		"task_1_02", "task_-1_2", "seed_1_2", "tasks_1_2", "task_1_2 ",
		"task_1_9999999999999999999",
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct place p;
		if (unit_id_read(view_of(rows[i]), &p))
			fail_msg("'%s' was taken", rows[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_back), cmocka_unit_test(other_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
