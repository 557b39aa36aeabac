/* likely.h - how likely the mock finds a token, and how good an answer: numbers that it makes up.
 *
 * A token that stood before, or whose text did, is likelier than a new one, so that a question helps its
 * answer. Each number is a pure function of the seed and of the text up to there.
 *
 *     text → token_log …                 prompt_logprobs, echo and SGLang's input_token_logprobs
 *     seed → likely_choices              the likeliest tokens in place of an answer's first: digits
 *     question, answer → likely_reward   /score, /rerank, /classify
 */
#ifndef MOCK_LIKELY_H
#define MOCK_LIKELY_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "io/http_server.h"
#include "io/json.h"
#include "mock/ask.h"
#include "mock/wire.h"

/* The natural logarithm of the probability of text[from, to). */
double likely_log(uint64_t seed, struct view text, size_t from, size_t to);
/* About -5 to 5, more for an answer that takes up words of its question, or is long. */
double likely_reward(uint64_t seed, struct view question, struct view answer);

/* What a choice says of likelihoods, where they were asked for: members of the object that is open. */
void likely_choice(struct json_out *json, uint64_t seed, const struct ask *a, const struct said *said);
/* The text of a completion that echoes its prompt, or the said one. Appends to `out`. */
void likely_echo(const struct ask *a, struct view said, struct buf *out);

/* The reply to /generate, /score, /rerank or /classify, and what is counted of it. */
int likely_answer(const struct wire *w, uint64_t seed, const struct ask *a, struct said *said,
		  struct http_reply *out);

#endif
