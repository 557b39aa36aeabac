#include "text/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "text/corpus_test.h"
#include "text/words/uniwords.h"

static int add_word(void *data, struct view word)
{
	struct buf *b = data;
	if (b->len)
		buf_addch(b, '|');
	return buf_add(b, word.p, word.len);
}

static void expect_words(enum words_kind kind, struct view text, const char *expected)
{
	struct buf b = BUF_INIT;
	assert_int_equal(words_each(kind, text.p, text.len, add_word, &b), SOW_OK);
	assert_string_equal(b.data, expected);
	buf_release(&b);
}

static void test_examples(void **state)
{
	(void)state;
	static const struct {
		const char *text, *ascii, *unicode;
	} rows[] = {
		{ "", "", "" },
		{ " \t\n", "", "" },
		{ "...", "", "" },
		{ "Hello, World!", "hello|world", "hello|world" },
		{ "don't can't' 'tis", "don|t|can|t|tis", "don't|can't|tis" },
		{ "rock'n'roll a''b", "rock|n|roll|a|b", "rock'n'roll|a|b" },
		{ "e.g. U.S. 3.14 1,000;5 1:2 a:b", "e|g|u|s|3|14|1|000|5|1|2|a|b",
		  "e.g|u.s|3.14|1,000;5|1|2|a:b" },
		{ "a.1 1.a 1.2.3 x,y", "a|1|1|a|1|2|3|x|y", "a|1|1|a|1.2.3|x|y" },
		{ "snake_case __init__ ___ _1_ a_.b", "snake|case|init|1|a|b",
		  "snake_case|__init__|_1_|a_|b" },
		{ "x86-64 C++ #tag @me 50%", "x86|64|c|tag|me|50", "x86|64|c|tag|me|50" },
		{ "line\r\nnext\nlast", "line|next|last", "line|next|last" },
		{ "Straße STRASSE", "stra|e|strasse", "strasse|strasse" },
		{ "café CAFÉ cafe\xCC\x81", "caf|caf|cafe", "café|café|café" },
		{ "don’t", "don|t", "don’t" },
		{ "\xE2\x84\xAA" "elvin 5\xE2\x84\xAA", "kelvin|5k", "kelvin|5k" },
		{ "İstanbul", "i|stanbul", "i̇stanbul" },
		{ "ΑΣ ας ασ", "", "ασ|ασ|ασ" },
		{ "한글 문장 \xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "", "한글|문장|한" },
		{ "漢字かな", "", "漢|字|か|な" },
		{ "ラーメン ABCカナ_x", "abc|x", "ラ|ー|メ|ン|abc|カ|ナ|_x" },
		{ "第3章、GPT4は", "3|gpt4", "第|3|章|gpt4|は" },
		{ "か\xE3\x82\x99 が", "", "が|が" },
		{ "น้ำ กิน ๑๒", "", "น้ำ|กิ|น|๑๒" },
		{ "ພາສາ", "", "ພ|າ|ສ|າ" },
		{ "នុស្ស", "", "នុ|ស្|ស" },
		{ "မြန်မာ", "", "မြ|န်|မာ" },
		{ "漢\xE2\x81\xA0字 co\xC2\xAD" "op", "co|op", "漢|字|co\xC2\xAD" "op" },
		{ "ＡＩ 漢\xEF\xB8\x80 \xEF\xA4\x80", "", "ａｉ|漢\xEF\xB8\x80|豈" },
		{ "हिन्दी में", "", "हिन्दी|में" },
		{ "x² ½ ① Ⅳ", "x", "x|²|½|①|ⅳ" },
		{ "😀 🇩🇪 👩‍👧 — … “”", "", "" },
		{ "a\xFFsecond\xC3", "a|second", "a|second" },
		{ "na\xC3\xAF" "ve\xE2\x82 end\xC3(", "na|ve|end", "naïve|end" },
		{ "\xED\xA0\x80x\xF4\x90\x80\x80y", "x|y", "x|y" },
		{ "\xE2\xC4\xB0x", "i|x", "i̇x" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_words(WORDS_ASCII, view_of(rows[i].text), rows[i].ascii);
		expect_words(WORDS_UNICODE, view_of(rows[i].text), rows[i].unicode);
	}
	expect_words(WORDS_ASCII, view_from("a\0b", 3), "a|b");
	expect_words(WORDS_UNICODE, view_from("a\0b", 3), "a|b");
	expect_words(WORDS_UNICODE, view_from("é\0b", 4), "é|b");
}

static size_t encode(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3F));
	out[0] = (char)((0xF00 >> n) | c);
	return n;
}

