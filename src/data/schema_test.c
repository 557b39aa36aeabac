#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"
#include "data/schema.h"

static struct schema *read_schema(struct arena *a, const char *text)
{
	struct sow_error err = { 0 };
	struct schema *s = schema_read(a, "s.json", view_of(text), &err);
	if (!s)
		fail_msg("%s: %s", text, err.text);
	return s;
}

static const json_value *read_value(struct arena *a, const char *text)
{
	struct sow_error err = { 0 };
	struct json *doc = json_parse_exact(view_of(text), a, NULL, &err);
	if (!doc)
		fail_msg("%s: %s", text, err.text);
	return json_root(doc);
}

/* Each bound from both sides; `why` NULL: it fits. */
static const struct {
	const char *schema, *value, *why;
} cases[] = {
	/* any and none */
	{ "{}", "null", NULL },
	{ "true", "{\"a\":[1]}", NULL },
	{ "false", "1", "expected no value here" },
	{ "{\"title\":\"T\",\"description\":\"D\",\"default\":{\"x\":1},\"examples\":[],\"format\":\"email\","
	  "\"$schema\":\"u\",\"$id\":\"i\",\"$comment\":\"c\",\"deprecated\":true,\"readOnly\":false,"
	  "\"writeOnly\":false}", "\"no e-mail\"", NULL },
	/* type */
	{ "{\"type\":\"null\"}", "null", NULL },
	{ "{\"type\":\"null\"}", "0", "expected null, not 0" },
	{ "{\"type\":\"boolean\"}", "false", NULL },
	{ "{\"type\":\"boolean\"}", "\"false\"", "expected true or false, not \"false\"" },
	{ "{\"type\":\"integer\"}", "-7", NULL },
	{ "{\"type\":\"integer\"}", "7.0", NULL },
	{ "{\"type\":\"integer\"}", "1e30", NULL },
	{ "{\"type\":\"integer\"}", "7.5", "expected a whole number, not 7.5" },
	{ "{\"type\":\"integer\"}", "\"7\"", "expected a whole number, not \"7\"" },
	{ "{\"type\":\"number\"}", "7.5", NULL },
	{ "{\"type\":\"number\"}", "7", NULL },
	{ "{\"type\":\"number\"}", "true", "expected a number, not true" },
	{ "{\"type\":\"string\"}", "\"\"", NULL },
	{ "{\"type\":\"string\"}", "null", "expected a text, not null" },
	{ "{\"type\":\"array\"}", "[]", NULL },
	{ "{\"type\":\"array\"}", "{}", "expected an array, not an object" },
	{ "{\"type\":\"object\"}", "{}", NULL },
	{ "{\"type\":\"object\"}", "[]", "expected an object, not an array" },
	{ "{\"type\":[\"string\",\"null\"]}", "null", NULL },
	{ "{\"type\":[\"string\",\"null\"]}", "\"x\"", NULL },
	{ "{\"type\":[\"string\",\"null\"]}", "1", "expected null or a text, not 1" },
	{ "{\"type\":[\"string\",\"null\",\"array\"]}", "1", "expected null, a text or an array, not 1" },
	{ "{\"type\":\"string\"}", "[\"a long one\"]", "expected a text, not an array" },
	/* enum, const */
	{ "{\"enum\":[\"a\",1,null,[2],{\"k\":1,\"l\":2}]}", "\"a\"", NULL },
	{ "{\"enum\":[\"a\",1,null,[2],{\"k\":1,\"l\":2}]}", "1.0", NULL },
	{ "{\"enum\":[\"a\",1,null,[2],{\"k\":1,\"l\":2}]}", "null", NULL },
	{ "{\"enum\":[\"a\",1,null,[2],{\"k\":1,\"l\":2}]}", "[2]", NULL },
	{ "{\"enum\":[\"a\",1,null,[2],{\"k\":1,\"l\":2}]}", "{\"l\":2,\"k\":1}", NULL },
	{ "{\"enum\":[\"a\",1,[2]]}", "[2,3]", "expected one of \"a\", 1, [2], not an array" },
	{ "{\"enum\":[\"a\",{\"k\":1}]}", "{\"k\":2}", "expected one of \"a\", {\"k\":1}, not an object" },
	{ "{\"enum\":[\"a\",\"b\"]}", "\"A\"", "expected one of \"a\", \"b\", not \"A\"" },
	{ "{\"enum\":[\"a\"]}", "true", "expected \"a\", not true" },
	{ "{\"enum\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14]}", "0",
	  "expected one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 (and 2 more), not 0" },
	{ "{\"const\":\"x\"}", "\"x\"", NULL },
	{ "{\"const\":\"x\"}", "\"y\"", "expected \"x\", not \"y\"" },
	{ "{\"const\":null}", "null", NULL },
	{ "{\"const\":null}", "false", "expected null, not false" },
	{ "{\"const\":9007199254740993}", "9007199254740992",
	  "expected 9007199254740993, not 9007199254740992" },
	/* numbers */
	{ "{\"minimum\":1}", "1", NULL },
	{ "{\"minimum\":1}", "0.999", "expected a number of at least 1, not 0.999" },
	{ "{\"minimum\":1}", "\"a text has no minimum\"", NULL },
	{ "{\"exclusiveMinimum\":1}", "1.001", NULL },
	{ "{\"exclusiveMinimum\":1}", "1", "expected a number above 1, not 1" },
	{ "{\"maximum\":5.5}", "5.5", NULL },
	{ "{\"maximum\":5.5}", "5.6", "expected a number of at most 5.5, not 5.6" },
	{ "{\"exclusiveMaximum\":5}", "4.999", NULL },
	{ "{\"exclusiveMaximum\":5}", "5", "expected a number below 5, not 5" },
	{ "{\"maximum\":9007199254740992}", "9007199254740993",
	  "expected a number of at most 9007199254740992, not 9007199254740993" },
	{ "{\"multipleOf\":5}", "-15", NULL },
	{ "{\"multipleOf\":5}", "7", "expected a multiple of 5, not 7" },
	{ "{\"multipleOf\":0.1}", "0.3", NULL },
	{ "{\"multipleOf\":0.1}", "0.35", "expected a multiple of 0.1, not 0.35" },
	{ "{\"multipleOf\":5}", "0", NULL },
	/* texts */
	{ "{\"minLength\":3}", "\"abc\"", NULL },
	{ "{\"minLength\":3}", "\"ab\"", "expected a text of at least 3 characters, not one of 2" },
	{ "{\"minLength\":3}", "\"\"", "expected a text of at least 3 characters, not an empty one" },
	{ "{\"minLength\":1}", "\"\"", "expected a text of at least 1 character, not an empty one" },
	{ "{\"minLength\":3}", "12", NULL },
	{ "{\"maxLength\":2}", "\"\xC3\xA9\xF0\x9F\x98\x80\"", NULL },
	{ "{\"maxLength\":2}", "\"\xC3\xA9\xF0\x9F\x98\x80x\"",
	  "expected a text of at most 2 characters, not one of 3" },
	{ "{\"maxLength\":0}", "\"\"", NULL },
	{ "{\"pattern\":\"^[A-Z]+$\"}", "\"AB\"", NULL },
	{ "{\"pattern\":\"^[A-Z]+$\"}", "\"Ab\"", "expected a text that matches \"^[A-Z]+$\"" },
	{ "{\"pattern\":\"b\"}", "\"abc\"", NULL },
	{ "{\"pattern\":\"b\"}", "\"\"", "expected a text that matches \"b\", not an empty one" },
	/* arrays */
	{ "{\"items\":{\"type\":\"integer\"}}", "[1,2]", NULL },
	{ "{\"items\":{\"type\":\"integer\"}}", "[1,\"2\"]", "[1]: expected a whole number, not \"2\"" },
	{ "{\"items\":{\"type\":\"integer\"}}", "{}", NULL },
	{ "{\"items\":false}", "[]", NULL },
	{ "{\"items\":false}", "[1]", "[0]: expected no value here" },
	{ "{\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"integer\"}],\"items\":false}", "[\"a\",1]", NULL },
	{ "{\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"integer\"}],\"items\":false}", "[\"a\"]", NULL },
	{ "{\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"integer\"}],\"items\":false}", "[\"a\",\"b\"]",
	  "[1]: expected a whole number, not \"b\"" },
	{ "{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}", "[\"a\",1]",
	  "[1]: expected no value here" },
	{ "{\"prefixItems\":[{\"type\":\"string\"}],\"items\":{\"type\":\"null\"}}", "[\"a\",null,1]",
	  "[2]: expected null, not 1" },
	{ "{\"prefixItems\":[{\"type\":\"string\"}]}", "[\"a\",1]", NULL },
	{ "{\"minItems\":2}", "[1,2]", NULL },
	{ "{\"minItems\":2}", "[1]", "expected an array of at least 2 items, not one of 1" },
	{ "{\"minItems\":1}", "[]", "expected an array of at least 1 item, not one of 0" },
	{ "{\"maxItems\":2}", "[1,2]", NULL },
	{ "{\"maxItems\":2}", "[1,2,3]", "expected an array of at most 2 items, not one of 3" },
	{ "{\"uniqueItems\":true}", "[1,\"1\",[1],{\"a\":1}]", NULL },
	{ "{\"uniqueItems\":true}", "[\"a\",2,\"a\"]",
	  "expected items that all differ; [0] and [2] are both \"a\"" },
	{ "{\"uniqueItems\":true}", "[{\"a\":1,\"b\":2},{\"b\":2.0,\"a\":1}]",
	  "expected items that all differ; [0] and [1] are both {\"a\":1,\"b\":2}" },
	{ "{\"uniqueItems\":false}", "[1,1]", NULL },
	/* objects */
	{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":\"x\",\"b\":1}", NULL },
	{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{}", NULL },
	{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "[]", NULL },
	{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}", "a: expected a text, not 1" },
	{ "{\"properties\":{\"a b\":{\"type\":\"string\"}}}", "{\"a b\":1}",
	  "[\"a b\"]: expected a text, not 1" },
	{ "{\"properties\":{\"a\":false}}", "{\"a\":1}", "a: expected no value here" },
	{ "{\"required\":[\"a\"]}", "{\"a\":null}", NULL },
	{ "{\"required\":[\"a\"]}", "{\"b\":1}", "expected the member \"a\", which is missing" },
	{ "{\"required\":[\"a\"],\"properties\":{\"b\":{},\"a\":{\"type\":\"null\"}}}", "{\"a\":1}",
	  "a: expected null, not 1" },
	{ "{\"properties\":{\"b\":{},\"a\":{\"type\":\"null\"}},\"required\":[\"b\",\"c\"]}", "{\"b\":1}",
	  "expected the member \"c\", which is missing" },
	{ "{\"required\":[\"c\"],\"properties\":{\"b\":{}}}", "{\"b\":1}",
	  "expected the member \"c\", which is missing" },
	{ "{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"a\":1}", NULL },
	{ "{\"properties\":{\"a\":{},\"b\":{}},\"additionalProperties\":false}", "{\"a\":1,\"c\":2}",
	  "expected no member \"c\", only \"a\", \"b\"" },
	{ "{\"additionalProperties\":false}", "{\"c\":2}", "expected no member \"c\"" },
	{ "{\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":\"integer\"}}", "{\"a\":\"x\",\"c\":2}",
	  NULL },
	{ "{\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":\"integer\"}}", "{\"c\":\"2\"}",
	  "c: expected a whole number, not \"2\"" },
	{ "{\"type\":\"object\"}", "{\"a\":1,\"a\":2}", "expected one member \"a\", not several" },
	{ "{\"properties\":{\"item\":{\"properties\":{\"tags\":{\"items\":{\"type\":\"string\"}}}}}}",
	  "{\"item\":{\"tags\":[\"a\",3]}}", "item.tags[1]: expected a text, not 3" },
	/* references */
	{ "{\"$defs\":{\"n\":{\"type\":\"integer\"}},\"items\":{\"$ref\":\"#/$defs/n\"}}", "[1]", NULL },
	{ "{\"$defs\":{\"n\":{\"type\":\"integer\"}},\"items\":{\"$ref\":\"#/$defs/n\"}}", "[null]",
	  "[0]: expected a whole number, not null" },
	{ "{\"items\":{\"$ref\":\"#/definitions/a~1b%20c\",\"minimum\":3},\"definitions\":{\"a/b c\":{\"maximum\":4}}}",
	  "[3,4]", NULL },
	{ "{\"items\":{\"$ref\":\"#/definitions/a~1b%20c\",\"minimum\":3},\"definitions\":{\"a/b c\":{\"maximum\":4}}}",
	  "[5]", "[0]: expected a number of at most 4, not 5" },
	{ "{\"items\":{\"$ref\":\"#/definitions/a~1b%20c\",\"minimum\":3},\"definitions\":{\"a/b c\":{\"maximum\":4}}}",
	  "[2]", "[0]: expected a number of at least 3, not 2" },
	{ "{\"type\":[\"array\",\"integer\"],\"items\":{\"$ref\":\"#\"}}", "[[[1],2]]", NULL },
	{ "{\"type\":[\"array\",\"integer\"],\"items\":{\"$ref\":\"#\"}}", "[[[1,\"x\"],2]]",
	  "[0][0][1]: expected a whole number or an array, not \"x\"" },
	/* several at once */
	{ "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "null", NULL },
	{ "{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":3}]}", "3", NULL },
	{ "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "3",
	  "expected a text, not 3, or expected null, not 3" },
	{ "{\"anyOf\":[{\"type\":\"null\"},{\"properties\":{\"a\":{\"type\":\"string\"}}},{\"type\":\"array\"}]}",
	  "{\"a\":1}", "a: expected a text, not 1" },
	{ "{\"properties\":{\"p\":{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]}}}", "{\"p\":1}",
	  "p: expected null, not 1, or expected a text, not 1" },
	{ "{\"oneOf\":[{\"minimum\":5},{\"maximum\":3}]}", "3", NULL },
	{ "{\"oneOf\":[{\"minimum\":5},{\"maximum\":3}]}", "4",
	  "expected a number of at least 5, not 4, or expected a number of at most 3, not 4" },
	{ "{\"oneOf\":[{\"type\":\"null\"},{\"minimum\":5},{\"minimum\":3}]}", "5",
	  "expected a value for one of the 3 forms only; it fits forms 2 and 3" },
	{ "{\"oneOf\":[{\"minimum\":5},{\"type\":\"null\"},{\"minimum\":3}]}", "5",
	  "expected a value for one of the 3 forms only; it fits forms 1 and 3" },
	{ "{\"allOf\":[{\"minimum\":3},{\"maximum\":5}]}", "4", NULL },
	{ "{\"allOf\":[{\"minimum\":3},{\"maximum\":5}]}", "6", "expected a number of at most 5, not 6" },
	{ "{\"allOf\":[{\"minimum\":3},{\"maximum\":5}]}", "2", "expected a number of at least 3, not 2" },
	{ "{\"allOf\":[true,false]}", "2", "expected no value here" },
	/* a long value is cut */
	{ "{\"type\":\"null\"}", "\"0123456789012345678901234567890123456789\"",
	  "expected null, not \"012345678901234567890123456789012345678\xE2\x80\xA6\"" },
};

