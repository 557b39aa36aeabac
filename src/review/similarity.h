/* similarity.h - compares a set's instructions: how rare the words of each are, and which others are
 * nearest to it.
 *
 *     similarity_add(l, instruction);          // one after another, in the order of the records
 *     similarity_prepare(l);                    // now the two below answer
 *     float bits = similarity_rarity(l, instruction);
 *     status = similarity_nearest(l, i, instruction, near, &count);
 *
 * Rarity is the mean, over an instruction's words, of log2(instructions / instructions with that word),
 * in bits. The nearest are by ROUGE-L, exact, among all that were added (text/novelty.h).
 *
 * Memory: some 20 bytes a word. Threads: one.
 */
#ifndef REVIEW_SIMILARITY_H
#define REVIEW_SIMILARITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "text/novelty.h"

#define SIMILARITY_NEAREST 3

struct similarity;

struct similarity *similarity_new(void);
void similarity_free(struct similarity *l);       /* NULL is fine */
size_t similarity_count(const struct similarity *l);
/* SOW_OK, SOW_NOMEM, or SOW_TOOBIG: no more can be compared. */
int similarity_add(struct similarity *l, struct view instruction);
int similarity_prepare(struct similarity *l);      /* SOW_OK or SOW_NOMEM */
bool similarity_is_ready(const struct similarity *l);

float similarity_rarity(struct similarity *l, struct view instruction);
/* The nearest of the others, best first, without record `i` itself. SOW_OK, SOW_NOMEM, or
 * SOW_TOOBIG for a text that is too long. */
int similarity_nearest(struct similarity *l, size_t i, struct view instruction,
		       struct neighbour near[SIMILARITY_NEAREST], size_t *count);

#endif
