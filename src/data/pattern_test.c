#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "data/pattern.h"

static void matches(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *text;
		int matches;
	} cases[] = {
		{ "^abc$", "abc", 1 }, { "^abc$", "abcd", 0 }, { "^abc$", "xabc", 0 },
		{ "abc", "xabcx", 1 }, { "abc", "xabx", 0 }, { "^a", "ab", 1 }, { "^a", "ba", 0 },
		{ "a$", "ba", 1 }, { "a$", "ab", 0 }, { "", "", 1 }, { "", "x", 1 }, { "^$", "", 1 },
		{ "^$", "x", 0 },
		{ "^a|b$", "ax", 1 }, { "^a|b$", "xb", 1 }, { "^a|b$", "xa", 0 },
		{ "^(a|b)$", "b", 1 }, { "^(a|b)$", "ab", 0 }, { "^(?:a|bc|)$", "", 1 },
		{ "^(?:a|bc|)$", "bc", 1 }, { "^(?:a|bc|)$", "c", 0 },
		{ "^a*$", "", 1 }, { "^a*$", "aaa", 1 }, { "^a*$", "aab", 0 },
		{ "^a+$", "", 0 }, { "^a+$", "a", 1 }, { "^a?$", "a", 1 }, { "^a?$", "aa", 0 },
		{ "^a{2}$", "a", 0 }, { "^a{2}$", "aa", 1 }, { "^a{2}$", "aaa", 0 },
		{ "^a{2,}$", "a", 0 }, { "^a{2,}$", "aaaa", 1 },
		{ "^a{1,3}$", "", 0 }, { "^a{1,3}$", "a", 1 }, { "^a{1,3}$", "aaa", 1 },
		{ "^a{1,3}$", "aaaa", 0 }, { "^a{0}$", "", 1 }, { "^a{0}$", "a", 0 },
		{ "^a+?b*?$", "aab", 1 },
		{ "^[a-c]+$", "abc", 1 }, { "^[a-c]+$", "abd", 0 },
		{ "^[^a-c]+$", "xyz", 1 }, { "^[^a-c]+$", "xya", 0 }, { "^[^a]$", "\n", 1 },
		{ "^[\\]\\-x-]+$", "]-x", 1 }, { "^[-a]+$", "-a", 1 },
		{ "^[a\\d_]+$", "a1_", 1 }, { "^[\\D]+$", "ab", 1 }, { "^[\\D]+$", "a1", 0 },
		{ "^[^\\d]$", "1", 0 }, { "^[\\W5]+$", "5-", 1 }, { "^[\\W5]+$", "4", 0 },
		{ "^\\d+$", "0189", 1 }, { "^\\d$", "\xD9\xA3", 0 }, /* only ASCII's digits */
		{ "^\\w+$", "aZ_9", 1 }, { "^\\w$", "-", 0 }, { "^\\W$", "-", 1 },
		{ "^\\s+$", " \t\n\xC2\xA0", 1 }, { "^\\S+$", "a b", 0 },
		{ "^.$", "x", 1 }, { "^.$", "\n", 0 }, { "^.$", "\xF0\x9F\x98\x80", 1 },
		{ "^.$", "ab", 0 }, { "^..$", "\xC3\xA9\xC3\xA8", 1 },
		{ "^\xC3\xA9{2}$", "\xC3\xA9\xC3\xA9", 1 }, { "^[\xC3\xA0-\xC3\xBF]$", "\xC3\xA9", 1 },
		{ "^\\u00e9\\x41\\u{1F600}\\t$", "\xC3\xA9" "A\xF0\x9F\x98\x80\t", 1 },
		{ "^\\.\\*\\/\\$$", ".*/$", 1 }, { "^\\.$", "a", 0 },
		{ "^((((((){1000}){1000}){1000}){1000}){1000}){1000}$", "", 1 },
		{ "^\\uD83D\\uDE00$", "\xF0\x9F\x98\x80", 1 }, /* a pair is one character */
		{ "^(a*)*$", "aaab", 0 }, { "^(a*)*$", "aaaa", 1 },
		{ "^(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 0 },
		{ "^(\\d{4})-(\\d{2})-(\\d{2})$", "2024-02-30", 1 },
		{ "^(\\d{4})-(\\d{2})-(\\d{2})$", "2024-2-30", 0 },
		{ "^[\\w.]+@\\w+\\.[a-z]{2,}$", "a.b@c.de", 1 },
		{ "^[\\w.]+@\\w+\\.[a-z]{2,}$", "a.b@c.d", 0 },
		{ "^a.*z$", "a\xFFz", 0 }, /* not UTF-8: no character */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct sow_error err = { 0 };
		struct pattern *p = pattern_read(a, view_of(cases[i].pattern), &err);
		if (!p)
			fail_msg("%s: %s", cases[i].pattern, err.text);
		if (pattern_matches(p, view_of(cases[i].text)) != cases[i].matches)
			fail_msg("%s on '%s': not %d", cases[i].pattern, cases[i].text,
				 cases[i].matches);
		arena_free(a);
	}
}

