/* postings.h - for each word, the sequences in which it is rare enough to be looked up by.
 *
 *     struct postings *p = postings_new();
 *     postings_add(p, word, sketch, false, number);
 *     for (struct run r = postings_first(p, word, c); r.count; r = postings_next(p, &r))
 *             ... r.sketches[0 .. r.count-1], r.numbers[0 .. r.count-1] ...
 *     postings_free(p);
 *
 * A posting is a sequence's number and its sketch. Those of a word lie in runs, each
 * longer than the one before, and so are read at the speed of memory. The postings of a word
 * that has many are kept apart by the sequences' lengths, in LENGTH_CLASSES classes, and in
 * each class the late ones, which the caller can tell for shorter queries only, from the
 * others; so that a query passes over those that are ruled out (see prefix_bounds.h).
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

/* SOW_OK or SOW_NOMEM, and then nothing was added. */
int postings_add(struct postings *p, uint32_t word, uint64_t sketch, bool late, uint32_t number);

/* Copies all into as little memory as can be. SOW_OK, or SOW_NOMEM and all is as it was. */
int postings_compact(struct postings *p);
/* The same of several, all into the first. The others stay as they are. */
int postings_join(struct postings *const *list, size_t count);

struct run {
	const uint64_t *sketches;
	const uint32_t *numbers;
	uint32_t count;                       /* 0: there are no more */
	uint32_t next;
};

/* True if the word's postings are kept apart; else any class gives them all. Of those that
 * came before they were kept apart none counts as late. */
bool postings_split(const struct postings *p, uint32_t word);
struct run postings_first(const struct postings *p, uint32_t word, size_t c);
struct run postings_next(const struct postings *p, const struct run *r);
/* Tells memory that the word's entry, and then that the first run of the class, is wanted soon. */
void postings_prefetch(const struct postings *p, uint32_t word);
void postings_prefetch_run(const struct postings *p, uint32_t word, size_t c);

#endif
