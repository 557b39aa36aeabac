#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "io/json.h"
#include "io/json_parsed_test.h"

#define DEEP 100000

static void assert_view(struct view v, const char *expected)
{
	assert_non_null(v.p);
	assert_int_equal(v.len, strlen(expected));
	assert_memory_equal(v.p, expected, v.len);
}

/* Reading */

static void test_kinds(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum json_type type;
		const char *name;
	} cases[] = {
		{ "null", JSON_NULL, "null" },
		{ "true", JSON_BOOL, "true or false" },
		{ "false", JSON_BOOL, "true or false" },
		{ "0", JSON_NUMBER, "a number" },
		{ "-1.5e3", JSON_NUMBER, "a number" },
		{ "\"\"", JSON_TEXT, "a text" },
		{ " [ ] ", JSON_ARRAY, "an array" },
		{ "\r\n\t{}\n", JSON_OBJECT, "an object" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json *doc = parse(cases[i].text);
		assert_int_equal(json_type(json_root(doc)), cases[i].type);
		assert_string_equal(json_type_name(cases[i].type), cases[i].name);
		json_free(doc);
	}
	assert_int_equal(json_type(NULL), JSON_NOTHING);
	assert_true(json_is_missing(NULL));
	assert_string_equal(json_type_name(JSON_NOTHING), "nothing");
	assert_string_equal(json_type_name((enum json_type)99), "nothing");
	assert_null(json_root(NULL));
	json_free(NULL);
}

static void test_getters(void **state)
{
	(void)state;
	struct json *doc = parse("{\"a\": \"x\", \"b\": 3, \"c\": [1, true], \"a\": \"second\","
				 " \"d\": {\"e\": null}, \"\": 2.5}");
	const json_value *root = json_root(doc);
	assert_view(json_text(json_get(root, "a")), "x");
	assert_int_equal(json_integer(json_get(root, "b")), 3);
	assert_true(json_number(json_get(root, "b")) == 3.0);
	assert_true(json_number(json_get(root, "")) == 2.5);
	assert_true(json_bool(json_next(json_get(root, "c"), json_first(json_get(root, "c")))));
	assert_int_equal(json_type(json_get(json_get(root, "d"), "e")), JSON_NULL);
	assert_null(json_get(root, "absent"));
	assert_null(json_get(json_get(root, "absent"), "absent"));
	json_free(doc);
}

/* Every getter gives its nothing for a value of every other type. */
static void test_wrong_types(void **state)
{
	(void)state;
	struct json *doc = parse("[null, true, 7, \"text\", [8], {\"k\": 9}]");
	const json_value *root = json_root(doc);
	const json_value *values[7] = { NULL };
	size_t n = 1;
	for (const json_value *v = json_first(root); v; v = json_next(root, v))
		values[n++] = v;
	assert_int_equal(n, 7);
	for (size_t i = 0; i < n; i++) {
		const json_value *v = values[i];
		enum json_type type = json_type(v);
		assert_int_equal(type, i);
		assert_true(json_bool(v) == (type == JSON_BOOL));
		assert_true(json_number(v) == (type == JSON_NUMBER ? 7.0 : 0.0));
		assert_int_equal(json_integer(v), type == JSON_NUMBER ? 7 : 0);
		assert_true(json_is_integer(v) == (type == JSON_NUMBER));
		assert_view(json_text(v), type == JSON_TEXT ? "text" : "");
		assert_int_equal(json_count(v), type >= JSON_ARRAY ? 1 : 0);
		assert_true((json_first(v) != NULL) == (type >= JSON_ARRAY));
		assert_true((json_get(v, "k") != NULL) == (type == JSON_OBJECT));
		assert_null(json_next(v, NULL));
		assert_null(type >= JSON_ARRAY ? json_next(v, json_first(v)) : json_next(v, v));
	}
	assert_null(json_get(root, NULL));
	assert_view(json_key(NULL), "");
	json_free(doc);
}

