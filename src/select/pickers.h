/* pickers.h - what the pickers of pick.h have in common, each in a file of its own. */
#ifndef SELECT_PICKERS_H
#define SELECT_PICKERS_H

#include "select/pick.h"

/* Records with the highest score first, of equals the first. */
struct ranked {
	double score;
	size_t at;
};
int ranked_compare(const void *a, const void *b); /* for qsort */

/* For count + 1 of them. */
void *pick_array(size_t count, size_t size);
/* All records, by their score (0 where there is none). */
struct ranked *pick_rank(const struct pick *p);

static inline void pick_take(struct chosen *c, size_t i)
{
	c->list[c->count++] = i;
}

/* SOW_OK or SOW_NOMEM, and where there is an *err another failure with it set. p->wanted is at least 1 and
 * no more than p->count; out->near says PICK_NONE of each. */
int pick_kcenter(const struct pick *p, struct workers *crew, struct chosen *out);
int pick_facility(const struct pick *p, struct workers *crew, struct chosen *out);
int pick_greedi(const struct pick *p, struct workers *crew, struct chosen *out, struct sow_error *err);
int pick_deita(const struct pick *p, struct workers *crew, struct chosen *out);
void pick_instag(const struct pick *p, struct chosen *out);
int pick_dpp(const struct pick *p, struct workers *crew, struct chosen *out, struct sow_error *err);
int pick_cluster(const struct pick *p, struct workers *crew, struct chosen *out, struct sow_error *err);
void pick_rds(const struct pick *p, struct workers *crew, struct chosen *out);

#endif
