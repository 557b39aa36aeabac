#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "data/turns.h"
#include "io/db.h"
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
	static const struct instance list[] = { { .input = { "", 0 }, .output = { "yes", 3 } },
						{ .input = { "", 0 }, .output = { "no", 2 } } };
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

/* Everything of a record, in one text. */
static int describe(void *data, const struct record *t)
{
	struct buf *out = data;
	buf_addf(out, "%.*s: %.*s%s tools=%.*s fields=%.*s\n", VIEW_ARG(t->id), VIEW_ARG(t->instruction),
		 t->beside ? ", beside" : "", VIEW_ARG(t->tools), VIEW_ARG(t->fields));
	if (t->turn_count)
		turns_write(t->turns, t->turn_count, out);
	for (size_t i = 0; i < t->instance_count; i++) {
		const struct instance *one = &t->instances[i];
		buf_addf(out, "\n\t%.*s -> %.*s role=%d sample=%d", VIEW_ARG(one->input),
			 VIEW_ARG(one->output), one->role, (int)one->sample);
		if (one->scored)
			buf_addf(out, " score=%g", one->score);
		if (one->reasoning.len)
			buf_addf(out, " %s=%.*s", reasoning_names[one->reasoning_name],
				 VIEW_ARG(one->reasoning));
		if (one->turn_count)
			turns_write(one->turns, one->turn_count, out);
	}
	buf_addch(out, '\n');
	return out->status;
}

static void expect_tasks(struct store *s, bool graded, const char *expected)
{
	struct buf text = BUF_INIT;
	const struct task_range range = { .graded = graded };
	if (store_each_task(s, &range, describe, &text, &err))
		fail_msg("%s", err.text);
	assert_string_equal(text.data, expected);
	buf_release(&text);
}

static struct store *open_store(enum store_mode mode)
{
	struct store *s = store_open(scratch.data, mode, &err);
	if (!s)
		fail_msg("%s", err.text);
	return s;
}

static void put_unit(struct store *s, int64_t ticket, const char *turns, const char *tools,
		     const char *fields, const struct instance *list, size_t count)
{
	const struct unit u = { .step = 1, .ticket = ticket, .item = 1, .state = UNIT_FINISHED,
				.stage = 1, .instruction = view_of(" Weather? "),
				.input = view_of("Rome"), .turns = view_of(turns),
				.tools = view_of(tools), .fields = view_of(fields),
				.source = view_of("a"), .is_classification = -1 };
	assert_int_equal(store_new_unit(s, &u, NULL, 0, 0, &err), 0);
	assert_int_equal(store_instances(s, &u, list, count, &err), 0);
}

#define ASKED "[{\"role\":\"user\",\"content\":\"Weather?\"}]"
#define CALLED \
	"{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c1\",\"type\":" \
	"\"function\",\"function\":{\"name\":\"look\",\"arguments\":{\"at\":1.50}}}]}"

/* What goes in comes out: tools, fields, roles, scores, samples, thoughts and turns. */
static void test_whole_records(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct turn *called;
	size_t count;
	struct store *s = open_store(STORE_RUN);
	assert_int_equal(turns_parse(view_of("[" CALLED "]"), a, &called, &count), 0);
	const struct instance two[] = {
		{ .input = view_of("Rome"), .output = view_of(" Sun\n"), .role = ANSWER_CHOSEN,
		  .scored = true, .score = 8.25, .sample = 3, .reasoning = view_of("Hm."),
		  .reasoning_name = REASONING_THINKING },
		{ .input = view_of("Rome"), .output = view_of(""), .role = ANSWER_REJECTED,
		  .turns = called, .turn_count = count },
	};
	const struct instance one = { .output = view_of("Sun"), .reasoning = view_of("Hm.") };
	put_unit(s, 1, "", "[{\"name\":\"look\"}]", "{\"n\":1.0}", two, 2);
	put_unit(s, 2, ASKED, "", "", &one, 1);
	put_unit(s, 3, ASKED, "", "", two, 2);
	put_unit(s, 4, ASKED, "", "", &two[1], 1);
	expect_tasks(s, false,
		"task_1_1:  Weather? , beside tools=[{\"name\":\"look\"}] fields={\"n\":1.0}\n"
		"\n\tRome ->  Sun\n role=1 sample=3 score=8.25 thinking=Hm."
		"\n\tRome ->  role=2 sample=0[" CALLED "]\n"
		"task_2_1:  Weather?  tools= fields=\n"
		"[{\"role\":\"user\",\"content\":\"Weather?\"},{\"role\":\"assistant\",\"content\":\"Sun\","
		"\"reasoning_content\":\"Hm.\"}]\n\t -> Sun role=0 sample=0 reasoning_content=Hm.\n"
		"task_3_1:  Weather? , beside tools= fields=\n" ASKED
		"\n\tRome ->  Sun\n role=1 sample=3 score=8.25 thinking=Hm."
		"\n\tRome ->  role=2 sample=0[" CALLED "]\n"
		"task_4_1:  Weather? , beside tools= fields=\n" ASKED
		"\n\tRome ->  role=2 sample=0[" CALLED "]\n");
	store_close(s);
	arena_free(a);
}