static void test_members(void **state)
{
	(void)state;
	struct json *doc = parse("{\"a\": [1, [2, 3], {}], \"b\": {\"x\": []}, \"c\": \"end\"}");
	const json_value *root = json_root(doc);
	char seen[64] = "";
	assert_int_equal(json_count(root), 3);
	for (const json_value *v = json_first(root); v; v = json_next(root, v)) {
		strncat(seen, json_key(v).p, json_key(v).len);
		strcat(seen, json_type(v) == JSON_ARRAY ? "[]" : ",");
	}
	assert_string_equal(seen, "a[]b,c,");
	const json_value *a = json_get(root, "a");
	const json_value *second = json_next(a, json_first(a));
	assert_int_equal(json_count(a), 3);
	assert_int_equal(json_count(second), 2);
	assert_int_equal(json_type(json_next(a, second)), JSON_OBJECT);
	assert_null(json_next(a, json_next(a, second)));
	assert_null(json_first(json_next(a, second)));
	json_free(doc);
}

static void test_integers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool is_integer;
		int64_t n;
	} cases[] = {
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },
		{ "18446744073709551615", false, 0 },
		{ "18446744073709551616", false, 0 },
		{ "-9223372036854775809", true, INT64_MIN }, /* read as the double -2^63 */
		{ "9007199254740993", true, INT64_C(9007199254740993) },
		{ "3.0", true, 3 }, { "1e3", true, 1000 }, { "-0", true, 0 }, { "-0.0", true, 0 },
		{ "3.5", false, 0 }, { "1e300", false, 0 }, { "-1e300", false, 0 },
		{ "9.3e18", false, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json *doc = parse(cases[i].text);
		if (json_is_integer(json_root(doc)) != cases[i].is_integer
		    || json_integer(json_root(doc)) != cases[i].n)
			fail_msg("%s", cases[i].text);
		json_free(doc);
	}
	struct json *doc = parse("1.7976931348623157e308");
	assert_true(json_number(json_root(doc)) == 1.7976931348623157e308);
	json_free(doc);
}

