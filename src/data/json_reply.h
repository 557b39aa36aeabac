/* json_reply.h - the JSON value in a teacher's reply.
 *
 *     struct json_reply found;
 *     json_reply_read(reply->text, schema_type(schema), arena, &found);
 *     if (found.kind == JSON_REPLY_READ)
 *             ... schema_check(schema, found.value, &why)
 *
 * Teachers write it bare, in a fence of three backticks with or without a word after them, with words before
 * and after, or in near-JSON (data/json_mend.h says what is repaired). Of several values the one taken is
 *
 *     1. alone: the whole reply is one value;
 *     2. else first in a fence;
 *     3. else first anywhere,
 *
 * if it is complete and of the wanted type: an object or array, if no type is given. So "[1]" in the words
 * around an object is skipped. A value of another type is taken only where none is of the wanted one, so that
 * a check can report it. Values after the one taken are counted in `further`. A text that holds the whole
 * value ("{\"a\": 1}") is unwrapped. A leading block <think>…</think> is skipped.
 *
 * A valid value without an end is JSON_REPLY_CUT: no value within it is taken in its place, and it is never
 * closed by guessing. An invalid value is JSON_REPLY_BROKEN; a later complete one may still be taken, one
 * within it is not.
 */
#ifndef DATA_JSON_REPLY_H
#define DATA_JSON_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"
#include "data/json_mend.h"
#include "io/json.h"
#include "sow/sow.h"

enum json_reply_kind {
	JSON_REPLY_READ,
	JSON_REPLY_NONE,    /* nothing looks like a JSON value */
	JSON_REPLY_CUT,
	JSON_REPLY_BROKEN
};

struct json_reply {
	enum json_reply_kind kind;
	const json_value *value;       /* read: in the arena; numbers keep their digits */
	struct view text;              /* read: the part of the reply that it was made of */
	size_t further;                /* read: later values of its type, not taken */
	bool unwrapped;                /* read: it was inside a JSON text */
	size_t repairs[MEND_REPAIRS];  /* read: by kind */
	struct sow_error why;          /* cut or broken: "line L, column C: expected …" */
};

/* `reply` is UTF-8; `wanted` is JSON_NOTHING for an object or array. */
void json_reply_read(struct view reply, enum json_type wanted, struct arena *a,
		     struct json_reply *out);

/* The number of repairs of all kinds. */
size_t json_reply_repairs(const struct json_reply *r);

#endif