static void checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct buf why = BUF_INIT;
		struct schema *s = read_schema(a, cases[i].schema);
		int status = schema_check(s, read_value(a, cases[i].value), &why);
		if (strcmp(why.data, cases[i].why ? cases[i].why : "") != 0)
			fail_msg("%s on %s: '%s', not '%s'", cases[i].schema, cases[i].value, why.data,
				 cases[i].why ? cases[i].why : "");
		assert_int_equal(status, cases[i].why ? SOW_INVALID : SOW_OK);
		buf_release(&why);
		arena_free(a);
	}
}

static void the_value_has_a_name(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct schema *s = read_schema(a, "{\"type\":\"object\",\"properties\":{\"answer\":{\"minLength\":3}}}");
	struct buf why = BUF_INIT;
	buf_addstr(&why, "item");
	assert_int_equal(schema_check(s, read_value(a, "{\"answer\":\"abc\"}"), &why), SOW_OK);
	assert_string_equal(why.data, "item");
	assert_int_equal(schema_check(s, read_value(a, "{\"answer\":\"\"}"), &why), SOW_INVALID);
	assert_string_equal(why.data, "item.answer: expected a text of at least 3 characters, "
			    "not an empty one");
	buf_clear(&why);
	buf_addstr(&why, "item");
	assert_int_equal(schema_check(s, read_value(a, "[]"), &why), SOW_INVALID);
	assert_string_equal(why.data, "item: expected an object, not an array");
	buf_release(&why);
	arena_free(a);
}

