/* json_reply.h - the JSON value in what a teacher wrote.
 *
 *     struct json_reply found;
 *     json_reply_read(reply->text, schema_type(schema), arena, &found);
 *     if (found.kind == JSON_REPLY_READ)
 *             ... schema_check(schema, found.value, &why)
 *
 * Teachers write it bare, in a fence of three backticks with or without a word behind, with words
 * before and after, in near-JSON (data/json_mend.h says what is repaired). Of several values the
 * one is taken that stands
 *
 *     1. alone: the whole reply is one value;
 *     2. else first in a fence;
 *     3. else first anywhere,
 *
 * is whole, and is of the type that is wanted: an object or array, if no type is. So "[1]" in the
 * words around an object is passed over. A value of another type is taken only where there is none
 * of the wanted one, so that a check can say what is wrong with it. Values behind the one taken are
 * counted in `further`. A text that holds the whole value ("{\"a\": 1}") is unwrapped. A leading
 * block <think>…</think> is passed over.
 *
 * A value that begins, is right, and has no end is JSON_REPLY_CUT: nothing within it is taken in
 * its place, and it is never closed by guessing. One that is wrong in itself is JSON_REPLY_BROKEN;
 * a later whole one may still be taken, one within it is not.
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
	JSON_REPLY_NONE,    /* there is nothing that looks like it */
	JSON_REPLY_CUT,
	JSON_REPLY_BROKEN
};

struct json_reply {
	enum json_reply_kind kind;
	const json_value *value;       /* read: in the arena; numbers keep their digits */
	struct view text;              /* read: what it was made of, in the reply */
	size_t further;                /* read: values of its type behind it, not taken */
	bool unwrapped;                /* read: it stood in a JSON text */
	size_t repairs[MEND_REPAIRS];  /* read: by kind */
	struct sow_error why;          /* cut or broken: "line L, column C: expected …" */
};

/* `reply` is UTF-8; `wanted` is JSON_NOTHING for an object or array. */
void json_reply_read(struct view reply, enum json_type wanted, struct arena *a,
		     struct json_reply *out);

/* How many repairs there were in all. */
size_t json_reply_repairs(const struct json_reply *r);

#endif
