#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "clean/tag_set.h"

#define TIMES(n) for (size_t end = record + (n); record < end; record++)

static void add(struct tag_set *s, size_t record, const char *tag)
{
	assert_int_equal(tag_set_add(s, record, view_of(tag)), SOW_OK);
}

static void normalize(struct tag_set *s, struct tag_options o)
{
	struct sow_error err = { 0 };
	if (tag_set_normalize(s, &o, &err))
		fail_msg("%s", err.text);
}

static void assert_becomes(const struct tag_set *s, const char *tag, const char *expected)
{
	const char *name;
	assert_int_equal(tag_set_find(s, view_of(tag), &name), SOW_OK);
	if (expected ? !name || strcmp(name, expected) != 0 : name != NULL)
		fail_msg("%s becomes %s, not %s", tag, name ? name : "nothing", expected ? expected : "nothing");
}

/* A record that says a tag twice has it once. */
static void the_rare_are_dropped(void **state)
{
	(void)state;
	struct tag_set *s = tag_set_new();
	size_t record = 0;
	TIMES(3) {
		add(s, record, "Data Cleaning");
		add(s, record, "data-cleaning");
		if (record < 2) {
			add(s, record, "rare");
			add(s, record, "Rare!");
		}
		add(s, record, "?!");
	}
	normalize(s, (struct tag_options){ .least = 3 });
	assert_becomes(s, "DATA cleaning", "data cleaning");
	assert_becomes(s, "rare", NULL);
	assert_becomes(s, "never said", NULL);
	assert_becomes(s, "?!", NULL);
	struct tag_counts counts = tag_set_counts(s);
	struct tag_fate fate;
	assert_int_equal(counts.raw, 2);
	assert_int_equal(counts.frequent, 1);
	assert_true(tag_set_fate(s, 1, &fate));
	assert_string_equal(fate.tag, "rare");
	assert_string_equal(fate.why, "rare");
	assert_int_equal(fate.records, 2);
	assert_false(tag_set_fate(s, 2, &fate));
	tag_set_free(s);
}

/* The most frequent spelling leads; it is cut at first, as InsTag does it. */
static void words_are_brought_to_their_dictionary_form(void **state)
{
	(void)state;
	struct tag_set *s = tag_set_new();
	size_t record = 0;
	TIMES(2)
		add(s, record, "writing poems");
	TIMES(3)
		add(s, record, "write a poem");
	TIMES(4)
		add(s, record, "write poem");
	TIMES(1)
		add(s, record, "writes poems");
	normalize(s, (struct tag_options){ .least = 2, .lemmas = true });
	assert_becomes(s, "writing poems", "write poem");
	assert_becomes(s, "write poem", "write poem");
	assert_becomes(s, "write a poem", "write a poem");
	assert_becomes(s, "writes poems", NULL);
	assert_int_equal(tag_set_counts(s).lemmas, 2);
	tag_set_free(s);
}

/* "calculus" is always "mathematics", which is nearly always "education": one after the other. */
static void what_always_comes_together_is_merged(void **state)
{
	(void)state;
	struct tag_set *s = tag_set_new();
	size_t record = 0;
	TIMES(5) {
		add(s, record, "calculus");
		add(s, record, "mathematics");
		add(s, record, "education");
	}
	TIMES(4) {
		add(s, record, "mathematics");
		add(s, record, "education");
	}
	TIMES(1)
		add(s, record, "mathematics");
	TIMES(10) {
		add(s, record, "education");
		if (record % 2)
			add(s, record, "history");
	}
	normalize(s, (struct tag_options){ .least = 1, .support = 5, .confidence = 0.9 });
	assert_becomes(s, "calculus", "education");
	assert_becomes(s, "mathematics", "education");
	assert_becomes(s, "history", "education");
	assert_becomes(s, "education", "education");
	assert_int_equal(tag_set_counts(s).merged, 1);
	tag_set_free(s);
}

static void what_comes_together_seldom_stays(void **state)
{
	(void)state;
	struct tag_set *s = tag_set_new();
	size_t record = 0;
	TIMES(4) {
		add(s, record, "a");
		add(s, record, "b");
	}
	TIMES(2)
		add(s, record, "a");
	TIMES(2)
		add(s, record, "b");
	normalize(s, (struct tag_options){ .least = 1, .support = 4, .confidence = 0.99 });
	assert_becomes(s, "a", "a");
	assert_becomes(s, "b", "b");
	tag_set_free(s);
	/* equals: the first of the alphabet leads; too few together */
	s = tag_set_new();
	record = 0;
	TIMES(4) {
		add(s, record, "b");
		add(s, record, "a");
	}
	TIMES(3) {
		add(s, record, "c");
		add(s, record, "d");
	}
	normalize(s, (struct tag_options){ .least = 1, .support = 4, .confidence = 0.99 });
	assert_becomes(s, "a", "a");
	assert_becomes(s, "b", "a");
	assert_becomes(s, "c", "c");
	assert_becomes(s, "d", "d");
	tag_set_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rare_are_dropped),
		cmocka_unit_test(words_are_brought_to_their_dictionary_form),
		cmocka_unit_test(what_always_comes_together_is_merged),
		cmocka_unit_test(what_comes_together_seldom_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
