/* jinja.h - prompt templates over a record, in a subset of Jinja.
 *
 *     struct jinja *t = jinja_read(arena, "question.txt", text, err);
 *     status = jinja_fill(t, json_root(doc), &out, &why);
 *
 * | in the text                          | gives                                         |
 * |--------------------------------------|-----------------------------------------------|
 * | {{ title }} {{ item.tags[0] }}       | the field; a missing one is an error          |
 * | {{ messages[-1]["content"] }}        | from the end; names that are not words        |
 * | {{ note? }}                          | the field, or nothing                         |
 * | {{ tags | join(", ") }}              | filters: trim, length, tojson, first, last,   |
 * |                                      | join(text), default(value), lower, upper      |
 * | {% if score >= 4 and not flagged %}  | ==, !=, <, <=, >, >=, in, not in, and, or,    |
 * | … {% elif … %} … {% else %} …        | not, is defined, is not defined, (…); texts   |
 * | {% endif %}                          | in quotes, numbers, true, false, none         |
 * | {% for tag in tags %} … {% endfor %} | loop.index (from 1), loop.first, loop.last    |
 * | {# a remark #}                       | nothing                                       |
 * | {{- … -}} {%- … -%}                  | without the white space on that side          |
 *
 * As in Jinja with trim_blocks, the newline after a {% … %} or {# … #} is not part of the text. A text is
 * inserted unchanged, a number in its digits, a truth value as true or false, a list or an object as JSON.
 * null is a missing field. In conditions a missing or empty value counts as false, as do false and 0.
 */
#ifndef DATA_JINJA_H
#define DATA_JINJA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "io/json.h"
#include "sow/sow.h"

struct jinja;

/* Made in `a`; `text` must live as long. NULL on failure, with *err set: SOW_INVALID with
 * "NAME:LINE: what was expected". */
struct jinja *jinja_read(struct arena *a, const char *name, struct view text, struct sow_error *err);

/* The number of leading bytes that are the same for all records. */
size_t jinja_fixed(const struct jinja *t);

/* Appends the text for one record. SOW_OK; SOW_INVALID with the reason in *why, cleared before
 * ("there is no field 'title'"). */
int jinja_fill(const struct jinja *t, const json_value *record, struct buf *out, struct buf *why);
/* The same, into `a`. */
int jinja_text(const struct jinja *t, const json_value *record, struct arena *a, struct view *out,
	       struct buf *why);

/* A condition alone, as between {% if and %}. */
struct jinja *jinja_read_condition(struct arena *a, const char *name, struct view text,
				   struct sow_error *err);
bool jinja_holds(const struct jinja *t, const json_value *record);

#endif
