/* exact.h - dedup by what is the same: see dedup.h. */
#ifndef CLEAN_EXACT_H
#define CLEAN_EXACT_H

#include "clean/dedup.h"

int exact_run(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
	      struct sow_error *err);

#endif
