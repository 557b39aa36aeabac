/* phrases.h - the mock's vocabulary: what its made-up tasks and answers are built from.
 *
 * Lists of phrases, one to a row, each named after the slot it fills in a shape of
 * invent.c, or in another phrase. Nouns come in the plural or without an article, so that
 * any adjective fits before them. No phrase holds a word that a rule of ours drops an
 * instruction for.
 */
#ifndef MOCK_PHRASES_H
#define MOCK_PHRASES_H

#include <stdbool.h>
#include <stddef.h>

struct phrases {
	const char *slot;
	size_t slot_len;
	const char *const *list;
	size_t count;
	bool nested;             /* its phrases have slots of their own */
};

extern const struct phrases phrases_of[];
extern const size_t phrases_count;

/* What a label set is, and the labels apart. */
struct label_set {
	const char *labels[5];   /* NULL behind the last */
};
extern const struct label_set label_sets[];
extern const size_t label_set_count;

#endif
