#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/error.h"
#include "io/json.h"
#include "method/draws.h"

#define TICKETS 4000

static const struct view records[] = { { "{\"name\":\"Ann\",\"age\":1.50}", 25 }, { "\"Bob\"", 5 } };
static const struct map_file people = { "people.jsonl", records, 2 };

static const json_value *draw(struct arena *a, const char *const *list, size_t count, uint64_t seed,
			      int64_t ticket, const char *object)
{
	struct sow_error err = { 0 };
	struct draws *d = draws_read(a, list, count, &err);
	struct view text = view_of(object);
	if (!d)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < count; i++)
		draws_set_file(d, i, &people);
	assert_int_equal(draws_add(d, seed, ticket, a, &text), SOW_OK);
	return json_root(json_parse_lenient(text, a, NULL, NULL, &err));
}

static void chances(void **state)
{
	static const char *const list[] = { "tone=friendly*3, terse", "words=20..22", "sign=-1..-1" };
	size_t friendly = 0, words[3] = { 0 };
	struct arena *a = arena_new();
	(void)state;
	for (int64_t t = 1; t <= TICKETS; t++) {
		const json_value *v = draw(a, list, 3, 1, t, "{}");
		struct view tone = json_text(json_get(v, "tone"));
		int64_t n = json_integer(json_get(v, "words"));
		assert_true(view_eqstr(tone, "friendly") || view_eqstr(tone, "terse"));
		assert_int_equal(json_integer(json_get(v, "sign")), -1);
		friendly += view_eqstr(tone, "friendly");
		assert_in_range(n, 20, 22);
		words[n - 20]++;
		arena_clear(a);
	}
	/* three standard deviations around what is expected */
	assert_in_range(friendly, 2917, 3083);
	for (int i = 0; i < 3; i++)
		assert_in_range(words[i], 1243, 1424);
	arena_free(a);
}

/* Neither another draw beside it nor its place changes what a field draws; another seed does. */
static void each_for_itself(void **state)
{
	static const char *const one[] = { "n=1..1000000" }, *const two[] = { "m=1..9", "n=1..1000000" };
	struct arena *a = arena_new();
	size_t same = 0;
	(void)state;
	for (int64_t t = 1; t <= 100; t++) {
		int64_t n = json_integer(json_get(draw(a, one, 1, 1, t, "{\"a\":1}"), "n"));
		assert_int_equal(n, json_integer(json_get(draw(a, two, 2, 1, t, "{}"), "n")));
		same += n == json_integer(json_get(draw(a, one, 1, 2, t, "{}"), "n"));
	}
	assert_true(same < 3);
	arena_free(a);
}

static void what_is_there_stays(void **state)
{
	static const char *const list[] = { "tone=a", "b=x" };
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	struct view text = view_of("{\"tone\":null,\"c\":1.50}");
	(void)state;
	struct draws *d = draws_read(a, list, 2, &err);
	assert_int_equal(draws_add(d, 1, 1, a, &text), SOW_OK);
	assert_true(view_eqstr(text, "{\"tone\":null,\"c\":1.50,\"b\":\"x\"}"));
	text = view_of("{}");
	assert_int_equal(draws_add(d, 1, 1, a, &text), SOW_OK);
	assert_true(view_eqstr(text, "{\"tone\":\"a\",\"b\":\"x\"}"));
	d = draws_read(a, NULL, 0, &err);
	text = view_of("{\"a\":1}");
	assert_int_equal(draws_add(d, 1, 1, a, &text), SOW_OK);
	assert_true(view_eqstr(text, "{\"a\":1}"));
	arena_free(a);
}

