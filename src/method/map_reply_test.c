#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/error.h"
#include "method/map_reply.h"

static const char schema[] =
	"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]}";
static const char *const yes_no[] = { "Yes", "No", "not sure" };
static const char *const signs[] = { "-1", "0", "1" };
static const char *const languages[] = { "C", "C++", "c", "Visual C++" };
static const char *const blank[] = { "good", "" };

#define INTO .into = "x"
#define SCHEMA \
	.schema_name = "s", .schema = { schema, sizeof(schema) - 1 }
#define CHOICES .choices = { yes_no, 3 }
#define SIGNS .choices = { signs, 3 }
#define LANGUAGES .choices = { languages, 4 }

static const struct {
	struct map_options o;
	const char *reply, *expected; /* "!": why not */
} cases[] = {
	{ { INTO }, "A \"b\"\nc", "\"A \\\"b\\\"\\nc\"" },
	{ { INTO, .as = "number" }, "Grade: 4", "4" },
	{ { INTO, .as = "number" }, "-2.50 or so", "-2.5" },
	{ { INTO, .as = "number" }, "4.", "4" },
	{ { INTO, .as = "number" }, "v1.2.3", "1.2" },
	{ { INTO, .as = "number" }, "four", "!there is no number in it" },
	{ { INTO, .as = "number" }, "-", "!there is no number in it" },
	{ { INTO, .as = "number" }, "about 1,234,567.50 in all", "1234567.5" },
	{ { INTO, .as = "number" }, "1,2,3", "1" },
	{ { INTO, .as = "number" }, "12,3456", "12" },
	{ { INTO, .as = "number" }, "p = .05", "0.05" },
	{ { INTO, .as = "number" }, "-.5", "-0.5" },
	{ { INTO, .as = "number" }, "1.5e3 or so", "1500" },
	{ { INTO, .as = "number" }, "2E-3", "0.002" },
	{ { INTO, .as = "number" }, "3 eggs, 4east", "3" },
	{ { INTO, .as = "number" }, "4e", "4" },
	{ { INTO, .as = "number" }, "1e999", "!the number in it is too large" },
	{ { INTO, .as = "number" }, "00123456789012345678901234567890.10", "123456789012345678901234567890.10" },
	{ { INTO, .as = "number" }, "No.5 of ...6", "5" },
	{ { INTO, .as = "number" }, "grade-4", "4" },
	{ { INTO, .range = "-1..1" }, "\342\210\2221", "-1" },
	{ { INTO, .range = "1..5" }, "5/5", "5" },
	{ { INTO, .range = "1..5" }, "1", "1" },
	{ { INTO, .range = "1..5" }, "0", "!0 is not from 1 to 5" },
	{ { INTO, .range = "1..5" }, "5.1", "!5.1 is not from 1 to 5" },
	{ { INTO, CHOICES }, "yes", "\"Yes\"" },
	{ { INTO, CHOICES }, "**No.**", "\"No\"" },
	{ { INTO, CHOICES }, "I am NOT SURE about it", "\"not sure\"" },
	{ { INTO, CHOICES }, "The answer is yes!", "\"Yes\"" },
	{ { INTO, CHOICES }, "yes and no", "!more than one of the choices is named in it" },
	{ { INTO, CHOICES }, "nothing", "!none of the choices is named in it" },
	{ { INTO, CHOICES }, "yesterday", "!none of the choices is named in it" },
	{ { INTO, SIGNS }, "1", "\"1\"" },
	{ { INTO, SIGNS }, "-1", "\"-1\"" },
	{ { INTO, SIGNS }, "**-1**", "\"-1\"" },
	{ { INTO, SIGNS }, "It is -1.", "\"-1\"" },
	{ { INTO, SIGNS }, "It is 1.", "\"1\"" },
	{ { INTO, LANGUAGES }, "C++", "\"C++\"" },
	{ { INTO, LANGUAGES }, "c", "\"c\"" },
	{ { INTO, LANGUAGES }, "visual c++.", "\"Visual C++\"" },
	{ { INTO, LANGUAGES }, "It's C++!", "\"C++\"" },
	{ { INTO, LANGUAGES }, "C++ or C", "!more than one of the choices is named in it" },
	{ { INTO, .as = "list" }, "[\"a\", \"b\"]", "[\"a\",\"b\"]" },
	{ { INTO, .as = "list" }, "1. one\n2. two", "[\"one\",\"two\"]" },
	{ { INTO, .as = "json" }, "{\"a\": 1.50}", "{\"a\":1.50}" },
	{ { INTO, .as = "json" }, "```json\n{\"a\": [1]}\n```", "{\"a\":[1]}" },
	{ { INTO, .as = "json" }, "Here it is: {\"a\": \"}\"} Good?", "{\"a\":\"}\"}" },
	{ { INTO, .as = "json" }, "{\"a\": [1,", "!the JSON in it has no end: line 1, column 10: unexpected "
	  "end of the text" },
	{ { INTO, SCHEMA }, "Sure: {\"a\": 3}", "{\"a\":3}" },
	{ { INTO, SCHEMA }, "{\"a\": \"3\"}", "!a: expected a whole number, not \"3\"" },
	{ { INTO, SCHEMA }, "{}", "!expected the member \"a\", which is missing" },
	{ { INTO, .as = "json" }, "none", "!there is no JSON in it" },
};