static void refusals(void **state)
{
	(void)state;
	static const struct {
		const char *schema, *message;
	} bad[] = {
		{ "", "s.json:1:1: expected a value, found nothing" },
		{ "{\"type\": }", "s.json:1:10: expected a value" },
		{ "[]", "s.json:1:1: expected a schema (an object, true or false), not an array" },
		{ "{\n \"type\": \"object\",\n \"if\": {}}", "s.json:3:2: the keyword \"if\" is not supported" },
		{ "{\"properties\": {\"a\": {\n\"description\": \"\\\"minlength\\\": \",\n\"minlength\": 3}}}",
		  "s.json:3:1: the keyword \"minlength\" is not supported; did you mean \"minLength\"?" },
		{ "{\"patternProperties\": {}}", "s.json:1:2: the keyword \"patternProperties\" is not "
		  "supported" },
		{ "{\"type\": \"text\"}", "s.json:1:2: type: expected \"string\", \"number\", \"integer\", "
		  "\"boolean\", \"null\", \"array\", \"object\" or a list of them" },
		{ "{\"type\": []}", "s.json:1:2: type: expected at least one type" },
		{ "{\"type\": \"null\", \"type\": \"string\"}", "s.json:1:18: expected type once" },
		{ "{\"enum\": \"a\"}", "s.json:1:2: enum: expected an array of values, not a text" },
		{ "{\"enum\": []}", "s.json:1:2: enum: expected at least one value" },
		{ "{\"minimum\": \"1\"}", "s.json:1:2: minimum: expected a number, not a text" },
		{ "{\"exclusiveMinimum\": true}",
		  "s.json:1:2: exclusiveMinimum: expected a number, not true or false" },
		{ "{\"multipleOf\": 0}", "s.json:1:2: multipleOf: expected a number above 0, not a number" },
		{ "{\"minLength\": -1}", "s.json:1:2: minLength: expected a whole number from 0, not a number" },
		{ "{\"maxItems\": 1.5}", "s.json:1:2: maxItems: expected a whole number from 0, not a number" },
		{ "{\"pattern\": 1}", "s.json:1:2: pattern: expected a regular expression as text, not a "
		  "number" },
		{ "{\"pattern\": \"(?=a)\"}", "s.json:1:2: pattern: expected a group without look-around, name "
		  "or flags at character 2 of the pattern" },
		{ "{\"uniqueItems\": 1}", "s.json:1:2: uniqueItems: expected true or false, not a number" },
		{ "{\"items\": [{}]}", "s.json:1:2: items: expected one schema; a list of them is prefixItems" },
		{ "{\"items\": 1}", "s.json:1:2: expected a schema (an object, true or false), not a number" },
		{ "{\"prefixItems\": []}", "s.json:1:2: prefixItems: expected an array of at least one schema" },
		{ "{\"anyOf\": {}}", "s.json:1:2: anyOf: expected an array of at least one schema" },
		{ "{\"oneOf\": [{}, 1]}", "s.json:1:2: expected a schema (an object, true or false), not a "
		  "number" },
		{ "{\"properties\": []}", "s.json:1:2: properties: expected an object of schemas, not an array" },
		{ "{\"properties\": {\"a\": 1}}", "s.json:1:17: expected a schema (an object, true or false), "
		  "not a number" },
		{ "{\"properties\": {\"a\": {}, \"a\": {}}}", "s.json:1:26: properties: expected \"a\" once" },
		{ "{\"required\": \"a\"}", "s.json:1:2: required: expected an array of names, not a text" },
		{ "{\"required\": [1]}", "s.json:1:2: required: expected an array of names" },
		{ "{\"additionalProperties\": 0}", "s.json:1:2: expected a schema (an object, true or false), "
		  "not a number" },
		{ "{\"$ref\": 1}", "s.json:1:2: $ref: expected a text, not a number" },
		{ "{\"$ref\": \"other.json\"}", "s.json:1:2: $ref: expected \"#\" or \"#/$defs/NAME\", not "
		  "\"other.json\"" },
		{ "{\"$defs\": {\"a\": {}}, \"items\": {\"$ref\": \"#/$defs/b\"}}",
		  "s.json:1:32: $ref: $defs has no \"b\"" },
		{ "{\"items\": {\"$defs\": {}}}", "s.json:1:12: $defs: expected at the root of the schema only" },
		{ "{\"$ref\": \"#\"}", "s.json:1:2: $ref: expected a schema that does not come back to itself "
		  "without a property or item between" },
		{ "{\"$defs\": {\"a\": {\"anyOf\": [{\"$ref\": \"#/$defs/b\"}]}, \"b\": {\"allOf\": [{}, "
		  "{\"$ref\": \"#/$defs/a\"}]}}}",
		  "s.json:1:74: $ref: expected a schema that does not come back to itself without a property "
		  "or item between" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct arena *a = arena_new();
		struct sow_error err = { 0 };
		if (schema_read(a, "s.json", view_of(bad[i].schema), &err))
			fail_msg("%s: read", bad[i].schema);
		assert_string_equal(err.text, bad[i].message);
		assert_int_equal(err.status, SOW_INVALID);
		assert_string_equal(err.text + err.said, strstr(bad[i].message, ": ") + 2);
		assert_null(schema_read(a, "s.json", view_of(bad[i].schema), NULL));
		arena_free(a);
	}
}

/* `depth` times BEFORE, `inner`, as often BEHIND. */
static struct view nested(struct arena *a, size_t depth, const char *before, const char *inner,
			  const char *behind)
{
	struct buf text = BUF_INIT;
	for (size_t i = 0; i < depth; i++)
		buf_addstr(&text, before);
	buf_addstr(&text, inner);
	for (size_t i = 0; i < depth; i++)
		buf_addstr(&text, behind);
	return arena_takebuf(a, &text);
}

static void depth_is_bounded(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	struct buf why = BUF_INIT;
	struct view text = nested(a, SCHEMA_DEPTH_MAX - 1, "{\"items\":", "{}", "}");
	assert_non_null(schema_read(a, "s", text, &err));
	text = nested(a, SCHEMA_DEPTH_MAX, "{\"items\":", "{}", "}");
	assert_null(schema_read(a, "s", text, &err));
	assert_string_equal(err.text + err.said, "expected schemas to nest no deeper than 64");
	text = nested(a, 100000, "{\"items\":", "{}", "}");
	assert_null(schema_read(a, "s", text, &err));

	struct schema *s = read_schema(a, "{\"items\":{\"$ref\":\"#\"}}");
	text = nested(a, SCHEMA_DEPTH_MAX, "[", "1", "]");
	assert_int_equal(schema_check(s, read_value(a, text.p), &why), SOW_OK);
	text = nested(a, SCHEMA_DEPTH_MAX + 1, "[", "1", "]");
	assert_int_equal(schema_check(s, read_value(a, text.p), &why), SOW_TOOBIG);
	assert_string_equal(why.data, "expected values that nest less deep");
	text = nested(a, 100000, "[", "1", "]");
	assert_int_equal(schema_check(s, read_value(a, text.p), &why), SOW_TOOBIG);
	buf_release(&why);
	arena_free(a);
}

/* A chain of references is as long as the bound, and one longer. */
static void references_are_bounded(void **state)
{
	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		struct arena *a = arena_new();
		struct sow_error err = { 0 };
		struct buf text = BUF_INIT;
		buf_addstr(&text, "{\"$defs\":{\"d0\":{}");
		for (size_t i = 1; i < SCHEMA_DEPTH_MAX + extra; i++)
			buf_addf(&text, ",\"d%zu\":{\"$ref\":\"#/$defs/d%zu\"}", i, i - 1);
		buf_addstr(&text, "}}");
		struct schema *s = schema_read(a, "s", view_from(text.data, text.len), &err);
		assert_int_equal(s != NULL, extra == 0);
		if (extra)
			assert_string_equal(err.text + err.said, "expected at most 64 references and anyOf, "
					    "oneOf, allOf one behind another");
		buf_release(&text);
		arena_free(a);
	}
}

