/* overlap.h - long runs that a sequence has in common with any of many.
 *
 *     struct overlap *o = overlap_new(13);
 *     overlap_add(o, symbols, count);                  // numbered from 0
 *     overlap_find(o, others, n, each, data);          // every run of 13 or more
 *     overlap_free(o);
 *
 * Symbols are numbers: words, or characters. A table has every s-th block of b symbols of the
 * held sequences, with s + b - 1 = the least length of a run, so that each run holds one of
 * those blocks. A block that is found is checked, and followed to both ends. So the search is
 * exact: it misses no run, and finds no false one.
 *
 * Threads: any number of readers, or one writer. Memory: 4 bytes a symbol and at most 24 a
 * block, of which there are 2 in the least length of a run.
 */
#ifndef TEXT_OVERLAP_H
#define TEXT_OVERLAP_H

#include <stddef.h>
#include <stdint.h>

struct overlap;

struct overlap *overlap_new(size_t least);    /* at least 2 */
void overlap_free(struct overlap *o);         /* NULL is fine */
size_t overlap_least(const struct overlap *o);

/* SOW_OK or SOW_TOOBIG past 2^31 symbols or sequences; a failure adds nothing. */
int overlap_add(struct overlap *o, const uint32_t *symbols, size_t count);

struct overlap_run {
	size_t sequence;     /* its number */
	size_t start;        /* in that sequence */
	size_t at;           /* in the sequence that is searched */
	size_t length;       /* as long as it can be */
};

/* Calls `each` for every run, once for each block in it, so maybe several times; stops at
 * and returns the first non-zero. Symbols that no held sequence has may have any number. */
int overlap_find(const struct overlap *o, const uint32_t *symbols, size_t count,
		 int (*each)(void *data, const struct overlap_run *run), void *data);

#endif
