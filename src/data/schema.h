/* schema.h - what a JSON value must look like: a JSON Schema, read once, checked often.
 *
 *     struct schema *s = schema_read(arena, "item.json", text, err);
 *     struct buf why = BUF_INIT;
 *     if (schema_check(s, value, &why) == SOW_INVALID)
 *             ... why.data: answer: expected a text of at least 3 characters, not an empty one
 *
 * JSON Schema 2020-12, in the part that servers support:
 *
 *     any value   type (one or a list), enum, const, $ref to "#" or "#/$defs/NAME",
 *                 anyOf, oneOf, allOf
 *     texts       minLength, maxLength (code points), pattern (data/pattern.h)
 *     numbers     minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf
 *     arrays      items, prefixItems, minItems, maxItems, uniqueItems
 *     objects     properties, required, additionalProperties
 *     at the root $defs (or, as older drafts call it, definitions)
 *
 * true and false are also schemas. Annotations are accepted and change nothing: title, description,
 * default, examples, format, $schema, $id, $comment, deprecated, readOnly, writeOnly. Any other
 * keyword is refused with its place, since ignoring it would let through values that its author wanted to
 * keep out.
 *
 * Where the standard leaves room: 1.0 is an integer; a number is a multiple within rounding (0.3 of
 * 0.1); whole numbers of 64 bits are compared exactly, all others as doubles; `format` is not
 * checked; a member that an object has twice does not fit. Members may come in any order.
 */
#ifndef DATA_SCHEMA_H
#define DATA_SCHEMA_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "io/json.h"
#include "sow/sow.h"

#define SCHEMA_BYTES_MAX ((size_t)1 << 20)
#define SCHEMA_DEPTH_MAX 64            /* schemas in schemas, and values in values */
#define SCHEMA_WORK_MAX 10000000       /* steps of one check */

struct schema;

/* Reads a schema; it lives in the arena, and `text` need not outlive the call. NULL on failure,
 * and *err begins with `name`: "NAME:LINE:COLUMN: …" for a keyword (SOW_INVALID), or SOW_TOOBIG. */
struct schema *schema_read(struct arena *a, const char *name, struct view text,
			   struct sow_error *err);

/* The schema as compact JSON, for servers and request.schema; lives as long as the schema. */
struct view schema_text(const struct schema *s);

/* The type of every value that fits; JSON_NOTHING if several types may fit. */
enum json_type schema_type(const struct schema *s);

/* SOW_OK: `value` fits. SOW_INVALID: it does not, and the first misfit is appended to `why`: its place and
 * what was expected, in words that a model can act on. SOW_TOOBIG, likewise with words: it nests too deep or
 * takes too many steps.
 *
 * The previous contents of `why` are the name of the value: with "item" the misfit is "item.tags[2]: expected
 * a text, not 3"; if empty, "tags[2]: …", or "expected …" of the whole. */
int schema_check(const struct schema *s, const json_value *value, struct buf *why);

/* Appends a grammar in llama.cpp's GBNF whose rule "root" is a value that fits. It is narrower
 * than the schema in layout and order (members as the schema lists them, others only where
 * additionalProperties says so or it lists none; no \u escapes; few blanks), and wider where a grammar cannot
 * express it: bounds of numbers that are not whole, multipleOf, uniqueItems, oneOf (it acts as anyOf),
 * pattern with lengths beside it, lengths and counts above SCHEMA_GRAMMAR_COUNT_MAX, and keywords beside
 * anyOf, oneOf, allOf and $ref, of which it uses one or the other; but objects in several parts by $ref and
 * allOf are put together. So schema_check must follow. SOW_OK, SOW_TOOBIG. */
int schema_grammar(const struct schema *s, struct buf *out);
#define SCHEMA_GRAMMAR_COUNT_MAX 500

/* Appends JSON that fits, about as long as a real reply: for a rehearsal. Best effort: it ignores what allOf,
 * patterns and the like demand beside the rest. SOW_OK. */
int schema_example(const struct schema *s, struct buf *out);
/* The same, but numbers between two bounds, the values of an enum and the words of a text are random: a fake
 * judge that gives every answer the same grade would be useless. `write` writes the texts, by the name of
 * their member; where it is NULL, or its text does not fit: words without meaning. */
struct draw;
typedef void schema_text_writer(void *data, struct view member, struct draw *d, struct buf *out);
int schema_example_drawn(const struct schema *s, struct draw *d, schema_text_writer *write, void *data,
			 struct buf *out);

#endif
