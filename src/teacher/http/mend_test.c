#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/json.h"
#include "teacher/http/mend.h"

/* The member "a" of an object of broken JSON, as it is read in the end. */
static void reads(const char *json, const char *want)
{
	struct buf text = BUF_INIT, whole = BUF_INIT;
	assert_null(json_parse(json, view_of(json).len, NULL));
	mend_json(view_of(json), &text);
	struct json *doc = json_parse(text.data, text.len, NULL);
	if (!doc)
		fail_msg("%s", text.data);
	mend_undo(json_text(json_get(json_root(doc), "a")), &whole);
	assert_string_equal(whole.data, want);
	json_free(doc);
	buf_release(&text);
	buf_release(&whole);
}

static void what_is_broken_is_mended(void **state)
{
	(void)state;
	reads("{\"a\":\"Hi \\ud83d\"}", "Hi \xEF\xBF\xBD");
	reads("{\"a\":\"\\ude00 \\ud83d\\ude00\"}", "\xEF\xBF\xBD \xF0\x9F\x98\x80");
	reads("{\"a\":\"Hi \xF0\x9F\"}", "Hi \xF0\x9F"); /* as it was */
	reads("{\"a\":\"one\ntwo\t\\\"\x01\"}", "one\ntwo\t\"\x01");
	reads("{\"a\":\"\\x \\u12 \\d\"}", "\\x \\u12 \\d");
	reads("{\"b\":NaN,\"c\":[-Infinity,Infinity],\"a\":\"NaN\"}", "NaN");
	reads("\xEF\xBB\xBF{\"b\":nan,\"a\":\"\xC3\xA4\"}", "\xC3\xA4");
}

/* Halves of a character, each in a text of its own. */
static void halves_are_joined(void **state)
{
	(void)state;
	static const char *const halves[][2] = {
		{ "\"\\ud83d\"", "\"\\ude00\"" },
		{ "\"\xF0\x9F\"", "\"\x98\x80\"" },
	};
	for (size_t i = 0; i < 2; i++) {
		struct buf joined = BUF_INIT, whole = BUF_INIT;
		for (size_t k = 0; k < 2; k++) {
			struct buf text = BUF_INIT;
			mend_json(view_of(halves[i][k]), &text);
			struct json *doc = json_parse(text.data, text.len, NULL);
			assert_non_null(doc);
			struct view v = json_text(json_root(doc));
			buf_add(&joined, v.p, v.len);
			json_free(doc);
			buf_release(&text);
		}
		mend_undo(view_from(joined.data, joined.len), &whole);
		assert_string_equal(whole.data, "\xF0\x9F\x98\x80");
		buf_release(&joined);
		buf_release(&whole);
	}
}

static void what_is_cut_stays_cut(void **state)
{
	(void)state;
	static const char *const broken[] = { "{\"a\":\"cut", "{\"a\":\"\\", "{\"a\":\"\\u12", "{", "" };
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		struct buf text = BUF_INIT;
		mend_json(view_of(broken[i]), &text);
		assert_null(json_parse(text.data, text.len, NULL));
		buf_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_broken_is_mended),
		cmocka_unit_test(halves_are_joined),
		cmocka_unit_test(what_is_cut_stays_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