static void test_escapes(void **state)
{
	(void)state;
	struct json *doc = parse("\"\\\" \\\\ \\/ \\b\\f\\n\\r\\t \\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"");
	assert_view(json_text(json_root(doc)),
		    "\" \\ / \b\f\n\r\t A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
	json_free(doc);
	doc = parse("\"a\\u0000b\"");
	assert_int_equal(json_text(json_root(doc)).len, 3);
	assert_memory_equal(json_text(json_root(doc)).p, "a\0b", 3);
	json_free(doc);
	doc = parse("\"\x7F \xC2\x80 \xEF\xBF\xBF \xF4\x8F\xBF\xBF\"");
	assert_view(json_text(json_root(doc)), "\x7F \xC2\x80 \xEF\xBF\xBF \xF4\x8F\xBF\xBF");
	json_free(doc);
}

static const struct {
	const char *text;
	const char *error;
} broken[] = {
	{ "", "line 1, column 1: expected a value, found nothing" },
	{ "  \n", "line 1, column 1: expected a value, found nothing" },
	{ "[1, 2", "line 1, column 6: unexpected end of the text" },
	{ "{\"a\": \"b", "line 1, column 9: unexpected end of the text" },
	{ "{\"a\"", "line 1, column 5: unexpected end of the text" },
	{ "tru", "line 1, column 4: unexpected end of the text" },
	{ "[1, 2] 3", "line 1, column 8: expected nothing more after the value" },
	{ "{}\n{}", "line 2, column 1: expected nothing more after the value" },
	{ "[1 2]", "line 1, column 4: expected , or ]" },
	{ "[1, 2}", "line 1, column 6: expected , or ]" },
	{ "{\"a\": 1]", "line 1, column 8: expected , or }" },
	{ "{\"a\": 1\n \"b\": 2}", "line 2, column 2: expected , or }" },
	{ "{a: 1}", "line 1, column 2: expected a name in double quotes" },
	{ "{'a': 1}", "line 1, column 2: expected a name in double quotes" },
	{ "{\"a\" 1}", "line 1, column 6: expected : after the name" },
	{ "{\"a\": x}", "line 1, column 7: expected a value" },
	{ "x", "line 1, column 1: expected a value" },
	{ "[1,]", "line 1, column 3: expected no comma before the closing bracket" },
	{ "{\"a\":1,}", "line 1, column 7: expected no comma before the closing bracket" },
	{ "[trux]", "line 1, column 2: expected true" },
	{ "nulL", "line 1, column 1: expected null" },
	{ "NaN", "line 1, column 1: expected a value" },
	{ "[Infinity]", "line 1, column 2: expected a value" },
	{ "[-Infinity]", "line 1, column 3: expected a digit after the minus sign" },
	{ "[1e999]", "line 1, column 2: expected a number below 1.8e308" },
	{ "[01]", "line 1, column 2: expected no digit after a leading 0" },
	{ "[1.]", "line 1, column 4: expected a digit after the decimal point" },
	{ "[1e]", "line 1, column 4: expected a digit in the exponent" },
	{ "[+1]", "line 1, column 2: expected a value" },
	{ "[.5]", "line 1, column 2: expected a value" },
	{ "// c\n1", "line 1, column 1: expected a value" },
	{ "\xEF\xBB\xBF[]", "line 1, column 1: expected a value, not a byte order mark" },
	{ "\xFF\xFE[]", "line 1, column 1: expected UTF-8, not UTF-16" },
	{ "[\"\xC3\xA9\xC3\xA9\", \"a\tb\"]",
	  "line 1, column 10: expected an escape such as \\n in place of a control character" },
	{ "[\n\n  \"\xC3\xA9\", \"\xFF\"]", "line 3, column 9: expected UTF-8" },
	{ "\"\xC0\x80\"", "line 1, column 2: expected UTF-8" },
	{ "\"\xED\xA0\x80\"", "line 1, column 2: expected UTF-8" },
	{ "\"\xF4\x90\x80\x80\"", "line 1, column 2: expected UTF-8" },
	{ "\"\xE2\x82\"", "line 1, column 2: expected UTF-8" },
	{ "\"\\x41\"", "line 1, column 3: expected one of \" \\ / b f n r t u after \\" },
	{ "\"\\u12G4\"", "line 1, column 2: expected four hex digits after \\u" },
	{ "\"\\ud83d\"", "line 1, column 8: expected a low surrogate after a high one" },
	{ "\"\\ud83d\\u0041\"", "line 1, column 8: expected a low surrogate after a high one" },
	{ "\"\\ude00\"", "line 1, column 2: expected a high surrogate before a low one" },
};

static void test_broken(void **state)
{
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct sow_error err = { 0 };
		struct json *doc = json_parse(broken[i].text, strlen(broken[i].text), &err);
		if (doc || err.status != SOW_INVALID || strcmp(err.text, broken[i].error) != 0) {
			print_error("%s: %s\n", broken[i].text, doc ? "accepted" : err.text);
			wrong++;
		}
		json_free(doc);
		assert_null(json_parse(broken[i].text, strlen(broken[i].text), NULL));
	}
	assert_int_equal(wrong, 0);
}

static void test_offset(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	size_t offset = 99;
	assert_null(json_parse_at("[\n\"\xC3\xA9\" 2]", 9, &offset, &err));
	assert_int_equal(offset, 7);
	assert_string_equal(err.text, "line 2, column 5: expected , or ]");
	assert_string_equal(err.text + err.said, "expected , or ]");
	assert_int_equal(err.offset, 7);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 5);
	assert_null(json_parse_at("[1", 2, &offset, NULL));
	assert_int_equal(offset, 2);
	/* a NUL is no end */
	assert_null(json_parse_at("[1]\0", 4, &offset, &err));
	assert_int_equal(offset, 3);
	assert_null(json_parse_at(NULL, 0, &offset, &err));
	assert_int_equal(offset, 0);
	/* text that goes on behind its length is not looked at */
	struct json *doc = json_parse_at("[1]]]]", 3, NULL, &err);
	assert_non_null(doc);
	json_free(doc);
}

