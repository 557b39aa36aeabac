/* exact.h - exact dedup: see dedup.h. */
#ifndef CLEAN_EXACT_H
#define CLEAN_EXACT_H

#include "clean/dedup.h"

int exact_run(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
	      struct sow_error *err);

#define EXACT_KEY 16 /* bytes of a hash: no two different texts will ever share one */

/* The hash of the part of a text that is compared. */
void exact_key(const struct dedup_options *o, struct view text, struct buf *scratch, struct hash *key);

#endif
