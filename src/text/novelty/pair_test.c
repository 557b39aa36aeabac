#include "text/novelty/pair_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/corpus_test.h"

#define ID_OF(i) ((int64_t)(i) * 10 - 500) /* ids are the caller's: any number */

void make_words(struct words *w, size_t count)
{
	w->ids = mem_alloc(count * sizeof(*w->ids));
	assert_non_null(w->ids);
	w->count = w->room = count;
}

void pair_init(struct pair *p, double threshold)
{
	*p = (struct pair){ .scan = SCAN_INIT, .threshold = threshold };
	p->above = novelty_new(threshold, NOVELTY_ABOVE);
	p->all = novelty_new(threshold, NOVELTY_ALL);
	assert_true(p->above && p->all);
}

void pair_add(struct pair *p, const struct words *w)
{
	int64_t id = ID_OF(p->scan.count);
	scan_add(&p->scan, w, id);
	assert_int_equal(novelty_add(p->above, w, id), SOW_OK);
	assert_int_equal(novelty_add(p->all, w, id), SOW_OK);
	assert_int_equal(novelty_count(p->above), p->scan.count);
}

void pair_begin_bulk(struct pair *p)
{
	novelty_begin_bulk(p->above);
	novelty_begin_bulk(p->all);
}

void pair_end_bulk(struct pair *p)
{
	assert_int_equal(novelty_end_bulk(p->above, NULL), SOW_OK);
	assert_int_equal(novelty_end_bulk(p->all, NULL), SOW_OK);
}

void pair_release(struct pair *p)
{
	novelty_free(p->above);
	novelty_free(p->all);
	scan_release(&p->scan);
}

void expect_same(const struct neighbour *got, size_t count, const struct neighbour *want,
		 size_t want_count)
{
	assert_int_equal(count, want_count);
	for (size_t i = 0; i < count; i++) {
		assert_true(got[i].found);
		assert_true(got[i].score == want[i].score);
		assert_true(got[i].id == want[i].id);
	}
}

bool expect_all(struct pair *p, const struct words *w, size_t k)
{
	struct neighbour want[FEW], got[FEW], near;
	double mean, got_mean;
	size_t count;
	size_t wanted = scan_above(&p->scan, p->threshold, w, k, want, &mean);
	assert_int_equal(novelty_above(p->above, w, k, got, &count), SOW_OK);
	expect_same(got, count, want, wanted);
	wanted = scan_above(&p->scan, p->threshold, w, 1, want, &mean);
	assert_int_equal(novelty_nearest(p->above, w, &near), SOW_OK);
	assert_int_equal(near.found, wanted);
	expect_same(&near, near.found, want, wanted);
	bool found = near.found;
	struct novelty *kinds[] = { p->above, p->all };
	for (size_t i = 0; i < 2; i++) {
		wanted = scan_above(&p->scan, -1, w, k, want, &mean);
		assert_int_equal(novelty_nearest_few(kinds[i], w, k, got, &count, &got_mean),
				 SOW_OK);
		expect_same(got, count, want, wanted);
		assert_true(mean == got_mean);
	}
	return found;
}

static size_t length_of(enum family family)
{
	if (family == EXTREME) {
		static const size_t lengths[] = { 0, 1, 2, 31, 32, 33, 62, 63, 64, 65, 128, 2000 };
		return lengths[corpus_random(12)];
	}
	return corpus_random(corpus_random(5) ? 25 : 150);
}

void random_words(struct words *w, enum family family)
{
	make_words(w, family == PERMUTED ? 12 : length_of(family));
	for (size_t i = 0; i < w->count; i++) {
		size_t word = 0;
		if (family == PERMUTED)
			word = i;
		else if (family == ONE_COMMON && corpus_random(2))
			word = 1;
		else if (family != SAME_WORDS)
			word = 2 + corpus_random(1 + corpus_random(400));
		w->ids[i] = (uint32_t)word;
	}
	for (size_t i = w->count; family == PERMUTED && i > 1; i--) {
		size_t other = corpus_random(i);
		uint32_t id = w->ids[i - 1];
		w->ids[i - 1] = w->ids[other];
		w->ids[other] = id;
	}
}

void nearby_words(struct words *w, const struct words *near)
{
	size_t changes = 2 + corpus_random(8), n = 0;
	make_words(w, near->count * 2 + 4);
	for (size_t i = 0; i < near->count; i++) {
		size_t change = corpus_random(changes * 3);
		if (change != 0)
			w->ids[n++] = change == 1 ? (uint32_t)corpus_random(400) : near->ids[i];
		if (change == 2)
			w->ids[n++] = (uint32_t)corpus_random(400);
	}
	w->count = n;
}

void next_words(struct pair *p, struct words *w, enum family family)
{
	if (p->scan.count && corpus_random(3))
		nearby_words(w, &p->scan.w[corpus_random(p->scan.count)]);
	else
		random_words(w, family);
}