/* Every cut of a text is refused, and none is read past its end (ASan watches). */
static void test_cuts(void **state)
{
	(void)state;
	const char *text = "{\"a\": [1, -2.5e-3, true, null, \"\xC3\xA9\\ud83d\\ude00\"]}";
	for (size_t len = 0; len < strlen(text); len++) {
		char *copy = malloc(len ? len : 1);
		memcpy(copy, text, len);
		struct sow_error err = { 0 };
		assert_null(json_parse(copy, len, &err));
		assert_int_equal(err.status, SOW_INVALID);
		free(copy);
	}
}

static char *nested(const char *open, const char *inside, const char *close)
{
	size_t size = DEEP * (strlen(open) + strlen(close)) + strlen(inside) + 1;
	char *text = malloc(size), *p = text;
	assert_non_null(text);
	for (int i = 0; i < DEEP; i++)
		p = stpcpy(p, open);
	p = stpcpy(p, inside);
	for (int i = 0; i < DEEP; i++)
		p = stpcpy(p, close);
	return text;
}

static void test_deep(void **state)
{
	(void)state;
	static const char *const shapes[][3] = {
		{ "[", "", "]" }, { "{\"a\":", "1", "}" }, { "[{\"a\":[1,", "2", "]},3]" },
	};
	for (size_t i = 0; i < 3; i++) {
		char *text = nested(shapes[i][0], shapes[i][1], shapes[i][2]);
		struct json *doc = parse(text);
		struct json_out *out = json_out_new();
		struct buf b = BUF_INIT;
		json_out_value(out, NULL, json_root(doc));
		assert_int_equal(json_out_write(out, &b, JSON_LINE), SOW_OK);
		assert_string_equal(b.data, text);
		/* as many brackets that nobody closes */
		assert_null(json_parse(text, strlen(text) / 2, NULL));
		buf_release(&b);
		json_out_free(out);
		json_free(doc);
		free(text);
	}
	struct json_out *out = json_out_new();
	struct buf b = BUF_INIT;
	for (int i = 0; i < DEEP; i++)
		json_out_array(out, NULL);
	for (int i = 0; i < DEEP; i++)
		json_out_end(out);
	assert_int_equal(json_out_write(out, &b, JSON_LINE), SOW_OK);
	assert_int_equal(b.len, 2 * DEEP);
	buf_release(&b);
	json_out_free(out);
}

/* Files as people have them */

#define REPLACED "\xEF\xBF\xBD"

/* What a lenient reading makes of a text, written again, and how many values were repaired. */
static void lenient(const char *text, size_t len, const char *expected, size_t repairs)
{
	struct sow_error err = { 0 };
	size_t repaired = 0;
	struct arena *a = arena_new();
	struct json *doc = json_parse_lenient(view_from(text, len), a, &repaired, NULL, &err);
	if (!doc)
		fail_msg("%s: %s", text, err.text);
	assert_view(json_compact(json_root(doc), a), expected);
	assert_int_equal(repaired, repairs);
	arena_free(a);
}

#define LENIENT(text, expected, repairs) lenient(text, sizeof(text) - 1, expected, repairs)

