/* graded_answers.h - the answers to one prompt with a judge's grades, stored in a unit's context.
 *
 *     status = graded_recall(&grading, unit->context, arena, 1, &all);
 *     is_new = graded_add(&all, &answer);
 *     unit->context = graded_keep(&all, arena);
 */
#ifndef METHOD_GRADED_ANSWERS_H
#define METHOD_GRADED_ANSWERS_H

#include "method/grading.h"

#define OF_INPUT (-1)                /* instead of a writer */

struct graded_answer {
	int64_t writer;              /* from 0, or OF_INPUT */
	struct view text, thought;
	const json_value *grades;    /* NULL: none yet */
	struct view reply, why;      /* the judge's reply that did not fit */
	bool is_lost;                /* the judge cannot grade it */
	double mean;                 /* of its grades */
};

struct graded_answers {
	struct graded_answer *list;
	size_t count;
};

/* The answers so far, with room for `more`; `kept`, the context, may be empty. SOW_OK, or SOW_NOMEM: it is
 * damaged. */
int graded_recall(const struct grading *g, struct view kept, struct arena *a, size_t more,
		  struct graded_answers *all);
struct view graded_keep(const struct graded_answers *all, struct arena *a);
/* Adds the answer unless its text is already in the list; true if it was added. */
bool graded_add(struct graded_answers *all, const struct graded_answer *c);

size_t graded_count_missing(const struct graded_answers *all);
/* The nth answer without a grade. */
struct graded_answer *graded_find_missing(const struct graded_answers *all, size_t n);

#endif
