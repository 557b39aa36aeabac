/* grading.h - a judge grades one answer: the request by rubrics, and the grades in its reply.
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

/* `said`: the rubrics, as rubric_read takes them; none: helpfulness. Each must write a different field.
 * Results are in the run's arena. SOW_OK, or *err set. */
int grading_open(struct grading *g, const struct method_state *run, const struct list *said,
		 struct sow_error *err);
/* The first rubric on a scale other than that of the first; NULL: all have the same. */
const struct rubric *grading_odd(const struct grading *g);
/* Adds prompt and schema to the request, and the earlier reply that did not fit, if `context` (again.h; NULL:
 * none) has one. SOW_OK or SOW_TOOBIG. */
int grading_ask(const struct grading *g, struct view question, struct view answer,
		const json_value *context, struct request *r);
/* Adds a reply that did not fit, and why. SOW_OK or SOW_TOOBIG. */
int grading_ask_again(const struct grading *g, struct view reply, struct view why, struct request *r);
/* The judge's object, checked against the schema, in `a`: SOW_OK, or SOW_INVALID with the misfit in *why. */
int grading_read(const struct grading *g, struct view reply, struct arena *a, const json_value **grades,
		 struct buf *why);
/* Several replies are votes; the context keeps them as {"votes": [...]}, with a reply that did not fit.
 * Returns their number. */
size_t grading_votes(const json_value *context);
/* Adds one more reply about a unit, the nth from 1; besides `votes` requests, `tries` - 1 more may be made.
 * GRADING_DONE: its context has all votes that it will get; SOW_OK: it waits in the next stage, or has
 * failed, unfit, without a vote; SOW_NOMEM. */
#define GRADING_DONE 1
int grading_vote(const struct grading *g, struct unit *u, int64_t nth, int64_t votes, int64_t tries,
		 struct view text, struct outcome *o, struct buf *why);
/* The same for a reply that cannot be read at all, where asking again would repeat the same request: the
 * votes so far count, and without any the unit fails. */
int grading_lose(struct unit *u, enum rule_id rule, struct view text, struct view detail,
		 struct outcome *o);
/* The fields computed from the votes: the mean of each rubric, its reasons, and if `mean` is not NULL the
 * mean over the rubrics in a field of that name. *worst: that mean, or the lowest. */
const json_value *grading_sum(const struct grading *g, const json_value *votes, const char *mean, struct arena *a,
			      double *worst);
double grading_mean(const struct grading *g, const json_value *grades);
/* For rehearsals: a reply with a grade at the `share` of the scale, from 0 to 1. */
struct view grading_example(const struct grading *g, double share, struct arena *a);

#endif
