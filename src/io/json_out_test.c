#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/json.h"
#include "io/json_parsed_test.h"

static void fill(struct json_out *out, const json_value *copied)
{
	json_out_object(out, NULL);
	json_out_text(out, "text", view_of("a \"b\" \\ / \b\f\n\r\t \x01\x1F \x7F \xC3\xA9 "
					   "\xF0\x9F\x98\x80"));
	json_out_text(out, "empty", (struct view){ NULL, 0 });
	json_out_text(out, "nul", view_from("\0", 1));
	json_out_array(out, "list");
	json_out_integer(out, NULL, INT64_MIN);
	json_out_integer(out, NULL, INT64_MAX);
	json_out_number(out, NULL, 0.1);
	json_out_number(out, NULL, 3);
	json_out_number(out, NULL, 1e22);
	json_out_number(out, NULL, 5e-324);
	json_out_number(out, NULL, -0.0);
	json_out_bool(out, NULL, true);
	json_out_bool(out, NULL, false);
	json_out_null(out, NULL);
	json_out_array(out, NULL);
	json_out_end(out);
	json_out_object(out, NULL);
	json_out_end(out);
	json_out_end(out);
	json_out_value(out, "copy", copied);
	json_out_value(out, "nothing", NULL);
	json_out_text(out, "text", view_of("last"));
	json_out_end(out);
}

static const char copied[] = "{\"z\":1,\"a\":[\"x\",{}],\"n\":12345678901234567890}";
static const char filled[] =
	"{\"text\":\"a \\\"b\\\" \\\\ / \\b\\f\\n\\r\\t \\u0001\\u001F \x7F \xC3\xA9 \xF0\x9F\x98\x80\","
	"\"empty\":\"\",\"nul\":\"\\u0000\","
	"\"list\":[-9223372036854775808,9223372036854775807,0.1,3.0,1e22,5e-324,-0.0,true,false,null,"
	"[],{}],\"copy\":{\"z\":1,\"a\":[\"x\",{}],\"n\":12345678901234567890},\"nothing\":null,"
	"\"text\":\"last\"}";

static void test_write(void **state)
{
	(void)state;
	struct json *doc = parse(copied);
	struct json_out *out = json_out_new();
	struct buf b = BUF_INIT;
	buf_addstr(&b, "> ");
	fill(out, json_root(doc));
	json_free(doc); /* the copy does not need it */
	assert_int_equal(json_out_write(out, &b, JSON_LINE), SOW_OK);
	assert_string_equal(b.data + 2, filled);
	buf_clear(&b);
	json_out_array(out, NULL);
	json_out_object(out, NULL);
	char key[] = "a";
	json_out_integer(out, key, 1);
	key[0] = 'x'; /* keys and texts are copied */
	char text[] = "t";
	json_out_text(out, "b", view_of(text));
	text[0] = 'x';
	json_out_array(out, "c");
	json_out_end(out);
	json_out_end(out);
	json_out_end(out);
	assert_int_equal(json_out_write(out, &b, JSON_PRETTY), SOW_OK);
	assert_string_equal(b.data, "[\n  {\n    \"a\": 1,\n    \"b\": \"t\",\n    \"c\": []\n  }\n]");
	buf_clear(&b);
	json_out_text(out, NULL, view_of("alone"));
	assert_int_equal(json_out_write(out, &b, JSON_LINE), SOW_OK);
	assert_string_equal(b.data, "\"alone\"");
	buf_release(&b);
	json_out_free(out);
	json_out_free(NULL);
}

/* A number that was written is the number that is read. */
static void test_numbers_return(void **state)
{
	(void)state;
	struct json_out *out = json_out_new();
	struct buf b = BUF_INIT;
	uint64_t bits = 1;
	for (int i = 0; i < 20000; i++) {
		double x;
		bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		memcpy(&x, &bits, sizeof(x));
		if (!isfinite(x))
			continue;
		buf_clear(&b);
		json_out_number(out, NULL, x);
		assert_int_equal(json_out_write(out, &b, JSON_LINE), SOW_OK);
		struct json *doc = json_parse(b.data, b.len, NULL);
		double y = json_number(json_root(doc));
		assert_memory_equal(&x, &y, sizeof(x));
		json_free(doc);
	}
	buf_release(&b);
	json_out_free(out);
}