/* Two ways at each level, both wrong at the bottom: 2 to the 60 without a bound. */
static void work_is_bounded(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf why = BUF_INIT;
	struct schema *s = read_schema(a, "{\"anyOf\":[{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"},"
				       "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}]}");
	struct view text = nested(a, 60, "[", "1", "]");
	assert_int_equal(schema_check(s, read_value(a, text.p), &why), SOW_TOOBIG);
	assert_non_null(strstr(why.data, "expected a value that is less work to check"));
	buf_release(&why);
	arena_free(a);
}

static void types_that_are_sure(void **state)
{
	(void)state;
	static const struct {
		const char *schema;
		enum json_type type;
	} sure[] = {
		{ "{}", JSON_NOTHING }, { "{\"type\":\"object\"}", JSON_OBJECT },
		{ "{\"type\":[\"integer\",\"number\"]}", JSON_NUMBER },
		{ "{\"type\":[\"object\",\"null\"]}", JSON_NOTHING }, { "{\"const\":\"a\"}", JSON_TEXT },
		{ "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"type\":\"array\"}}}", JSON_ARRAY },
	};
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof(sure) / sizeof(sure[0]); i++)
		assert_int_equal(schema_type(read_schema(a, sure[i].schema)), sure[i].type);
	struct view text = schema_text(read_schema(a, "{ \"minimum\" : 1.50 }"));
	assert_string_equal(text.p, "{\"minimum\":1.50}");
	arena_free(a);
}

