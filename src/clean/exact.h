/* exact.h - dedup by what is the same: see dedup.h. */
#ifndef CLEAN_EXACT_H
#define CLEAN_EXACT_H

#include "clean/dedup.h"

int exact_run(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
	      struct sow_error *err);

#define EXACT_KEY 16 /* bytes of a hash that tell: no two different texts will ever share them */

/* The hash of what counts of a text. */
void exact_key(const struct dedup_options *o, struct view text, struct buf *scratch, struct hash *key);

#endif
