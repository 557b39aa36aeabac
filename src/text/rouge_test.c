#include "text/rouge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "text/corpus_test.h"
#include "text/lcs.h"

#define LONGEST 700

static void random_ids(uint32_t *ids, size_t n, size_t alphabet)
{
	for (size_t i = 0; i < n; i++)
		ids[i] = (uint32_t)corpus_random(alphabet);
}

static void expect_plain(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	int plain = lcs_plain(a, na, b, nb);
	if (lcs_length(a, na, b, nb) != plain || lcs_length(b, nb, a, na) != plain)
		fail_msg("lengths %zu and %zu: not %d", na, nb, plain);
}

/* The recursion, for what is small enough. */
static int lcs_by_definition(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	if (!na || !nb)
		return 0;
	if (a[0] == b[0])
		return 1 + lcs_by_definition(a + 1, na - 1, b + 1, nb - 1);
	int skip_a = lcs_by_definition(a + 1, na - 1, b, nb);
	int skip_b = lcs_by_definition(a, na, b + 1, nb - 1);
	return skip_a > skip_b ? skip_a : skip_b;
}

static void test_plain(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint32_t a[8], b[8];
		size_t na = corpus_random(9), nb = corpus_random(9);
		random_ids(a, na, 1 + corpus_random(4));
		random_ids(b, nb, 1 + corpus_random(4));
		int expected = lcs_by_definition(a, na, b, nb);
		assert_int_equal(lcs_plain(a, na, b, nb), expected);
		assert_int_equal(lcs_length(a, na, b, nb), expected);
	}
}

static void test_random_pairs(void **state)
{
	(void)state;
	for (int round = 0; round < 100000; round++) {
		uint32_t a[80], b[80];
		size_t na = corpus_random(round % 4 ? 24 : 80);
		size_t nb = corpus_random(round % 4 ? 24 : 80);
		size_t alphabet = 1 + corpus_random(round % 2 ? 8 : 60);
		random_ids(a, na, alphabet);
		random_ids(b, nb, alphabet);
		expect_plain(a, na, b, nb);
	}
}

static void test_around_word_size(void **state)
{
	(void)state;
	static const size_t lengths[] = { 1, 16, 62, 63, 64, 65, 66, 126, 127, 128, 129, 130,
					  150, 191, 192, 193, 255, 256, 257, LONGEST };
	static const size_t alphabets[] = { 1, 2, 7, 60, 2000 };
	const size_t count = sizeof(lengths) / sizeof(lengths[0]);
	static uint32_t a[LONGEST], b[LONGEST];
	for (size_t i = 0; i < count * count * 5; i++) {
		size_t na = lengths[i / 5 / count], nb = lengths[i / 5 % count];
		for (int round = 0; round < 3; round++) {
			random_ids(a, na, alphabets[i % 5]);
			random_ids(b, nb, alphabets[i % 5]);
			expect_plain(a, na, b, nb);
			/* And nearly equal ones, whose carries run far. */
			memcpy(b, a, (na < nb ? na : nb) * sizeof(*a));
			b[corpus_random(nb)] = 0;
			expect_plain(a, na, b, nb);
		}
	}
}

/* Any 32 bits are an id, and ids may all want the same slot. */
static void test_any_ids(void **state)
{
	(void)state;
	static const uint32_t edges[] = { 0, 1, 0x7FFFFFFF, 0x80000000, UINT32_MAX };
	static uint32_t pool[128], a[200], b[200];
	size_t count = 0;
	for (uint32_t id = 0; count < 128; id++)
		if (id * UINT32_C(0x9E3779B1) >> 24 == 0xFF)
			pool[count++] = id;
	for (int round = 0; round < 2000; round++) {
		size_t na = corpus_random(200), nb = corpus_random(200);
		for (size_t i = 0; i < na + nb; i++) {
			bool odd = round % 2;
			uint32_t id = odd ? pool[corpus_random(128)] : edges[corpus_random(5)];
			*(i < na ? &a[i] : &b[i - na]) = id;
		}
		expect_plain(a, na, b, nb);
	}
}

static void compare_texts(const struct corpus *c, enum words_kind kind, size_t pairs)
{
	struct vocabulary *v = vocabulary_new(kind);
	struct words *w = mem_zalloc(c->count * sizeof(*w));
	assert_non_null(w);
	for (size_t i = 0; i < c->count; i++)
		assert_true(words_of(&w[i], v, c->texts[i].p, c->texts[i].len) >= 0);
	for (size_t n = 0; n < pairs; n++) {
		struct words *a = &w[corpus_random(c->count)], *b = &w[corpus_random(c->count)];
		expect_plain(a->ids, a->count, b->ids, b->count);
	}
	for (size_t i = 0; i < c->count; i++) {
		size_t count = w[i].count;
		assert_int_equal(lcs_length(w[i].ids, count, w[i].ids, count), count);
		words_release(&w[i]);
	}
	mem_free(w);
	vocabulary_free(v);
}