static void reads(void **state)
{
	struct buf why = BUF_INIT, out = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sow_error err = { 0 };
		struct arena *a = arena_new();
		struct map_reply *m = map_reply_new(a, &cases[i].o, &err);
		const json_value *v;
		if (!m)
			fail_msg("%s: %s", cases[i].reply, err.text);
		buf_clear(&out);
		int status = map_reply_read(m, view_of(cases[i].reply), a, &v, &why);
		if (status == SOW_INVALID)
			buf_addf(&out, "!%s", why.data);
		else
			json_add_value(&out, v);
		if (!view_eqstr(view_from(out.data, out.len), cases[i].expected))
			fail_msg("'%s': expected %s, got %s", cases[i].reply, cases[i].expected, out.data);
		arena_free(a);
	}
	buf_release(&why);
	buf_release(&out);
}

static const struct {
	struct map_options o;
	const char *object, *value, *expected;
} written[] = {
	{ { INTO }, "{}", "1", "{\"x\":1}" },
	{ { INTO }, "{\"a\":1.50,\"x\":2,\"b\":null}", "[3]", "{\"a\":1.50,\"x\":[3],\"b\":null}" },
	{ { .as = "json" }, "{\"a\":1}", "{\"b\":2,\"c\":3}", "{\"a\":1,\"b\":2,\"c\":3}" },
	{ { .as = "json" }, "{\"a\":1}", "{\"b\":2,\"a\":3}", "!there is a field 'a'" },
	{ { .as = "json", .replace = true }, "{\"a\":1,\"d\":4}", "{\"b\":2,\"a\":3}",
	  "{\"a\":3,\"d\":4,\"b\":2}" },
	{ { .as = "json", .replace = true }, "{\"a\":1,\"a\":2}", "{\"a\":3}", "{\"a\":3,\"a\":3}" },
	{ { .as = "json" }, "{\"a\":1,\"a\":2}", "{\"b\":3}", "{\"a\":1,\"a\":2,\"b\":3}" },
	{ { .as = "json" }, "{}", "{\"a\":1,\"b\":3,\"a\":2}", "!it has two members 'a'" },
	{ { INTO }, "{}", "{\"a\":1,\"a\":2}", "{\"x\":{\"a\":1,\"a\":2}}" },
	{ { .as = "json" }, "{}", "[1]", "!expected an object, not an array" },
	{ { .into = "a.b" }, "{}", "1", "{\"a\":{\"b\":1}}" },
	{ { .into = "a.b.c" }, "{\"a\":{\"x\":1.50},\"d\":2}", "[1]",
	  "{\"a\":{\"x\":1.50,\"b\":{\"c\":[1]}},\"d\":2}" },
	{ { .into = "a.b" }, "{\"a\":null,\"c\":1}", "1", "{\"a\":{\"b\":1},\"c\":1}" },
	{ { .into = "a.b" }, "{\"a.b\":1,\"a\":2}", "3", "{\"a.b\":3,\"a\":2}" },
};

static void writes(void **state)
{
	struct buf why = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++) {
		struct sow_error err = { 0 };
		struct arena *a = arena_new();
		struct map_reply *m = map_reply_new(a, &written[i].o, &err);
		struct view out;
		const json_value *object = json_root(json_parse_lenient(view_of(written[i].object), a,
									NULL, NULL, &err));
		const json_value *value = json_root(json_parse_lenient(view_of(written[i].value), a,
								       NULL, NULL, &err));
		int status = map_reply_write(m, object, value, a, &out, &why);
		if (status)
			assert_string_equal(why.data, written[i].expected + 1);
		else
			assert_true(view_eqstr(out, written[i].expected));
		arena_free(a);
	}
	buf_release(&why);
}

