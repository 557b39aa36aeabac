/* json.h - JSON, read and written. The only face of yyjson.
 *
 *     struct json *doc = json_parse(text, len, err);       // read
 *     struct view name = json_text(json_get(json_root(doc), "name"));
 *     json_free(doc);
 *
 *     struct json_out *out = json_out_new();               // write
 *     json_out_object(out, NULL);
 *     json_out_text(out, "name", view_of("a"));
 *     json_out_array(out, "labels");
 *     json_out_text(out, NULL, view_of("b"));
 *     json_out_end(out);
 *     json_out_end(out);
 *     json_out_write(out, &buf, JSON_LINE);
 *     json_out_free(out);
 *
 * Reading is strict RFC 8259 and UTF-8. Every getter takes NULL and a value of the
 * wrong type, and then gives its "nothing" (NULL, empty view, 0, false): chains need
 * no checks, and json_type tells nothing from something where that matters.
 * Writing: keys in the order given, text as UTF-8, only what must be escaped is;
 * doubles in the shortest form that reads back the same.
 */
#ifndef IO_JSON_H
#define IO_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

struct json;
typedef struct json_value json_value;

enum json_type {
	JSON_NOTHING, JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT
};

/* Parses all of `text` (copied). NULL on failure: SOW_INVALID with "line L, column C: what
 * was expected" in *err, and the place in its members (sow.h). */
struct json *json_parse(const char *text, size_t len, struct sow_error *err);
/* The same, for who needs no message: on SOW_INVALID *offset is what err->offset is. */
struct json *json_parse_at(const char *text, size_t len, size_t *offset, struct sow_error *err);
/* One line of a file of JSON lines: mistakes as "PATH:NUMBER:COLUMN: …". */
struct json *json_parse_line(const char *path, size_t number, struct view line,
			     struct sow_error *err);
void json_free(struct json *doc);             /* NULL is fine */

/* A value of a data file as people have them. Its memory is in `a`, so it is not freed; numbers
 * keep their digits. NaN and Infinity read as null; a byte that is not UTF-8 and a surrogate
 * without its other half read as U+FFFD, and *repaired counts those values of `text` that had
 * any (one more, or none); it may be NULL. NULL on failure, as json_parse_at. */
struct arena;
struct json *json_parse_lenient(struct view text, struct arena *a, size_t *repaired, size_t *offset,
				struct sow_error *err);

/* The same, strict: nothing is repaired. NULL on failure, as json_parse_at. */
struct json *json_parse_exact(struct view text, struct arena *a, size_t *offset,
			      struct sow_error *err);

/* A value out of JSON that sow itself has written, such as a record's object: read as by
 * json_parse_lenient, it lives in `a`. NULL for a text that is NULL, or no JSON. */
const json_value *json_own(struct view text, struct arena *a);

/* Where the name of a member stands in `text`, which `doc` was parsed from: its opening quote. */
size_t json_place(const struct json *doc, struct view text, const json_value *member);

const json_value *json_root(const struct json *doc);
enum json_type json_type(const json_value *v);
bool json_is_missing(const json_value *v);    /* nothing, or null */
const char *json_type_name(enum json_type t); /* "an object", "a text", … for messages */

/* The member of that name; of several the first. */
const json_value *json_get(const json_value *object, const char *key);
const json_value *json_find(const json_value *object, struct view key);
/* The same for members that are asked for in their order: looks first at *next, and sets it to the
 * one behind. */
const json_value *json_get_next(const json_value *object, const json_value **next, const char *key);
struct view json_text(const json_value *v);   /* lives as long as the document */
double json_number(const json_value *v);
int64_t json_integer(const json_value *v);    /* whole numbers in range (3, 3.0, 3e0), else 0 */
bool json_is_integer(const json_value *v);
bool json_bool(const json_value *v);
/* A text as it is, a number or a truth value as its JSON text; in `a` where it is made. `p` is
 * NULL for any other type. */
struct view json_scalar(const json_value *v, struct arena *a);
/* The value as compact JSON text in `a`. */
struct view json_compact(const json_value *v, struct arena *a);
/* The same, appended; nothing for NULL. Failure shows in `out`. */
void json_add_value(struct buf *out, const json_value *v);
/* Appends the name of a member, after a comma unless its object has just been opened. */
void json_add_key(struct buf *out, struct view key);
/* Appends a member of another object: its name and its value. */
void json_add_member(struct buf *out, const json_value *member);

/* Members of an array, or an object: for (v = json_first(a); v; v = json_next(a, v)). */
size_t json_count(const json_value *container);
const json_value *json_first(const json_value *container);
const json_value *json_next(const json_value *container, const json_value *v);
struct view json_key(const json_value *member); /* only of an object's member, or NULL */

struct json_out;
enum json_style { JSON_LINE, JSON_PRETTY };   /* one line without blanks | two-blank indent */

struct json_out *json_out_new(void);
void json_out_free(struct json_out *out);

/* Each adds one value to the container that is open, with `key` in an object and
 * NULL in an array or at the root. Failure sticks and shows in json_out_write. */
void json_out_object(struct json_out *out, const char *key);
void json_out_array(struct json_out *out, const char *key);
void json_out_end(struct json_out *out);      /* closes the innermost container */
void json_out_text(struct json_out *out, const char *key, struct view text);
void json_out_integer(struct json_out *out, const char *key, int64_t n);
void json_out_number(struct json_out *out, const char *key, double x);
void json_out_bool(struct json_out *out, const char *key, bool b);
void json_out_null(struct json_out *out, const char *key);
/* A copy; NULL is written as null. */
void json_out_value(struct json_out *out, const char *key, const json_value *v);

/* A value that is compact JSON text already. */
void json_out_raw(struct json_out *out, const char *key, struct view json);
/* The members of an object that is compact JSON text; empty: none. */
void json_out_members(struct json_out *out, struct view object);

/* Appends the whole (no newline at the end), then empties `out` for the next value, also
 * on failure. SOW_OK, SOW_TOOBIG if `buf` cannot hold it, or SOW_INVALID: a text
 * was not UTF-8, a number not finite, a key missing or too many, a container left open,
 * or not exactly one value at the root. */
int json_out_write(struct json_out *out, struct buf *buf, enum json_style style);

/* Appends `text`, which is UTF-8, as it stands between the quotes of a JSON text: for what is
 * written too often to be built in a document first. Failure shows in `out`. */
void json_escape(struct buf *out, struct view text);
/* Appends `text` in quotes, as json_out_text writes it. */
void json_add_text(struct buf *out, struct view text);
/* Appends the same JSON indented by two blanks, for people. SOW_OK, or SOW_INVALID: it is none. */
int json_indent(struct view json, struct buf *out);
/* Appends a number as json_out_number writes it; one that is not finite is SOW_INVALID in `out`. */
void json_add_number(struct buf *out, double x);

#endif
