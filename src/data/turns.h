/* turns.h - conversations as JSON: read in any of the spellings in use, written in one.
 *
 *     status = turns_read(value, arena, &turns, &count, err);
 *     status = turns_write(turns, count, &buf);            // a line of JSON, for run.db
 *     status = turns_parse(view, arena, &turns, &count);   // and back
 *
 * | a list of                                  | is                                           |
 * |--------------------------------------------|----------------------------------------------|
 * | {"role": …, "content": …}                  | a turn each                                  |
 * | {"from": …, "value": …}                    | the same                                     |
 * | {"input": …, "output": …}, {"question", …} | a question and its answer each               |
 * | ["question", "answer"]                     | the same                                     |
 * | texts                                      | questions and answers alternating            |
 *
 * A role may have any of its names (user, human, …; assistant, gpt, model, …; tool, observation,
 * function, …), in any case. "function_call" is an assistant's turn whose value holds the calls. Content is a
 * text, a number, null, or a list of parts. Parts that are a thought, texts and calls in this order become
 * the turn's members; any others stay as they are.
 */
#ifndef DATA_TURNS_H
#define DATA_TURNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "data/turn.h"
#include "io/json.h"
#include "sow/sow.h"

/* The turns of a list, their texts in the document of `list` or in `a`. SOW_OK,
 * or SOW_INVALID with what was expected ("turn 2: …"). */
int turns_read(const json_value *list, struct arena *a, struct turn **turns, size_t *count,
	       struct sow_error *err);
/* One turn alone: {"role": …}. */
int turn_read(const json_value *v, struct arena *a, struct turn *turn, struct sow_error *err);
/* True if the value is such a turn: an object with a role and a content. */
bool turn_is(const json_value *v);

/* Appends one line: [{"role", "content", …}, …]. SOW_OK, SOW_TOOBIG, or SOW_INVALID
 * if a text is not UTF-8. */
int turns_write(const struct turn *turns, size_t count, struct buf *out);
/* Reads what turns_write wrote; texts are copied into `a`. SOW_OK or SOW_INVALID. */
int turns_parse(struct view text, struct arena *a, struct turn **turns, size_t *count);

/* Appends the question as a user would write it: an instruction and, after an empty line, its input if
 * any. */
void turns_join(struct view instruction, struct view input, struct buf *out);

/* Splits a "<think>…</think>" off the front of a text: true if there is one; then *thought is the text inside
 * and *rest the text after the blank lines that follow it. */
bool turns_part_thought(struct view text, struct view *thought, struct view *rest);

#endif