static void test_digits(void **state)
{
	(void)state;
	LENIENT("[1.50, -0, 1E+2, 12345678901234567890123, 1e999, 0.10]",
		"[1.50,-0,1E+2,12345678901234567890123,1e999,0.10]", 0);
	LENIENT("{\"a\":{\"b\":[1.0]},\"a\":2}", "{\"a\":{\"b\":[1.0]},\"a\":2}", 0);
	struct sow_error err = { 0 };
	size_t repaired = 0;
	struct arena *a = arena_new();
	struct json *doc = json_parse_lenient(view_of("[7, -2.5, 3.0, 1e300, true, \"x\", null, []]"),
					      a, &repaired, NULL, &err);
	static const struct {
		double x;
		int64_t n;
		const char *scalar;
	} cases[] = {
		{ 7, 7, "7" }, { -2.5, 0, "-2.5" }, { 3, 3, "3.0" }, { 1e300, 0, "1e300" },
		{ 0, 0, "true" }, { 0, 0, "x" }, { 0, 0, NULL }, { 0, 0, NULL },
	};
	const json_value *v = json_first(json_root(doc));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(json_number(v) == cases[i].x);
		assert_int_equal(json_integer(v), cases[i].n);
		struct view scalar = json_scalar(v, a);
		assert_true(cases[i].scalar ? view_eqstr(scalar, cases[i].scalar) : !scalar.p);
		v = json_next(json_root(doc), v);
	}
	assert_null(json_scalar(NULL, a).p);
	arena_free(a);
}

static void test_not_numbers(void **state)
{
	(void)state;
	LENIENT("[NaN, Infinity, -Infinity, -1.5]", "[null,null,null,-1.5]", 0);
	LENIENT("{\"a\":nan,\"b\":\"NaN\"}", "{\"a\":null,\"b\":\"NaN\"}", 0);
}

static void test_repairs(void **state)
{
	(void)state;
	LENIENT("\"a\xFFz\"", "\"a" REPLACED "z\"", 1);
	LENIENT("[\"\xC3\", \"\xED\xA0\x80\", \"\xC3\xA9\"]",
		"[\"" REPLACED "\",\"" REPLACED REPLACED REPLACED "\",\"\xC3\xA9\"]", 1);
	LENIENT("\"\\ud83d\\ude00 \\ud83d \\uDE00\"",
		"\"\xF0\x9F\x98\x80 " REPLACED " " REPLACED "\"", 1);
	LENIENT("\"\\ud83d\\ud83d\\ude00\"", "\"" REPLACED "\xF0\x9F\x98\x80\"", 1);
	LENIENT("\"\\\\ud83d\"", "\"\\\\ud83d\"", 0); /* a backslash and a word */
	LENIENT("{\"\xFE\":NaN}", "{\"" REPLACED "\":null}", 1);
}

/* A mistake is where it is in the text, whatever was repaired before it. */
static void test_lenient_offset(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t offset;
		const char *error;
	} cases[] = {
		{ "[\"\xFF\", oops]", 6, "line 1, column 7: expected a value" },
		{ "[\"\xFF\xFF\",\n \"\\ud83d\" 1]", 17, "line 2, column 11: expected , or ]" },
		{ "[\"\xFF\"", 4, "line 1, column 5: unexpected end of the text" },
		{ "[\"\xFF", 3, "line 1, column 4: unexpected end of the text" },
		{ "\xFF", 0, "line 1, column 1: expected a value" },
		{ "[NaN, Nope]", 6, "line 1, column 7: expected a value" },
		{ "", 0, "line 1, column 1: expected a value, found nothing" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sow_error err = { 0 };
		size_t repaired = 0, offset = 99;
		struct arena *a = arena_new();
		assert_null(json_parse_lenient(view_of(cases[i].text), a, &repaired, &offset, &err));
		assert_string_equal(err.text, cases[i].error);
		assert_int_equal(offset, cases[i].offset);
		assert_int_equal(repaired, 0);
		arena_free(a);
	}
}

