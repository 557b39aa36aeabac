#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "select/selection.h"

static const char text[] =
	"{\"instruction\":\"a\",\"output\":\"one\",\"q\":3,\"lang\":\"en\",\"v\":[1,0]}\n"
	"{\"instruction\":\"b\",\"output\":\"one two\",\"q\":5,\"lang\":\"en\",\"v\":[1,0.1]}\n"
	"{\"instruction\":\"c\",\"output\":\"\",\"lang\":\"de\",\"v\":[0,1]}\n"
	"{\"instruction\":\"d\",\"output\":\"one two three\",\"q\":4,\"lang\":\"de\",\"v\":[-1,0]}\n";

static struct arena *arena;
static struct record_list records;

static int read_records(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	arena = arena_new();
	return record_list_parse(&records, arena, "text", view_of(text), &err);
}

static int forget_records(void **state)
{
	(void)state;
	record_list_release(&records);
	arena_free(arena);
	return 0;
}

/* What is taken, as "2 4 1", and of the rest the reasons, as "w" for where. */
static const char *made(const struct selection_options *o)
{
	static char taken[64];
	struct sow_error err = { 0 };
	struct selection *s = selection_new(o, &err);
	size_t len = 0;
	if (!s || selection_make(s, &records, &err))
		fail_msg("%s", err.text);
	for (size_t n = 0; n < selection_count(s); n++) {
		const struct record_fate *v = selection_fate(s, selection_taken(s, n));
		assert_true(v->rank == n + 1 && v->reason == REASON_NONE);
		taken[len++] = (char)('1' + selection_taken(s, n));
	}
	taken[len++] = ' ';
	for (size_t i = 0; i < records.count; i++) {
		const struct record_fate *v = selection_fate(s, i);
		if (!v->rank)
			taken[len++] = selection_reasons[v->reason][0];
		if (v->reason == REASON_NEAR)
			assert_true(v->cosine > 0.9 && selection_fate(s, v->near)->rank);
		if (v->reason != REASON_WHERE)
			assert_int_equal(isnan(v->score), !o->by || v->reason == REASON_NO_SCORE);
	}
	taken[len] = '\0';
	selection_free(s);
	return taken;
}

static void by_score_and_condition(void **state)
{
	(void)state;
	assert_string_equal(made(&(struct selection_options){ .by = "q" }), "241 n");
	assert_string_equal(made(&(struct selection_options){ .by = "q", .top = "2" }), "24 rn");
	assert_string_equal(made(&(struct selection_options){ .by = "q", .top = "67%" }), "24 rn");
	assert_string_equal(made(&(struct selection_options){ .by = "-q", .top = "9" }), "142 n");
	assert_string_equal(made(&(struct selection_options){ .where = "q < 5" }), "14 ww");
	/* what the condition leaves out is not said to be without a score */
	assert_string_equal(made(&(struct selection_options){ .where = "q > 3", .by = "instruction + 1" }),
			    " wnwn");
	assert_string_equal(made(&(struct selection_options){ .by = "q", .top = "2", .balance = "lang" }),
			    "24 rn");
}

static void by_vectors(void **state)
{
	(void)state;
	assert_string_equal(made(&(struct selection_options){ .how = SELECT_DEITA, .by = "q", .vector = "v",
							      .threshold = 0.9 }), "24 tn");
	assert_string_equal(made(&(struct selection_options){ .how = SELECT_KCENTER, .vector = "v",
							      .top = "2", .threads = 1 }), "14 rr");
}

static void refused(void **state)
{
	(void)state;
	static const struct selection_options cases[] = {
		{ .by = "q +" }, { .where = "q <" }, { .by = "q", .top = "x" }, { .by = "q", .top = "1.5" },
		{ .by = "q", .top = "101%" }, { .by = "q", .top = "-1" }, { .by = "q", .top = "" },
		{ .by = "q", .top = "1%%" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sow_error err = { 0 };
		assert_null(selection_new(&cases[i], &err));
		assert_true(err.status == SOW_USAGE || err.status == SOW_INVALID);
		assert_true(*err.text);
	}
	const struct selection_options no_vector = { .how = SELECT_KCENTER, .vector = "lang" };
	struct sow_error err = { 0 };
	struct selection *s = selection_new(&no_vector, &err);
	assert_int_equal(selection_make(s, &records, &err), SOW_INVALID);
	assert_non_null(strstr(err.text, "record 1: lang"));
	selection_free(s);
	s = selection_new(&(struct selection_options){ .by = "q", .balance = "lnag" }, &err);
	assert_int_equal(selection_make(s, &records, &err), SOW_INVALID);
	assert_string_equal(err.text, "--balance lnag: no record has such a field");
	selection_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_score_and_condition),
		cmocka_unit_test(by_vectors),
		cmocka_unit_test(refused),
	};
	return cmocka_run_group_tests(tests, read_records, forget_records);
}
