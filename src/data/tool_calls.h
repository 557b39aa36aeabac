/* tool_calls.h - the tool calls of an assistant's turn: a JSON array, each call in OpenAI's form.
 *
 *     status = tool_calls_read(value, arena, &calls, err);   // [{"type": "function", …}]
 *     view = tool_calls_write(calls, ARGUMENTS_TEXT, NULL, arena);
 *
 * A call is read as {"id", "type", "function": {"name", "arguments"}} and kept unchanged; a flat one,
 * {"name", "arguments"}, is put into that shape with all its members.
 */
#ifndef DATA_TOOL_CALLS_H
#define DATA_TOOL_CALLS_H

#include "base/arena.h"
#include "io/json.h"
#include "sow/sow.h"

/* Appends one call, an array of them, or a text with either as JSON to the calls in *out (empty: none yet);
 * an empty text holds none. *out is in `a`. SOW_OK or SOW_INVALID with what was expected. */
int tool_calls_read(const json_value *v, struct arena *a, struct view *out, struct sow_error *err);
/* The same for a text that must hold at least one. */
int tool_calls_parse(struct view text, struct arena *a, struct view *out, struct sow_error *err);

/* The arguments of tool calls: each as it was read, or all as objects, or all as texts. */
enum arguments_form { ARGUMENTS_AS_CAME, ARGUMENTS_OBJECT, ARGUMENTS_TEXT };
/* A JSON array of calls with their arguments in that form, in `a`.
 * A text that is not the JSON of an object stays a text. With `number`, *number counts the calls,
 * and those without an id get "call_1" and so on from it. */
struct view tool_calls_write(struct view calls, enum arguments_form form, size_t *number,
			     struct arena *a);

#endif
