/* grading.h - one answer before a judge: the request by rubrics, and the grades in its reply.
 *
 *     status = grading_open(&grading, &method->run, &said, err);
 *     status = grading_ask(&grading, question, answer, request);
 *     status = grading_read(&grading, reply, arena, &grades, &why);    // {"helpfulness_reason": …, …}
 *     double grade = grading_mean(&grading, grades);
 *
 * The prompt is grade/ask.
 */
#ifndef METHOD_GRADING_H
#define METHOD_GRADING_H

#include "method/map_reply.h"
#include "method/method.h"
#include "method/rubric.h"

struct grading {
	struct rubric *rubrics;
	size_t count;
	struct prompt *prompt;
	struct map_options reply_options;
	struct map_reply *reply;
	bool chat;
};

/* `said`: the rubrics, as rubric_read takes them; none: helpfulness. No two of them may write one
 * field. What is made lies in the run's arena. SOW_OK, or *err set. */
int grading_open(struct grading *g, const struct method_state *run, const struct list *said,
		 struct sow_error *err);
/* The first rubric on another scale than the one before all; NULL: they have one. */
const struct rubric *grading_odd(const struct grading *g);
/* Adds prompt and schema to the request. SOW_OK, SOW_NOMEM or SOW_TOOBIG. */
int grading_ask(const struct grading *g, struct view question, struct view answer, struct request *r);
/* Adds a reply that did not fit, and why. SOW_OK, SOW_NOMEM or SOW_TOOBIG. */
int grading_ask_again(const struct grading *g, struct view reply, struct view why, struct request *r);
/* The judge's object, checked against the schema, in `a`: SOW_OK, SOW_NOMEM, or SOW_INVALID with what
 * does not fit in *why. */
int grading_read(const struct grading *g, struct view reply, struct arena *a, const json_value **grades,
		 struct buf *why);
/* Several replies are votes; context keeps them as {"votes": [...]}, with a reply that did not fit. */
size_t grading_votes(const json_value *context);
/* The votes so far and one more (NULL: none), and what did not fit (`why` empty: nothing). SOW_OK or
 * SOW_NOMEM. */
int grading_note(const json_value *votes, const json_value *one, struct view reply, struct view why,
		 struct arena *a, struct view *context);
/* The fields that the votes come to: the mean of each rubric, its reasons, and if `mean` is not NULL, in
 * a field of that name, the mean over the rubrics. *worst: that, or the lowest. SOW_OK or SOW_NOMEM. */
int grading_sum(const struct grading *g, const json_value *votes, const char *mean, struct arena *a,
		const json_value **fields, double *worst);
double grading_mean(const struct grading *g, const json_value *grades);
/* For who rehearses: a reply that gives a grade at the `share` of the scale, from 0 to 1. */
int grading_example(const struct grading *g, double share, struct arena *a, struct view *out);

#endif
