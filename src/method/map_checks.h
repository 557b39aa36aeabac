/* map_checks.h - checks on a record after its reply is written.
 *
 *     struct map_checks *c = map_checks_read(arena, list, count, err);
 *     status = map_checks_hold(c, object, &why);   // "min-words: answer has 1, expected at least 3"
 *
 * | a check                                      | holds where                                  |
 * |----------------------------------------------|----------------------------------------------|
 * | answer | length > 20                         | the condition does (data/jinja.h)            |
 * | {"that":CONDITION}                           | likewise                                     |
 * | {"field":F,"min-words":N} max-words          | F has so many words (text/words.h)           |
 * | {"field":F,"min-chars":N} max-chars          | so many characters                           |
 * | {"field":F,"matches":P}                      | the pattern is found in F (data/pattern.h)   |
 * | {"equal":[F,G]} {"differ":[F,G]}             | two fields, or a field and a literal, are    |
 * |                                              | present and are equal, or are not            |
 *
 * F and G are written as between {{ and }} in a template. A check may have several bounds on a field, and a
 * "name", with which the reason then begins instead of the bound's name.
 */
#ifndef METHOD_MAP_CHECKS_H
#define METHOD_MAP_CHECKS_H

#include "base/arena.h"
#include "base/buf.h"
#include "io/json.h"
#include "sow/sow.h"

struct map_checks;

/* Made in `a`; `list` must outlive it. NULL on failure: SOW_USAGE or SOW_INVALID with what was expected. */
struct map_checks *map_checks_read(struct arena *a, const char *const *list, size_t count,
				   struct sow_error *err);

/* SOW_OK, or SOW_INVALID with the first check that does not hold in *why. The reason omits the value that
 * `equal` compares with, because the model sees it when it is asked again. */
int map_checks_hold(const struct map_checks *c, const json_value *object, struct buf *why);

#endif
