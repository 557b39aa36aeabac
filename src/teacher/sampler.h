/* sampler.h - the next token, from a row of logits.
 *
 * In this order: presence and frequency penalties of the tokens generated so far, temperature (the
 * first token may have another), top k, top p, draw. Ties go to the lower token id. The nth token of a
 * reply depends only on the seed, n and the logits.
 *
 * A filter (a grammar) may refuse tokens. Testing one is cheap, testing all is not: the sampler chooses
 * a token first, and only if the filter refuses it tests all and draws again, with a separate random
 * number, among the allowed. So each allowed token is as likely as if the refused ones had been removed
 * before, except for top k and top p, which then count the allowed.
 */
#ifndef TEACHER_SAMPLER_H
#define TEACHER_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/request.h"

#define SAMPLER_TEMPERATURE 0.7 /* unless the request sets it */
#define SAMPLER_TOP_P 0.95

struct sampler;

struct sampler *sampler_new(size_t vocabulary);
void sampler_free(struct sampler *s);           /* NULL is fine */

/* Chooses token number `count` of a reply whose tokens so far are `ids`. Writes to
 * `logits`; a logit that is not a number counts as minus infinity. */
int32_t sampler_pick(struct sampler *s, float *logits, const struct sampling *how,
		     uint64_t seed, const int32_t *ids, size_t count);

struct sampler_filter {
	bool (*allows)(void *data, int32_t token);
	void (*mask)(void *data, float *logits); /* sets the refused ones to minus infinity */
	void *data;
};

/* The same among the tokens that the filter allows; -1 if there are none. */
int32_t sampler_pick_allowed(struct sampler *s, float *logits, const struct sampling *how,
			     uint64_t seed, const int32_t *ids, size_t count,
			     const struct sampler_filter *filter);

#endif