static void a_zero_byte_is_a_character(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct pattern *p = pattern_read(a, view_from("^a\0+$", 5), NULL);
	assert_non_null(p);
	assert_int_equal(pattern_matches(p, view_from("a\0\0", 3)), 1);
	assert_int_equal(pattern_matches(p, view_of("a")), 0);
	arena_free(a);
}

static void refusals(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *message;
	} cases[] = {
		{ "a^b", "expected ^ and $ at the ends only at character 2 of the pattern" },
		{ "a$b", "expected ^ and $ at the ends only at character 3 of the pattern" },
		{ "(^a)", "expected ^ and $ at the ends only at character 2 of the pattern" },
		{ "(a", "expected ) at character 3 of the pattern" },
		{ "a)", "expected no ) at character 2 of the pattern" },
		{ "[a", "expected ] at character 3 of the pattern" },
		{ "[z-a]", "expected the end of a range at character 5 of the pattern" },
		{ "[a-\\d]", "expected the end of a range at character 6 of the pattern" },
		{ "*a", "expected a character or group (or a backslash) at character 1 of the pattern" },
		{ "a**", "expected a character or group (or a backslash) at character 3 of the pattern" },
		{ "a{2", "expected {m}, {m,} or {m,n} at character 4 of the pattern" },
		{ "a{3,2}", "expected {m}, {m,} or {m,n} at character 7 of the pattern" },
		{ "a{1001}", "expected a count up to 1000 at character 7 of the pattern" },
		{ "a{x}", "expected a count up to 1000 at character 3 of the pattern" },
		{ "(?=a)", "expected a group without look-around, name or flags at character 2 of the "
		  "pattern" },
		{ "(?<n>a)", "expected a group without look-around, name or flags at character 2 of the "
		  "pattern" },
		{ "\\bx", "expected no \\b, \\p, reference or other escape that is not a character's at "
		  "character 2 of the pattern" },
		{ "(a)\\1", "expected no \\b, \\p, reference or other escape that is not a character's "
		  "at character 5 of the pattern" },
		{ "\\", "expected a character after \\ at character 2 of the pattern" },
		{ "\\x4", "expected a hex digit at character 4 of the pattern" },
		{ "\\u{110000}", "expected a code point in braces at character 11 of the pattern" },
		{ "\xC3\xA9(", "expected ) at character 3 of the pattern" },
		{ "(a{1000}){1000}", "expected smaller counts at character 16 of the pattern" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct sow_error err = { 0 };
		assert_null(pattern_read(a, view_of(cases[i].pattern), &err));
		assert_int_equal(err.status, SOW_INVALID);
		assert_string_equal(err.text, cases[i].message);
		arena_free(a);
	}
}

static void depth_is_bounded(void **state)
{
	(void)state;
	for (int depth = PATTERN_DEPTH_MAX; depth <= PATTERN_DEPTH_MAX + 1; depth++) {
		struct arena *a = arena_new();
		struct buf text = BUF_INIT;
		for (int i = 0; i < depth; i++)
			buf_addch(&text, '(');
		for (int i = 0; i < depth; i++)
			buf_addch(&text, ')');
		struct pattern *p = pattern_read(a, view_from(text.data, text.len), NULL);
		assert_int_equal(p != NULL, depth == PATTERN_DEPTH_MAX);
		buf_release(&text);
		arena_free(a);
	}
}

static void grammars(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *gbnf;
	} cases[] = {
		{ "^[A-Z]{2}-\\d+$", "((((([A-Z])){2,2} ([\\x2D]) (([0-9])){1,})))" },
		{ "^(a|\")?$", "((((((([a])) | ((\"\\x5C\\x22\")))){0,1})))" },
		{ "^\\n$", "((((\"\\x5Cn\"))))" },
		{ "a$", "" },
		{ "^(a*)*$", NULL }, /* GBNF would never come to an end */
		{ "^(a*b)*$", "" },
		{ "^(a?)?$", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = arena_new();
		struct buf out = BUF_INIT;
		struct pattern *p = pattern_read(a, view_of(cases[i].pattern), NULL);
		assert_non_null(p);
		int status = pattern_grammar(p, &out);
		assert_int_equal(status, cases[i].gbnf ? SOW_OK : SOW_MISSING);
		assert_int_equal(out.len > 0, cases[i].gbnf != NULL);
		if (cases[i].gbnf && cases[i].gbnf[0])
			assert_string_equal(out.data, cases[i].gbnf);
		buf_release(&out);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),
		cmocka_unit_test(a_zero_byte_is_a_character),
		cmocka_unit_test(refusals),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(grammars),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