/* The first rule of each grammar, root aside. */
static void grammars(void **state)
{
	(void)state;
	static const struct {
		const char *schema, *rules;
	} said[] = {
		{ "{\"type\":\"boolean\"}", "r0 ::= \"true\" | \"false\"\n" },
		{ "{\"enum\":[\"a\\\"\",1,null],\"type\":[\"string\",\"null\"]}",
		  "r0 ::= \"\\x22a\\x5C\\x22\\x22\" | \"null\"\n" },
		{ "{\"type\":\"integer\",\"minimum\":1,\"maximum\":5}",
		  "r0 ::= ((\"1\" | [2-4] | \"5\" ) )\n" },
		{ "{\"type\":\"integer\",\"exclusiveMinimum\":-3,\"maximum\":120}",
		  "r0 ::= (\"-\" ((\"1\" | \"2\" ) ) | [0-9]{1,1} | (\"1\" [0-9]{1,1} | [2-8] [0-9]{1,1} "
		  "| \"9\" [0-9]{1,1} ) | \"1\" (\"0\" [0-9]{1,1} | [1-1] [0-9]{1,1} | \"2\" \"0\" ) )\n" },
		{ "{\"type\":\"string\",\"minLength\":2,\"maxLength\":9}",
		  "r0 ::= \"\\\"\" char{2,9} \"\\\"\"\n" },
		{ "{\"type\":\"string\",\"maxLength\":501}", "r0 ::= \"\\\"\" char{0,} \"\\\"\"\n" },
		{ "{\"type\":[\"string\",\"null\"]}", "r0 ::= \"null\" | \"\\\"\" char{0,} \"\\\"\"\n" },
		{ "{\"items\":{\"type\":\"null\"},\"minItems\":1,\"maxItems\":3}",
		  "r0 ::= \"[\" ws (r1 (\",\" ws r1){0,2}) ws \"]\"\nr1 ::= \"null\"\n" },
		{ "{\"properties\":{\"a\":{},\"b\":{}},\"required\":[\"a\"]}",
		  "r0 ::= \"{\" ws (\"\\x22a\\x22\" colon r1 r0-1) ws \"}\"\n"
		  "r0-0 ::= (\",\" ws \"\\x22a\\x22\" colon r1) r0-1\n"
		  "r0-1 ::= (\",\" ws \"\\x22b\\x22\" colon r2)? r0-2\n"
		  "r0-2 ::= \"\"\n" },
		{ "{\"type\":\"object\",\"properties\":{\"a\":true},\"allOf\":[{\"$ref\":\"#/$defs/b\"},"
		  "{\"required\":[\"b\"]}],\"$defs\":{\"b\":{\"properties\":{\"b\":{}},"
		  "\"additionalProperties\":false}}}",
		  "r0 ::= \"{\" ws (\"\\x22a\\x22\" colon r1 r0-1 | \"\\x22b\\x22\" colon r5 r0-2) ws \"}\"\n"
		  "r0-0 ::= (\",\" ws \"\\x22a\\x22\" colon r1)? r0-1\n"
		  "r0-1 ::= (\",\" ws \"\\x22b\\x22\" colon r5) r0-2\n"
		  "r0-2 ::= \"\"\n" },
		{ "{\"anyOf\":[{\"type\":\"null\"},{\"$ref\":\"#/$defs/a\"}],\"$defs\":{\"a\":true}}",
		  "r0 ::= r1 | r2\nr1 ::= \"null\"\nr2 ::= r3\nr3 ::= value\n" },
	};
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct arena *a = arena_new();
		struct buf out = BUF_INIT;
		assert_int_equal(schema_grammar(read_schema(a, said[i].schema), &out), SOW_OK);
		const char *rules = strchr(out.data, '\n') + 1;
		if (strncmp(rules, said[i].rules, strlen(said[i].rules)) != 0)
			fail_msg("%s:\n%.300s", said[i].schema, rules);
		buf_release(&out);
		arena_free(a);
	}
}

