/* Recipes of several steps, read from files, with teachers that make answers up: the same bytes
 * whatever the order and the number of requests in flight, wherever they are stopped; each duty
 * has its own teacher; a recipe of one step is the command of its method. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "run/recipe_file.h"
#include "run/run.h"
#include "store/store.h"
#include "support/exported.h"
#include "support/fake.h"
#include "support/run_db.h"
#include "support/scratch.h"

/* Each step answers what the one before has made, with another sampling. */
static const char three_steps[] =
	"no-cache: yes\n"
	"steps:\n"
	"  - {method: self-instruct, n: 40}\n"
	"  - {method: respond, temperature: 0.9, samples: 2}\n"
	"  - {method: respond, temperature: 0.2, rule: cut-reply=off}\n";

static char *dir;

static int set_up(void **state)
{
	(void)state;
	dir = scratch_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_free(dir);
	return 0;
}

static void path_of(char path[512], const char *name)
{
	snprintf(path, 512, "%s/%s", dir, name);
}

/* From a file, as a user's. */
static void read_recipe(struct recipe_file *f, const char *text, int64_t concurrency)
{
	static char path[512];
	struct sow_error err = { 0 };
	path_of(path, "recipe.yaml");
	scratch_write(path, text);
	if (recipe_file_read(f, path, &err))
		fail_msg("%s: %s", err.text, f->problems.count ? f->problems.list[0].text : "");
	f->recipe->concurrency = concurrency;
}

/* The tasks of all steps. */
static char *all_steps(int64_t n)
{
	struct buf text = BUF_INIT;
	char run[512];
	path_of(run, "run");
	int64_t steps = run_db_number(run, "SELECT max(step) FROM identity");
	for (int64_t step = 1; step <= steps; step++) {
		const struct task_range range = { .step = step, .limit = n };
		char *tasks = exported_as(run, &range, "self-instruct");
		buf_addstr(&text, tasks);
		mem_free(tasks);
	}
	return buf_detach(&text);
}

static int try(const struct recipe *r, const struct run_hooks *hooks, struct run_outcome *o,
	       struct sow_error *err)
{
	char run[512];
	path_of(run, "run");
	*err = (struct sow_error){ 0 };
	return run_recipe(r, run, hooks, o, err);
}

static void finish(const struct recipe *r, struct run_outcome *o)
{
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct sow_error err;
	if (try(r, &hooks, o, &err))
		fail_msg("%s", err.text);
	assert_int_equal(o->end, RUN_DONE);
}

static char *run_whole(const char *text, int64_t n, int64_t concurrency, uint64_t shuffle)
{
	struct recipe_file f;
	struct run_outcome o;
	scratch_empty(dir);
	fake_shuffle(shuffle);
	read_recipe(&f, text, concurrency);
	f.recipe->steps[0].n = n;
	finish(f.recipe, &o);
	recipe_file_release(&f);
	return all_steps(n);
}

static size_t count_of(const char *text, const char *word)
{
	size_t count = 0;
	for (; (text = strstr(text, word)); text++)
		count++;
	return count;
}

static void order_makes_no_difference(void **state)
{
	(void)state;
	char *one = run_whole(three_steps, 40, 1, 1);
	assert_int_equal(count_of(one, "\"id\":\"task_"), count_of(one, "\n"));
	assert_true(count_of(one, "\"id\":\"task_2_") > 30);
	assert_true(count_of(one, "\"id\":\"task_3_") > 25);
	for (uint64_t shuffle = 1; shuffle <= 6; shuffle++) {
		char *other = run_whole(three_steps, 40, shuffle % 2 ? 64 : 7, shuffle);
		assert_string_equal(one, other);
		mem_free(other);
	}
	mem_free(one);
}

static volatile sig_atomic_t stop;
static int64_t stop_at;

static void stop_after(void *data, const struct run_progress *p)
{
	(void)data;
	stop = p->replies >= stop_at;
}

