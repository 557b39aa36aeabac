#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "teacher/teacher.h"

/* A kind that does nothing. */

static int open_idle(void **state, const struct teacher_options *o, struct sow_error *err)
{
	static int here;
	(void)o;
	(void)err;
	*state = &here;
	return SOW_OK;
}

static void close_idle(void *state)
{
	(void)state;
}

static int ask_idle(void *state, struct request *r)
{
	(void)state;
	(void)r;
	return 0;
}

static int step_idle(void *state, void (*done)(void *data, struct reply *r), void *data,
		     struct sow_error *err)
{
	(void)state;
	(void)done;
	(void)data;
	(void)err;
	return 0;
}

static int room_of_idle(void *state)
{
	(void)state;
	return 1;
}

static const struct teacher_kind idle = {
	.name = "idle", .open = open_idle, .close = close_idle, .capacity = room_of_idle,
	.ask = ask_idle, .step = step_idle,
};

static struct teacher *open_teacher(void)
{
	struct teacher_options o;
	struct sow_error err = { 0 };
	teacher_options_default(&o);
	struct teacher *t = teacher_open_kind(&idle, &o, &err);
	assert_non_null(t);
	return t;
}

static struct request *score_request(void)
{
	struct request *r = request_new();
	assert_non_null(r);
	r->kind = REQUEST_SCORE;
	r->tag = 7;
	return r;
}

static void what_it_cannot_do_is_refused(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct teacher *t = open_teacher();
	assert_int_equal(teacher_submit(t, score_request()), SOW_OK);
	struct reply *r = teacher_collect(t, 60 * CLOCK_SECOND, &err);
	assert_non_null(r);
	assert_int_equal(r->tag, 7);
	assert_int_equal(r->finish, FINISH_ERROR);
	assert_true(view_eqstr(r->text, "the teacher idle cannot score"));
	reply_free(r);
	teacher_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_cannot_do_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
