#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "data/records.h"
#include "report/seed_similarity.h"
#include "text/rouge.h"

static const char *const seeds[] = {
	"Write a poem about the sea.", "Translate the sentence into French.",
	"List three uses of a paper clip.",
};

static struct seed_similarity *with_seeds(void)
{
	struct seed_similarity *s = seed_similarity_new(WORDS_UNICODE);
	for (size_t i = 0; s && i < 3; i++) {
		if (seed_similarity_seed(s, view_of(seeds[i]))) {
			seed_similarity_free(s);
			return NULL;
		}
	}
	return s;
}

static const json_value *as_json(const struct seed_similarity *s, struct json **doc)
{
	struct buf text = BUF_INIT;
	struct figures f;
	figures_init(&f);
	seed_similarity_figures(s, &f);
	assert_int_equal(figures_json(&f, &text, JSON_LINE), SOW_OK);
	figures_release(&f);
	*doc = json_parse(text.data, text.len, NULL);
	assert_non_null(*doc);
	buf_release(&text);
	return json_get(json_root(*doc), "likeness");
}

static int64_t bin(const json_value *s, int i)
{
	const json_value *bins = json_get(s, "bins"), *v = json_first(bins);
	while (i--)
		v = json_next(bins, v);
	return json_integer(v);
}

static void test_bins(void **state)
{
	(void)state;
	struct seed_similarity *s = with_seeds();
	struct neighbour near;
	struct json *doc;
	assert_int_equal(seed_similarity_add(s, view_of("Write a poem about the sea!"), &near), SOW_OK);
	assert_true(near.found && near.id == 0 && near.score == 1);
	assert_int_equal(seed_similarity_add(s, view_of("Translate this letter."), &near), SOW_OK);
	assert_true(near.id == 1 && near.score == 0.25); /* 2 · 1 / (5 + 3) */
	assert_int_equal(seed_similarity_add(s, view_of("Hello!"), &near), SOW_OK);
	assert_true(near.score == 0);
	const json_value *json = as_json(s, &doc);
	assert_int_equal(json_integer(json_get(json, "seeds")), 3);
	assert_int_equal(json_integer(json_get(json, "count")), 3);
	assert_int_equal(json_integer(json_get(json, "none")), 1);
	assert_int_equal(json_count(json_get(json, "bins")), SIMILARITY_BINS);
	assert_int_equal(bin(json, 0), 1);
	assert_int_equal(bin(json, 12), 1);
	assert_int_equal(bin(json, SIMILARITY_BINS - 1), 1);
	assert_true(json_number(json_get(json, "median")) == 0.25);
	json_free(doc);
	seed_similarity_free(s);
}

/* The nearest of all is found, as by comparing with each. */
static void test_exact(void **state)
{
	(void)state;
	const struct embedded_file *f = embedded_find("data/seed_tasks.jsonl");
	struct arena *a = arena_new();
	struct record_list tasks = RECORD_LIST_INIT;
	struct seed_similarity *s = seed_similarity_new(WORDS_ASCII);
	assert_int_equal(record_list_parse(&tasks, a, "seeds", view_from(f->text, f->len), NULL), SOW_OK);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(seed_similarity_seed(s, tasks.list[i].instruction), SOW_OK);
	for (size_t i = 100; i < tasks.count; i++) {
		struct neighbour near;
		double best = 0;
		assert_int_equal(seed_similarity_add(s, tasks.list[i].instruction, &near), SOW_OK);
		for (size_t j = 0; j < 100; j++) {
			double score = rouge_l(WORDS_ASCII, tasks.list[j].instruction,
					       tasks.list[i].instruction);
			best = score > best ? score : best;
		}
		assert_true(near.found && near.score == best);
	}
	seed_similarity_free(s);
	record_list_release(&tasks);
	arena_free(a);
}

static void test_no_seeds(void **state)
{
	(void)state;
	struct seed_similarity *s = seed_similarity_new(WORDS_UNICODE);
	struct neighbour near;
	struct json *doc;
	assert_int_equal(seed_similarity_add(s, view_of("Write."), &near), SOW_OK);
	assert_false(near.found);
	assert_int_equal(json_integer(json_get(as_json(s, &doc), "count")), 0);
	json_free(doc);
	seed_similarity_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bins), cmocka_unit_test(test_exact),
		cmocka_unit_test(test_no_seeds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
