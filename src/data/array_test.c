#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "data/array.h"

/* Cuts `text` given in pieces of `piece` bytes; elements go to `out`, each behind a |. */
static int cut(const char *text, size_t piece, struct array *a, struct buf *out)
{
	struct view rest = view_of(text), element;
	int status = 0;
	while (rest.len && status >= 0) {
		struct view bytes = view_sub(rest, 0, piece);
		rest = view_sub(rest, bytes.len, rest.len);
		while ((status = array_next(a, &bytes, &element)) > 0) {
			buf_addch(out, '|');
			buf_add(out, element.p, element.len);
		}
	}
	return status < 0 ? status : array_end(a);
}

static void gives(const char *text, const char *want)
{
	for (size_t piece = 1; piece <= strlen(text) + 1; piece++) {
		struct array a = ARRAY_INIT;
		struct buf out = BUF_INIT;
		assert_int_equal(cut(text, piece, &a, &out), SOW_OK);
		assert_string_equal(out.data, want);
		array_release(&a);
		buf_release(&out);
	}
}

static void refused(const char *text, size_t line, size_t column, const char *expected)
{
	for (size_t piece = 1; piece <= strlen(text) + 1; piece++) {
		struct array a = ARRAY_INIT;
		struct buf out = BUF_INIT;
		struct view more = view_of("]"), element;
		assert_int_equal(cut(text, piece, &a, &out), SOW_INVALID);
		assert_string_equal(a.wrong, expected);
		assert_int_equal(a.start.line, line);
		assert_int_equal(a.start.column, column);
		assert_int_equal(array_next(&a, &more, &element), SOW_INVALID); /* final */
		array_release(&a);
		buf_release(&out);
	}
}

static void elements(void **state)
{
	(void)state;
	gives("[]", "");
	gives(" [ \n ] \n", "");
	gives("[{\"a\": [1, {}]}, {\"b\": \"}]\\\"\"}]", "|{\"a\": [1, {}]}|{\"b\": \"}]\\\"\"}");
	gives("[1, true ,\"a,]\\\\\",[[]],null]", "|1|true|\"a,]\\\\\"|[[]]|null");
	gives("[{\n},\n{}\n]\n", "|{\n}|{}");
	gives("[{]]", "|{]"); /* what is inside is for the parser */
}

static void places(void **state)
{
	(void)state;
	struct array a = ARRAY_INIT;
	struct view bytes = view_of("[\n  {\"ü\":\n1}, {}]"), element;
	assert_int_equal(array_next(&a, &bytes, &element), 1);
	assert_int_equal(a.start.line, 2);
	assert_int_equal(a.start.column, 3);
	assert_int_equal(array_next(&a, &bytes, &element), 1);
	assert_int_equal(a.start.line, 3);
	assert_int_equal(a.start.column, 5);
	array_release(&a);
	struct text_place p = text_place_behind((struct text_place){ 4, 9 }, view_of("ü\nä€x"));
	assert_int_equal(p.line, 5);
	assert_int_equal(p.column, 4);
}

/* Values one after another; a bracket that closes nothing is one, and ends. */
static void bare(void **state)
{
	(void)state;
	static const char *const want[] = { "{\"a\":1}", "2", "]", "[3]", "}" };
	struct array a = ARRAY_BARE_INIT;
	struct view bytes = view_of("{\"a\":1},2\n] [3]} \n"), element;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert_int_equal(array_next(&a, &bytes, &element), 1);
		assert_true(view_eqstr(element, want[i]));
	}
	assert_int_equal(array_next(&a, &bytes, &element), 0);
	assert_int_equal(array_end(&a), SOW_OK);
	array_release(&a);
}

static void mistakes(void **state)
{
	(void)state;
	refused("{}", 1, 1, "expected [");
	refused("[,", 1, 2, "expected a value");
	refused("[1,]", 1, 4, "expected no comma before the closing bracket");
	refused("[1 2]", 1, 4, "expected , or ]");
	refused("[\n] x", 2, 3, "expected nothing more after the value");
	refused("[{\"ü\": \n 1, \n", 2, 4, "unexpected end of the text");
	refused("[1,\n\n", 1, 4, "unexpected end of the text");
	refused("", 1, 1, "unexpected end of the text");
}

static void limits(void **state)
{
	(void)state;
	struct array a = ARRAY_INIT;
	struct view bytes = view_of("[\"abcdef\"]"), element;
	a.element.cap = 4;
	assert_int_equal(array_next(&a, &bytes, &element), SOW_TOOBIG);
	assert_int_equal(array_next(&a, &bytes, &element), SOW_TOOBIG);
	array_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements), cmocka_unit_test(places), cmocka_unit_test(bare),
		cmocka_unit_test(mistakes), cmocka_unit_test(limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
