/* postings.h - for each word, the sequences in which it is rare enough to be looked up by.
 *
 *     struct postings *p = postings_new();
 *     postings_add(p, word, sketch, false, number);
 *     for (struct run r = postings_first(p, word, c); r.count; r = postings_next(p, &r))
 *             ... r.sketches[0 .. r.count-1], r.numbers[0 .. r.count-1] ...
 *     postings_free(p);
 *
 * A posting is a sequence's number and its sketch. Those of a word lie in runs, each
 * longer than the one before, and so are read at the speed of memory. A word with many postings
 * keeps them in LENGTH_CLASSES classes by the sequences' lengths, and in each class the late
 * ones, which only shorter queries need, apart from the others; so a query skips those that
 * are ruled out (see prefix_bounds.h).
 *
 * Words are numbers from 0 without large gaps, as a vocabulary gives them: an array
 * is as long as the largest.
 *
 * Threads: any number of readers, or one writer.
 * Memory: 12 bytes a posting when compacted, and then a fifth more in runs that are not
 * full; 4 a word.
 */
#ifndef TEXT_NOVELTY_POSTINGS_H
#define TEXT_NOVELTY_POSTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LENGTH_CLASSES 16
#define POSTING_CLASSES (2 * LENGTH_CLASSES) /* 2·c, and 2·c + 1 for late ones */
/* The shortest length of each class; the last has no end. */
extern const uint8_t length_class_start[LENGTH_CLASSES];

struct postings;

struct postings *postings_new(void);          /* NULL when out of memory */
void postings_free(struct postings *p);       /* NULL is fine */

/* SOW_OK or SOW_NOMEM; a failure adds nothing. */
int postings_add(struct postings *p, uint32_t word, uint64_t sketch, bool late, uint32_t number);

/* Copies all postings into as little memory as possible. SOW_OK, or SOW_NOMEM and nothing has changed. */
int postings_compact(struct postings *p);
/* The same of several, all into the first. The others do not change. */
int postings_join(struct postings *const *list, size_t count);

struct run {
	const uint64_t *sketches;
	const uint32_t *numbers;
	uint32_t count;                       /* 0 after the last run */
	uint32_t next;
};

/* True if the word's postings are split into classes; else any class gives them all. Postings
 * from before the split never count as late. */
bool postings_split(const struct postings *p, uint32_t word);
struct run postings_first(const struct postings *p, uint32_t word, size_t c);
struct run postings_next(const struct postings *p, const struct run *r);
/* Prefetch the word's entry; and, once that is there, the first run of the class. */
void postings_prefetch(const struct postings *p, uint32_t word);
void postings_prefetch_run(const struct postings *p, uint32_t word, size_t c);

#endif