static int count_task(void *data, const struct record *t)
{
	(void)t;
	++*(size_t *)data;
	return SOW_OK;
}

/* Who takes a task would lose what it cannot read of it, or write it as it is. */
static void test_damaged_records(void **state)
{
	(void)state;
	const struct instance one = { .output = view_of("Sun") };
	const struct task_range all = { 0 };
	size_t count = 0;
	struct store *s = open_store(STORE_RUN);
	put_unit(s, 1, "", "[{\"name\":\"look\"}]", "{\"n\":1}", &one, 1);
	put_unit(s, 2, "", "", "{\"n\":", &one, 1);
	assert_int_equal(store_each_task(s, &all, count_task, &count, &err), SOW_INVALID);
	assert_string_equal(err.text, "run.db: damaged: the fields of task_2_1");
	assert_int_equal(count, 1);
	const struct unit mended = { .step = 1, .ticket = 2, .item = 1, .state = UNIT_FINISHED, .stage = 1 };
	assert_int_equal(store_unit(s, &mended, &err), SOW_OK);
	put_unit(s, 3, "", "[", "", &one, 1);
	assert_int_equal(store_each_task(s, &all, count_task, &count, &err), SOW_INVALID);
	assert_string_equal(err.text, "run.db: damaged: the tools of task_3_1");
	assert_int_equal(count, 1 + 2);
	store_close(s);
}

static void put_reply(struct store *s, const struct unit_key *p, const char *text)
{
	struct request *request = request_new();
	struct reply *reply = reply_new_reasoned(view_of(text), view_of("Hm."));
	assert_int_equal(store_reply(s, p, request, reply, false, 0, &err), 0);
	request_free(request);
	reply_free(reply);
}

static void put_graded(struct store *s, int64_t ticket, int64_t sample, const char *text,
		       double score, bool chosen)
{
	const struct unit_key p = { .step = 1, .ticket = ticket, .item = 1, .stage = 1, .sample = sample };
	put_reply(s, &p, text);
	assert_int_equal(store_answer(s, &p, score, chosen, &err), 0);
}

/* Each answer that was graded, where the one that was kept is a whole reply; one without a grade
 * is none. */
static void test_graded(void **state)
{
	(void)state;
	struct store *s = open_store(STORE_RUN);
	const struct instance best = { .input = view_of("Rome"), .output = view_of("Sun"),
				       .scored = true, .score = 9, .sample = 1 };
	const struct instance part = { .output = view_of("a part"), .scored = true, .score = 9 };
	put_unit(s, 1, "", "", "{\"n\":1}", &best, 1);
	put_graded(s, 1, 0, "Rain", 4, false);
	put_graded(s, 1, 1, "Sun\n", 9, true);
	put_graded(s, 1, 2, "Snow", 0, false);
	put_unit(s, 2, ASKED, "", "", &best, 1);
	put_graded(s, 2, 0, "Rain", 4, false);
	put_graded(s, 2, 1, "Sun", 9, true);
	put_unit(s, 3, "", "", "", &part, 1);
	put_graded(s, 3, 0, "this is a part", 9, true);
	put_graded(s, 3, 1, "this is another", 3, false);
	expect_tasks(s, true,
		"task_1_1:  Weather? , beside tools= fields={\"n\":1}\n"
		"\n\tRome -> Rain role=0 sample=0 score=4 reasoning_content=Hm."
		"\n\tRome -> Sun role=0 sample=1 score=9 reasoning_content=Hm.\n"
		"task_2_1:  Weather? , beside tools= fields=\n" ASKED
		"\n\tRome -> Rain role=0 sample=0 score=4 reasoning_content=Hm."
		"\n\tRome -> Sun role=0 sample=1 score=9 reasoning_content=Hm.\n"
		"task_3_1:  Weather?  tools= fields=\n"
		"\n\t -> a part role=0 sample=0 score=9\n");
	store_close(s);
}

