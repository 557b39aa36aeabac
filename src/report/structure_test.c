#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/structure.h"

static struct sow_error err;

static const char *const instructions[] = {
	"Write a poem about rain.", "Write a poem about rain.", "Write a poem about snow. Now.",
	"Write a letter to a friend.", "Give me a recipe.", "Where is it?", "",
};
#define INSTRUCTIONS (sizeof(instructions) / sizeof(instructions[0]))

static struct structure *count(size_t sample, size_t threads, size_t rounds)
{
	struct structure *s = structure_new(sample, &err);
	assert_non_null(s);
	for (size_t i = 0; i < rounds * INSTRUCTIONS; i++)
		structure_add(s, view_of(instructions[i % INSTRUCTIONS]));
	structure_finish(s, threads);
	return s;
}

static void counted(void **state)
{
	(void)state;
	for (size_t threads = 1; threads < 4; threads++) {
		struct structure *s = count(0, threads, 2);
		const struct structure_result *r = structure_result(s);
		assert_int_equal(r->instructions, 14);
		assert_int_equal(r->sampled, 14);
		assert_int_equal(r->outcomes[GRAMMAR_FOUND], 10);
		assert_int_equal(r->outcomes[GRAMMAR_NO_OBJECT], 2);
		assert_int_equal(r->outcomes[GRAMMAR_NO_PARSE], 2);
		assert_int_equal(r->shown, 10);
		assert_int_equal(r->verb_count, 2);
		assert_string_equal(r->verbs[0].verb, "write");
		assert_int_equal(r->verbs[0].count, 8);
		assert_int_equal(r->verbs[0].noun_count, 2);
		assert_string_equal(r->verbs[0].nouns[0].noun, "poem");
		assert_int_equal(r->verbs[0].nouns[0].count, 6);
		assert_string_equal(r->verbs[1].nouns[0].noun, "recipe");
		structure_free(s);
	}
}

/* Every instruction has the same chance to be in the sample, the last as the first. */
static void sampled(void **state)
{
	(void)state;
	int64_t first = 0, second = 0;
	struct structure *s = structure_new(200, &err);
	for (int i = 0; i < 4000; i++)
		structure_add(s, view_of(i < 2000 ? "Write a poem." : "Give me a book."));
	structure_finish(s, 2);
	const struct structure_result *r = structure_result(s);
	assert_int_equal(r->instructions, 4000);
	assert_int_equal(r->sampled, 200);
	for (size_t i = 0; i < r->verb_count; i++) {
		if (strcmp(r->verbs[i].verb, "write") == 0)
			first = r->verbs[i].count;
		else
			second = r->verbs[i].count;
	}
	assert_int_equal(first + second, 200);
	assert_true(first > 70 && second > 70);
	structure_free(s);
}

static void show(const struct structure *s, bool is_json, struct buf *out)
{
	struct figures f;
	figures_init(&f);
	buf_clear(out);
	structure_figures(structure_result(s), &f);
	if (is_json)
		assert_int_equal(figures_json(&f, out, JSON_LINE), SOW_OK);
	else
		figures_print(&f, out);
	figures_release(&f);
}

static void shown(void **state)
{
	(void)state;
	struct structure *s = count(10, 1, 2);
	struct buf out = BUF_INIT;
	show(s, false, &out);
	assert_non_null(strstr(out.data, "  10 of 14 instructions, chosen at random\n"));
	structure_free(s);
	s = count(0, 1, 1);
	show(s, false, &out);
	assert_non_null(strstr(out.data, "  with a verb and its object               5   71.4 %\n"));
	assert_non_null(strstr(out.data, "\n  write                                    4   57.1 %\n"
					 "    poem                                   3\n"
					 "    letter                                 1\n"));
	show(s, true, &out);
	assert_string_equal(out.data, "{\"structure\":{\"instructions\":7,\"sampled\":7,\"found\":5,"
		"\"no_object\":1,\"not_parsed\":1,\"timed_out\":0,\"too_long\":0,\"shown\":5,\"verbs\":["
		"{\"verb\":\"write\",\"count\":4,\"nouns\":[{\"noun\":\"poem\",\"count\":3},"
		"{\"noun\":\"letter\",\"count\":1}]},{\"verb\":\"give\",\"count\":1,\"nouns\":["
		"{\"noun\":\"recipe\",\"count\":1}]}]}}");
	buf_release(&out);
	structure_free(s);
	s = structure_new(0, &err); /* of nothing */
	structure_finish(s, 1);
	show(s, false, &out);
	buf_release(&out);
	structure_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counted), cmocka_unit_test(sampled), cmocka_unit_test(shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
