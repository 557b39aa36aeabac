#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/figures.h"

static void prints(const struct figures *f, const char *want)
{
	struct buf out = BUF_INIT;
	figures_print(f, &out);
	assert_string_equal(out.data, want);
	buf_release(&out);
}

static void writes(const struct figures *f, const char *want)
{
	struct buf out = BUF_INIT;
	assert_int_equal(figures_json(f, &out, JSON_LINE), SOW_OK);
	assert_string_equal(out.data, want);
	buf_release(&out);
}

static void tabulates(const struct figures *f, const char *want)
{
	struct buf out = BUF_INIT;
	assert_int_equal(figures_rows(f, &out), SOW_OK);
	assert_string_equal(out.data, want);
	buf_release(&out);
}

/* One line in the program, and it stands in text, JSON and the page. */
static void a_figure_is_said_once(void **state)
{
	struct figures f;
	figures_init(&f);
	(void)state;
	figures_object(&f, "outputs", "Outputs")->layout = (struct figure_layout){ 2, 10, 8 };
	figures_count(&f, "empty", "empty", 12)->of = 200;
	figures_end(&f);
	prints(&f, "Outputs\n  empty           12    6.0 %\n");
	writes(&f, "{\"outputs\":{\"empty\":12}}");
	tabulates(&f, "[[\"Outputs\"],[\"empty\",\"12\",\"6.0 %\",\"\"]]");
	figures_release(&f);
}

/* Without a label it is for programs, without a key for people. */
static void for_one_of_them(void **state)
{
	struct figures f;
	figures_init(&f);
	(void)state;
	figures_count(&f, "others", NULL, 5);
	figures_text(&f, NULL, "yield", view_of("2.0 a request"));
	figures_remark(&f, "a remark");
	figures_list(&f, "bins", (const int64_t[]){ 1, 2 }, 2);
	figures_bool(&f, "done", true);
	figures_none(&f, "mean", "mean");
	figures_none(&f, NULL, "median");
	figures_object(&f, "all", "All")->is_hidden = true;
	figures_count(&f, "n", "n", 1);
	figures_end(&f);
	prints(&f, "  yield                 2.0 a request\n  a remark\n"
		  "  mean                  -\n  median                -\n");
	writes(&f, "{\"others\":5,\"bins\":[1,2],\"done\":true,\"mean\":null,\"all\":{\"n\":1}}");
	figures_release(&f);
}

static void units(void **state)
{
	struct figures f;
	figures_init(&f);
	(void)state;
	figures_object(&f, NULL, NULL)->layout = (struct figure_layout){ 0, 2, 10 };
	figures_integer(&f, "a", "a", UNIT_NANO_DOLLARS, INT64_C(12345000000))->note = "spent";
	figures_integer(&f, "b", "b", UNIT_NANOSECONDS, INT64_C(61000000000));
	figures_number(&f, "c", "c", UNIT_TENTHS, 0.25);
	figures_number(&f, "d", "d", UNIT_HUNDREDTHS, 2.5);
	figures_number(&f, "e", "e", UNIT_ABOUT, 1234567);
	figures_number(&f, "f", "f", UNIT_ABOUT, 99.6);
	figures_number(&f, "g", "g", UNIT_DOLLARS, 1.5);
	figures_number(&f, "h", "h", UNIT_PERCENT, 93.25);
	figures_end(&f);
	prints(&f, "a     $12.35  spent\n"
		  "b  1 min 1 s\n"
		  "c        0.2\n"
		  "d       2.50\n"
		  "e  1,230,000\n"
		  "f        100\n"
		  "g      $1.50\n"
		  "h     93.2 %\n");
	writes(&f, "{\"a\":12345000000,\"b\":61000000000,\"c\":0.25,\"d\":2.5,\"e\":1234567.0,"
		  "\"f\":99.6,\"g\":1.5,\"h\":93.25}");
	figures_release(&f);
}

