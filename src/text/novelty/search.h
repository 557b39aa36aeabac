/* search.h - a running query of a novelty index. Private to this folder.
 *
 * Postings give the numbers of sequences whose sketches are near enough. Those wait, a few at
 * a time, while memory fetches them; then lengths, wide sketches and finally the longest
 * common subsequence judge them. The bar rises to the kth best score found so far.
 *
 * Threads: a search belongs to one thread. It is about 20 KB and must not be moved.
 */
#ifndef TEXT_NOVELTY_SEARCH_H
#define TEXT_NOVELTY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/kernel.h"
#include "text/lcs.h"
#include "text/novelty/sequences.h"
#include "text/words.h"

#define SEARCH_WAITING 64
#define SEARCH_SEEN 256
#define SEARCH_SHORT 256 /* words for which no heap is needed */

struct hit {
	double score;
	uint32_t number;
};

struct search {
	const struct sequences *held;
	const struct kernel *kernel;
	const struct words *words;
	const struct sieve *sieve;
	uint64_t sketch;
	double bar;
	struct hit *best;            /* best first; of equals the lower number */
	size_t best_count, best_most;
	int status;                  /* the first failure sticks */
	uint32_t compared;           /* longest common subsequences so far */

	bool ready;                  /* lcs and wide hold the query */
	struct lcs lcs;
	uint64_t *wide, *other_wide; /* sketches of the query and of the sequence it is compared with */
	size_t wide_size;            /* of each; 0: the narrow ones suffice */
	uint32_t *other, other_short[SEARCH_SHORT];
	size_t other_room;

	uint32_t waiting[SEARCH_WAITING];
	size_t waiting_count;
	uint32_t seen[SEARCH_SEEN];  /* some sequences that have waited, by number */
	uint32_t hits[1024];
};

/* Keeps pointers to all arguments. best[] has room for best_most. */
void search_start(struct search *s, const struct sequences *held, const struct kernel *kernel,
		  const struct words *words, const struct sieve *sieve, double bar,
		  struct hit *best, size_t best_most);

/* Checks `count` sequences by their sketches. */
void search_among(struct search *s, const uint64_t *sketches, const uint32_t *numbers,
		  size_t count);

/* Judges the sequences that still wait. SOW_OK or SOW_NOMEM; frees the search's memory. */
int search_end(struct search *s);

#endif
