/* A JSON Schema, a zero byte, and a value to check by it. */
#include <string.h>

#include "base/map.h"
#include "check.h"
#include "data/schema.h"

static void check_words(const struct buf *why)
{
	CHECK(why->len && utf8_valid(why->data, why->len, NULL));
	CHECK(!memchr(why->data, '\n', why->len));
}

/* Rules are named r and a number; names stand outside of quotes and classes. */
static size_t name_at(const char *p)
{
	return *p == 'r' && p[1] >= '0' && p[1] <= '9' ? strspn(p + 1, "0123456789-") + 1 : 0;
}

static const char *behind_quoted(const char *p, char close)
{
	for (p++; *p && *p != close; p++)
		p += *p == '\\' && p[1];
	return *p ? p + 1 : p;
}

static void check_grammar(const struct schema *s)
{
	struct buf out = BUF_INIT;
	struct map rules = MAP_INIT;
	int status = schema_grammar(s, &out);
	CHECK(status == SOW_OK || status == SOW_TOOBIG);
	for (const char *line = out.data; status == SOW_OK && *line; line = strchr(line, '\n') + 1) {
		CHECK(strstr(line, " ::= ") && strchr(line, '\n'));
		size_t len = strcspn(line, " ");
		CHECK(!map_get(&rules, line, len));
		map_put(&rules, line, len, 1);
	}
	for (const char *p = out.data; status == SOW_OK && *p;) {
		size_t len = name_at(p);
		CHECK(!len || map_get(&rules, p, len));
		p = *p == '"' ? behind_quoted(p, '"') : *p == '[' ? behind_quoted(p, ']')
			: p + strcspn(p, " \n(\"[") + !strcspn(p, " \n(\"[");
	}
	map_release(&rules);
	buf_release(&out);
}

static void check_value(const struct schema *s, const struct schema *again, struct view text,
			struct arena *a)
{
	struct json *doc = json_parse_exact(text, a, NULL, NULL);
	struct buf why = BUF_INIT, same = BUF_INIT;
	if (!doc)
		return;
	int status = schema_check(s, json_root(doc), &why);
	CHECK(status == SOW_OK || status == SOW_INVALID || status == SOW_TOOBIG);
	if (status == SOW_OK)
		CHECK(!why.len);
	else
		check_words(&why);
	CHECK(schema_check(again, json_root(doc), &same) == status);
	CHECK(strcmp(why.data, same.data) == 0);
	enum json_type type = schema_type(s);
	CHECK(status != SOW_OK || type == JSON_NOTHING || type == json_type(json_root(doc)));
	buf_release(&why);
	buf_release(&same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_from((const char *)data, size);
	const char *zero = size ? memchr(data, 0, size) : NULL;
	struct view value = zero ? view_sub(text, (size_t)(zero - text.p) + 1, size) : view_of("");
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	if (zero)
		text.len = (size_t)(zero - text.p);
	struct schema *s = schema_read(a, "schema", text, &err);
	if (s) {
		struct schema *again = schema_read(a, "schema", schema_text(s), NULL);
		CHECK(again && view_eq(schema_text(again), schema_text(s)));
		check_grammar(s);
		check_value(s, again, value, a);
	} else {
		CHECK(is_message(&err));
		CHECK(err.line && err.said < strlen(err.text));
	}
	arena_free(a);
	return 0;
}
