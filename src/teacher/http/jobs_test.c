#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "teacher/http/jobs.h"

static void jobs_wait_in_line(void **state)
{
	(void)state;
	struct jobs q;
	jobs_init(&q);
	struct job *a = jobs_new(&q), *b = jobs_new(&q), *c = jobs_new(&q);
	assert_ptr_equal(jobs_take(&q), a);
	assert_ptr_equal(jobs_take(&q), b);
	jobs_put_first(&q, b);
	jobs_append(&q, a);
	assert_ptr_equal(jobs_take(&q), b);
	assert_ptr_equal(jobs_take(&q), c);
	assert_ptr_equal(jobs_take(&q), a);
	assert_null(q.first);
	jobs_put_first(&q, c); /* into an empty line */
	jobs_append(&q, a);
	assert_ptr_equal(jobs_take(&q), c);
	assert_ptr_equal(jobs_take(&q), a);
	jobs_put_off(&q, a, 20);
	jobs_put_off(&q, b, 10);
	jobs_wake(&q, 9);
	assert_null(q.first);
	jobs_wake(&q, 10);
	assert_ptr_equal(jobs_take(&q), b);
	jobs_wake(&q, 30);
	assert_ptr_equal(jobs_take(&q), a);
	jobs_append(&q, c); /* those put off go first: they have waited longest */
	jobs_put_off(&q, a, 50);
	jobs_put_off(&q, b, 40);
	jobs_wake(&q, 60);
	assert_ptr_equal(jobs_take(&q), b);
	assert_ptr_equal(jobs_take(&q), a);
	assert_ptr_equal(jobs_take(&q), c);
	jobs_put_off(&q, a, 70);
	jobs_wake(&q, 70); /* into an empty line */
	jobs_append(&q, b);
	assert_ptr_equal(jobs_take(&q), a);
	assert_ptr_equal(jobs_take(&q), b);
	jobs_release(&q);
}

static void what_is_dropped_is_used_again(void **state)
{
	(void)state;
	struct jobs q;
	jobs_init(&q);
	struct job *a = jobs_new(&q);
	jobs_take(&q);
	a->request = request_new();
	a->tries = 3;
	jobs_drop(&q, a);
	assert_ptr_equal(jobs_new(&q), a);
	assert_int_equal(a->tries, 0);
	assert_null(a->request);
	jobs_new(&q)->request = request_new(); /* freed with the rest */
	jobs_release(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_wait_in_line),
		cmocka_unit_test(what_is_dropped_is_used_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
