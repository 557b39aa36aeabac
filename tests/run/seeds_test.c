/* The 175 seed tasks and the demonstrations drawn from them are what the method asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/map.h"
#include "data/records.h"
#include "io/json.h"
#include "method/rules.h"
#include "run/run.h"
#include "support/fake.h"
#include "support/scratch.h"
#include "text/rouge.h"

static struct arena *arena;
static struct record_list seeds;

static int set_up(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	const struct embedded_file *f = embedded_find("data/seed_tasks.jsonl");
	arena = arena_new();
	if (record_list_parse(&seeds, arena, f->path, view_from(f->text, f->len), &err)) {
		print_error("%s\n", err.text);
		return 1;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	record_list_release(&seeds);
	arena_free(arena);
	return 0;
}

static void schema(void **state)
{
	(void)state;
	static const char *const keys[] = { "id", "name", "instruction", "instances",
					    "is_classification" };
	const struct embedded_file *f = embedded_find("data/seed_tasks.jsonl");
	struct view rest = view_from(f->text, f->len), line;
	struct map names = MAP_INIT;
	for (int n = 0; view_line(&rest, &line); n++) {
		char id[32];
		struct sow_error err;
		struct json *doc = json_parse(line.p, line.len, &err);
		assert_non_null(doc);
		size_t at = 0;
		for (const json_value *v = json_first(json_root(doc)); v;
		     v = json_next(json_root(doc), v))
			assert_true(at < 5 && view_eqstr(json_key(v), keys[at++]));
		assert_int_equal(at, 5);
		snprintf(id, sizeof(id), "seed_%d", n);
		assert_true(view_eqstr(json_text(json_get(json_root(doc), "id")), id));
		struct view name = json_text(json_get(json_root(doc), "name"));
		assert_null(map_get(&names, name.p, name.len));
		map_put(&names, name.p, name.len, 1);
		json_free(doc);
	}
	map_release(&names);
}

static void balance(void **state)
{
	(void)state;
	size_t classification = 0, with_input = 0, words = 0;
	assert_int_equal(seeds.count, 175);
	for (size_t i = 0; i < seeds.count; i++) {
		const struct record *t = &seeds.list[i];
		classification += t->is_classification;
		words += words_count_spaced(t->instruction.p, t->instruction.len);
		assert_int_equal(t->instance_count, 1);
		assert_true(t->instances[0].output.len > 0);
		assert_false(view_eq(t->instances[0].input, t->instances[0].output));
		with_input += t->instances[0].input.len > 0;
	}
	assert_int_equal(classification, 25);
	assert_in_range(with_input, 79, 96); /* about half */
	assert_in_range(words, 12 * 175, 14 * 175); /* mean about 13 */
}

/* They pass the rules that the new ones must pass. */
static void rules_hold(void **state)
{
	(void)state;
	struct rules *rules = rules_new();
	for (size_t i = 0; i < seeds.count; i++) {
		struct view detail;
		enum rule_id broken = rules_check(rules, seeds.list[i].instruction, &detail);
		if (broken != RULE_COUNT)
			fail_msg("%.*s: %s", VIEW_ARG(seeds.list[i].id), rule_table[broken].name);
	}
	rules_free(rules);
}

static void no_two_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < seeds.count; i++) {
		for (size_t j = 0; j < i; j++) {
			struct view a = seeds.list[i].instruction, b = seeds.list[j].instruction;
			if (rouge_l(WORDS_ASCII, a, b) > 0.5 || rouge_l(WORDS_UNICODE, a, b) > 0.5)
				fail_msg("%.*s\n%.*s", VIEW_ARG(a), VIEW_ARG(b));
		}
	}
}

static bool is_seed(struct view instruction, bool is_classification)
{
	for (size_t i = 0; i < seeds.count; i++) {
		if (view_eq(seeds.list[i].instruction, instruction))
			return seeds.list[i].is_classification == is_classification;
	}
	return false;
}

/* 12 classification and 19 other instructions, each a seed's. */
static void demonstrations(void **state)
{
	(void)state;
	const struct embedded_file *f =
		embedded_find("prompts/self_instruct/classification.demonstrations.txt");
	struct view rest = view_from(f->text, f->len), line, instruction = view_of("");
	int yes = 0, no = 0;
	while (view_line(&rest, &line)) {
		if (view_starts(line, "Task: "))
			instruction = view_sub(line, 6, line.len);
		else if (view_eqstr(line, "Is it classification? Yes"))
			yes += is_seed(instruction, true);
		else if (view_eqstr(line, "Is it classification? No"))
			no += is_seed(instruction, false);
		else
			assert_int_equal(line.len, 0);
	}
	assert_int_equal(yes, 12);
	assert_int_equal(no, 19);
}

/* The seeds released with the paper can take their place. */
static void the_papers_own(void **state)
{
	(void)state;
	const char *root = getenv("SOW_SOURCE_ROOT");
	char path[1024], run[1024];
	snprintf(path, sizeof(path), "%s/../shared/data/seed_tasks.jsonl", root ? root : ".");
	if (access(path, R_OK) != 0)
		skip();
	char *dir = scratch_new();
	snprintf(run, sizeof(run), "%s/run", dir);
	struct sow_error err = { 0 };
	struct run_outcome outcome;
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct record_list tasks = RECORD_LIST_INIT;
	assert_int_equal(record_list_read(&tasks, arena, path, NULL, &err), 0);
	assert_int_equal(tasks.count, 175);
	size_t classification = 0;
	for (size_t i = 0; i < tasks.count; i++)
		classification += tasks.list[i].is_classification;
	assert_in_range(classification, 25, 26);
	struct recipe *r = recipe_new();
	assert_int_equal(recipe_add_step(r, "self-instruct", &err), 0);
	r->steps[0].seeds = path;
	r->no_cache = true;
	r->steps[0].n = 10;
	if (run_recipe(r, run, &hooks, &outcome, &err))
		fail_msg("%s", err.text);
	assert_int_equal(outcome.end, RUN_DONE);
	recipe_free(r);
	record_list_release(&tasks);
	scratch_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schema), cmocka_unit_test(balance), cmocka_unit_test(rules_hold),
		cmocka_unit_test(no_two_alike), cmocka_unit_test(demonstrations),
		cmocka_unit_test(the_papers_own),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
