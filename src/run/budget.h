/* budget.h - how much may still be spent.
 *
 *     struct budget b = { .limit = 5 * MONEY_DOLLAR };
 *     int64_t reserved = budget_estimate(&prices, request);
 *     if (budget_reserve(&b, reserved))          // true: it may be sent
 *             ... send, collect the reply ...
 *             budget_charge(&b, reserved, price_of(&prices, &reply->usage));
 *
 * An estimate is meant to exceed the real cost, so requests in flight do not pass the limit; all
 * amounts in nano-dollars.
 */
#ifndef RUN_BUDGET_H
#define RUN_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "data/request.h"

struct prices {
	int64_t in, cached, out; /* per million tokens; negative: none, cached: as `in` */
	int64_t room;            /* tokens that every completion may take at least */
	double discount;         /* on all that, for batches: 0 to 1 */
	bool may_be_whole;       /* some requests may lose the discount: reserve without it */
};

struct budget {
	int64_t limit;           /* negative: none */
	int64_t spent, reserved;
};

bool prices_known(const struct prices *p);

int64_t price_of(const struct prices *p, const struct usage *u);

/* One token per three bytes of the prompt, and as many completion tokens as the request allows,
 * BUDGET_UNBOUNDED where it sets no bound. */
#define BUDGET_UNBOUNDED 4096
int64_t budget_estimate(const struct prices *p, const struct request *r);

/* False if the limit would be passed. */
bool budget_reserve(struct budget *b, int64_t amount);
/* Replaces a reservation by the real cost. */
void budget_charge(struct budget *b, int64_t reserved, int64_t cost);

#endif
