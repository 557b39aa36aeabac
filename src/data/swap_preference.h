/* swap_preference.h - the better and the worse answer of preference data, the other way round.
 *
 *     {"chosen": "a", "rejected": "b", "chosen_score": 5, "rejected_score": 1}
 *     {"chosen": "b", "rejected": "a", "chosen_score": 1, "rejected_score": 5}
 */
#ifndef DATA_SWAP_PREFERENCE_H
#define DATA_SWAP_PREFERENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "io/json.h"

/* The object with the values exchanged of each two fields that differ in chosen and rejected, or in
 * preferred and non_preferred, alone; in a list "instances" the first answers of these roles exchange
 * them. JSON in `a`. *has_answers: the answers themselves are among what was exchanged. */
void swap_preference(const json_value *object, struct arena *a, struct view *out, bool *has_answers);

#endif