static void test_lenient_deep(void **state)
{
	(void)state;
	char *text = nested("[", "\xFF", "]");
	struct sow_error err = { 0 };
	size_t repaired = 0;
	struct arena *a = arena_new();
	assert_null(json_parse_lenient(view_of(text), a, &repaired, NULL, &err));
	free(text);
	text = nested("{\"a\":", "\"\xFF\"", "}");
	struct json *doc = json_parse_lenient(view_of(text), a, &repaired, NULL, &err);
	assert_non_null(doc);
	assert_int_equal(json_compact(json_root(doc), a).len, strlen(text) + 2);
	assert_int_equal(repaired, 1);
	free(text);
	arena_free(a);
}

static void test_exact(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	size_t offset = 0;
	struct json *doc = json_parse_exact(view_of("[1.50]"), a, &offset, &err);
	struct buf b = BUF_INIT;
	json_add_value(&b, json_root(doc));
	assert_string_equal(b.data, "[1.50]");
	assert_null(json_parse_exact(view_of("[NaN]"), a, &offset, &err));
	assert_int_equal(err.status, SOW_INVALID);
	assert_int_equal(offset, 1);
	assert_null(json_parse_exact(view_of("[\"\xC3\"]"), a, &offset, &err));
	assert_null(json_parse_exact(view_of("[1] 2"), a, NULL, &err));
	buf_release(&b);
	arena_free(a);
}

static void test_own(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	char text[] = "{\"a\":[1.50,\"b\"]}";
	const json_value *v = json_own(view_of(text), a);
	memset(text, ' ', sizeof(text) - 1); /* nothing of it is needed any more */
	assert_true(view_eqstr(json_compact(v, a), "{\"a\":[1.50,\"b\"]}"));
	assert_null(json_own((struct view){ 0 }, a));
	assert_int_equal(json_count(json_own(view_of("[1,\"\xFF\"]"), a)), 2);
	arena_free(a);
}

static void test_find(void **state)
{
	(void)state;
	struct json *doc = parse("{\"a\":1,\"a\":2,\"a\\u0000b\":3,\"\":4}");
	const json_value *root = json_root(doc);
	assert_int_equal(json_integer(json_find(root, view_of("a"))), 1);
	assert_int_equal(json_integer(json_find(root, view_from("a\0b", 3))), 3);
	assert_int_equal(json_integer(json_find(root, view_of(""))), 4);
	assert_null(json_find(root, view_of("b")));
	assert_null(json_find(json_first(root), view_of("a")));
	assert_null(json_find(NULL, view_of("a")));
	const json_value *next = json_first(root);
	assert_int_equal(json_integer(json_get_next(root, &next, "a")), 1);
	assert_int_equal(json_integer(json_get_next(root, &next, "a")), 2);
	assert_int_equal(json_integer(json_get_next(root, &next, "")), 4);
	assert_null(json_get_next(root, &next, "b"));
	assert_int_equal(json_integer(next), 3);
	json_free(doc);
}

static void test_place(void **state)
{
	(void)state;
	static const char text[] = "{ \"a\\\"\\\\\": [\"x\", {\"b\":\"\"}],\n \"c\": {\"\": 1} }";
	struct json *doc = parse(text);
	const json_value *root = json_root(doc), *a = json_first(root);
	const json_value *c = json_get(root, "c");
	const json_value *b = json_get(json_next(a, json_first(a)), "b");
	assert_int_equal(json_place(doc, view_of(text), a), 2);
	assert_int_equal(json_place(doc, view_of(text), b), strstr(text, "\"b\"") - text);
	assert_int_equal(json_place(doc, view_of(text), c), strstr(text, "\"c\"") - text);
	assert_int_equal(json_place(doc, view_of(text), json_first(c)),
			 strstr(text, "\"\": 1") - text);
	json_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_getters),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_offset),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_not_numbers),
		cmocka_unit_test(test_repairs),
		cmocka_unit_test(test_lenient_offset),
		cmocka_unit_test(test_lenient_deep),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
