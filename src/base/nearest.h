/* nearest.h - "did you mean …?" */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The one of `count` names that takes the fewest edits (insert, delete, replace, swap of
 * neighbours) to become `word`; NULL if that is more than a third of it, and at least 2.
 * `name` gives the ith. */
const char *nearest_name(const char *word, const char *(*name)(const void *data, size_t i),
			 const void *data, size_t count);

#endif