/* Each fits, and every number and every value comes. */
static void drawn_examples(void **state)
{
	(void)state;
	static const char text[] = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\","
		"\"minimum\":0,\"maximum\":4},"
		"\"of\":{\"enum\":[\"a\",\"b\",\"c\"]},\"far\":{\"type\":\"integer\",\"minimum\":7}},"
		"\"required\":[\"n\",\"of\",\"far\"]}";
	struct arena *a = arena_new();
	struct buf out = BUF_INIT, why = BUF_INIT;
	struct schema *s = schema_read(a, "s", view_of(text), NULL);
	int numbers = 0, values = 0;
	for (uint64_t i = 0; i < 100; i++) {
		struct draw d = draw_start(i, 1, 0);
		buf_clear(&out);
		assert_int_equal(schema_example_drawn(s, &d, NULL, NULL, &out), SOW_OK);
		const json_value *v = json_root(json_parse_exact(view_from(out.data, out.len), a, NULL, NULL));
		assert_int_equal(schema_check(s, v, &why), SOW_OK);
		numbers |= 1 << json_integer(json_get(v, "n"));
		values |= 1 << (json_text(json_get(v, "of")).p[0] - 'a');
		assert_int_equal(json_integer(json_get(v, "far")), 7);
	}
	assert_int_equal(numbers, 31);
	assert_int_equal(values, 7);
	buf_release(&out);
	buf_release(&why);
	arena_free(a);
}

