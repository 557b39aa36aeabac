/* swap_preference.h - exchanges the better and the worse answer of preference data.
 *
 *     {"chosen": "a", "rejected": "b", "chosen_score": 5, "rejected_score": 1}
 *     {"chosen": "b", "rejected": "a", "chosen_score": 1, "rejected_score": 5}
 */
#ifndef DATA_SWAP_PREFERENCE_H
#define DATA_SWAP_PREFERENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "io/json.h"

/* Exchanges the values of each two fields whose names differ only in chosen and rejected, or in preferred and
 * non_preferred; in a list "instances" the first answers of these roles exchange them. JSON in `a`.
 * *has_answers: the exchanged fields include the answers themselves. */
void swap_preference(const json_value *object, struct arena *a, struct view *out, bool *has_answers);

#endif
