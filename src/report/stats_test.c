#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/json.h"
#include "report/histogram.h"
#include "report/output_kind.h"
#include "report/stats.h"

#define V(text) { text, sizeof(text) - 1 }
#define NINE "one two three four five six seven eight nine"

static void answers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum output_kind kind;
	} rows[] = {
		{ "", OUTPUT_EMPTY },
		{ " \n\t", OUTPUT_EMPTY },
		{ "casual", OUTPUT_GOOD },
		{ "I'm sorry, but I can't help with that.", OUTPUT_REFUSED },
		{ "I\xE2\x80\x99m SORRY to hear it", OUTPUT_REFUSED },
		{ "As an AI language model, I have no feelings.", OUTPUT_REFUSED },
		{ "As an aid to memory, write it down.", OUTPUT_REFUSED }, /* the price of a rule */
		{ "I cannotify", OUTPUT_GOOD },
		{ "He said: I'm sorry", OUTPUT_GOOD },
		{ NINE " " NINE " and then", OUTPUT_CUT },
		{ NINE " " NINE " and then.", OUTPUT_GOOD },
		{ NINE " " NINE " and then,", OUTPUT_CUT },
		{ NINE " " NINE " und so weiter: größer", OUTPUT_CUT },
		{ NINE " " NINE "\n- apples and pears", OUTPUT_GOOD }, /* a short last line */
		{ NINE, OUTPUT_GOOD }, /* too short to tell */
		{ "Run this:\n```c\nint x;\n", OUTPUT_CUT },
		{ "Run this:\n```c\nint x;\n```", OUTPUT_GOOD },
		{ NINE " " NINE " “and then”", OUTPUT_GOOD },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t opening = 99;
		if (output_kind(view_of(rows[i].text), &opening) != rows[i].kind)
			fail_msg("row %zu: '%s'", i, rows[i].text);
		assert_true(rows[i].kind != OUTPUT_REFUSED || opening < refusal_opening_count);
		assert_int_equal(output_kind(view_of(rows[i].text), NULL), rows[i].kind);
	}
}

static void print_histogram(const struct histogram *h, struct buf *out)
{
	struct figures f;
	figures_init(&f);
	buf_clear(out);
	histogram_figures(h, "length", "Length", &f);
	figures_print(&f, out);
	figures_release(&f);
}

static void histograms(void **state)
{
	(void)state;
	struct histogram h = { 0 };
	struct buf out = BUF_INIT;
	print_histogram(&h, &out);
	assert_string_equal(out.data, "Length, in words: none\n");
	for (size_t i = 0; i < 90; i++)
		histogram_add(&h, 7);
	for (size_t i = 0; i < 10; i++)
		histogram_add(&h, i ? 30 : 5000);
	print_histogram(&h, &out);
	assert_string_equal(out.data,
		"Length, in words: median 7, nine in ten up to 7, longest 5000\n"
		"       6-10           90   90.0 %  ##############################\n"
		"      11-15            0    0.0 %\n"
		"      16-20            0    0.0 %\n"
		"      21-30            9    9.0 %  ###\n"
		"      31-40            0    0.0 %\n"
		"      41-60            0    0.0 %\n"
		"      61-80            0    0.0 %\n"
		"     81-100            0    0.0 %\n"
		"    101-150            0    0.0 %\n"
		"    151-200            0    0.0 %\n"
		"    201-300            0    0.0 %\n"
		"    301-500            0    0.0 %\n"
		"    501-999            0    0.0 %\n"
		"     1000 +            1    1.0 %  #\n");
	assert_int_equal(histogram_quantile(&h, 0), 7);
	assert_int_equal(histogram_quantile(&h, 0.91), 30);
	assert_int_equal(histogram_quantile(&h, 1), 5000);
	assert_int_equal(h.words, 90 * 7 + 9 * 30 + 5000);
	buf_release(&out);
}

static struct instance ones[] = { { V("a b c"), V("Yes, it does.") }, { V(""), V("") } };
static struct instance german[] = { { V(""), V("Ich schreibe heute einen langen Brief an meine "
					       "liebe Großmutter.") } };
static struct turn chat[] = { { ROLE_USER, V("Why?") }, { ROLE_ASSISTANT, V("I cannot say.") },
			      { ROLE_USER, V("Please.") }, { ROLE_ASSISTANT, V("Because.") } };
