/* likely.h - how likely the mock finds a token, and how good an answer: invented numbers.
 *
 * A token that occurred before, or whose text did, is likelier than a new one, so that a question helps its
 * answer. Each number is a pure function of the seed and the text up to the token.
 *
 * Those of a text's tokens are for prompt_logprobs, echo and SGLang's input_token_logprobs; the likeliest
 * alternatives to an answer's first token are digits; a question and its answer have a reward.
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


/* Writes the likelihoods of a choice, if requested, as members of the open object. */
void likely_choice(struct json_out *json, uint64_t seed, const struct ask *a, const struct said *said);
/* Appends the text of a completion: with its prompt if it echoes that, else `said` alone. */
void likely_echo(const struct ask *a, struct view said, struct buf *out);

/* The reply to /generate, /score, /rerank or /classify, and its token counts in *said. */
int likely_answer(const struct wire *w, uint64_t seed, const struct ask *a, struct said *said,
		  struct http_reply *out);

#endif
