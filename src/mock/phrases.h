/* phrases.h - the mock's vocabulary for its invented tasks and answers.
 *
 * Lists of phrases, one to a row, each named after the slot it fills in a shape of
 * invent.c, or in another phrase. Nouns come in the plural or without an article, so that
 * any adjective fits before them. No phrase holds a word for which a rule rejects an instruction.
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
	bool nested;             /* its phrases have slots */
};

extern const struct phrases phrases_of[];
extern const size_t phrases_count;

/* The labels of a set, each separately. */
struct label_set {
	const char *labels[5];   /* NULL after the last */
};
extern const struct label_set label_sets[];
extern const size_t label_set_count;

#endif
