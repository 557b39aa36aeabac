/* cast.h - the teachers of a run, one for each duty; several duties may share one.
 *
 *     struct cast *c = cast_open(recipe, NULL, err);
 *     cast_submit(c, DUTY_WRITE, request);
 *     struct reply *r = cast_collect(c, CLOCK_SECOND, err);
 *     cast_close(c);
 */
#ifndef RUN_CAST_H
#define RUN_CAST_H

#include "run/budget.h"
#include "run/recipe.h"
#include "teacher/teacher.h"

struct cast;

/* What the recipe says of the teacher for a duty, in the run in `dir`. */
struct teacher_options cast_options(const struct recipe *r, enum duty duty, const char *dir);

/* What the recipe says a teacher costs. */
struct prices prices_of(const struct recipe_teacher *t);

/* `kind`: instead of what the recipe says, for every duty (tests); may be NULL. `dir`: the run's. */
struct cast *cast_open(const struct recipe *recipe, const struct teacher_kind *kind,
		       const char *dir, struct sow_error *err);
void cast_close(struct cast *c);              /* NULL is fine */

const struct teacher *cast_teacher(const struct cast *c, enum duty duty);
const struct prices *cast_prices(const struct cast *c, enum duty duty);
int cast_capacity(const struct cast *c);      /* of the largest */

/* As teacher_submit and teacher_collect, of all of them. */
int cast_submit(struct cast *c, enum duty duty, struct request *r);
struct reply *cast_collect(struct cast *c, int64_t wait, struct sow_error *err);
/* As teacher_gathers, of any of them; as teacher_flush, of all. */
bool cast_gathers(const struct cast *c);
void cast_flush(struct cast *c);
/* As teacher_notice and teacher_look, of all of them. */
bool cast_notice(struct cast *c, struct buf *line);
/* Appends what was found out about the teachers, and what went wrong, a line each. */
void cast_told(const struct cast *c, struct buf *learnt, struct buf *trouble);
void cast_look(const struct cast *c, struct teacher_load *out);

#endif