/* Stopped once in each of 20 runs, at 20 points from the first reply to the last. */
static void stopped_anywhere(void **state)
{
	(void)state;
	char *whole = run_whole(three_steps, 20, 1, 1);
	const struct run_hooks hooks = { .teacher = &fake_inventor, .stop = &stop,
					 .progress = stop_after };
	int stopped[3] = { 0 };
	struct run_outcome o;
	struct recipe_file f;
	read_recipe(&f, three_steps, 8);
	f.recipe->steps[0].n = 20;
	finish(f.recipe, &o);
	int64_t replies = o.progress.replies;
	for (int i = 0; i < 20; i++) {
		struct sow_error err;
		recipe_file_release(&f);
		scratch_empty(dir);
		read_recipe(&f, three_steps, 1 + i % 5);
		f.recipe->steps[0].n = 20;
		/* progress is told now and then only: a bound is exact */
		f.recipe->max_requests = 1 + replies * i / 20;
		fake_shuffle((uint64_t)i);
		stop = 0;
		stop_at = f.recipe->max_requests;
		assert_int_equal(try(f.recipe, &hooks, &o, &err), 0);
		assert_true(o.end == RUN_MAX_REQUESTS || o.end == RUN_INTERRUPTED);
		stopped[o.progress.step - 1]++;
		f.recipe->max_requests = 0;
		f.recipe->concurrency = 64;
		finish(f.recipe, &o);
		char *parts = all_steps(20);
		assert_string_equal(whole, parts);
		mem_free(parts);
	}
	assert_true(stopped[0] && stopped[1] && stopped[2]);
	recipe_file_release(&f);
	mem_free(whole);
}

/* Stops every few replies, each time goes on in what is like a new process. */
static void stopped_often(void **state)
{
	(void)state;
	char *whole = run_whole(three_steps, 20, 1, 1);
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	scratch_empty(dir);
	int times = 0;
	for (struct run_outcome o = { .end = RUN_INTERRUPTED }; o.end != RUN_DONE; times++) {
		struct recipe_file f;
		struct sow_error err;
		read_recipe(&f, three_steps, 1 + times % 5);
		f.recipe->steps[0].n = 20;
		f.recipe->max_requests = 7 * (times + 1);
		fake_shuffle((uint64_t)times);
		if (try(f.recipe, &hooks, &o, &err))
			fail_msg("%s", err.text);
		assert_true(o.end == RUN_DONE || o.end == RUN_MAX_REQUESTS);
		assert_true(o.progress.replies <= f.recipe->max_requests);
		recipe_file_release(&f);
	}
	assert_true(times > 15);
	char *parts = all_steps(20);
	assert_string_equal(whole, parts);
	mem_free(whole);
	mem_free(parts);
}

/* More of the first step is more for each step behind it. */
static void raised(void **state)
{
	(void)state;
	char *whole = run_whole(three_steps, 40, 1, 1);
	struct run_outcome o;
	struct recipe_file f;
	mem_free(run_whole(three_steps, 15, 16, 3));
	read_recipe(&f, three_steps, 16);
	finish(f.recipe, &o);
	assert_int_equal(o.progress.step, 3);
	assert_true(o.progress.done_before > 0 && o.progress.done_before < o.progress.target);
	char *parts = all_steps(40);
	assert_string_equal(whole, parts);
	/* and once it is done, nothing more is asked */
	int64_t replies = o.progress.replies;
	finish(f.recipe, &o);
	assert_int_equal(o.progress.replies, replies);
	recipe_file_release(&f);
	mem_free(whole);
	mem_free(parts);
}

/* Less of the first step takes nothing from what is there. */
static void lowered(void **state)
{
	(void)state;
	struct run_outcome o;
	struct recipe_file f;
	mem_free(run_whole(three_steps, 20, 16, 1));
	read_recipe(&f, three_steps, 16);
	f.recipe->steps[0].n = 10;
	finish(f.recipe, &o);
	int64_t replies = o.progress.replies;
	f.recipe->steps[0].n = 20;
	finish(f.recipe, &o);
	assert_int_equal(o.progress.replies, replies);
	recipe_file_release(&f);
}

/* A teacher with no answer to one request for instances. */
static int to_forget;
static bool has_forgotten;

static void forget_one(struct reply *r)
{
	if (view_starts(r->text, "Example 1") && --to_forget == 0) {
		r->finish = FINISH_NONE;
		has_forgotten = true;
	}
}

/* What a step could do without says nothing about the next. */
static void an_unanswered_request_is_of_its_step(void **state)
{
	(void)state;
	static const char text[] = "no-cache: yes\nmax-requests: 200\nsteps:\n"
				   "  - {method: self-instruct, n: 8}\n"
				   "  - {method: respond, samples: 64, max-tokens: 3}\n";
	const struct teacher_kind forgetful = fake_changed(forget_one);
	const struct run_hooks hooks = { .teacher = &forgetful };
	int seen = 0;
	for (int i = 0; i < 100 && !seen; i++) {
		struct run_outcome o = { 0 };
		struct recipe_file f;
		struct sow_error err;
		scratch_empty(dir);
		read_recipe(&f, text, 64);
		f.recipe->steps[0].n = 6 + i / 5;
		to_forget = 5 + i / 5 + i % 5; /* one of the last, which may not be needed */
		fake_shuffle((uint64_t)i);
		has_forgotten = false;
		int status = try(f.recipe, &hooks, &o, &err);
		if (o.progress.step == 2 && has_forgotten) {
			seen++;
			assert_int_equal(status, 0);
			assert_int_equal(o.end, RUN_MAX_REQUESTS);
		}
		recipe_file_release(&f);
	}
	assert_true(seen);
}

