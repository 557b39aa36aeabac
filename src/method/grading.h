/* grading.h - one answer before a judge: the request by rubrics, and the grades in its reply.
 *
 *     status = grading_open(&grading, &method->run, &said, err);
 *     status = grading_ask(&grading, question, answer, context, request);
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
/* Adds prompt and schema to the request, and what did not fit before, if `context` (again.h; NULL: none)
 * has it. SOW_OK or SOW_TOOBIG. */
int grading_ask(const struct grading *g, struct view question, struct view answer,
		const json_value *context, struct request *r);
/* Adds a reply that did not fit, and why. SOW_OK or SOW_TOOBIG. */
int grading_ask_again(const struct grading *g, struct view reply, struct view why, struct request *r);
/* The judge's object, checked against the schema, in `a`: SOW_OK, or SOW_INVALID with what does not
 * fit in *why. */
int grading_read(const struct grading *g, struct view reply, struct arena *a, const json_value **grades,
		 struct buf *why);
/* Several replies are votes; context keeps them as {"votes": [...]}, with a reply that did not fit. */
size_t grading_votes(const json_value *context);
/* One reply more about a unit, the nth from 1; as many more than `votes` are asked for as `tries` are
 * more than one. GRADING_DONE: the votes in its context are all there will be; SOW_OK: it waits in the
 * next stage, or has failed, unfit, without one; SOW_NOMEM. */
#define GRADING_DONE 1
int grading_vote(const struct grading *g, struct unit *u, int64_t nth, int64_t votes, int64_t tries,
		 struct view text, struct outcome *o, struct buf *why);
/* The same where a reply cannot be read at all, and asking again would be the same request: the votes that
 * were paid for count, and without any the unit has failed. */
int grading_lose(struct unit *u, enum rule_id rule, struct view text, struct view detail,
		 struct outcome *o);
/* The fields that the votes come to: the mean of each rubric, its reasons, and if `mean` is not NULL, in
 * a field of that name, the mean over the rubrics. *worst: that, or the lowest. */
const json_value *grading_sum(const struct grading *g, const json_value *votes, const char *mean, struct arena *a,
			      double *worst);
double grading_mean(const struct grading *g, const json_value *grades);
/* For who rehearses: a reply that gives a grade at the `share` of the scale, from 0 to 1. */
struct view grading_example(const struct grading *g, double share, struct arena *a);

#endif
