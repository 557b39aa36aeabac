/* likeness.h - how a set's instructions compare with one another: how rare the words of each are,
 * and which others are nearest to one.
 *
 *     likeness_add(l, instruction);          // one after another, in the order of the records
 *     likeness_settle(l);                    // now the two below answer
 *     float bits = likeness_rarity(l, instruction);
 *     status = likeness_nearest(l, i, instruction, near, &count);
 *
 * Rarity is the mean over an instruction's words of how many bits it takes to say how many
 * instructions have that word: log2(instructions / those that have it). The nearest are by ROUGE-L,
 * exact, among all that were added (text/novelty.h).
 *
 * Memory: some 20 bytes a word. Threads: one.
 */
#ifndef REVIEW_LIKENESS_H
#define REVIEW_LIKENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "text/novelty.h"

#define LIKENESS_NEAR 3

struct likeness;

struct likeness *likeness_new(void);
void likeness_free(struct likeness *l);       /* NULL is fine */
size_t likeness_count(const struct likeness *l);
/* SOW_OK, SOW_NOMEM, or SOW_TOOBIG: that is as many as can be compared. */
int likeness_add(struct likeness *l, struct view instruction);
int likeness_settle(struct likeness *l);      /* SOW_OK or SOW_NOMEM */
bool likeness_settled(const struct likeness *l);

float likeness_rarity(struct likeness *l, struct view instruction);
/* The nearest of the others, best first: record `i` itself is left out. SOW_OK, SOW_NOMEM, or
 * SOW_TOOBIG for a text that is too long. */
int likeness_nearest(struct likeness *l, size_t i, struct view instruction,
		     struct neighbour near[LIKENESS_NEAR], size_t *count);

#endif
