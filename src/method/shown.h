/* shown.h - a record as a judge reads it: its question and an answer, as texts.
 *
 *     status = shown_question(record, arena, &question);
 *     shown_answer(&list[0], arena, &answer);
 *
 * A conversation is its turns, each below its role in brackets; a single user's turn is only its text.
 * Results are in the arena. SOW_NOMEM: the turns of a unit are damaged.
 */
#ifndef METHOD_SHOWN_H
#define METHOD_SHOWN_H

#include "base/arena.h"
#include "data/jinja.h"
#include "data/record.h"

/* The instruction with its input, or the conversation up to the answer at its end; empty: the
 * record asks nothing. */
int shown_question(const struct record *t, struct arena *a, struct view *out);
/* The question of a unit: its instruction with its input, or its turns. */
struct unit;
int shown_asked(const struct unit *u, struct arena *a, struct view *out);
/* The answer, without white space at its ends: all of its turns. */
void shown_answer(const struct instance *answer, struct arena *a, struct view *out);
/* The text of the user's template for the record, without white space at its ends. Also SOW_INVALID, with the
 * reason in *why (jinja.h). */
int shown_filled(const struct jinja *t, const json_value *object, struct arena *a, struct view *out,
		 struct buf *why);
/* Turns, with their tool calls. */
void shown_turns(const struct turn *turns, size_t count, struct arena *a, struct view *out);

#endif
