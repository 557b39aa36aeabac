#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/unit.h"

static void names_come_back(void **state)
{
	(void)state;
	static const struct unit_key rows[] = {
		{ .step = 1, .ticket = 3, .item = 2 },
		{ .step = 1, .ticket = 3, .item = 0 },
		{ .step = 2, .ticket = 1, .item = 100 },
		{ .step = 16, .ticket = INT64_C(999999999999999999), .item = 1 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char id[UNIT_ID_MAX];
		struct unit_key p;
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
		struct unit_key p;
		if (unit_id_read(view_of(rows[i]), &p))
			fail_msg("'%s' was taken", rows[i]);
	}
}

static void shards(void **state)
{
	(void)state;
	static const char *const bad[] = { "0/3", "4/3", "3", "3/", "/3", "1/3/5", "a/b", "-1/3", "1/0", " 1/3", "1/3 ",
					   "1/1000001", "99999999999999999999/99999999999999999999" };
	struct shard s;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(shard_read(view_of(bad[i]), &s));
	assert_true(shard_read(view_of(""), &s));
	assert_true(s.number == 1 && s.count == 1);
	assert_true(shard_read(view_of("1000000/1000000"), &s));
	/* the tickets of the shards are all numbers, each once, and counted right up to any of them */
	for (int64_t count = 1; count < 6; count++) {
		int64_t seen[6] = { 0 };
		for (int64_t ticket = 1; ticket < 30; ticket++) {
			int64_t of = (ticket - 1) % count + 1;
			assert_int_equal(shard_ticket((struct shard){ of, count }, ++seen[of]), ticket);
			for (int64_t k = 1; k <= count; k++)
				assert_int_equal(shard_count((struct shard){ k, count }, ticket), seen[k]);
		}
	}
	assert_int_equal(shard_count((struct shard){ 3, 4 }, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_back), cmocka_unit_test(other_names),
		cmocka_unit_test(shards),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