/* As a recipe's mappings come; drawn as the short forms are. */
static void forms(void **state)
{
	static const char *const list[] = {
		"tone={\"choice\":[\"friendly\",\"terse\"],\"weights\":[3,1]}", "words={\"integer\":[20,22]}",
		"any={\"choice\":[\"a, b\",2.50,true,{\"c\":[]}]}", "one={\"choice\":[null]}" };
	static const char *const flat[] = { "tone=friendly*3,terse", "words=20..22" };
	struct arena *a = arena_new();
	unsigned seen = 0;
	(void)state;
	for (int64_t t = 1; t <= 200; t++) {
		const json_value *v = draw(a, list, 4, 1, t, "{}"), *w = draw(a, flat, 2, 1, t, "{}");
		assert_true(view_eq(json_text(json_get(v, "tone")), json_text(json_get(w, "tone"))));
		assert_int_equal(json_integer(json_get(v, "words")), json_integer(json_get(w, "words")));
		const json_value *any = json_get(v, "any");
		seen |= 1u << json_type(any);
		if (json_type(any) == JSON_NUMBER)
			assert_true(view_eqstr(json_compact(any, a), "2.50"));
		assert_int_equal(json_type(json_get(v, "one")), JSON_NULL);
	}
	assert_int_equal(seen, 1u << JSON_TEXT | 1u << JSON_NUMBER | 1u << JSON_BOOL | 1u << JSON_OBJECT);
	arena_free(a);
}

/* Records of a file, each as often. */
static void files(void **state)
{
	static const char *const list[] = { "who=from:people.jsonl", "else={\"from\":\"people.jsonl\"}" };
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	size_t anns = 0;
	(void)state;
	struct draws *d = draws_read(a, list, 2, &err);
	assert_string_equal(draws_path(d, 0), "people.jsonl");
	assert_string_equal(draws_path(d, 1), "people.jsonl");
	for (int64_t t = 1; t <= TICKETS; t++) {
		const json_value *who = json_get(draw(a, list, 2, 1, t, "{}"), "who");
		bool is_ann = json_type(who) == JSON_OBJECT;
		assert_true(is_ann ? view_eqstr(json_compact(who, a), "{\"name\":\"Ann\",\"age\":1.50}")
				   : view_eqstr(json_text(who), "Bob"));
		anns += is_ann;
	}
	assert_in_range(anns, 1905, 2095);
	arena_free(a);
}

static void mistakes(void **state)
{
	static const char *const wrong[] = {
		"", "tone", "=a", "tone=", "tone=a,,b", "tone=a*0", "tone=a*-1", "tone=a*x", "tone=a*",
		"tone=3..1", "tone=*3", "tone=a*1e99",
		"who=from:",
		"share=0.1..0.9", "n=-9223372036854775808..5", "n=1..", "n=1...5",
	};
	struct arena *a = arena_new();
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct sow_error err = { 0 };
		if (draws_read(a, &wrong[i], 1, &err))
			fail_msg("'%s' was taken", wrong[i]);
		assert_int_equal(err.status, SOW_USAGE);
		assert_non_null(strstr(err.text, wrong[i]));
	}
	static const char *const wrong_forms[] = {
		"a={", "a={}", "a={\"choice\":[]}", "a={\"choice\":\"b\"}", "a={\"choices\":[1]}",
		"a={\"choice\":[1,2],\"weights\":[1]}", "a={\"choice\":[1],\"weights\":[0]}",
		"a={\"choice\":[1],\"weights\":1}", "a={\"integer\":[2,1]}", "a={\"integer\":[1]}",
		"a={\"integer\":[1,2.5]}", "a={\"integer\":[1,2],\"weights\":[1,2]}", "a={\"from\":1}",
		"a={\"from\":\"x\",\"choice\":[1]}",
	};
	for (size_t i = 0; i < sizeof(wrong_forms) / sizeof(*wrong_forms); i++) {
		struct sow_error err = { 0 };
		if (draws_read(a, &wrong_forms[i], 1, &err))
			fail_msg("'%s' was taken", wrong_forms[i]);
		assert_int_equal(err.status, SOW_USAGE);
		assert_true(strncmp(err.text, "draw: a: ", 9) == 0);
	}
	static const char *const twice[] = { "a=1", "b=2", "a=3" };
	struct sow_error err = { 0 };
	assert_null(draws_read(a, twice, 3, &err));
	assert_string_equal(err.text, "draw: 'a' is drawn twice");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chances), cmocka_unit_test(each_for_itself),
		cmocka_unit_test(what_is_there_stays), cmocka_unit_test(forms),
		cmocka_unit_test(files), cmocka_unit_test(mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
