/* llama_job.h - one request on the embedded model: its prompt, and the reply as it comes.
 *
 *     struct llama_job *j = llama_job_new(request);
 *     llama_job_prepare(j, model, &constraints, context);            // finished: it was refused
 *     … in each run of the model, until it is finished:
 *     llama_job_put(j, model, sequence, &rows_left);
 *     … model_run …; j->evaluated += j->in_run;
 *     if (j->row >= 0)
 *             llama_job_read(j, model, sampler);
 *     … struct reply *r = llama_job_reply(j); llama_job_free(j);
 *
 * A reply grows by one token a run, within the grammar of its schema. A text to be scored follows its
 * prompt from the beginning: the logits before each of its tokens say how likely that token is. To choose
 * among words, the logits after the prompt are compared: nothing is generated.
 *
 * Scheduling and memory are continuous.c's business.
 */
#ifndef TEACHER_LLAMA_JOB_H
#define TEACHER_LLAMA_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/request.h"
#include "teacher/constraint.h"
#include "teacher/model.h"
#include "teacher/prompt.h"
#include "teacher/sampler.h"

struct llama_job {
	struct request *request;
	struct prompt prompt;      /* followed by the reply's tokens */
	size_t prompt_count;
	struct gbnf *grammar;      /* of its reply; NULL: any */
	size_t given_count;        /* tokens after the prompt that are scored */
	float *scores;             /* of them, as far as known */
	size_t score_count;
	struct tokens words;       /* to choose from: a token for each, and … */
	struct tokens words_behind_blank; /* … that with a blank before it; -1: none */
	struct prefix *prefix;     /* whose cells it shares; NULL: none */
	size_t shared;             /* tokens that need no evaluation of their own */
	size_t evaluated;          /* tokens in the model's memory */
	size_t in_run;             /* tokens put into the current run */
	int row;                   /* the first of its rows with logits in that run; -1: none */
	size_t row_at;             /* the token to which this row belongs */
	size_t rows;
	size_t limit;              /* tokens of the reply at most */
	size_t cells;              /* reserved */
	uint64_t number;           /* in the order of admission */
	struct buf text;
	enum finish finish;
	bool finished;
	int64_t began, clock;      /* wall time; monotonic, for durations */
};

/* Takes the request over. */
struct llama_job *llama_job_new(struct request *r);
void llama_job_free(struct llama_job *j);     /* NULL is fine */

/* Tokenizes, and refuses a request that does not fit a context of so many tokens. */
void llama_job_prepare(struct llama_job *j, struct model *m, struct constraints *c, size_t context);
/* Ends it with FINISH_ERROR. */
void llama_job_refuse(struct llama_job *j, const char *why);
/* Has it begun to generate? */
bool llama_job_is_writing(const struct llama_job *j);

void llama_job_begin_run(struct llama_job *j);
/* Puts tokens into the run as far as it has room. `rows_left`: for scores, of all jobs together. */
void llama_job_put(struct llama_job *j, struct model *m, int sequence, size_t *rows_left);
/* Reads its rows of the run that has ended. */
void llama_job_read(struct llama_job *j, struct model *m, struct sampler *s);

/* Back to the state after llama_job_prepare: nothing evaluated, generated or scored. */
void llama_job_restart(struct llama_job *j);
struct reply *llama_job_reply(const struct llama_job *j); /* the caller's */

#endif