static void name_member(void *data, struct view member, struct draw *d, struct buf *out)
{
	(void)data;
	buf_addf(out, "\"%.*s\" %zu", VIEW_ARG(member), draw_below(d, 10));
}

/* A writer's text stands where it fits. */
static void written_examples(void **state)
{
	(void)state;
	static const char text[] = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},"
		"\"list\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":1},"
		"\"short\":{\"type\":\"string\",\"maxLength\":4}}}";
	struct arena *a = arena_new();
	struct buf out = BUF_INIT;
	struct schema *s = schema_read(a, "s", view_of(text), NULL);
	struct draw d = draw_start(1, 1, 0);
	assert_int_equal(schema_example_drawn(s, &d, name_member, NULL, &out), SOW_OK);
	const json_value *v = json_root(json_parse_exact(view_from(out.data, out.len), a, NULL, NULL));
	assert_true(view_starts(json_text(json_get(v, "a")), "\"a\" "));
	assert_true(view_starts(json_text(json_first(json_get(v, "list"))), "\"list\" "));
	assert_true(view_eqstr(json_text(json_get(v, "short")), "exam"));
	buf_release(&out);
	arena_free(a);
}

/* Each example of a tree's node would hold two more. */
static void an_example_comes_to_an_end(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{\"type\":\"object\",\"required\":[\"l\",\"r\"],\"properties\":{\"l\":{\"anyOf\":["
		"{\"$ref\":\"#\"},{\"type\":\"null\"}]},\"r\":{\"anyOf\":[{\"$ref\":\"#\"},"
		"{\"type\":\"null\"}]}}}",
		"{\"type\":[\"object\",\"null\"],\"required\":[\"l\",\"r\"],\"properties\":{"
		"\"l\":{\"$ref\":\"#\"},\"r\":{\"$ref\":\"#\"}}}",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct arena *a = arena_new();
		struct buf out = BUF_INIT, why = BUF_INIT;
		struct schema *s = schema_read(a, "s", view_of(texts[i]), NULL);
		assert_int_equal(schema_example(s, &out), SOW_OK);
		struct json *doc = json_parse_exact(view_from(out.data, out.len), a, NULL, NULL);
		assert_int_equal(schema_check(s, json_root(doc), &why), SOW_OK);
		buf_release(&out);
		buf_release(&why);
		arena_free(a);
	}
}

