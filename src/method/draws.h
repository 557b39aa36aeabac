/* draws.h - fields drawn at random for each record.
 *
 *     struct draws *d = draws_read(arena, (const char *[]){ "tone=friendly*3,terse" }, 1, err);
 *     status = draws_add(d, seed, ticket, arena, &object);
 *
 * | written                 | draws                                              |
 * |-------------------------|----------------------------------------------------|
 * | tone=friendly,terse     | one of the texts                                   |
 * | tone=friendly*3,terse*1 | the same by weight                                 |
 * | words=20..80            | a whole number, both ends included                 |
 * | persona=from:FILE       | a record of a file, an object or a text            |
 * | tone={"choice":[…],     | one of any values, by weight                       |
 * |   "weights":[…]}        |                                                    |
 * | words={"integer":[…]}   | as LEAST..MOST; {"from":"FILE"} likewise           |
 *
 * The caller reads the files and sets them before the first draw.
 *
 * The same seed and ticket draw the same values. Fields are drawn independently: adding one does not change
 * the others.
 */
#ifndef METHOD_DRAWS_H
#define METHOD_DRAWS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "method/map.h"
#include "sow/sow.h"

struct draws;

/* Made in `a`; `list` must outlive it. NULL on failure: SOW_USAGE with what was expected. */
struct draws *draws_read(struct arena *a, const char *const *list, size_t count,
			 struct sow_error *err);

/* The file from which draw number i (from 0) takes records; NULL: none. */
const char *draws_path(const struct draws *d, size_t i);
void draws_set_file(struct draws *d, size_t i, const struct map_file *file); /* must outlive it */
void draws_add_name(const struct draws *d, size_t i, struct buf *out);

/* Adds the fields to a JSON object; a field that it already has keeps its value. The new object is in `a`.
 * SOW_OK or SOW_NOMEM. */
int draws_add(const struct draws *d, uint64_t seed, int64_t ticket, struct arena *a,
	      struct view *object);

#endif
