#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mock/invent.h"

static size_t count_words(struct view text)
{
	size_t count = text.len > 0;
	for (size_t i = 0; i < text.len; i++)
		count += text.p[i] == ' ';
	return count;
}

/* Tidy sentences of varied length, a quarter of them classifications that name their labels. */
static void test_instructions(void **state)
{
	(void)state;
	size_t classifications = 0, inputs = 0, shortest = 99, longest = 0;
	for (uint64_t i = 0; i < 4000; i++) {
		struct buf b = BUF_INIT;
		struct view labels[LABELS_MAX];
		struct draw d = draw_start(3, 1, i);
		invent_instruction(&d, &b);
		struct view text = view_from(b.data, b.len);
		size_t words = count_words(text);
		shortest = words < shortest ? words : shortest;
		longest = words > longest ? words : longest;
		if (!strchr(".?", b.data[b.len - 1]) || strpbrk(b.data, "{}") ||
		    strstr(b.data, "  ") || !(b.data[0] >= 'A' && b.data[0] <= 'Z'))
			fail_msg("%s", b.data);
		if (invent_is_classification(text)) {
			size_t count = invent_labels(text, labels);
			classifications++;
			assert_in_range(count, 2, 5);
			for (size_t k = 0; k < count; k++)
				assert_true(labels[k].len > 0 && labels[k].len < 20);
		}
		inputs += invent_needs_input(text);
		buf_release(&b);
	}
	assert_in_range(classifications, 900, 1200);
	assert_in_range(inputs, 700, 1500);
	assert_in_range(shortest, 5, 8);
	assert_in_range(longest, 25, 45);
}

static void check_labels(const char *instruction, const char *expected)
{
	struct view labels[LABELS_MAX];
	struct buf got = BUF_INIT;
	size_t count = invent_labels(view_of(instruction), labels);
	for (size_t i = 0; i < count; i++)
		buf_addf(&got, "%s%.*s", i ? "|" : "", VIEW_ARG(labels[i]));
	assert_string_equal(got.data, expected);
	buf_release(&got);
}

static void test_labels(void **state)
{
	(void)state;
	check_labels("Say whether it is spam, personal, or business.", "business|personal|spam");
	check_labels("Is it valid or invalid?", "invalid|valid");
	check_labels("Choose its tone: formal or informal. Answer now.", "informal|formal");
	check_labels("Which tea or coffee is it: a, b, c or d?", "d|c|b|a");
	check_labels("Decide about it.", "yes|no");
	check_labels("or", "yes|no");
	check_labels(" or ", "yes|no");
	check_labels("", "yes|no");
}

static void test_classifications(void **state)
{
	(void)state;
	assert_true(invent_is_classification(view_of("Classify the sentence.")));
	assert_true(invent_is_classification(view_of("Tell whether the text is rude.")));
	assert_false(invent_is_classification(view_of("Write a poem about rain.")));
	assert_true(invent_needs_input(view_of("Shorten the following text.")));
	assert_false(invent_needs_input(view_of("Write a poem about rain.")));
}

static void test_prose(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 500; i++) {
		struct buf b = BUF_INIT;
		struct draw d = draw_start(4, 1, i);
		size_t words = draw_below(&d, 100);
		invent_prose(&d, view_of(i % 2 ? "Why are lighthouses red?" : ""), words, &b);
		assert_in_range(count_words(view_from(b.data, b.len)), words, words + 40);
		assert_null(strpbrk(b.data, "{}"));
		buf_release(&b);
	}
}

static void test_flawed(void **state)
{
	(void)state;
	size_t lengthy = 0;
	for (uint64_t i = 0; i < 400; i++) {
		struct buf b = BUF_INIT;
		struct draw d = draw_start(5, 1, i);
		invent_flawed(&d, &b);
		assert_true(b.len > 0 && !strpbrk(b.data, "{}"));
		lengthy += count_words(view_from(b.data, b.len)) > 150;
		buf_release(&b);
	}
	assert_in_range(lengthy, 5, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instructions),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_classifications),
		cmocka_unit_test(test_prose),
		cmocka_unit_test(test_flawed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
