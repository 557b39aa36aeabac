/* both_orders.h - two answers and a judge's verdicts on them, one with each answer shown first, stored in a
 * unit's context.
 *
 *     status = orders_recall(unit->context, arena, &j);
 *     j.said[orders_missing(&j, 0)] = value;
 *     unit->context = orders_keep(&j, arena);
 *
 * Once both verdicts are in, orders_note makes the context that the figures count.
 */
#ifndef METHOD_BOTH_ORDERS_H
#define METHOD_BOTH_ORDERS_H

#include "io/json.h"
#include "method/method.h"

#define ORDERS 2

enum verdict { FIRST, SECOND, TIE, VERDICTS };

struct both_orders {
	struct view answers[ORDERS];
	bool is_pair;                /* preference data: its answers are called chosen and rejected */
	const json_value *said[ORDERS]; /* the judge's verdict in each order; NULL: none yet */
	struct view replies[ORDERS], whys[ORDERS]; /* of replies that did not fit */
};

/* SOW_OK, or SOW_NOMEM: the context is damaged. */
int orders_recall(struct view kept, struct arena *a, struct both_orders *j);
struct view orders_keep(const struct both_orders *j, struct arena *a);

size_t orders_count_missing(const struct both_orders *j);
/* The order of the nth missing verdict. */
int orders_missing(const struct both_orders *j, size_t n);
/* Which answer won when answer `order` was shown first, as A. */
enum verdict orders_verdict(const struct both_orders *j, int order);

/* The data for the figures: the verdicts (none for two equal answers) and the lengths of the answers. */
struct view orders_note(const struct both_orders *j, struct arena *a);
extern const struct tally orders_tallies[];
int orders_tally(const struct unit *u, struct arena *scratch, int64_t counts[TALLIES_MAX]);

#endif
