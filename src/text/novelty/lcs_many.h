/* lcs_many.h - the longest common subsequence of one sequence with every one of many.
 *
 *     struct lcs_many m = LCS_MANY_INIT;
 *     lcs_many_add(&m, ids, count);                    // numbered from 0
 *     struct lcs_sweep s;
 *     lcs_sweep_start(&s, &m, query, query_count);
 *     uint8_t lengths[LCS_SWEEP];
 *     size_t got;
 *     while ((got = lcs_sweep_next(&s, kernel, lengths)))
 *             ... of the next `got` sequences ...
 *     lcs_sweep_end(&s);
 *     lcs_many_release(&m);
 *
 * The bit-parallel step of lcs.h with the roles changed: each held sequence has a word of
 * 64 bits, one for each of its places, and each word of the query moves only those that
 * hold it, found through an inverted list. Random sentences share two or three words, so
 * that is two or three steps a sequence instead of one a word.
 *
 * Threads: any number of readers, or one writer; a sweep belongs to one. Memory: 4 bytes
 * a word, half as much again at worst, and 16 a word of the vocabulary.
 */
#ifndef TEXT_NOVELTY_LCS_MANY_H
#define TEXT_NOVELTY_LCS_MANY_H

#include <stddef.h>
#include <stdint.h>

#include "text/kernel.h"

#define LCS_SWEEP 4096                        /* sequences at a time */
#define LCS_MANY_LONGEST 64                   /* words; longer ones have no bits here */
#define LCS_MANY_MOST (1u << 26)              /* sequences */

struct lcs_list;

struct lcs_many {
	struct lcs_list *lists;               /* by word */
	size_t list_count;
	size_t count;
};

#define LCS_MANY_INIT { .lists = 0 }

/* SOW_OK, SOW_NOMEM or SOW_TOOBIG; a failure adds nothing. A sequence longer than
 * LCS_MANY_LONGEST gets a number, and has length 0 with every query. */
int lcs_many_add(struct lcs_many *m, const uint32_t *ids, size_t n);
/* Removes the last addition, whose words these are. */
void lcs_many_drop_last(struct lcs_many *m, const uint32_t *ids, size_t n);
void lcs_many_release(struct lcs_many *m);

struct lcs_sweep {
	const struct lcs_many *many;
	size_t at;
	struct lcs_cursor *cursors;
	size_t cursor_count;
	uint64_t state[LCS_SWEEP];
};

/* SOW_OK or SOW_NOMEM, and then lcs_sweep_end has nothing to free. `ids` is not kept. */
int lcs_sweep_start(struct lcs_sweep *s, const struct lcs_many *m, const uint32_t *ids, size_t n);
/* The number of sequences it compared, at most LCS_SWEEP; 0 after the last. */
size_t lcs_sweep_next(struct lcs_sweep *s, const struct kernel *k, uint8_t *lengths);
void lcs_sweep_end(struct lcs_sweep *s);

#endif