/* Whether the query, which gives a number, gives `expected`. */
static void gives(const char *sql, int64_t expected)
{
	char run[512];
	path_of(run, "run");
	assert_int_equal(run_db_number(run, sql), expected);
}

/* A teacher that refuses some of the first requests. */
static int answers;

static void refuse_some(struct reply *r)
{
	answers++;
	if (answers == 3 || answers == 7)
		r->finish = FINISH_ERROR;
}

static void read_two_answers(struct recipe_file *f, int64_t max_requests)
{
	char prompts[512], text[1024] = "";
	path_of(prompts, "prompts");
	for (int i = 1; i <= 12; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "Say number %d.\n", i);
	scratch_write(prompts, text);
	snprintf(text, sizeof(text), "no-cache: yes\nsteps:\n  - {method: respond, input: %s}\n"
		 "  - {method: respond, system: Be brief.}\n", prompts);
	read_recipe(f, text, 1);
	f->recipe->max_requests = max_requests;
}

static void reopen(void)
{
	struct sow_error err = { 0 };
	char run[512];
	int64_t count, expected;
	path_of(run, "run");
	struct store *s = store_open(run, STORE_RUN, &err);
	assert_int_equal(store_count_refused(s, &expected, &err), 0);
	assert_int_equal(store_reopen_refused(s, &count, &err), 0);
	assert_true(count >= 2 && count == expected);
	store_close(s);
}

/* Is each finished task of step 1 the source of one unit of step 2? */
#define EACH_ONCE \
	"SELECT (SELECT group_concat(source) FROM (SELECT source FROM unit WHERE step = 2 ORDER BY " \
	"source)) = (SELECT group_concat(id) FROM (SELECT 'task_' || ticket || '_' || item AS id FROM " \
	"unit WHERE step = 1 AND state = 1 ORDER BY id))"

/* What an earlier step makes of a request that is asked again reaches the next step once, and so does
 * all else, wherever the run is stopped. */
static void asked_again_in_an_earlier_step(void **state)
{
	(void)state;
	const struct teacher_kind refusing = fake_changed(refuse_some);
	const struct run_hooks hooks = { .teacher = &refusing };
	char *whole = NULL;
	for (int stops = 0; stops < 2; stops++) {
		struct run_outcome o;
		struct recipe_file f;
		struct sow_error err;
		scratch_empty(dir);
		fake_shuffle(1);
		answers = 0; /* of the first run only the third and the seventh are refused */
		read_two_answers(&f, 0);
		assert_int_equal(try(f.recipe, &hooks, &o, &err), SOW_OK);
		recipe_file_release(&f);
		gives("SELECT count(*) >= 2 FROM reject WHERE step = 1", 1);
		gives(EACH_ONCE, 1);
		reopen();
		for (int i = 0; stops && i < 6; i++) {
			read_two_answers(&f, 19 + i);
			assert_int_equal(try(f.recipe, &hooks, &o, &err), SOW_OK);
			recipe_file_release(&f);
		}
		read_two_answers(&f, 0);
		finish(f.recipe, &o);
		assert_int_equal(o.progress.done, o.progress.target);
		recipe_file_release(&f);
		gives(EACH_ONCE, 1);
		gives("SELECT count(*) FROM unit WHERE step = 1 AND state = 1 AND ticket IN (3, 7)", 2);
		char *now = all_steps(0);
		if (whole)
			assert_string_equal(whole, now);
		mem_free(whole);
		whole = now;
	}
	mem_free(whole);
}

/* Identity */

static void is_refused(const char *text, const char *why)
{
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct recipe_file f;
	struct run_outcome o;
	struct sow_error err;
	read_recipe(&f, text, 8);
	assert_int_equal(try(f.recipe, &hooks, &o, &err), SOW_DIFFERS);
	if (!strstr(err.text, why))
		fail_msg("expected '%s' in: %s", why, err.text);
	recipe_file_release(&f);
}

static void resumes(const char *text)
{
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct recipe_file f;
	struct run_outcome o;
	struct sow_error err;
	read_recipe(&f, text, 8);
	if (try(f.recipe, &hooks, &o, &err) != SOW_OK)
		fail_msg("%s", err.text);
	recipe_file_release(&f);
}