static void test_real_pairs(void **state)
{
	(void)state;
	struct corpus c = CORPUS_INIT;
	corpus_seeds(&c);
	compare_texts(&c, WORDS_ASCII, 50000);
	corpus_shared(&c);
	compare_texts(&c, WORDS_UNICODE, 100000);
	corpus_release(&c);
}

static void test_f_edges(void **state)
{
	(void)state;
	assert_true(rouge_f(0, 0, 0) == 0);
	assert_true(rouge_f(0, 0, 5) == 0);
	assert_true(rouge_f(0, 5, 0) == 0);
	assert_true(rouge_f(0, 5, 5) == 0);
	for (size_t n = 1; n < 2000; n++)
		assert_true(rouge_f(n, n, n) == 1);
}

/* Exactly 7/10 in all length pairs that reach it: 272 of the 531 fall above 0.7. */
static void test_f_as_rouge_score(void **state)
{
	(void)state;
	struct corpus c = CORPUS_INIT;
	assert_true(corpus_lines(&c, "tests/fixtures/rouge_f.tsv"));
	size_t above = 0;
	for (size_t i = 0; i < c.count; i++) {
		size_t lcs, a, b;
		double f;
		assert_int_equal(sscanf(c.texts[i].p, "%zu %zu %zu %lf", &lcs, &a, &b, &f), 4);
		assert_int_equal(lcs * 20, (a + b) * 7);
		assert_true(rouge_f(lcs, a, b) == f);
		assert_true(rouge_f(lcs, b, a) == f);
		above += f > 0.7;
	}
	assert_int_equal(c.count, 531);
	assert_int_equal(above, 272);
	corpus_release(&c);
}

/* The field up to the next tab, its escapes undone, off the front of *rest. */
static void field(struct view *rest, struct buf *out)
{
	buf_clear(out);
	size_t at = 0;
	for (; at < rest->len && rest->p[at] != '\t'; at++) {
		static const char names[] = "tnr0\\", values[] = "\t\n\r\0\\";
		char ch = rest->p[at];
		if (ch == '\\')
			ch = values[strchr(names, rest->p[++at]) - names];
		buf_addch(out, ch);
	}
	*rest = view_sub(*rest, at + 1, rest->len);
	assert_false(buf_failed(out));
}

static int add_word(void *data, struct view word)
{
	struct buf *b = data;
	if (b->len)
		buf_addch(b, ' ');
	return buf_add(b, word.p, word.len);
}

static void test_texts_as_rouge_score(void **state)
{
	(void)state;
	struct corpus c = CORPUS_INIT;
	assert_true(corpus_lines(&c, "tests/fixtures/rouge.tsv"));
	assert_true(c.count > 300);
	struct buf a = BUF_INIT, b = BUF_INIT, tokens = BUF_INIT, ours = BUF_INIT;
	for (size_t i = 0; i < c.count; i++) {
		struct view row = c.texts[i];
		field(&row, &a);
		field(&row, &b);
		field(&row, &tokens);
		buf_clear(&ours);
		assert_int_equal(words_each(WORDS_ASCII, a.data, a.len, add_word, &ours), SOW_OK);
		assert_string_equal(ours.data, tokens.data);
		double f = rouge_l(WORDS_ASCII, view_from(a.data, a.len), view_from(b.data, b.len));
		if (f != strtod(row.p, NULL))
			fail_msg("line %zu: %.17g, not %s", i + 1, f, row.p);
	}
	buf_release(&a);
	buf_release(&b);
	buf_release(&tokens);
	buf_release(&ours);
	corpus_release(&c);
}

static void test_rouge_l_unicode(void **state)
{
	(void)state;
	struct view a = view_of("请把句子翻译成英文"), b = view_of("把句子译成英文");
	assert_true(rouge_l(WORDS_ASCII, a, a) == 0);
	assert_true(rouge_l(WORDS_UNICODE, a, a) == 1);
	assert_true(rouge_l(WORDS_UNICODE, a, b) == rouge_f(7, 9, 7));
	assert_true(rouge_l(WORDS_UNICODE, view_of("Größe!"), view_of("GRÖSSE")) == 1);
	assert_true(rouge_l(WORDS_UNICODE, view_of(""), view_of("")) == 0);
}

static void test_too_many_words(void **state)
{
	(void)state;
	size_t len = 2 * (size_t)WORDS_MAX + 2;
	char *text = mem_alloc(len);
	assert_non_null(text);
	memset(text, ' ', len);
	for (size_t i = 0; i < len; i += 2)
		text[i] = 'a';
	assert_true(rouge_l(WORDS_ASCII, view_of("a"), view_from(text, len)) == SOW_TOOBIG);
	mem_free(text);
	uint32_t one = 1;
	struct lcs q;
	assert_int_equal(lcs_init(&q, &one, (size_t)1 << 31), SOW_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_random_pairs),
		cmocka_unit_test(test_around_word_size),
		cmocka_unit_test(test_any_ids),
		cmocka_unit_test(test_real_pairs),
		cmocka_unit_test(test_f_edges),
		cmocka_unit_test(test_f_as_rouge_score),
		cmocka_unit_test(test_texts_as_rouge_score),
		cmocka_unit_test(test_rouge_l_unicode),
		cmocka_unit_test(test_too_many_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