/* Of all characters beyond ASCII, Python's lower() brings just two into [a-z0-9]:
 *     [c for c in map(chr, range(128, 0x110000)) if any(map(str.isascii, c.lower()))] */
static void test_ascii_every_character(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		if (c >= 0xD800 && c < 0xE000)
			continue;
		char text[8] = "x", expected[8] = "x|y";
		size_t n = 1 + encode(text + 1, c);
		text[n++] = 'y';
		if (c < 0x80 && (ascii_alpha((char)c) || ascii_digit((char)c)))
			strcpy(expected, (char[]){ 'x', ascii_lower((char)c), 'y', 0 });
		else if (c == 0x212A)
			strcpy(expected, "xky");
		else if (c == 0x130)
			strcpy(expected, "xi|y");
		expect_words(WORDS_ASCII, view_from(text, n), expected);
	}
}

/* The short way for ASCII, and going piece by piece, against libunistring on the whole. */
static void expect_same(const char *text, size_t len)
{
	static struct buf one = BUF_INIT, two = BUF_INIT;
	buf_clear(&one);
	buf_clear(&two);
	assert_int_equal(words_each(WORDS_UNICODE, text, len, add_word, &one), SOW_OK);
	assert_int_equal(uniwords_each(text, len, add_word, &two), SOW_OK);
	if (strcmp(one.data, two.data) != 0)
		fail_msg("'%.*s': %s, but %s", (int)len, text, one.data, two.data);
}

static void test_ascii_is_general_exhaustive(void **state)
{
	(void)state;
	static const char letters[] = "aZ1_.':,;-\n";
	const size_t base = sizeof(letters) - 1;
	size_t all = 1;
	for (size_t len = 1; len <= 5; len++) {
		all *= base;
		for (size_t n = 0; n < all; n++) {
			char text[5];
			size_t left = n;
			for (size_t i = 0; i < len; i++, left /= base)
				text[i] = letters[left % base];
			expect_same(text, len);
		}
	}
}

static void test_ascii_is_general_random(void **state)
{
	(void)state;
	static const char common[] = "etaoinETA0123''..,,;:__  \t\r\n\"-";
	for (int round = 0; round < 50000; round++) {
		char text[200]; /* over some blocks of marks */
		size_t len = corpus_random(sizeof(text));
		for (size_t i = 0; i < len; i++)
			text[i] = corpus_random(4) ? common[corpus_random(sizeof(common) - 1)]
						   : (char)corpus_random(128);
		expect_same(text, len);
	}
}

static void test_short_way_on_real_text(void **state)
{
	(void)state;
	struct corpus c = CORPUS_INIT;
	corpus_seeds(&c);
	corpus_lines(&c, "tests/fixtures/rouge.tsv");
	corpus_shared(&c);
	for (size_t i = 0; i < c.count; i++)
		expect_same(c.texts[i].p, c.texts[i].len);
	corpus_release(&c);
}

/* What stands behind or before a newline or a blank: marks that join to the left, flags in pairs,
 * joiners, carriage returns. */
