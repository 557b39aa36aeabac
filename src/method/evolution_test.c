#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "base/error.h"
#include "base/mem.h"
#include "method/evolution.h"
#include "method/method.h"

#define DRAWS 60000

/* 10,000 chains of 6 rounds, each operation as often as the others. The bound is what chance
 * passes once in a million: chi-squared with 5 degrees of freedom. */
static void equal_chances(void **state)
{
	(void)state;
	const struct weights w = WEIGHTS_EQUAL;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		double counts[OPERATION_COUNT] = { 0 }, chi = 0, expected = DRAWS / 6.0;
		for (int64_t ticket = 1; ticket <= DRAWS / 6; ticket++) {
			for (int64_t item = 2; item <= 7; item++)
				counts[operation_draw(&w, seed, ticket, item)]++;
		}
		for (int i = 0; i < OPERATION_COUNT; i++)
			chi += (counts[i] - expected) * (counts[i] - expected) / expected;
		assert_true(chi < 35.9);
		assert_true(chi > 0);
	}
}

/* Nor does a round follow from the one before: 36 pairs, 35 degrees of freedom. */
static void rounds_are_independent(void **state)
{
	(void)state;
	const struct weights w = WEIGHTS_EQUAL;
	double pairs[OPERATION_COUNT][OPERATION_COUNT] = { 0 }, chi = 0, expected = DRAWS / 36.0;
	for (int64_t ticket = 1; ticket <= DRAWS; ticket++)
		pairs[operation_draw(&w, 1, ticket, 2)][operation_draw(&w, 1, ticket, 3)]++;
	for (int i = 0; i < OPERATION_COUNT; i++) {
		for (int j = 0; j < OPERATION_COUNT; j++)
			chi += (pairs[i][j] - expected) * (pairs[i][j] - expected) / expected;
	}
	assert_true(chi < 95.0);
}

static void the_same_seed_draws_the_same(void **state)
{
	(void)state;
	const struct weights w = WEIGHTS_EQUAL;
	int other = 0;
	for (int64_t i = DRAWS; i; i--) {
		enum operation op = operation_draw(&w, 7, i / 6, i % 6);
		assert_int_equal(op, operation_draw(&w, 7, i / 6, i % 6));
		other += op != operation_draw(&w, 8, i / 6, i % 6);
		assert_int_equal(data_draw(7, i / 6, i % 6), data_draw(7, i / 6, i % 6));
	}
	assert_true(other > DRAWS / 2);
	/* as they were when runs were begun that shall go on */
	static const enum operation first[] = { REASONING, COMPLICATE_INPUT, ADD_CONSTRAINT, ADD_CONSTRAINT };
	for (int i = 0; i < 4; i++)
		assert_int_equal(operation_draw(&w, 1, 1, 2 + i), first[i]);
}

static void data_has_equal_chances(void **state)
{
	(void)state;
	double counts[DATA_COUNT] = { 0 }, chi = 0, expected = DRAWS / 6.0;
	for (int64_t i = 1; i <= DRAWS; i++)
		counts[data_draw(1, i, 2)]++;
	for (int i = 0; i < DATA_COUNT; i++)
		chi += (counts[i] - expected) * (counts[i] - expected) / expected;
	assert_true(chi < 35.9);
}

static void weights_count(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct weights w = WEIGHTS_EQUAL;
	int counts[OPERATION_COUNT] = { 0 };
	assert_int_equal(weights_set(&w, "in-breadth=3", &err), SOW_OK);
	assert_int_equal(weights_set(&w, "deepen=0", &err), SOW_OK);
	for (int64_t i = 1; i <= 14000; i++)
		counts[operation_draw(&w, 1, i, 2)]++;
	assert_int_equal(counts[DEEPEN], 0);
	/* 7 in all: 3 of them for one, 1 for each of the others */
	assert_true(counts[IN_BREADTH] > 5700 && counts[IN_BREADTH] < 6300);
	assert_true(counts[REASONING] > 1800 && counts[REASONING] < 2200);
}

static void wrong_weights(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "deepen", "expected OPERATION=N" },
		{ "in-bredth=1", "did you mean in-breadth?" },
		{ "deepen=", "from 0 to 1000000, not ''" },
		{ "deepen=-1", "not '-1'" },
		{ "deepen=1.5", "not '1.5'" },
		{ "deepen=1000001", "not '1000001'" },
		{ "=1", "no operation ''" },
	};
	struct sow_error err;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct weights w = WEIGHTS_EQUAL;
		assert_int_equal(weights_set(&w, cases[i][0], &err), SOW_USAGE);
		assert_non_null(strstr(err.text, cases[i][1]));
	}
	struct weights w = { { 0, 1, 0, 0, 0, 0 } };
	assert_int_equal(weights_check(&w, &err), SOW_OK);
	assert_int_equal(weights_set(&w, "deepen=0", &err), SOW_OK);
	assert_int_equal(weights_check(&w, &err), SOW_USAGE);
}