static void bad_text(struct json_out *o) { json_out_text(o, NULL, view_of("a\xFF")); }
static void cut_text(struct json_out *o) { json_out_text(o, NULL, view_of("\xE2\x82")); }
static void nan_number(struct json_out *o) { json_out_number(o, NULL, NAN); }
static void infinite(struct json_out *o) { json_out_number(o, NULL, -INFINITY); }
static void left_open(struct json_out *o) { json_out_array(o, NULL); }
static void closed_twice(struct json_out *o) { left_open(o); json_out_end(o); json_out_end(o); }
static void no_value(struct json_out *o) { (void)o; }
static void two_roots(struct json_out *o) { json_out_null(o, NULL); json_out_null(o, NULL); }
static void key_at_root(struct json_out *o) { json_out_null(o, "k"); }

static void key_in_array(struct json_out *o)
{
	json_out_array(o, NULL);
	json_out_null(o, "k");
	json_out_end(o);
}

static void no_key(struct json_out *o)
{
	json_out_object(o, NULL);
	json_out_null(o, NULL);
	json_out_end(o);
}

static void bad_key(struct json_out *o)
{
	json_out_object(o, NULL);
	json_out_null(o, "\x80");
	json_out_end(o);
}

static void test_refused(void **state)
{
	(void)state;
	static void (*const cases[])(struct json_out *) = {
		bad_text, cut_text, nan_number, infinite, left_open, closed_twice, no_value,
		two_roots, key_in_array, key_at_root, no_key, bad_key,
	};
	struct json_out *out = json_out_new();
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cases[i](out);
		assert_int_equal(json_out_write(out, &b, JSON_LINE), SOW_INVALID);
		assert_int_equal(b.len, 0);
		/* and the next value is written as if nothing had been */
		json_out_bool(out, NULL, true);
		assert_int_equal(json_out_write(out, &b, JSON_LINE), SOW_OK);
		assert_string_equal(b.data, "true");
		buf_clear(&b);
	}
	buf_release(&b);
	b.cap = 3;
	json_out_bool(out, NULL, true);
	assert_int_equal(json_out_write(out, &b, JSON_LINE), SOW_TOOBIG);
	buf_release(&b);
	json_out_free(out);
}

/* JSON that is compact text already. */
static void test_raw(void **state)
{
	(void)state;
	struct json_out *out = json_out_new();
	struct buf b = BUF_INIT;
	json_out_object(out, NULL);
	json_out_members(out, view_of(""));
	json_out_members(out, view_of("{}"));
	json_out_raw(out, "a", view_of("[1.50]"));
	json_out_members(out, view_of("{\"b\":1,\"c\":{}}"));
	json_out_object(out, "d");
	json_out_members(out, view_of("{\"e\":2}"));
	json_out_text(out, "f", view_of("g"));
	json_out_end(out);
	json_out_end(out);
	assert_int_equal(json_out_write(out, &b, JSON_LINE), SOW_OK);
	assert_string_equal(b.data, "{\"a\":[1.50],\"b\":1,\"c\":{},\"d\":{\"e\":2,\"f\":\"g\"}}");
	buf_clear(&b);
	json_out_array(out, NULL);
	json_out_raw(out, NULL, view_of("{\"a\":1.50}"));
	json_out_raw(out, NULL, view_of("2"));
	json_out_end(out);
	assert_int_equal(json_out_write(out, &b, JSON_PRETTY), SOW_OK);
	assert_string_equal(b.data, "[\n  {\n    \"a\": 1.50\n  },\n  2\n]");
	json_out_array(out, NULL); /* members of an object, in an array */
	json_out_members(out, view_of("{\"a\":1}"));
	json_out_end(out);
	assert_int_equal(json_out_write(out, &b, JSON_LINE), SOW_INVALID);
	json_out_free(out);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_numbers_return),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_raw),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
