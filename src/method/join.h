/* join.h - records of a file that belong to others, by a field that both have.
 *
 *     struct join *j = join_new(arena, "prices.csv", "isbn", records, count, err);
 *     status = join_add(j, object, false, arena, &joined, &why);
 *
 * The members of the file's record that the other lacks are added behind its own. A record that the
 * file has nothing for stays as it is, and is counted by who asks join_has. Numbers and texts of the same characters are the same: 7 and
 * "7".
 */
#ifndef METHOD_JOIN_H
#define METHOD_JOIN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "method/map.h"
#include "sow/sow.h"

struct join;

/* Made in `a`; the file's records and `by` are kept. NULL on failure: SOW_INVALID for a record
 * without that field ("prices.csv: record 3 has no field 'isbn'"), or two with the same value of it;
 * SOW_NOMEM. */
struct join *join_new(struct arena *a, const struct map_file *file, const char *by,
		      struct sow_error *err);

/* The object with what the file has of it, in `a`. A member that both have with other values stays
 * the object's: SOW_USAGE with *why; with `replace` it becomes the file's. SOW_OK or SOW_NOMEM. */
int join_add(const struct join *j, struct view object, bool replace, struct arena *a,
	     struct view *joined, struct buf *why);

/* 1 if the file has something for the object, 0 if not, SOW_NOMEM. */
int join_has(const struct join *j, struct view object, struct arena *a);

#endif