static void test_piece_by_piece(void **state)
{
	(void)state;
	static const char *const parts[] = {
		"\n", "\r", "\r\n", " ", "a", "1", "_", "'", "é", "\xCC\x81", "\xE2\x80\x8D",
		"🇩", "😀", "漢", "ラ", "ー", "น", "\xE0\xB8\xB3", "한", "\xE2\x80\xA8", "’", "א\"",
	};
	const size_t count = sizeof(parts) / sizeof(parts[0]);
	for (int round = 0; round < 50000; round++) {
		struct buf b = BUF_INIT;
		for (size_t i = corpus_random(12); i; i--)
			buf_addstr(&b, corpus_random(5) ? parts[corpus_random(count)] : " ");
		expect_same(b.data, b.len);
		buf_release(&b);
	}
}

static void test_any_bytes(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[48];
		size_t len = corpus_random(sizeof(text));
		for (size_t i = 0; i < len; i++)
			text[i] = (char)corpus_random(256);
		struct buf b = BUF_INIT;
		enum words_kind kind = round % 2 ? WORDS_ASCII : WORDS_UNICODE;
		assert_int_equal(words_each(kind, text, len, add_word, &b), SOW_OK);
		buf_release(&b);
	}
}

static void test_long_words(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, expected = BUF_INIT;
	for (int i = 0; i < 5000; i++) {
		buf_addstr(&text, "ẞé");
		buf_addstr(&expected, "ssé");
	}
	expect_words(WORDS_UNICODE, view_from(text.data, text.len), expected.data);
	buf_release(&text);
	buf_release(&expected);
}

static void test_numbers(void **state)
{
	(void)state;
	struct vocabulary *v = vocabulary_new(WORDS_UNICODE);
	struct words w = WORDS_INIT;
	assert_int_equal(vocabulary_kind(v), WORDS_UNICODE);
	const char *text = "The cat, the hat; THE END";
	assert_int_equal(words_of(&w, v, text, strlen(text)), 6);
	static const uint32_t expected[] = { 0, 1, 0, 2, 0, 3 };
	assert_int_equal(w.count, 6);
	assert_memory_equal(w.ids, expected, sizeof(expected));
	assert_int_equal(words_of(&w, v, "end cat new", 11), 3);
	static const uint32_t again[] = { 3, 1, 4 };
	assert_memory_equal(w.ids, again, sizeof(again));
	assert_int_equal(vocabulary_size(v), 5);
	assert_true(words_find(&w, v, "END, cat", 8));
	static const uint32_t found[] = { 3, 1 };
	assert_int_equal(w.count, 2);
	assert_memory_equal(w.ids, found, sizeof(found));
	assert_false(words_find(&w, v, "the cat's hat", 13));
	assert_int_equal(w.count, 0);
	assert_int_equal(vocabulary_size(v), 5);
	assert_true(words_find(&w, v, "", 0));
	assert_int_equal(words_of(&w, v, "", 0), 0);
	assert_int_equal(w.count, 0);
	words_release(&w);
	assert_null(w.ids);
	vocabulary_free(v);
	vocabulary_free(NULL);
}

static void test_too_many(void **state)
{
	(void)state;
	size_t len = 2 * (size_t)WORDS_MAX;
	char *text = mem_alloc(len + 2);
	assert_non_null(text);
	for (size_t i = 0; i < len + 2; i++)
		text[i] = i % 2 ? ' ' : 'a';
	struct vocabulary *v = vocabulary_new(WORDS_ASCII);
	struct words w = WORDS_INIT;
	assert_int_equal(words_of(&w, v, text, len), WORDS_MAX);
	assert_int_equal(words_of(&w, v, text, len + 2), SOW_TOOBIG);
	assert_int_equal(w.count, 0);
	assert_true(words_find(&w, v, text, len));
	assert_int_equal(w.count, WORDS_MAX);
	assert_false(words_find(&w, v, text, len + 2));
	assert_int_equal(words_of(&w, v, "still good", 10), 2);
	words_release(&w);
	vocabulary_free(v);
	mem_free(text);
}

