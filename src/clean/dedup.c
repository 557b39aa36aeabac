#include "clean/dedup.h"

#include "base/error.h"
#include "clean/exact.h"
#include "clean/exact_ranks.h"
#include "clean/near.h"
#include "clean/near_ranks.h"
#include "clean/semantic.h"

int dedup_run(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
	      struct sow_error *err)
{
	struct clean_fingerprint fingerprint;
	struct sow_error why = { 0 };
	struct dedup_options own = *o;
	if (o->keep != DEDUP_FIRST || o->method == DEDUP_SEMANTIC) {
		int status = clean_fingerprint_take(&o->clean, &fingerprint, &why);
		if (status == SOW_USAGE)
			return error_set(err, SOW_USAGE, o->method == DEDUP_SEMANTIC
					 ? "%s: semantic reads the input twice: give a file or a run"
					 : "%s: to keep the longest or best, give a file or a run", why.text);
		if (status)
			return error_set(err, (enum sow_status)status, "%s", why.text);
		own.clean.fingerprint = &fingerprint;
	}
	switch (o->method) {
	case DEDUP_EXACT: return exact_run(&own, crew, counts, err);
	case DEDUP_SEMANTIC: return semantic_dedup(&own, crew, counts, err);
	default: return near_run(&own, crew, counts, err);
	}
}

int dedup_spread(struct spread *s, const struct dedup_options *o, struct workers *crew,
		 struct clean_counts *counts, struct sow_error *err)
{
	switch (o->method) {
	case DEDUP_EXACT: return exact_ranks_run(s, o, crew, counts, err);
	case DEDUP_SEMANTIC: return semantic_dedup_ranks(s, o, crew, counts, err);
	default: return near_ranks_run(s, o, crew, counts, err);
	}
}
