#include "run/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/folder.h"

static struct buf scratch = BUF_INIT;
static struct sow_error err;

static int set_up(void **state)
{
	(void)state;
	err = (struct sow_error){ 0 };
	return folder_scratch(&scratch, &err);
}

static int tear_down(void **state)
{
	(void)state;
	folder_remove(scratch.data);
	buf_release(&scratch);
	return 0;
}

/* A unit for each digit: its state, and the instances that it has. */
static void add_units(struct store *s, int64_t step, const char *states, size_t instances)
{
	static const struct instance list[] = { { { "", 0 }, { "yes", 3 } },
						{ { "", 0 }, { "no", 2 } } };
	for (int i = 0; states[i]; i++) {
		struct unit u = { .step = step, .ticket = 1 + i / 3, .item = 1 + i % 3,
				  .instruction = view_of("Say something."), .turns = view_of(""),
				  .input = view_of(""), .operation = view_of(""),
				  .source = view_of(""), .is_classification = i % 2 };
		u.state = (enum unit_state)(states[i] - '0');
		if (u.item == 1)
			assert_int_equal(store_ticket(s, step, u.ticket, NULL, 0, 3, false, &err), 0);
		assert_int_equal(store_new_unit(s, &u, NULL, 0, 0, &err), 0);
		assert_int_equal(store_unit(s, &u, &err), 0);
		if (u.state != UNIT_UNDER_WAY)
			assert_int_equal(store_instances(s, &u, list, instances, &err), 0);
	}
}

/* Identity is of a step; of operation the last value is in force. */
static void test_setting(void **state)
{
	(void)state;
	struct setting found;
	struct arena *a = arena_new();
	struct store *s = store_open(scratch.data, STORE_RUN, &err);
	assert_non_null(s);
	assert_int_equal(store_put_identity(s, 2, "seeds", view_of("hash"), view_of("path"), &err), 0);
	assert_int_equal(store_operation(s, 2, "n", view_of("3"), &err), 0);
	assert_int_equal(store_operation(s, 2, "n", view_of("5"), &err), 0);
	assert_int_equal(store_setting(s, a, 2, "seeds", &found, &err), 1);
	assert_true(view_eqstr(found.value, "hash") && view_eqstr(found.shown, "path"));
	assert_int_equal(store_setting(s, a, 2, "n", &found, &err), 1);
	assert_true(view_eqstr(found.value, "5") && view_eqstr(found.shown, "5"));
	assert_int_equal(store_setting(s, a, 1, "n", &found, &err), 0);
	assert_int_equal(found.value.len, 0);
	assert_int_equal(store_setting(s, a, 2, "method", &found, &err), 0);
	store_close(s);
	arena_free(a);
}

/* Instances that a judge turned down stay, and do not count; nor is settled what stands behind a
 * unit under way. */
static void test_counts(void **state)
{
	(void)state;
	struct store_counts c;
	struct store *s = store_open(scratch.data, STORE_RUN, &err);
	assert_non_null(s);
	assert_int_equal(store_begin(s, &err), 0);
	for (int64_t step = 1; step <= 2; step++)
		assert_int_equal(store_put_identity(s, step, "method", view_of("x"), view_of("x"),
						    &err), 0);
	add_units(s, 1, "1121011", 1);
	add_units(s, 2, "1112", 2);
	assert_int_equal(store_operation(s, 2, "n", view_of("70"), &err), 0);
	assert_int_equal(store_operation(s, 2, "n", view_of("80"), &err), 0);
	assert_int_equal(store_commit(s, &err), 0);
	assert_int_equal(store_count(s, 1, &c, &err), 0);
	assert_int_equal(c.tickets, 3);
	assert_int_equal(c.begun, 3);
	assert_int_equal(c.units, 7);
	assert_int_equal(c.finished, 5);
	assert_int_equal(c.failed, 1);
	assert_int_equal(c.under_way, 1);
	assert_int_equal(c.settled, 3);
	assert_int_equal(c.classification, 3);
	assert_int_equal(c.instances, 5);
	assert_int_equal(c.target, 0);
	for (int64_t step = 0; step <= 2; step += 2) { /* 0: the last */
		assert_int_equal(store_count(s, step, &c, &err), 0);
		assert_int_equal(c.units, 4);
		assert_int_equal(c.settled, 3);
		assert_int_equal(c.instances, 6);
		assert_int_equal(c.target, 80);
		assert_int_equal(c.replies, 0);
	}
	c = (struct store_counts){ .replies = 7 };
	assert_int_equal(store_count_units(s, 1, &c, &err), 0);
	assert_int_equal(c.finished, 5);
	assert_int_equal(c.instances, 0);
	assert_int_equal(c.replies, 7);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_setting, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_counts, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
