/* teacher_set.h - the teachers of a run, one for each duty; several duties may share one.
 *
 *     struct teacher_set *c = teacher_set_open(recipe, NULL, err);
 *     teacher_set_submit(c, DUTY_WRITE, request);
 *     struct reply *r = teacher_set_collect(c, CLOCK_SECOND, err);
 *     teacher_set_close(c);
 */
#ifndef RUN_TEACHER_SET_H
#define RUN_TEACHER_SET_H

#include "run/budget.h"
#include "run/recipe.h"
#include "teacher/teacher.h"

struct teacher_set;

/* The recipe's options of the teacher for a duty, in the run in `dir`. */
struct teacher_options teacher_set_options(const struct recipe *r, enum duty duty, const char *dir);

/* The recipe's prices of a teacher. */
struct prices prices_of(const struct recipe_teacher *t);

/* `kind`: replaces the recipe's for every duty (tests); may be NULL. `dir`: the run's. */
struct teacher_set *teacher_set_open(const struct recipe *recipe, const struct teacher_kind *kind,
		       const char *dir, struct sow_error *err);
void teacher_set_close(struct teacher_set *c);              /* NULL is fine */

const struct teacher *teacher_set_teacher(const struct teacher_set *c, enum duty duty);
/* The name in run.db of the model for a duty ("model", "model of the judge"), and its identity. */
const char *teacher_set_model(enum duty duty);
const char *teacher_set_identity(const struct teacher_set *c, enum duty duty);
const struct prices *teacher_set_prices(const struct teacher_set *c, enum duty duty);
int teacher_set_capacity(const struct teacher_set *c);      /* of the largest */

/* As teacher_submit and teacher_collect, for all of them. */
int teacher_set_submit(struct teacher_set *c, enum duty duty, struct request *r);
struct reply *teacher_set_collect(struct teacher_set *c, int64_t wait, struct sow_error *err);
/* As teacher_gathers, for any of them; as teacher_flush, for all. */
bool teacher_set_gathers(const struct teacher_set *c);
void teacher_set_flush(struct teacher_set *c);
/* As teacher_notice and teacher_get_load, for all of them. */
bool teacher_set_notice(struct teacher_set *c, struct buf *line);
/* Appends the findings about the teachers, and what went wrong, a line each. */
void teacher_set_findings(const struct teacher_set *c, struct buf *learnt, struct buf *trouble);
void teacher_set_get_load(const struct teacher_set *c, struct teacher_load *out);

#endif
