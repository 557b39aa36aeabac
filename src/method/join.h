/* join.h - joins records with those of a file by a field that both have.
 *
 *     struct join *j = join_new(arena, "prices.csv", "isbn", records, count, err);
 *     status = join_add(j, object, false, arena, &joined, &why);
 *
 * The members of the file's record that the other lacks are added after its own. A record without a match in
 * the file stays unchanged; the caller counts those by join_has. Numbers and texts of the same characters are
 * equal: 7 and "7".
 */
#ifndef METHOD_JOIN_H
#define METHOD_JOIN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "method/map.h"
#include "sow/sow.h"

struct join;

/* Made in `a`; the file's records and `by` must outlive it. NULL on failure: SOW_INVALID for a record
 * without that field ("prices.csv: record 3 has no field 'isbn'"), or two with the same value of it;
 * SOW_NOMEM. */
struct join *join_new(struct arena *a, const struct map_file *file, const char *by,
		      struct sow_error *err);

/* The object with the members of its match in the file, in `a`. Where both have a member with different
 * values, the object keeps its own: SOW_USAGE with *why; with `replace` it takes the file's. SOW_OK or
 * SOW_NOMEM. */
int join_add(const struct join *j, struct view object, bool replace, struct arena *a,
	     struct view *joined, struct buf *why);

/* 1 if the file has a match for the object, 0 if not, SOW_NOMEM. */
int join_has(const struct join *j, struct view object, struct arena *a);

#endif