static const struct {
	struct map_options o;
	const char *object, *why; /* NULL: it is free */
} barred[] = {
	{ { INTO }, "{\"y\":1}", NULL },
	{ { INTO }, "{\"x\":null}", "there is a field 'x'" },
	{ { INTO, .replace = true }, "{\"x\":null}", NULL },
	{ { .into = "a.b" }, "{\"a\":{}}", NULL },
	{ { .into = "a.b" }, "{\"a\":null}", NULL },
	{ { .into = "a.b" }, "{\"a\":{\"b\":1}}", "there is a field 'a.b'" },
	{ { .into = "a.b", .replace = true }, "{\"a\":{\"b\":1}}", NULL },
	{ { .into = "a.b" }, "{\"a.b\":1}", "there is a field 'a.b'" },
	{ { .into = "a.b", .replace = true }, "{\"a\":\"text\"}", "the field 'a' is a text, not an object" },
	{ { .as = "json" }, "{\"a\":1}", NULL },
};

static void bars(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(barred) / sizeof(*barred); i++) {
		struct sow_error err = { 0 };
		struct arena *a = arena_new();
		struct buf why = BUF_INIT;
		struct map_reply *m = map_reply_new(a, &barred[i].o, &err);
		const json_value *object = json_root(json_parse_lenient(view_of(barred[i].object), a,
									NULL, NULL, &err));
		assert_int_equal(map_reply_is_barred(m, object, &why), barred[i].why != NULL);
		assert_string_equal(why.data ? why.data : "", barred[i].why ? barred[i].why : "");
		buf_release(&why);
		arena_free(a);
	}
}

/* A reply of many members over a record of as many others: a minute, were each looked for in turn. */
static void writes_many(void **state)
{
	enum { MEMBERS = 50000 };
	const struct map_options o = { .as = "json" };
	struct buf texts[2] = { BUF_INIT, BUF_INIT }, why = BUF_INIT;
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	const json_value *values[2];
	struct view out;
	(void)state;
	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < MEMBERS; i++)
			buf_addf(&texts[k], "%s\"%c%d\":%d", i ? "," : "{", 'a' + k, i, i);
		buf_addch(&texts[k], '}');
		values[k] = json_root(json_parse_lenient(view_from(texts[k].data, texts[k].len), a, NULL,
							 NULL, &err));
	}
	assert_int_equal(map_reply_write(map_reply_new(a, &o, &err), values[0], values[1], a, &out, &why),
			 SOW_OK);
	assert_int_equal(out.len, texts[0].len + texts[1].len - 1);
	for (int k = 0; k < 2; k++)
		buf_release(&texts[k]);
	buf_release(&why);
	arena_free(a);
}

static const struct {
	struct map_options o;
	const char *why;
} mistakes[] = {
	{ { .as = "text" }, "missing --into: the field that the reply is written to" },
	{ { CHOICES }, "missing --into: the field that the reply is written to" },
	{ { INTO, .as = "choice" }, "missing --choice: what the reply may be" },
	{ { INTO, CHOICES, .range = "1..5" }, "expected one of --choice, --range and --schema, and no other "
	  "--as" },
	{ { INTO, CHOICES, .as = "text" }, "expected one of --choice, --range and --schema, and no other "
	  "--as" },
	{ { INTO, .choices = { blank, 2 } }, "choice: expected a text, not nothing" },
	{ { INTO, .explode = true }, "--explode is for a reply that is a list or JSON" },
	{ { .into = "a..b" }, "into: expected a field, or names with a dot between, such as item.answer, not "
	  "'a..b'" },
	{ { .into = "a." }, "into: expected a field, or names with a dot between, such as item.answer, not "
	  "'a.'" },
	{ { INTO, .range = "1-5" }, "range: expected LEAST..MOST, such as 1..5, not '1-5'" },
	{ { INTO, .range = "5..1" }, "range: expected LEAST..MOST, such as 1..5, not '5..1'" },
	{ { INTO, .range = "1.." }, "range: expected LEAST..MOST, such as 1..5, not '1..'" },
};

static void wrong_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct sow_error err = { 0 };
		struct arena *a = arena_new();
		assert_null(map_reply_new(a, &mistakes[i].o, &err));
		assert_int_equal(err.status, SOW_USAGE);
		assert_string_equal(err.text, mistakes[i].why);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads), cmocka_unit_test(writes), cmocka_unit_test(writes_many), cmocka_unit_test(bars),
		cmocka_unit_test(wrong_options),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
