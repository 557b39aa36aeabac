/* budget.h - what may still be spent.
 *
 *     struct budget b = { .limit = 5 * MONEY_DOLLAR };
 *     int64_t reserved = budget_estimate(&prices, request);
 *     if (budget_reserve(&b, reserved))          // true: it may be asked
 *             ... asked, answered ...
 *             budget_charge(&b, reserved, price_of(&prices, &reply->usage));
 *
 * An estimate is made to be above what comes, so that the limit is not passed by what is under
 * way; all amounts in nano-dollars.
 */
#ifndef RUN_BUDGET_H
#define RUN_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "data/request.h"

struct prices {
	int64_t in, cached, out; /* for a million tokens; negative: none, cached: as `in` */
	int64_t room;            /* tokens that every completion is allowed at least */
	double discount;         /* of all that, for what is asked in batches: 0 to 1 */
	bool may_be_whole;       /* some of it may be asked without: so much is set aside */
};

struct budget {
	int64_t limit;           /* negative: none */
	int64_t spent, reserved;
};

bool prices_known(const struct prices *p);

int64_t price_of(const struct prices *p, const struct usage *u);

/* A token for each three bytes of the prompt, and all the tokens that are allowed to come,
 * BUDGET_UNBOUNDED where the request sets no bound. */
#define BUDGET_UNBOUNDED 4096
int64_t budget_estimate(const struct prices *p, const struct request *r);

/* False if the limit would be passed. */
bool budget_reserve(struct budget *b, int64_t amount);
/* What was reserved becomes what it cost. */
void budget_charge(struct budget *b, int64_t reserved, int64_t cost);

#endif
