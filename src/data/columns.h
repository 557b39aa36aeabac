/* columns.h - what the members of a record mean, by their names.
 *
 *     enum column c = column_find(view_of("response"));      // COLUMN_ANSWER
 *     status = columns_map(&columns, arena, "answer=reply.text", err);
 *
 * Each name in use is a row of one table. Of several members with one meaning, the one whose row
 * comes first is taken, and the others stay fields. A mapping that the user gives comes before the
 * table; its path may lead into objects and lists by dots ("choices.0.text").
 *
 * A shape counts which meaning the members of a file's records were read as, for a one-line summary.
 */
#ifndef DATA_COLUMNS_H
#define DATA_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "io/json.h"
#include "sow/sow.h"

enum column {
	COLUMN_FIELD,          /* none of those below */
	COLUMN_ID,
	COLUMN_NAME,
	COLUMN_INSTRUCTION,
	COLUMN_CONTEXT,
	COLUMN_ANSWER,
	COLUMN_SYSTEM,
	COLUMN_TURNS,
	COLUMN_HISTORY,
	COLUMN_CHOSEN,
	COLUMN_REJECTED,
	COLUMN_SCORE_CHOSEN,
	COLUMN_SCORE_REJECTED,
	COLUMN_COMPLETIONS,    /* ranked answers */
	COLUMN_LABEL,          /* of an answer: true for a good one */
	COLUMN_REASONING,
	COLUMN_TOOLS,
	COLUMN_INSTANCES,
	COLUMN_CLASSIFICATION,
	COLUMN_ROOT,
	COLUMN_PARENT,
	COLUMN_OPERATION,
	COLUMN_ROUND,
	COLUMNS
};
extern const char *const column_names[COLUMNS]; /* "instruction", … as --map names them */

struct column_row {
	const char *name;
	enum column column;
	bool sure;             /* a value of another type is an error, not a field */
};
extern const struct column_row column_rows[]; /* the last has no name */

/* The row of a name, in any case; NULL if there is none. */
const struct column_row *column_find(struct view name);

/* The user's mappings: one path a meaning. */
struct columns {
	const char *path[COLUMNS]; /* NULL: the table decides */
};
/* Reads "answer=reply.text" into it; the text is copied into `a`. SOW_OK, or
 * SOW_USAGE. */
int columns_map(struct columns *c, struct arena *a, const char *mapping, struct sow_error *err);

/* The value at a path of names and numbers separated by dots, or NULL. A member whose name is the path
 * itself, dots included, is found first. */
const json_value *path_find(const json_value *root, const char *path);
/* A bit, 1 << column, for each mapping whose path exists in the record; 0 without mappings. */
unsigned columns_mapped(const struct columns *c, const json_value *root);
/* SOW_INVALID if no record has the path of a mapping: most often a typing error. `mapped` has the bits of all
 * records, `name` is the file's. */
int columns_check(const struct columns *c, unsigned mapped, const char *name, struct sow_error *err);
/* As path_find, but a list without a number stands for each of its elements ("messages.content"):
 * calls `each` for every value found; stops at its first result that is not 0, and returns it. */
int path_each(const json_value *root, const char *path, int (*each)(void *data, const json_value *v),
	      void *data);

#define SHAPE_ROWS 64
struct shape {
	struct shape_row {
		char name[64];
		enum column column;
		size_t count;
	} rows[SHAPE_ROWS];
	size_t count;
	size_t next;           /* the row expected next */
	size_t more;           /* members beyond the rows */
	size_t answered;       /* records with an answer */
	unsigned mapped;       /* a bit for each column that the user named and a record has */
};
void shape_add(struct shape *s, struct view name, enum column column);
void shape_merge(struct shape *s, const struct shape *more);
/* Appends "question → instruction, response → answer; kept as fields: category": false, and nothing, if all
 * of it is obvious. */
bool shape_print(const struct shape *s, struct buf *out);

#endif