/* What format 2 did not have. */
static const char downgrade[] =
	"DROP TABLE batch; DROP TABLE batch_request; ALTER TABLE reply DROP COLUMN numbers;"
	"ALTER TABLE unit DROP COLUMN object; ALTER TABLE unit DROP COLUMN context;"
	"ALTER TABLE unit DROP COLUMN tools; ALTER TABLE unit DROP COLUMN fields;"
	"ALTER TABLE instance DROP COLUMN role; ALTER TABLE instance DROP COLUMN score;"
	"ALTER TABLE instance DROP COLUMN sample; ALTER TABLE instance DROP COLUMN reasoning;"
	"ALTER TABLE instance DROP COLUMN reasoning_name; ALTER TABLE instance DROP COLUMN turns;"
	"PRAGMA user_version = 2;";

/* A run of format 2 is refused to those who look, and brought up to date by its command. */
static void test_format_2(void **state)
{
	(void)state;
	char path[512];
	struct store *s = open_store(STORE_RUN);
	const struct instance best = { .output = view_of("Sun"), .sample = 1 };
	put_unit(s, 1, "", "", "", &best, 1);
	put_graded(s, 1, 0, "Rain", 4, false);
	put_graded(s, 1, 1, "Sun", 9, true);
	store_close(s);
	snprintf(path, sizeof(path), "%s/run.db", scratch.data);
	struct db *db = db_open(path, DB_WRITE, &err);
	if (db_exec(db, downgrade, &err))
		fail_msg("%s", err.text);
	db_close(db);
	assert_null(store_open(scratch.data, STORE_LOOK, &err));
	assert_non_null(strstr(err.text, "made by an older sow; its own command brings it up to date"));
	for (int i = 0; i < 2; i++) {
		s = open_store(i ? STORE_LOOK : STORE_RUN);
		expect_tasks(s, false, "task_1_1:  Weather?  tools= fields=\n"
			     "\n\t -> Sun role=0 sample=1 score=9\n");
		store_close(s);
	}
}

static void *put_identity(void *data)
{
	const struct timespec moment = { .tv_nsec = 300000000 };
	struct sow_error why = { 0 };
	nanosleep(&moment, NULL);
	int status = store_put_identity(data, 1, "method", view_of("x"), view_of("x"), &why);
	return (void *)(intptr_t)status;
}

/* Who looks at a run whose tables are there, and that another is about to say what it is of, waits
 * for that: it is not a new run. */
static void test_begun_meanwhile(void **state)
{
	(void)state;
	pthread_t thread;
	void *status;
	struct store *s = open_store(STORE_RUN);
	assert_int_equal(pthread_create(&thread, NULL, put_identity, s), 0);
	struct store *look = open_store(STORE_LOOK);
	bool is_new = store_is_new(look);
	assert_int_equal(pthread_join(thread, &status), 0);
	assert_null(status);
	assert_false(is_new);
	store_close(look);
	store_close(s);
}

static int add_stage(void *data, const struct store_stage *stage)
{
	return buf_addf(data, "%lld.%lld ", (long long)stage->step, (long long)stage->stage);
}

/* Where format 3 had 100 and 200 more than the stages that were asked about. */
static void test_format_3(void **state)
{
	(void)state;
	static const char *const methods[] = { "respond", "persona", "self-instruct", "evol" };
	static const int asked[] = { 101, 102, 103, 103, 201 };
	char path[512];
	struct buf stages = BUF_INIT;
	struct store *s = open_store(STORE_RUN);
	for (int64_t i = 0; i < 5; i++) {
		int64_t step = i < 4 ? i + 1 : 4;
		if (i < 4)
			assert_int_equal(store_put_identity(s, step, "method", view_of(methods[i]),
							    view_of(""), &err), 0);
		const struct unit_key p = { step, 1, 1, asked[i], 0 };
		put_reply(s, &p, "8");
	}
	store_close(s);
	snprintf(path, sizeof(path), "%s/run.db", scratch.data);
	struct db *db = db_open(path, DB_WRITE, &err);
	assert_int_equal(db_exec(db, "DROP TABLE batch; DROP TABLE batch_request;"
				 "ALTER TABLE reply DROP COLUMN numbers;"
				 "ALTER TABLE unit DROP COLUMN object;"
				 "ALTER TABLE unit DROP COLUMN context; PRAGMA user_version = 3;",
				 &err), 0);
	db_close(db);
	s = open_store(STORE_RUN);
	assert_int_equal(store_each_stage(s, add_stage, &stages, &err), 0);
	assert_string_equal(stages.data, "1.2 2.3 3.4 4.4 4.5 ");
	buf_release(&stages);
	store_close(s);
}