/* Nothing fits the one, and no memory holds what fits the other. */
static void an_example_is_not_too_long(void **state)
{
	(void)state;
	static const char *const texts[] = {
		("{\"type\":\"object\",\"required\":[\"l\",\"r\"],\"properties\":{"
		 "\"l\":{\"$ref\":\"#\"},\"r\":{\"$ref\":\"#\"}}}"),
		"{\"type\":\"array\",\"minItems\":1000000000000}",
		"{\"type\":\"string\",\"minLength\":1000000000000}",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct arena *a = arena_new();
		struct buf out = BUF_INIT;
		struct schema *s = schema_read(a, "s", view_of(texts[i]), NULL);
		assert_int_equal(schema_example(s, &out), SOW_OK);
		assert_true(out.len < (size_t)2 << 20);
		assert_non_null(json_parse_exact(view_from(out.data, out.len), a, NULL, NULL));
		buf_release(&out);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks),
		cmocka_unit_test(the_value_has_a_name),
		cmocka_unit_test(refusals),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(references_are_bounded),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(types_that_are_sure),
		cmocka_unit_test(grammars),
		cmocka_unit_test(drawn_examples), cmocka_unit_test(written_examples),
		cmocka_unit_test(an_example_comes_to_an_end),
		cmocka_unit_test(an_example_is_not_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