static struct instance chat_answer[] = { { V(""), V("I cannot say.") } };
static const struct record tasks[] = {
	{ .instruction = V("Does it rain in the autumn here?"), .instances = ones,
	  .instance_count = 2, .is_classification = true },
	{ .instruction = V("Does it rain in the autumn here?"), .instances = ones,
	  .instance_count = 1 },
	{ .instruction = V("Schreibe einen kurzen Satz."), .instances = german,
	  .instance_count = 1 },
	{ .instruction = V("Why?"), .instances = chat_answer, .instance_count = 1, .turns = chat,
	  .turn_count = 4, .tools = V("[{}]") },
	{ .instruction = V("Опиши прогулку по лесу осенью") },
};

static struct stats *count(size_t threads)
{
	struct stats *s = stats_new(threads);
	int status = s ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < 5 && !status; i++)
		status = stats_add(s, &tasks[i]);
	if (!status) {
		stats_finish(s);
		return s;
	}
	stats_free(s);
	return NULL;
}

static int show(const struct stats *s, bool is_json, struct buf *out)
{
	struct figures f;
	figures_init(&f);
	figures_object(&f, NULL, "file");
	stats_figures(s, &f);
	figures_end(&f);
	int status = figures_show(&f, is_json, out, NULL);
	figures_release(&f);
	return status;
}

static int64_t number(const json_value *root, const char *a, const char *b)
{
	const json_value *v = json_get(root, a);
	v = b ? json_get(v, b) : v;
	assert_int_equal(json_type(v), JSON_NUMBER);
	return json_integer(v);
}

static void counts(void **state)
{
	(void)state;
	for (size_t threads = 0; threads < 3; threads++) {
		struct stats *s = count(threads);
		struct buf out = BUF_INIT;
		assert_int_equal(show(s, true, &out), SOW_OK);
		struct json *doc = json_parse(out.data, out.len, NULL);
		const json_value *root = json_root(doc);
		assert_int_equal(number(root, "instructions", NULL), 5);
		assert_int_equal(number(root, "classification", NULL), 1);
		assert_int_equal(number(root, "instances", NULL), 5);
		assert_int_equal(number(root, "empty_inputs", NULL), 3);
		assert_int_equal(number(root, "records", NULL), 5);
		assert_int_equal(number(root, "duplicate_instructions", NULL), 1);
		assert_int_equal(number(root, "duplicate_records", NULL), 1);
		assert_int_equal(number(root, "outputs", "empty"), 1);
		assert_int_equal(number(root, "outputs", "refused"), 1);
		assert_int_equal(number(root, "outputs", "others"), 4);
		assert_int_equal(number(root, "chats", NULL), 1);
		assert_int_equal(number(root, "chat_turns", NULL), 4);
		assert_int_equal(number(root, "with_tools", NULL), 1);
		assert_int_equal(number(root, "languages", "de"), 1);
		assert_int_equal(number(root, "languages", "ru"), 1);
		assert_int_equal(number(root, "scripts", "Latin"), 4);
		assert_int_equal(number(root, "scripts", "Cyrillic"), 1);
		assert_int_equal(number(json_get(root, "lengths"), "input", "words"), 6);
		json_free(doc);
		buf_release(&out);
		stats_free(s);
	}
}

static void page(void **state)
{
	(void)state;
	struct stats *s = count(1);
	struct buf out = BUF_INIT;
	assert_int_equal(show(s, false, &out), SOW_OK);
	assert_ptr_equal(strstr(out.data, "file\n\n"), out.data);
	assert_non_null(strstr(out.data, "  instructions seen before                            1   20.0 %\n"));
	assert_non_null(strstr(out.data, "    \"i cannot \": it will not or cannot                1\n"));
	assert_non_null(strstr(out.data, "  chats of several turns                              1   20.0 %\n"
					 "    their turns, on average                         4.0\n"
					 "  that offer tools                                    1   20.0 %\n"));
	assert_non_null(strstr(out.data, "  German                                              1   20.0 %\n"));
	buf_release(&out);
	stats_free(s);
	s = stats_new(1); /* of nothing */
	stats_finish(s);
	assert_int_equal(show(s, false, &out), SOW_OK);
	assert_non_null(strstr(out.data, "Output length, in words: none\n"));
	buf_release(&out);
	stats_free(s);
}

int main(void)
{
	const struct CMUnitTest list[] = {
		cmocka_unit_test(answers), cmocka_unit_test(histograms), cmocka_unit_test(counts),
		cmocka_unit_test(page),
	};
	return cmocka_run_group_tests(list, NULL, NULL);
}
