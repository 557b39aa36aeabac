/* map_reply.h - a reply as the value that map writes into a record.
 *
 * | as     | a reply is                                                                   |
 * |--------|------------------------------------------------------------------------------|
 * | text   | a text, without white space at its ends                                      |
 * | list   | a JSON array, or a list with numbers or bullets: an array of texts           |
 * | number | the first number in it, from the least to the most                           |
 * | choice | one of the choices, in any case and between any marks; or the only one of    |
 * |        | them that it names                                                           |
 * | json   | JSON, bare, fenced or between words; checked against the schema              |
 */
#ifndef METHOD_MAP_REPLY_H
#define METHOD_MAP_REPLY_H

#include "base/arena.h"
#include "base/buf.h"
#include "io/json.h"
#include "method/map.h"
#include "sow/sow.h"

struct map_reply;

/* Made in `a`. NULL on failure: SOW_USAGE for options that do not fit together, SOW_INVALID for an unreadable
 * schema. */
struct map_reply *map_reply_new(struct arena *a, const struct map_options *o,
				struct sow_error *err);

/* The wanted form in words: "with a number from 1 to 5 alone". */
const char *map_reply_wanted(const struct map_reply *m);

/* The schema for the request, as compact JSON; empty: none. */
struct view map_reply_schema(const struct map_reply *m);

/* A possible reply, in `a`; empty for a text. With `d`, which may be NULL, the values that a schema leaves
 * open are random. */
struct draw;
struct view map_reply_example(const struct map_reply *m, struct draw *d, struct arena *a);

/* The value, in `a`. SOW_OK, or SOW_INVALID with the misfit in *why. */
int map_reply_read(const struct map_reply *m, struct view text, struct arena *a,
		   const json_value **value, struct buf *why);

/* True, with *why, if the field to write exists and must not be replaced, or is within a value that is not an
 * object. False without such a field. */
bool map_reply_is_barred(const struct map_reply *m, const json_value *object, struct buf *why);

/* The object with the value in its field, or with all members of the value: JSON in `a`. SOW_OK; with *why
 * SOW_INVALID if there is no field to write to, SOW_USAGE if a field exists that must not be replaced. */
int map_reply_write(const struct map_reply *m, const json_value *object, const json_value *value,
		    struct arena *a, struct view *out, struct buf *why);

#endif
