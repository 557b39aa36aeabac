/* record_read.h - reads one JSON value, of any shape in use, as a record.
 *
 *     status = record_read(json_root(doc), NULL, arena, &record, &shape, err);
 *
 * The names of an object's members decide (columns.h):
 *   - turns ("messages", "conversations", a prompt that is a list): a conversation, with the
 *     system text, tools and completion that stand beside it
 *   - chosen and rejected answers, as texts or turns, with or without a prompt: preference data;
 *     the turns that both begin with are the question
 *   - an instruction with its context and answer, or with several instances
 *   - several texts as answers, chosen or rejected are several answers
 * A list is the turns of a conversation, a text is an instruction.
 *
 * Every other member is kept as a field, in its order, as is one whose meaning does not apply (a second
 * output, an input beside turns): nothing is lost. A known name with null is a missing member. Where a text
 * is expected, a number or a truth value reads as its JSON text. Turns may be JSON in a text.
 * docs/guide/data.md lists all of it.
 */
#ifndef DATA_RECORD_READ_H
#define DATA_RECORD_READ_H

#include "base/arena.h"
#include "data/columns.h"
#include "data/record.h"
#include "io/json.h"
#include "sow/sow.h"

/* Texts point into the document or into `a`: the record lives as long as both. `columns` and `shape` may be
 * NULL. SOW_OK or SOW_INVALID with what was expected ("'input' is an object; expected a text"); the caller
 * prepends the place. */
int record_read(const json_value *value, const struct columns *columns, struct arena *a,
		struct record *record, struct shape *shape, struct sow_error *err);

/* The same for a value of any shape, which is kept as the record's object: a text as its "instruction", a
 * list of turns as its "messages". A value that asks nothing is also a record, with every member a field.
 * SOW_INVALID for a number, a truth value, null, or a list of anything else. */
int record_read_any(const json_value *value, const struct columns *columns, struct arena *a,
		    struct record *record, struct shape *shape, struct sow_error *err);

#endif
