/* schema.h - what a JSON value has to look like: a JSON Schema, read once, checked often.
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
 * true and false are schemas, too. Annotations are taken and change nothing: title, description,
 * default, examples, format, $schema, $id, $comment, deprecated, readOnly, writeOnly. Any other
 * keyword is refused with its place, since one that is passed over would let through what its
 * author wanted kept out.
 *
 * Where the standard leaves room: 1.0 is an integer; a multiple is one within rounding (0.3 of
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

/* The type that every value which fits has; JSON_NOTHING if it may be one of several. */
enum json_type schema_type(const struct schema *s);

/* SOW_OK: `value` fits. SOW_INVALID: it does not, and the first misfit is appended to `why`, where
 * and what was expected, in words that a model can act on. SOW_TOOBIG, likewise with words: it
 * nests too deep or is too much work.
 *
 * What `why` holds before is taken for the name of the value: with "item" there, the misfit is
 * "item.tags[2]: expected a text, not 3"; empty, "tags[2]: …", or "expected …" of the whole. */
int schema_check(const struct schema *s, const json_value *value, struct buf *why);

/* Appends a grammar in llama.cpp's GBNF whose rule "root" is a value that fits. It is narrower
 * than the schema in layout and order (members as the schema lists them, those it does not list
 * only where additionalProperties says so or it lists none; no \u escapes; few blanks), and wider
 * where a grammar has no words: bounds of numbers that are not whole, multipleOf, uniqueItems, oneOf
 * but for its being one of several, pattern with lengths beside it, lengths and counts above
 * SCHEMA_GRAMMAR_COUNT_MAX, and of keywords beside anyOf, oneOf, allOf and $ref one or the other,
 * but for objects in several parts by $ref and allOf, which are put together.
 * schema_check therefore has the last word. SOW_OK, SOW_TOOBIG. */
int schema_grammar(const struct schema *s, struct buf *out);
#define SCHEMA_GRAMMAR_COUNT_MAX 500

/* Appends JSON that fits, of some length, as a reply might be: for a rehearsal. It does its best:
 * what allOf, patterns and the like want beside the rest, it does not see. SOW_OK. */
int schema_example(const struct schema *s, struct buf *out);
/* The same, but numbers between two bounds, the values of an enum and the words of a text are drawn: a
 * fake judge that gives one grade to everything would be of no use. Texts are as `write` has them, which
 * is told the member that they are of; NULL, or where its text does not fit: words of no meaning. */
struct draw;
typedef void schema_text_writer(void *data, struct view member, struct draw *d, struct buf *out);
int schema_example_drawn(const struct schema *s, struct draw *d, schema_text_writer *write, void *data,
			 struct buf *out);

#endif
