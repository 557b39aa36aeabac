#include "clean/dedup.h"

#include <string.h>

#include "base/error.h"
#include "clean/exact.h"
#include "clean/near.h"

int dedup_run(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
	      struct sow_error *err)
{
	if (o->keep != DEDUP_FIRST && strcmp(o->clean.in, "-") == 0)
		return error_set(err, SOW_USAGE,
				 "standard input can be read once only: to keep the longest or "
				 "best, give a file");
	return o->method == DEDUP_EXACT ? exact_run(o, crew, counts, err)
					: near_run(o, crew, counts, err);
}
