/* money.h - whole nano-dollars, so that sums are exact.
 *
 *     int64_t price;                          // for a million tokens
 *     money_parse(view_of("0.15"), &price);
 *     int64_t cost = money_of_tokens(1200, price);
 */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

#define MONEY_DOLLAR INT64_C(1000000000)

/* "5", "0.15", "12.5": at most nine digits before the point and nine after it. SOW_OK or
 * SOW_INVALID. */
int money_parse(struct view text, int64_t *nano);

/* "5.00": at least `decimals` digits after the point, more if they are not zero. Returns
 * out->status. */
int money_print(struct buf *out, int64_t nano, int decimals);

/* The cost of `tokens` at a price per million, rounded up; 0 if the price is negative (none).
 * At most INT64_MAX. */
int64_t money_of_tokens(int64_t tokens, int64_t price);

#endif
