/* embedding.h - vectors of texts by the built-in embedding model, for when the user gives none. */
#ifndef CLI_EMBEDDING_H
#define CLI_EMBEDDING_H

#include <stdbool.h>

#include "vector/source.h"

/* A vectors_maker; `data` is a bool, true if nothing is to be said. The model is fetched if it is not
 * there. SOW_OK, or *err set: SOW_INVALID where a text has no vector, and what a teacher fails with. */
int embedding_make(void *data, const struct view *texts, size_t count, struct vectors *out,
		   struct sow_error *err);

#endif
