#include "clean/dedup.h"

#include "base/error.h"
#include "clean/exact.h"
#include "clean/near.h"

int dedup_run(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
	      struct sow_error *err)
{
	struct clean_mark mark;
	struct sow_error why = { 0 };
	struct dedup_options own = *o;
	if (o->keep != DEDUP_FIRST) {
		int status = clean_mark(&o->clean, &mark, &why);
		if (status == SOW_USAGE)
			return error_set(err, SOW_USAGE,
					 "%s: to keep the longest or best, give a file or a run", why.text);
		if (status)
			return error_set(err, (enum sow_status)status, "%s", why.text);
		own.clean.mark = &mark;
	}
	return o->method == DEDUP_EXACT ? exact_run(&own, crew, counts, err)
					: near_run(&own, crew, counts, err);
}
