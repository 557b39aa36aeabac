#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sow/sow.h"
#include "teacher/prefix.h"

static struct prefix *settle(struct prefixes *table, int32_t first)
{
	const int32_t ids[] = { first, 7, 8, 9 };
	struct prefix *p = prefixes_spare(table);
	assert_non_null(p);
	prefix_set(p, ids, 4);
	prefix_hold(table, p);
	return p;
}

static struct prefix *find(struct prefixes *table, int32_t first)
{
	const int32_t ids[] = { first, 7, 8, 9 };
	return prefixes_find(table, ids, 4);
}

static void finds_what_is_the_same_to_the_last_token(void **state)
{
	(void)state;
	struct prefixes table;
	prefixes_init(&table, 8);
	const int32_t longer[] = { 1, 7, 8, 9, 10 };
	assert_null(prefixes_find(&table, longer, 0));
	struct prefix *p = settle(&table, 1);
	assert_ptr_equal(find(&table, 1), p);
	assert_null(find(&table, 2));
	assert_null(prefixes_find(&table, longer, 5));
	assert_null(prefixes_find(&table, longer, 3));
	assert_int_equal(p->sequence, 8);
	assert_false(prefix_ready(p));
	p->evaluated = 4;
	assert_true(prefix_ready(p));
	prefixes_release(&table);
}

static void gives_up_the_one_used_longest_ago(void **state)
{
	(void)state;
	struct prefixes table;
	prefixes_init(&table, 0);
	for (int32_t i = 0; i < PREFIXES_MAX; i++)
		prefix_leave(settle(&table, i));
	struct prefix *again = find(&table, 0);
	prefix_hold(&table, again);
	prefix_leave(again);
	assert_ptr_equal(prefixes_spare(&table), find(&table, 1));
	settle(&table, 100);
	assert_null(find(&table, 1));
	assert_ptr_equal(prefixes_oldest(&table), find(&table, 2));
	prefixes_release(&table);
}

static void never_gives_up_one_that_is_in_use(void **state)
{
	(void)state;
	struct prefixes table;
	prefixes_init(&table, 0);
	assert_null(prefixes_oldest(&table));
	struct prefix *all[PREFIXES_MAX];
	for (int32_t i = 0; i < PREFIXES_MAX; i++)
		all[i] = settle(&table, i);
	assert_null(prefixes_spare(&table));
	prefix_hold(&table, all[2]);
	prefix_leave(all[2]);
	assert_null(prefixes_oldest(&table));
	prefix_leave(all[2]);
	assert_ptr_equal(prefixes_oldest(&table), all[2]);
	prefix_clear(all[2]);
	assert_null(prefixes_oldest(&table));
	assert_ptr_equal(prefixes_spare(&table), all[2]);
	prefixes_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_the_same_to_the_last_token),
		cmocka_unit_test(gives_up_the_one_used_longest_ago),
		cmocka_unit_test(never_gives_up_one_that_is_in_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
