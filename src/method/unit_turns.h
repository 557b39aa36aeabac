/* unit_turns.h - a unit as a growing conversation: its turns, one more turn, its end.
 *
 *     status = unit_turns(&unit, arena, &turns, &count);
 *     status = unit_turns_add(&unit, &TURN(ROLE_USER, text), arena);
 *     status = unit_turns_end(&unit, outcome);        // the last turn is the answer
 *
 * Before the first addition a unit's instruction with its input is the only turn. Results are in the arena.
 * Each returns SOW_OK, SOW_NOMEM, or SOW_INVALID: the unit's turns are damaged.
 */
#ifndef METHOD_UNIT_TURNS_H
#define METHOD_UNIT_TURNS_H

#include "method/method.h"

int unit_turns(const struct unit *u, struct arena *a, struct turn **turns, size_t *count);
int unit_turns_set(struct unit *u, const struct turn *turns, size_t count, struct arena *a);
int unit_turns_add(struct unit *u, const struct turn *t, struct arena *a);
/* Removes the last turn. */
int unit_turns_drop(struct unit *u, struct arena *a);
/* Finishes the unit: its last turn becomes its answer; if one question is left, only its instruction
 * stays. */
int unit_turns_end(struct unit *u, struct outcome *o);

#endif
