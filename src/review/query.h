/* query.h - which records to show, and in which order.
 *
 *     struct query q;
 *     status = query_read(&q, index, json_root(request), &err);
 *     status = query_run(orders, &q, from, 50, &result, &err);
 *
 * A query walks over an order (of the file, worst score first, …) and gives the records that pass its
 * filters. `from` and result.next are places in the order, so continuing a list costs nothing, whatever
 * was decided meanwhile.
 *
 * Filters on the facts of the index count over all records: some 10 ms a million. A search reads the
 * texts; it stops when it has enough or after QUERY_TIME, and reports how far it came.
 */
#ifndef REVIEW_QUERY_H
#define REVIEW_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/json.h"
#include "review/index.h"
#include "verdicts/verdicts.h"

#define QUERY_TIME (150 * 1000 * 1000) /* ns */
#define QUERY_MOST 200               /* records at a time */

enum query_verdict {
	QUERY_ALL,
	QUERY_MINE_OPEN,             /* without a verdict of the requesting person */
	QUERY_OPEN,                  /* without any verdict */
	QUERY_KEPT, QUERY_DROPPED, QUERY_DISPUTED, QUERY_EDITED, QUERY_NOTED
};

enum query_order { ORDER_FILE, ORDER_WORST, ORDER_BEST, ORDER_RANDOM, ORDER_RAREST };

#define NAME_ANY (-1)

struct query {
	struct view by;
	enum query_verdict verdict;
	int32_t name[NAMES_KINDS];   /* NAME_ANY, or its number */
	int32_t step, round;         /* NAME_ANY: all */
	size_t score;                /* to which `low` and `high` apply; INDEX_SCORES: none */
	double low, high;            /* NAN: no bound */
	struct view search;          /* empty: no search */
	enum query_order order;
	size_t order_score;          /* of worst and best */
	uint64_t seed;
	size_t sample;               /* only so many, drawn by the seed; 0: all */
};

/* Reads each from a member; *ix has the known names. Texts live as long as the request.
 * SOW_OK, or SOW_USAGE. */
int query_read(struct query *q, struct index *ix, const json_value *v, struct sow_error *err);

struct query_result {
	uint32_t found[QUERY_MOST];
	uint32_t place[QUERY_MOST];  /* in the order */
	size_t count;
	size_t next;                 /* where to continue; `of` at the end */
	size_t of;                   /* places in the order */
	size_t matches;              /* in total, without a search */
};

struct orders;

struct orders *orders_new(struct index *ix, struct verdicts *v);
void orders_free(struct orders *o);           /* NULL is fine */
/* `most` at most QUERY_MOST. Takes the index's lock. SOW_OK, SOW_IO. */
int query_run(struct orders *o, const struct query *q, size_t from, size_t most,
	      struct query_result *out, struct sow_error *err);

#endif
