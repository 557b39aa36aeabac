#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "teacher/teacher.h"

static char file[] = "/tmp/sow-replay-XXXXXX";

static void write_recording(const char *text)
{
	int fd = mkstemp(file);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void a_file_answers(void **state)
{
	(void)state;
	write_recording("{\"model\": \"a model\"}\n"
			"{\"key\": \"07" "00000000000000000000000000000000000000000000000000000000000000"
			"\", \"text\": \"Four.\", \"finish\": \"length\", \"prompt_tokens\": 9,"
			" \"completion_tokens\": 5, \"reasoning\": \"Two and two.\","
			" \"reasoning_tokens\": 3}\n");
	char spec[64];
	snprintf(spec, sizeof(spec), "replay:%s", file);
	const char *specs[] = { spec, "replay:another" };
	struct teacher_options o;
	struct sow_error err = { 0 };
	teacher_options_default(&o);
	o.specs = specs;
	o.spec_count = 2;
	assert_null(teacher_open(&o, &err)); /* a recording is alone */
	assert_int_equal(err.status, SOW_USAGE);
	o.spec_count = 1;
	struct teacher *t = teacher_open(&o, &err);
	assert_non_null(t);
	assert_string_equal(teacher_identity(t), "a model");
	struct request *q = request_new();
	q->key.bytes[0] = 7;
	q->tag = 11;
	assert_int_equal(teacher_submit(t, q), SOW_OK);
	struct reply *r = teacher_collect(t, 10 * CLOCK_SECOND, &err);
	assert_non_null(r);
	assert_int_equal(r->tag, 11);
	assert_true(view_eqstr(r->text, "Four."));
	assert_true(view_eqstr(r->reasoning, "Two and two."));
	assert_int_equal(r->finish, FINISH_LENGTH);
	assert_int_equal(r->usage.prompt_tokens, 9);
	assert_int_equal(r->usage.completion_tokens, 5);
	assert_int_equal(r->usage.reasoning_tokens, 3);
	reply_free(r);
	struct buf line = BUF_INIT;
	struct teacher_load load;
	assert_false(teacher_notice(t, &line));
	teacher_look(t, &load);
	assert_int_equal(load.servers, 0);
	teacher_close(t);
	unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_file_answers) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
