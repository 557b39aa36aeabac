#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "base/mem.h"
#include "io/hash.h"
#include "io/infile.h"
#include "io/json.h"
#include "report/page.h"

static char path[] = "/tmp/sow-page-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static void escapes(const char *json, const char *expected)
{
	struct buf out = BUF_INIT;
	page_escape(&out, view_of(json));
	assert_string_equal(out.data, expected);
	buf_release(&out);
}

static void test_escape(void **state)
{
	(void)state;
	escapes("", "");
	escapes("{\"a\":1}", "{\"a\":1}");
	escapes("\"</script><!-- & -->\"", "\"\\u003c/script\\u003e\\u003c!-- \\u0026 --\\u003e\"");
	escapes("\"\xE2\x80\xA8" "a\xE2\x80\xA9\"", "\"\\u2028a\\u2029\"");
	escapes("\"\xE2\x80\xA7\xE2\x80\xAA\xE2\x82\xAC\"", "\"\xE2\x80\xA7\xE2\x80\xAA\xE2\x82\xAC\"");
	escapes("\xE2\x80", "\xE2\x80"); /* not UTF-8, and nothing behind it is read */
	escapes("\xE2", "\xE2");
}

/* What page_clip leaves takes at most that many bytes once it is JSON in a page, and one
 * character more would not. */
static void test_clip(void **state)
{
	(void)state;
	static const char text[] = "a\"b\\<c>&\n\x01\xE2\x80\xA8\xC3\xA9\xF0\x9F\x8C\xB1z";
	struct view whole = view_from(text, sizeof(text) - 1);
	for (size_t most = 0; most < 60; most++) {
		struct buf json = BUF_INIT, page = BUF_INIT;
		bool cut = false;
		struct view start = page_clip(whole, most, &cut);
		assert_ptr_equal(start.p, whole.p);
		assert_true(cut == (start.len < whole.len));
		json_escape(&json, start);
		page_escape(&page, view_from(json.data, json.len));
		assert_true(page.len <= most);
		assert_true(start.len == whole.len || most - page.len < 6);
		buf_release(&json);
		buf_release(&page);
	}
	bool cut = true;
	page_clip(view_of("a"), 1, &cut);
	assert_true(cut);
}

static char *written(const struct page_part *parts, size_t count)
{
	struct sow_error err = { 0 };
	struct outfile *out = outfile_open(path, &err);
	struct buf text = BUF_INIT;
	assert_non_null(out);
	page_write(out, parts, count);
	assert_int_equal(outfile_finish(out, &err), SOW_OK);
	assert_int_equal(infile_whole(path, &text, &err), SOW_OK);
	return buf_detach(&text);
}

static size_t times(const char *text, const char *what)
{
	size_t n = 0;
	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* Its own scripts and no other element of that name, each in the policy by its hash. */
static void test_page(void **state)
{
	(void)state;
	static const char *const scripts[] = {
		"echarts-6.1.0/echarts.min.js", "src/report/html/base.js", "src/report/html/charts.js",
		"src/report/html/records.js", "src/report/html/page.js",
	};
	const struct page_part parts[] = {
		{ "one", view_of("[\"</script><script>alert(1)</script>\"]") },
		{ "two", view_of("{\"{{parts}}\":\"{{policy}}\"}") },
	};
	char *page = written(parts, 2);
	assert_int_equal(times(page, "<script>"), 5);
	assert_int_equal(times(page, "<script type=\"application/json\" id=\"one\">[\"\\u003c/script"), 1);
	assert_int_equal(times(page, "{\"{{parts}}\":\"{{policy}}\"}"), 1);
	assert_int_equal(times(page, "{{"), 2);
	const char *policy = strstr(page, "default-src 'none'; base-uri 'none'; form-action 'none'");
	assert_non_null(policy);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		const struct embedded_file *f = embedded_find(scripts[i]);
		struct hash hash;
		char text[HASH_BASE64_SIZE], named[64], open[] = "<script>";
		assert_non_null(f);
		assert_int_equal(times(f->text, "</script"), 0);
		assert_int_equal(times(f->text, "<!--"), 0);
		hash_bytes(f->text, f->len, &hash);
		hash_base64(&hash, text);
		snprintf(named, sizeof(named), "'sha256-%s'", text);
		const char *found = strstr(policy, named), *at = strstr(page, f->text);
		assert_true(found && found < strchr(policy, '"'));
		assert_memory_equal(at - strlen(open), open, strlen(open));
		assert_memory_equal(at + f->len, "</script>", 9);
	}
	mem_free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape), cmocka_unit_test(test_clip), cmocka_unit_test(test_page),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
