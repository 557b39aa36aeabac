/* near.h - dedup of near duplicates by MinHash: see dedup.h. */
#ifndef CLEAN_NEAR_H
#define CLEAN_NEAR_H

#include "clean/dedup.h"

int near_run(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
	     struct sow_error *err);

#endif