static int stop_at_b(void *data, struct view word)
{
	++*(int *)data;
	return view_eqstr(word, "b") ? 42 : 0;
}

static void test_each_stops(void **state)
{
	(void)state;
	static const char *const texts[] = { "a b c\nd", "a é b c\nd", "漢b c" };
	for (size_t i = 0; i < 3; i++) {
		int calls = 0;
		const char *text = texts[i];
		int status = words_each(WORDS_UNICODE, text, strlen(text), stop_at_b, &calls);
		assert_int_equal(status, 42);
		assert_int_equal(calls, i == 1 ? 3 : 2);
	}
	int calls = 0;
	assert_int_equal(words_each(WORDS_ASCII, "a b c", 5, stop_at_b, &calls), 42);
	assert_int_equal(calls, 2);
}

static void test_count_spaced(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t count;
	} rows[] = {
		{ "", 0 }, { "  \n", 0 }, { "one", 1 }, { " two  words\t", 2 },
		{ "don't split-this, it's 4", 4 }, { "a\xC2\xA0" "b\xE3\x80\x80" "c", 3 },
		{ "a\x1C" "b\x1F" "c\x1B" "d", 3 }, { "漢字 かな", 2 }, { "a\xE2\x80\x8B" "b", 1 },
		{ "a\xFF b\xC2", 2 }, { "\xFF", 1 }, { "a\xC2\x85" "b\xE2\x80\xA9" "c", 3 },
		{ "\xE1\x9A\x80" "a\xE2\x80\xAF" "b\xE2\x81\x9F" "c\xE2\x80\x8A" "d", 4 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(words_count_spaced(rows[i].text, strlen(rows[i].text)),
				 rows[i].count);
	assert_int_equal(words_count_spaced("a\0b", 3), 1);
}

/* A vocabulary is as large as the input: it fails when out of memory, and does not change. */
static void test_vocabulary_out_of_memory(void **state)
{
	(void)state;
	struct vocabulary *v = vocabulary_new(WORDS_ASCII);
	long failures = 0;
	for (uint32_t i = 0; i < 1000; i++) {
		char word[8];
		int len = snprintf(word, sizeof(word), "w%u", i);
		uint32_t number;
		for (long n = 1;; n++) {
			mem_fail_after(n);
			int status = vocabulary_number(v, view_from(word, (size_t)len), &number);
			mem_fail_after(0);
			if (!status)
				break;
			assert_int_equal(status, SOW_NOMEM);
			failures++;
		}
		assert_int_equal(number, i);
	}
	assert_true(failures > 10);
	vocabulary_free(v);
}

static void words_of_scripts_without_spaces(void **state)
{
	(void)state;
	static const struct { const char *text; size_t count; } cases[] = {
		{ "", 0 }, { "  ", 0 }, { "one two  three", 3 }, { "well-known - yes!", 3 },
		{ "\xE6\x97\xA5\xE6\x9C\xAC", 2 },               /* two Han letters */
		{ "\xE6\x97\xA5\xE6\x9C\xAC\xE3\x80\x82", 2 },   /* and a full stop */
		{ "\xE6\x97\xA5 ok\xE6\x9C\xAC" "2x", 4 },
		{ "\xE0\xB8\x99\xE0\xB9\x89\xE0\xB8\xB3", 2 },   /* Thai: nam, with a tone mark */
		{ "\xC3\x9C" "ber \xC3\xA4", 2 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(words_count(cases[i].text, strlen(cases[i].text)), cases[i].count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_scripts_without_spaces),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_ascii_every_character),
		cmocka_unit_test(test_ascii_is_general_exhaustive),
		cmocka_unit_test(test_ascii_is_general_random),
		cmocka_unit_test(test_short_way_on_real_text),
		cmocka_unit_test(test_piece_by_piece),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_each_stops),
		cmocka_unit_test(test_count_spaced),
		cmocka_unit_test(test_vocabulary_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