/* Sections stand apart; one without a key is none in JSON. */
static void sections(void **state)
{
	struct figures f;
	figures_init(&f);
	(void)state;
	figures_object(&f, NULL, "file.jsonl");
	figures_object(&f, NULL, "Duplicates");
	figures_count(&f, "twice", "twice", 1000)->note = "of them";
	figures_end(&f);
	figures_array(&f, "verbs", NULL)->layout = (struct figure_layout){ 4, 6, 4 };
	figures_object(&f, NULL, NULL)->has_gap = true;
	figures_text(&f, "verb", NULL, view_of("write"));
	figures_count(&f, "count", "write", 3);
	figures_end(&f);
	figures_end(&f);
	figures_end(&f);
	prints(&f, "file.jsonl\n\nDuplicates\n  twice                 1,000 of them\n\n    write    3\n");
	writes(&f, "{\"twice\":1000,\"verbs\":[{\"verb\":\"write\",\"count\":3}]}");
	tabulates(&f, "[[\"file.jsonl\"],[\"Duplicates\"],[\"twice\",\"1,000\",\"\",\"of them\"],"
		     "[\"write\",\"3\",\"\",\"\"]]");
	figures_release(&f);
}

static void parts(void **state)
{
	struct figures f;
	figures_init(&f);
	(void)state;
	figures_count(&f, "replies", "replies", 98);
	figures_count(&f, "cached", "from the cache", 7)->is_part = true;
	figures_count(&f, "refused", "refused", 0)->is_part = true;
	figures_count(&f, NULL, "asked again", 1000)->is_part = true;
	figures_count(&f, "tickets", NULL, 3); /* what nobody sees has no parts that are seen */
	figures_count(&f, "failed", "failed", 2)->is_part = true;
	prints(&f, "  replies               98 (7 from the cache, 1,000 asked again)\n");
	tabulates(&f, "[[\"replies\",\"98\",\"\",\"(7 from the cache, 1,000 asked again)\"]]");
	writes(&f, "{\"replies\":98,\"cached\":7,\"refused\":0,\"tickets\":3,\"failed\":2}");
	figures_release(&f);
}

static void a_table(void **state)
{
	struct figures f;
	figures_init(&f);
	(void)state;
	figures_array(&f, "rounds", NULL)->is_table = true;
	for (int64_t i = 0; i < 2; i++) {
		figures_object(&f, NULL, NULL);
		figures_text(&f, "name", "name", view_of(i ? "größer" : "a"))->width = -8;
		figures_count(&f, "unread", NULL, i);
		figures_count(&f, "tasks", "tasks", 1000 * i)->width = 7;
		figures_end(&f);
	}
	figures_end(&f);
	prints(&f, "name      tasks\n"
		  "a             0\n"
		  "größer    1,000\n");
	writes(&f, "{\"rounds\":[{\"name\":\"a\",\"unread\":0,\"tasks\":0},"
		  "{\"name\":\"größer\",\"unread\":1,\"tasks\":1000}]}");
	figures_release(&f);
}

/* Names come from data: they move no cursor, and are wrapped below one another. */
static void texts_of_others(void **state)
{
	struct figures f;
	figures_init(&f);
	struct buf out = BUF_INIT;
	(void)state;
	figures_object(&f, "rules", "a\033[1m title")->layout = (struct figure_layout){ 2, 6, 0, 20 };
	figures_text(&f, "rule", "b\033[", view_of("one two three four"));
	figures_end(&f);
	prints(&f, "a\uFFFD[1m title\n  b\uFFFD[   one two\n        three four\n");
	figures_release(&f);
	figures_init(&f);
	figures_text(&f, "name", "name", view_of("\xFF"));
	assert_int_equal(figures_json(&f, &out, JSON_LINE), SOW_INVALID);
	assert_int_equal(figures_rows(&f, &out), SOW_OK); /* as it is shown */
	figures_release(&f);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_figure_is_said_once), cmocka_unit_test(for_one_of_them),
		cmocka_unit_test(units),                 cmocka_unit_test(sections),
		cmocka_unit_test(parts),                 cmocka_unit_test(a_table),
		cmocka_unit_test(texts_of_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