/* A reply of numbers is there as it was, also where there are none of them. */
static void test_numbers(void **state)
{
	(void)state;
	const float numbers[] = { -0.25f, -17.5f };
	const struct unit_key p = { 1, 1, 1, 1, 0 };
	for (size_t count = 0; count <= 2; count += 2) {
		struct store *s = open_store(STORE_RUN);
		struct request *request = request_new();
		struct reply *reply = reply_new_numbers(numbers, count), *found;
		reply->usage.prompt_tokens = 9;
		assert_int_equal(store_reply(s, &p, request, reply, false, 0, &err), 0);
		assert_int_equal(store_find_reply(s, &p, &request->key, &found, &err), 1);
		assert_true(found->numbers && found->number_count == count);
		assert_memory_equal(found->numbers, numbers, count * sizeof(*numbers));
		assert_int_equal(found->usage.prompt_tokens, 9);
		assert_int_equal(found->text.len, 0);
		reply_free(found);
		reply_free(reply);
		request_free(request);
		store_close(s);
	}
}

static void put_text(struct store *s, int64_t step, const char *name, const char *value)
{
	assert_int_equal(store_put_identity(s, step, name, view_of(value), view_of(value), &err), 0);
}

static void expect_setting(struct store *s, int64_t step, const char *name, const char *expected)
{
	struct setting found;
	struct arena *a = arena_new();
	int status = store_setting(s, a, step, name, &found, &err);
	assert_int_equal(status, expected != NULL);
	if (expected && !view_eqstr(found.value, expected))
		fail_msg("%s: expected '%s', not '%.*s'", name, expected, VIEW_ARG(found.value));
	arena_free(a);
}

/* What was in force in a run of format 2 without being said; and which sample an answer is. */
static void test_format_2_in_force(void **state)
{
	(void)state;
	char path[512];
	struct store *s = open_store(STORE_RUN);
	const struct instance two[] = { { .output = view_of("Sun") }, { .output = view_of("Snow") } };
	static const char *const methods[] = { "respond", "respond", "persona", "evol", "persona" };
	for (int64_t step = 1; step <= 5; step++) {
		put_text(s, step, "method", methods[step - 1]);
		put_text(s, step, "input", step == 1 ? "hash" : "");
		put_text(s, step, "system", step == 1 ? "Be brief." : "");
		put_text(s, step, "samples", step == 1 ? "4" : "1");
		put_text(s, step, "rule", step == 3 ? "too-long=9" : step == 5 ? "cut-reply=on" : "");
	}
	put_unit(s, 1, "", "", "", two, 2);
	for (int64_t i = 0; i < 4; i++)
		put_graded(s, 1, i, i == 1 ? "Sun" : i == 3 ? "Snow" : " \n", 0, false);
	store_close(s);
	snprintf(path, sizeof(path), "%s/run.db", scratch.data);
	struct db *db = db_open(path, DB_WRITE, &err);
	if (db_exec(db, "DELETE FROM answer;", &err) || db_exec(db, downgrade, &err))
		fail_msg("%s", err.text);
	db_close(db);
	s = open_store(STORE_RUN);
	expect_setting(s, 1, "again", "yes");
	expect_setting(s, 1, "input", "format 2: hash");
	expect_setting(s, 2, "input", "");
	expect_setting(s, 1, "no-system-out", "yes");
	expect_setting(s, 1, "rule", "cut-reply=off");
	expect_setting(s, 2, "again", NULL);
	expect_setting(s, 2, "no-system-out", NULL);
	expect_setting(s, 2, "rule", "cut-reply=off");
	expect_setting(s, 3, "again", NULL);
	expect_setting(s, 3, "rule", "too-long=9\ncut-reply=off");
	expect_setting(s, 4, "rule", "");
	expect_setting(s, 5, "rule", "cut-reply=on");
	store_close(s);
	db = db_open(path, DB_READ, &err);
	struct db_query *q = db_query(db, "SELECT group_concat(sample) FROM instance", &err);
	assert_int_equal(db_step(q, &err), 1);
	assert_true(view_eqstr(db_text(q, 0), "1,3"));
	db_query_free(q);
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_setting, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_whole_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_graded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_format_2, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_format_3, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_format_2_in_force, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_begun_meanwhile, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
