#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/db.h"
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
	assert_true(teacher_can(t, REQUEST_GENERATE));
	assert_false(teacher_can(t, REQUEST_EMBED));
	q = request_new();
	q->kind = REQUEST_EMBED;
	q->tag = 12;
	assert_int_equal(teacher_submit(t, q), SOW_OK);
	r = teacher_collect(t, 10 * CLOCK_SECOND, &err);
	assert_non_null(r);
	assert_int_equal(r->tag, 12);
	assert_int_equal(r->finish, FINISH_ERROR);
	assert_true(view_eqstr(r->text, "the teacher replay cannot embed"));
	reply_free(r);
	struct buf line = BUF_INIT;
	struct teacher_load load;
	assert_false(teacher_notice(t, &line));
	teacher_get_load(t, &load);
	assert_int_equal(load.servers, 0);
	teacher_close(t);
	unlink(file);
}

/* A run.db with one reply, as sow writes it and as format 1 had it. */
static void write_run(const char *folder, const char *styles, bool reasoning)
{
	char path[96];
	struct sow_error err = { 0 };
	struct buf sql = BUF_INIT;
	snprintf(path, sizeof(path), "%s/run.db", folder);
	unlink(path);
	buf_addf(&sql, "CREATE TABLE identity (step, name, value);"
		 "INSERT INTO identity VALUES (0, 'model', 'm'), (0, 'model of the judge', 'j'),"
		 " (1, 'models', 'x'), %s;"
		 "CREATE TABLE reply (id, key, text, finish, prompt_tokens, shared_tokens,"
		 " completion_tokens%s);"
		 "INSERT INTO reply VALUES (1, zeroblob(32), 'Four.', 'stop', 9, 3, 5%s)",
		 styles, reasoning ? ", reasoning, reasoning_tokens" : "",
		 reasoning ? ", 'Two and two.', 3" : "");
	struct db *db = db_open(path, DB_WRITE, &err);
	assert_non_null(db);
	assert_int_equal(db_exec(db, sql.data, &err), SOW_OK);
	db_close(db);
	buf_release(&sql);
}

static struct teacher *open_replay(const char *folder)
{
	char spec[64];
	const char *specs[] = { spec };
	struct teacher_options o;
	struct sow_error err = { 0 };
	snprintf(spec, sizeof(spec), "replay:%s", folder);
	teacher_options_default(&o);
	o.specs = specs;
	o.spec_count = 1;
	struct teacher *t = teacher_open(&o, &err);
	assert_non_null(t);
	return t;
}

static void check_run(const char *folder, const char *styles, bool prefers_chat, bool can_chat,
		      const char *reasoning)
{
	struct sow_error err = { 0 };
	write_run(folder, styles, *reasoning);
	struct teacher *t = open_replay(folder);
	assert_string_equal(teacher_identity(t), "m");
	assert_string_equal(teacher_identity_of(t, "model of the judge"), "j");
	assert_string_equal(teacher_identity_of(t, "model of the user"), "m");
	assert_int_equal(teacher_prefers_chat(t), prefers_chat);
	assert_int_equal(teacher_can_chat(t), can_chat);
	assert_int_equal(teacher_submit(t, request_new()), SOW_OK);
	struct reply *r = teacher_collect(t, 10 * CLOCK_SECOND, &err);
	assert_non_null(r);
	assert_true(view_eqstr(r->text, "Four."));
	assert_true(view_eqstr(r->reasoning, reasoning));
	assert_int_equal(r->usage.reasoning_tokens, *reasoning ? 3 : 0);
	reply_free(r);
	teacher_close(t);
}

static void a_run_answers_in_its_style(void **state)
{
	(void)state;
	char folder[] = "/tmp/sow-replay-run-XXXXXX", path[96];
	assert_non_null(mkdtemp(folder));
	check_run(folder, "(1, 'prompt-style', 'chat')", true, true, "Two and two.");
	check_run(folder, "(1, 'prompt-style', 'completion')", false, false, "Two and two.");
	check_run(folder, "(1, 'prompt-style', 'completion'), (2, 'prompt-style', 'chat')", false,
		  true, "");
	snprintf(path, sizeof(path), "%s/run.db", folder);
	unlink(path);
	rmdir(folder);
}

/* What was scored is recorded as numbers. */
static void a_run_with_numbers(void **state)
{
	(void)state;
	char folder[] = "/tmp/sow-replay-run-XXXXXX", path[96];
	struct sow_error err = { 0 };
	assert_non_null(mkdtemp(folder));
	write_run(folder, "(1, 'prompt-style', 'chat')", true);
	snprintf(path, sizeof(path), "%s/run.db", folder);
	struct db *db = db_open(path, DB_WRITE, &err);
	assert_int_equal(db_exec(db, "ALTER TABLE reply ADD COLUMN numbers BLOB;"
				 "UPDATE reply SET text = '', numbers = x'000000bf0000c0bf'", &err), SOW_OK);
	db_close(db);
	struct teacher *t = open_replay(folder);
	assert_true(teacher_can(t, REQUEST_SCORE));
	struct request *q = request_new();
	q->kind = REQUEST_SCORE;
	assert_int_equal(teacher_submit(t, q), SOW_OK);
	struct reply *r = teacher_collect(t, 10 * CLOCK_SECOND, &err);
	assert_int_equal(r->number_count, 2);
	assert_true(r->numbers[0] == -0.5f && r->numbers[1] == -1.5f);
	assert_int_equal(r->usage.prompt_tokens, 9);
	reply_free(r);
	teacher_close(t);
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_answers),
		cmocka_unit_test(a_run_answers_in_its_style),
		cmocka_unit_test(a_run_with_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