static void another_recipe_is_refused(void **state)
{
	(void)state;
	mem_free(run_whole(three_steps, 5, 8, 1));
	is_refused("steps: [{method: self-instruct, n: 5}]\n", "steps: 3 there, 1 here");
	is_refused("steps: [{method: self-instruct}, {method: respond, temperature: 0.9, samples: 2},\n"
		   "        {method: self-instruct}]\n",
		   "method of step 3: respond there, self-instruct here");
	is_refused("steps: [{method: self-instruct}, {method: respond, temperature: 0.8, samples: 2},\n"
		   "        {method: respond, temperature: 0.2}]\n",
		   "temperature of step 2: 0.9 there, 0.8 here");
	is_refused("seed: 2\nsteps: [{method: self-instruct, topic: tea},\n"
		   "        {method: respond, temperature: 0.9, samples: 2},\n"
		   "        {method: respond, temperature: 0.2}]\n",
		   "topic: none there, tea here; seed: 1 there, 2 here");
	is_refused("teachers: {judge: {parallel: 2}}\nsteps: [{method: self-instruct},\n"
		   "        {method: respond, temperature: 0.9, samples: 2},\n"
		   "        {method: respond, temperature: 0.2}]\n",
		   "model of the judge: none there, fake 2 here");
	mem_free(run_whole("no-cache: yes\nteachers: {judge: {parallel: 2}}\nsteps: [{method: self-instruct}]\n",
			   5, 8, 1));
	is_refused("steps: [{method: self-instruct}]\n", "model of the judge: fake 2 there, fake");
}

static void change(const char *sql)
{
	char run[512];
	path_of(run, "run");
	run_db_change(run, sql);
}

#define IN_FORCE "FROM identity WHERE name = 'rules in force' AND step = 1"

/* A default that was another when the run began is refused, and can be given as a rule. A run that
 * does not know its rules yet takes those of today. */
static void other_rules_are_refused(void **state)
{
	(void)state;
	static const char text[] = "steps:\n  - {method: self-instruct, n: 5}\n";
	mem_free(run_whole(text, 5, 8, 1));
	gives("SELECT count(*) " IN_FORCE " AND value LIKE '%too-long=150%over-five=5%'", 1);
	is_refused("steps: [{method: self-instruct, rule: {too-long: 120}}]\n",
		   "(rule too-long: 150 there, 120 here)");
	change("UPDATE identity SET value = replace(value, 'too-long=150', 'too-long=120') || 'gone=on\n'"
	       " WHERE name = 'rules in force'");
	is_refused(text, "(rule too-long: 120 there, 150 here; rule gone: on there, off here)");
	change("UPDATE identity SET value = replace(value, 'gone=on\n', '') WHERE name = 'rules in force'");
	resumes("steps:\n  - {method: self-instruct, n: 5, rule: {too-long: 120}}\n");
	/* one that its sow did not know is as if off */
	change("UPDATE identity SET value = replace(value, 'program=on\n', '') WHERE name = 'rules in force'");
	is_refused("steps: [{method: self-instruct, rule: {too-long: 120}}]\n",
		   "(rule program: off there, on here)");
	resumes("steps:\n  - {method: self-instruct, n: 5, rule: {too-long: 120, program: off}}\n");
	change("DELETE FROM identity WHERE name = 'rules in force'");
	is_refused("steps: [{method: self-instruct, n: 5, rule: {too-long: 120}}]\n",
		   "rule: none there, too-long=120 here");
	gives("SELECT count(*) " IN_FORCE, 0);
	resumes(text);
	gives("SELECT count(*) " IN_FORCE " AND value LIKE '%too-long=150%'", 1);
}

/* Options that a run's sow did not know yet have their defaults there. */
static void options_of_today(void **state)
{
	(void)state;
	static const char text[] = "steps:\n  - {method: self-instruct, n: 5}\n";
	mem_free(run_whole(text, 5, 8, 1));
	change("DELETE FROM identity WHERE name IN ('presence-penalty', 'stop', 'examples')");
	is_refused("steps: [{method: self-instruct, n: 5, examples: 4, stop: x}]\n",
		   "(examples: 8 there, 4 here; stop: none there, x here)");
	is_refused("steps: [{method: self-instruct, n: 5, presence-penalty: 0}]\n",
		   "(presence-penalty: 2 there, 0 here)");
	resumes(text);
	gives("SELECT count(*) FROM identity WHERE (name = 'presence-penalty' AND value = '2')"
	      " OR (name = 'examples' AND value = '8') OR (name = 'stop' AND value = '')", 3);
}

/* What sow 0.1.0 wrote down of the prompts it has built in, with those of the judge: its runs go
 * on. Another text of one of these prompts is another value here. */
