#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "data/json_reply.h"

#define O JSON_OBJECT
#define A JSON_ARRAY
#define ANY JSON_NOTHING

/* `json` of a reply that is read, in compact form; NULL: why it is not, which is `told`. What was
 * repaired is `told` otherwise, as "comma 1 quotes 2", with "further N" and "unwrapped". */
static const struct {
	const char *reply;
	enum json_type wanted;
	enum json_reply_kind kind;
	const char *json, *told;
} cases[] = {
	/* bare */
	{ "{\"a\":1}", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "\n  {\"a\": 1.50}\n\n", O, JSON_REPLY_READ, "{\"a\":1.50}", "" },
	{ "[1, 2]", A, JSON_REPLY_READ, "[1,2]", "" },
	{ "[1, 2]", ANY, JSON_REPLY_READ, "[1,2]", "" },
	{ "{}", ANY, JSON_REPLY_READ, "{}", "" },
	{ "\"text\"", JSON_TEXT, JSON_REPLY_READ, "\"text\"", "" },
	{ "4", JSON_NUMBER, JSON_REPLY_READ, "4", "" },
	{ "true", JSON_BOOL, JSON_REPLY_READ, "true", "" },
	{ "null", JSON_NULL, JSON_REPLY_READ, "null", "" },
	/* of another type: taken, so that a check can say so */
	{ "42", O, JSON_REPLY_READ, "42", "" },
	{ "[{\"a\":1}]", O, JSON_REPLY_READ, "[{\"a\":1}]", "" },
	{ "Sure: [1, 2]", O, JSON_REPLY_READ, "[1,2]", "" },
	/* fences */
	{ "```json\n{\"a\":1}\n```", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "```JSON\n{\"a\":1}\n```", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "```\n{\"a\":1}\n```", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "```jsonc\n// the answer\n{\"a\":1}\n```", O, JSON_REPLY_READ, "{\"a\":1}", "comment 1" },
	{ "````json\n{\"a\":1}\n````", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "```json {\"a\":1}```", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "```json\n{\"a\":1}", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "Here you are:\n\n```json\n{\"a\":1}\n```\nAnything else?", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "1. Item:\n   ```json\n   {\"a\":1}\n   ```", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "```json\n\"text\"\n```", JSON_TEXT, JSON_REPLY_READ, "\"text\"", "" },
	{ "```json\n{\"code\":\"```python\\nx\\n```\"}\n```", O, JSON_REPLY_READ,
	  "{\"code\":\"```python\\nx\\n```\"}", "" },
	{ "```python\nprint(1)\n```\nOutput:\n```json\n{\"a\":1}\n```", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	/* words around it */
	{ "Sure! {\"a\":1} Let me know.", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "**Answer:** {\"a\":1}", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "json\n{\"a\":1}", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "<json>{\"a\":1}</json>", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "As said [1], it is {\"a\":1}.", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "As said [here](http://x), it is {\"a\":1}.", ANY, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "Fill {name} in: {\"a\":1}", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "{{\"a\":1}}", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "<think>It may be {\"a\":0}.</think>\n{\"a\":1}", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	/* several: first alone, then in a fence, then the first of the type */
	{ "{\"a\":1}\n{\"a\":2}\n{\"a\":3}", O, JSON_REPLY_READ, "{\"a\":1}", "further 2" },
	{ "Like {\"a\":0}:\n```json\n{\"a\":1}\n```", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "```json\n{\"a\":1}\n```\nor\n```json\n{\"a\":2}\n```", O, JSON_REPLY_READ, "{\"a\":1}",
	  "further 1" },
	{ "[1] and {\"a\":1} and [2]", A, JSON_REPLY_READ, "[1]", "further 1" },
	{ "```json\n[0]\n```\nbut {\"a\":1}", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	{ "Draft: {\"a\" 1}. Final: {\"a\":1}", O, JSON_REPLY_READ, "{\"a\":1}", "" },
	/* a text that holds it */
	{ "\"{\\\"a\\\": 1}\"", O, JSON_REPLY_READ, "{\"a\":1}", "unwrapped" },
	{ "\"{\\\"a\\\": 1}\"", JSON_TEXT, JSON_REPLY_READ, "\"{\\\"a\\\": 1}\"", "" },
	{ "\"[1]\"", O, JSON_REPLY_READ, "\"[1]\"", "" },
	/* repaired */
	{ "{\"a\":[1,2,],}", O, JSON_REPLY_READ, "{\"a\":[1,2]}", "comma 2" },
	{ "{\"a\":1, // one\n\"b\":2 /* two */}", O, JSON_REPLY_READ, "{\"a\":1,\"b\":2}", "comment 2" },
	{ "{\"a\":\"http://x /* y */\"}", O, JSON_REPLY_READ, "{\"a\":\"http://x /* y */\"}", "" },
	{ "{'a': 'b'}", O, JSON_REPLY_READ, "{\"a\":\"b\"}", "quotes 2" },
	{ "{'a': 'it's \"so\"', 'b': 'x'}", O, JSON_REPLY_READ, "{\"a\":\"it's \\\"so\\\"\",\"b\":\"x\"}",
	  "quotes 4" },
	{ "{'a': 'it\\'s'}", O, JSON_REPLY_READ, "{\"a\":\"it's\"}", "quotes 2 escape 1" },
	{ "{\"a\": \"it\\'s\"}", O, JSON_REPLY_READ, "{\"a\":\"it's\"}", "escape 1" },
	{ "{\xE2\x80\x9C" "a\xE2\x80\x9D: \xE2\x80\x9C" "b \"c\"\xE2\x80\x9D}", O, JSON_REPLY_READ,
	  "{\"a\":\"b \\\"c\\\"\"}", "quotes 2" },
	{ "{\"a\": \"\xE2\x80\x9C" "b\xE2\x80\x9D\"}", O, JSON_REPLY_READ,
	  "{\"a\":\"\xE2\x80\x9C" "b\xE2\x80\x9D\"}", "" },
	{ "{\xE2\x80\x98" "a\xE2\x80\x99: \xE2\x80\x98" "it\xE2\x80\x99s\xE2\x80\x99}", O, JSON_REPLY_READ,
	  "{\"a\":\"it\xE2\x80\x99s\"}", "quotes 2" },
	{ "{a: 1, b_2: [x]}", O, JSON_REPLY_BROKEN, NULL, "line 1, column 14: expected a value" },
	{ "{a: 1, b_2: true}", O, JSON_REPLY_READ, "{\"a\":1,\"b_2\":true}", "name 2" },
	{ "{'a': True, 'b': None, 'c': False}", O, JSON_REPLY_READ, "{\"a\":true,\"b\":null,\"c\":false}",
	  "quotes 3 literal 3" },
	{ "{\"a\":\"line one\nline\ttwo\"}", O, JSON_REPLY_READ, "{\"a\":\"line one\\nline\\ttwo\"}",
	  "control 2" },
	/* cut */
	{ "{", O, JSON_REPLY_CUT, NULL, "line 1, column 2: unexpected end of the text" },
	{ "{\"a\": \"some te", O, JSON_REPLY_CUT, NULL, "line 1, column 15: unexpected end of the text" },
	{ "{\"a\": [{\"b\": 1}, {\"b\": 2}", O, JSON_REPLY_CUT, NULL,
	  "line 1, column 26: unexpected end of the text" },
	{ "{\"a\": 12", O, JSON_REPLY_CUT, NULL, "line 1, column 9: unexpected end of the text" },
	{ "{\"a\": tr", O, JSON_REPLY_CUT, NULL, "line 1, column 9: unexpected end of the text" },
	{ "{\"a\": \"x\\", O, JSON_REPLY_CUT, NULL, "line 1, column 10: unexpected end of the text" },
	{ "{\"a\": 1 /* why", O, JSON_REPLY_CUT, NULL, "line 1, column 15: unexpected end of the text" },
	{ "Here:\n```json\n{\"a\": 1,\n", O, JSON_REPLY_CUT, NULL,
	  "line 4, column 1: unexpected end of the text" },
	{ "Like {\"a\":0}:\n```json\n{\"a\": 1,", O, JSON_REPLY_CUT, NULL,
	  "line 3, column 9: unexpected end of the text" },
	{ "[[\"a\"], [\"b\"], ", A, JSON_REPLY_CUT, NULL, "line 1, column 16: unexpected end of the text" },
	/* broken: several ways to read it, or none */
	{ "{\"a\": \"he said \"hi\" to me\"}", O, JSON_REPLY_BROKEN, NULL,
	  "line 1, column 17: expected , or }" },
	{ "{\"a\": 1 \"b\": [1, 2]}", O, JSON_REPLY_BROKEN, NULL, "line 1, column 9: expected , or }" },
	{ "{\"a\": \"\\alpha\"}", O, JSON_REPLY_BROKEN, NULL,
	  "line 1, column 8: expected an escape that JSON has" },
	{ "{'a': 'the dogs' toys'}", O, JSON_REPLY_BROKEN, NULL,
	  "line 1, column 16: expected a quote that can be read in one way only" },
	{ "{'a': 'the dogs', he said'}", O, JSON_REPLY_BROKEN, NULL,
	  "line 1, column 22: expected : after the name" },
	{ "{\"a\": 01}", O, JSON_REPLY_BROKEN, NULL,
	  "line 1, column 7: expected a number without a leading 0" },
	{ "{\"a\": NaN}", O, JSON_REPLY_BROKEN, NULL, "line 1, column 7: expected a value" },
	{ "{\"a\": +1}", O, JSON_REPLY_BROKEN, NULL, "line 1, column 7: expected a value" },
	{ "{1: 2}", O, JSON_REPLY_BROKEN, NULL, "line 1, column 2: expected a name in double quotes" },
	{ "{\"a\": 1,, \"b\": 2}", O, JSON_REPLY_BROKEN, NULL,
	  "line 1, column 9: expected a name in double quotes" },
	{ "{\"a\": 1, ...}", O, JSON_REPLY_BROKEN, NULL,
	  "line 1, column 10: expected a name in double quotes" },
	{ "{\"a\": [1, 2}", O, JSON_REPLY_BROKEN, NULL, "line 1, column 12: expected , or ]" },
	{ "{\"a\": \"\\ud83d\"}", O, JSON_REPLY_BROKEN, NULL,
	  "line 1, column 1: expected JSON without lone surrogates and numbers out of range" },
	{ "{\xE2\x80\x9C" "a\xE2\x80\x9D: \xE2\x80\x9C" "b \xE2\x80\x9C" "c\xE2\x80\x9D d\xE2\x80\x9D}", O,
	  JSON_REPLY_BROKEN, NULL, "line 1, column 10: expected no quote of the same kind within a text" },
	/* "[1]" does not stand in for an object that is broken */
	{ "See [1]: {\"a\": 1 \"b\": 2}", O, JSON_REPLY_BROKEN, NULL, "line 1, column 18: expected , or }" },
	/* none */
	{ "", O, JSON_REPLY_NONE, NULL, "" },
	{ "I cannot do that.", O, JSON_REPLY_NONE, NULL, "" },
	{ "Use {name} or [x] here :-[", O, JSON_REPLY_NONE, NULL, "" },
	{ "<think>{\"a\":1}", O, JSON_REPLY_NONE, NULL, "" },
	{ "Plain words", JSON_TEXT, JSON_REPLY_NONE, NULL, "" },
};

static void add_note(struct buf *out, const char *what, size_t n)
{
	if (n)
		buf_addf(out, "%s%s %zu", out->len ? " " : "", what, n);
}

static void forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct json_reply r;
		struct buf told = BUF_INIT, json = BUF_INIT;
		json_reply_read(view_of(cases[i].reply), cases[i].wanted, a, &r);
		for (size_t k = 0; k < MEND_REPAIRS; k++)
			add_note(&told, mend_repair_names[k], r.repairs[k]);
		add_note(&told, "further", r.further);
		buf_addstr(&told, r.unwrapped ? "unwrapped" : "");
		if (r.kind == JSON_REPLY_CUT || r.kind == JSON_REPLY_BROKEN)
			buf_addstr(&told, r.why.text);
		if (r.value)
			json_add_value(&json, r.value);
		if (r.kind != cases[i].kind || strcmp(told.data, cases[i].told) != 0 ||
		    strcmp(json.data, cases[i].json ? cases[i].json : "") != 0)
			fail_msg("%s: %d, '%s', '%s'", cases[i].reply, r.kind, json.data, told.data);
		buf_release(&told);
		buf_release(&json);
		arena_free(a);
	}
}

/* Any beginning of a reply that is one object is cut, and never read. */
static void every_cut_is_told(void **state)
{
	(void)state;
	static const char whole[] = "{\"a\": [1, -2.5e3, {\"b\": \"\\u00e9 \\\\\"}], 'c': null, d: True, // x\n"
		"\"e\": \xE2\x80\x9Cq\xE2\x80\x9D, \"f\": {}}";
	for (size_t len = 1; len < sizeof(whole) - 1; len++) {
		if (utf8_floor(whole, len) != len)
			continue;
		struct arena *a = arena_new();
		struct json_reply r;
		json_reply_read(view_from(whole, len), O, a, &r);
		if (r.kind != JSON_REPLY_CUT)
			fail_msg("%.*s: %d, %s", (int)len, whole, r.kind, r.why.text);
		arena_free(a);
	}
	struct arena *a = arena_new();
	struct json_reply r;
	json_reply_read(view_of(whole), O, a, &r);
	assert_int_equal(r.kind, JSON_REPLY_READ);
	assert_int_equal(json_reply_repairs(&r), 5);
	arena_free(a);
}

static void depth_is_bounded(void **state)
{
	(void)state;
	for (size_t depth = MEND_DEPTH_MAX; depth <= MEND_DEPTH_MAX + 1; depth++) {
		struct arena *a = arena_new();
		struct json_reply r;
		struct buf text = BUF_INIT;
		buf_addstr(&text, "x ");
		for (size_t i = 0; i < depth; i++)
			buf_addch(&text, '[');
		for (size_t i = 0; i < depth; i++)
			buf_addch(&text, ']');
		json_reply_read(view_from(text.data, text.len), A, a, &r);
		assert_int_equal(r.kind, depth == MEND_DEPTH_MAX ? JSON_REPLY_READ : JSON_REPLY_BROKEN);
		buf_release(&text);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(every_cut_is_told),
		cmocka_unit_test(depth_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
