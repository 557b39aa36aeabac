#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

/* One character as RFC 3629 writes it, without its checks. */
static size_t encode(uint32_t c, size_t n, char out[4])
{
	static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	for (size_t i = n; i > 1; i--, c >>= 6)
		out[i - 1] = (char)(0x80 | (c & 0x3F));
	out[0] = (char)(lead[n] | c);
	return n;
}

static size_t length_of(uint32_t c)
{
	return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/* Every code point in every length: only the shortest form of a scalar value is one. */
static void test_all(void **state)
{
	(void)state;
	static const uint32_t room[] = { 0, 0x80, 0x800, 0x10000, 0x200000 };
	for (uint32_t c = 0; c < 0x200000; c++) {
		bool scalar = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
		for (size_t n = 1; n <= 4; n++) {
			char text[4];
			uint32_t got = 0xFFFFFFFF;
			if (c >= room[n])
				continue;
			encode(c, n, text);
			size_t expected = scalar && n == length_of(c) ? n : 0;
			size_t len = utf8_next(text, n, &got);
			if (len != expected || (len && got != c))
				fail_msg("U+%X in %zu bytes: %zu", (unsigned)c, n, len);
			for (size_t cut = 0; len && cut < n; cut++) {
				if (utf8_next(text, cut, &got))
					fail_msg("U+%X cut to %zu", (unsigned)c, cut);
			}
		}
	}
}

static void test_invalid(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2z", "\xC2\xC2", "\xC3\x28",
		"\xE0\x80\x80", "\xE0\x9F\xBF", "\xE1\x80", "\xE1\x80z", "\xE1z\x80",
		"\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
		"\xF1\x80\x80", "\xF1\x80\x80z", "\xF1\x80z\x80", "\xF1z\x80\x80", "\xF4\x90\x80\x80",
		"\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFC\x84\x80\x80\x80\x80", "\xFE", "\xFF",
		"\xED\xA0\xBD\xED\xB8\x80", /* CESU-8 */
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[16] = "ok \xC3\xA9 ";
		size_t bad = 99, start = strlen(text);
		uint32_t c;
		strcat(text, texts[i]);
		assert_int_equal(utf8_next(texts[i], strlen(texts[i]), &c), 0);
		assert_false(utf8_valid(text, strlen(text), &bad));
		assert_int_equal(bad, start);
		assert_false(utf8_valid(text, strlen(text), NULL));
	}
}

static void test_valid(void **state)
{
	(void)state;
	size_t bad = 99;
	assert_true(utf8_valid("", 0, &bad));
	assert_true(utf8_valid("a\0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 11, &bad));
	assert_int_equal(bad, 99);
	assert_int_equal(utf8_count("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 10), 4);
	assert_int_equal(utf8_count("", 0), 0);
}

static void test_floor(void **state)
{
	(void)state;
	const char *text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
	static const size_t floors[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };
	for (size_t len = 0; len <= 11; len++)
		assert_int_equal(utf8_floor(text, len), floors[len]);
	assert_int_equal(utf8_head(view_of(text), 5).len, 3);
	assert_int_equal(utf8_head(view_of(text), 12).len, 11);
	assert_int_equal(utf8_head(view_of(NULL), 12).len, 0);
	/* in what is no UTF-8 there is nothing to spare */
	assert_int_equal(utf8_floor("\x80\x80\x80\x80\x80", 5), 5);
	assert_int_equal(utf8_floor("\x80", 1), 1);
	assert_int_equal(utf8_floor("a\x80\x80", 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_floor),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