static void reading(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ " Name a fish.\n", "Name a fish." },
		{ "Evolved task: Name a fish.", "Name a fish." },
		{ "\nEVOLVED TASK:\n\"Name a fish.\"", "Name a fish." },
		{ "\"Name\" a \"fish\"", "\"Name\" a \"fish\"" },
		{ "\"", "\"" }, { "\"\"", "" }, { "", "" }, { " \n", "" }, { "Evolved task:", "" },
		{ "Evolved task", "Evolved task" },
		{ "Name it.\nEvolved task: no", "Name it.\nEvolved task: no" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct view got = evolution_read(view_of(cases[i][0]));
		assert_true(view_eqstr(got, cases[i][1]));
	}
}

static void verdicts(void **state)
{
	(void)state;
	static const char *const equal[] = { "Equal", " equal.", "They are the same.", "EQUAL\n", "**Equal**" };
	static const char *const different[] = {
		"Different", "Not equal", "They do not set the same conditions.", "unequal", "", "Yes",
		"Equality", "different, not equal", "equally",
	};
	for (size_t i = 0; i < sizeof(equal) / sizeof(*equal); i++)
		assert_true(evolution_is_equal(view_of(equal[i])));
	for (size_t i = 0; i < sizeof(different) / sizeof(*different); i++)
		assert_false(evolution_is_equal(view_of(different[i])));
}

/* What is asked */

static int find(void *data, const char *name, struct view *text, struct sow_error *err)
{
	char path[128];
	(void)data;
	snprintf(path, sizeof(path), "prompts/%s", name);
	const struct embedded_file *f = embedded_find(path);
	if (!f)
		return error_set(err, SOW_MISSING, "%s: missing", path);
	*text = view_from(f->text, f->len);
	return SOW_OK;
}

static bool asks(const struct request *r, const char *text)
{
	for (size_t i = 0; i < r->part_count; i++) {
		if (view_find(r->parts[i].text, 0, text) != VIEW_NONE)
			return true;
	}
	return false;
}

static void check_request(const void *m, int64_t ticket, const char *operation, bool chat)
{
	struct request *r;
	const struct unit u = {
		.step = 1, .ticket = ticket, .item = 2, .stage = 1, .parent = 1,
		.operation = view_of(operation), .parent_instruction = view_of("Sort {{these}}."),
		.parent_input = view_of("b, a"),
	};
	assert_int_equal(method_stage(&method_evol, 1)->plan(m, &u, 0, &r), SOW_OK);
	assert_true(asks(r, "Sort {{these}}.\n\nb, a"));
	assert_true(asks(r, "10 to 20 words") == (strcmp(operation, "in-breadth") != 0));
	assert_true(r->sampling.temperature == 1 && r->sampling.top_p == 0.9);
	assert_int_equal(r->sampling.max_tokens, 2048);
	assert_int_equal(r->parts[r->part_count - 1].role, chat ? ROLE_USER : ROLE_NONE);
	if (strcmp(operation, "complicate-input") == 0) {
		enum format_of_data data = data_draw(1, ticket, 2);
		static const char *const signs[DATA_COUNT] = {
			"</books>", "GROUP BY", "def average", "<div", "xargs", "\"guests\"",
		};
		for (int i = 0; i < DATA_COUNT; i++)
			assert_true(asks(r, signs[i]) == (i == (int)data));
		assert_true(asks(r, data_titles[data]));
	}
	request_free(r);
}

static void every_operation_asks(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct rules *rules = rules_new();
	struct arena *a = arena_new();
	void *own = arena_alloc(a, method_evol.own_size);
	for (size_t i = 0; i < method_evol.option_count; i++) {
		const struct option *o = &method_evol.options[i];
		assert_int_equal(option_reset(o, o->fallback, own, a, &err), 0);
	}
	for (int chat = 0; chat < 2; chat++) {
		const struct method_options o = {
			.rules = rules, .prompts = { .find = find, .chat = chat }, .seed = 1, .own = own,
			.sampling = { .temperature = 1, .top_p = 0.9, .max_tokens = 2048 },
		};
		void *m = method_open(&method_evol, a, &o, &err);
		if (!m)
			fail_msg("%s", err.text);
		for (int i = 0; i < OPERATION_COUNT; i++) {
			for (int64_t ticket = 1; ticket <= 30; ticket++)
				check_request(m, ticket, operation_names[i], chat);
		}
	}
	arena_free(a);
	rules_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_chances),
		cmocka_unit_test(rounds_are_independent),
		cmocka_unit_test(the_same_seed_draws_the_same),
		cmocka_unit_test(data_has_equal_chances),
		cmocka_unit_test(weights_count),
		cmocka_unit_test(wrong_weights),
		cmocka_unit_test(reading),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(every_operation_asks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