static void prompts_are_what_they_were(void **state)
{
	(void)state;
	scratch_empty(dir);
	resumes("max-requests: 1\nsteps: [{method: self-instruct, prompt-style: chat, best-of: 2}]\n");
	gives("SELECT count(*) FROM identity WHERE name = 'prompts' AND value ="
	      " '52bcc95a949a4fbcd4296a64e42f2cd0b80c1b094257dc966f2677b317988a6d'", 1);
}

/* Another version may resume a run, and both are recorded. */
static void each_version_is_recorded(void **state)
{
	(void)state;
	static const char text[] = "steps:\n  - {method: self-instruct, n: 5}\n";
	mem_free(run_whole(text, 5, 8, 1));
	change("UPDATE operation SET value = '0.0.1' WHERE name = 'sow'");
	for (int i = 0; i < 2; i++)
		resumes(text);
	gives("SELECT count(*) FROM operation WHERE name = 'sow'", 2);
	gives("SELECT count(*) FROM operation WHERE name = 'sow' AND value = '0.0.1'", 1);
}

/* The command of a method and a recipe of one step go on with each other's run. */
static void one_step_is_the_command(void **state)
{
	(void)state;
	static const char text[] = "seed: 3\nno-cache: true\nsteps:\n  - method: self-instruct\n"
				   "    n: 10\n    topic: tea\n    rule: {too-long: 100, program: off, "
				   "keyword: [video, audio]}\n";
	static const char *const options[][2] = {
		{ "seed", "3" }, { "no-cache", "yes" }, { "n", "10" }, { "topic", "tea" },
		{ "rule", "too-long=100" }, { "rule", "program=off" }, { "rule", "keyword=video,audio" },
	};
	struct recipe_file f;
	struct run_outcome o;
	struct recipe *r = recipe_new();
	assert_int_equal(recipe_add_step(r, "self-instruct", NULL), 0);
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		assert_int_equal(recipe_set(r, recipe_option(options[i][0], NULL), options[i][1], NULL), 0);
	scratch_empty(dir);
	read_recipe(&f, text, 4);
	finish(f.recipe, &o);
	r->steps[0].n = 20;
	finish(r, &o);
	char *one = all_steps(20);
	scratch_empty(dir);
	r->steps[0].n = 10;
	finish(r, &o);
	recipe_file_release(&f);
	read_recipe(&f, text, 4);
	f.recipe->steps[0].n = 20;
	finish(f.recipe, &o);
	char *other = all_steps(20);
	assert_string_equal(one, other);
	recipe_file_release(&f);
	recipe_free(r);
	mem_free(one);
	mem_free(other);
}

/* Duties */

static void each_duty_has_its_teacher(void **state)
{
	(void)state;
	static const char text[] =
		"no-cache: yes\n"
		"teachers:\n"
		"  writer: {parallel: 1}\n"
		"  classifier: {parallel: 2}\n"
		"  judge: {parallel: 3}\n"
		"steps:\n"
		"  - {method: self-instruct, n: 20}\n"
		"  - {method: respond, best-of: 3}\n";
	for (int i = 0; i < 4; i++)
		fake_asked(i);
	char *one = run_whole(text, 20, 1, 1);
	size_t writer = fake_asked(1), classifier = fake_asked(2), judge = fake_asked(3);
	assert_int_equal(fake_asked(0), 0);
	assert_true(writer > 60 && classifier > 20 && judge > 20);
	char *other = run_whole(text, 20, 64, 2);
	assert_string_equal(one, other);
	mem_free(one);
	mem_free(other);
	/* a duty without a teacher is the writer's */
	mem_free(run_whole("no-cache: yes\nteachers: {classifier: {parallel: 2}}\n"
			   "steps: [{method: self-instruct}, {method: respond, best-of: 2}]\n", 10, 8, 1));
	assert_true(fake_asked(0) && fake_asked(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_makes_no_difference),
		cmocka_unit_test(stopped_anywhere),
		cmocka_unit_test(stopped_often),
		cmocka_unit_test(raised),
		cmocka_unit_test(lowered),
		cmocka_unit_test(an_unanswered_request_is_of_its_step),
		cmocka_unit_test(asked_again_in_an_earlier_step),
		cmocka_unit_test(another_recipe_is_refused),
		cmocka_unit_test(other_rules_are_refused),
		cmocka_unit_test(options_of_today),
		cmocka_unit_test(prompts_are_what_they_were),
		cmocka_unit_test(each_version_is_recorded),
		cmocka_unit_test(one_step_is_the_command),
		cmocka_unit_test(each_duty_has_its_teacher),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
