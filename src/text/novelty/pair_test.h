/* pair_test.h - an index of each kind, the scan that checks them, and the queries of a test.
 *
 *     pair_init(&pair, 0.7);
 *     next_words(&pair, &words, RANDOM);
 *     if (!expect_all(&pair, &words, FEW))
 *             pair_add(&pair, &words);
 *     pair_release(&pair);
 */
#ifndef TEXT_NOVELTY_PAIR_TEST_H
#define TEXT_NOVELTY_PAIR_TEST_H

#include "text/novelty.h"
#include "text/novelty/scan_test.h"

#define FEW 12

/* An index of each kind and the scan, with the same contents. */
struct pair {
	struct novelty *above, *all;
	struct scan scan;
	double threshold;
};

/* Kinds of sequences that make an index err, if it errs. */
enum family { RANDOM, NEAR, SAME_WORDS, PERMUTED, ONE_COMMON, EXTREME, FAMILIES };

void pair_init(struct pair *p, double threshold);
void pair_add(struct pair *p, const struct words *w);
void pair_begin_bulk(struct pair *p);
void pair_end_bulk(struct pair *p);
void pair_release(struct pair *p);

void make_words(struct words *w, size_t count);
void random_words(struct words *w, enum family family);
/* A held one with some words replaced, left out and put in. */
void nearby_words(struct words *w, const struct words *near);
/* Near a held one, or not. */
void next_words(struct pair *p, struct words *w, enum family family);

void expect_same(const struct neighbour *got, size_t count, const struct neighbour *want,
		 size_t want_count);
/* Every kind of query, against the answers of the scan. True if one found something above the threshold. */
bool expect_all(struct pair *p, const struct words *w, size_t k);

#endif
