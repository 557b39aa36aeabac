/* likely.h - how likely the mock finds a token, and how good an answer: numbers that it makes up.
 *
 * A token that stood before, or whose text did, is likelier than a new one, so that a question helps its
 * answer. Each number is a pure function of the seed and of the text up to there.
 *
 * Those of a text's tokens are what prompt_logprobs, echo and SGLang's input_token_logprobs ask for;
 * the likeliest in place of an answer's first token are digits; a question and its answer have a reward.
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


/* What a choice says of likelihoods, where they were asked for: members of the object that is open. */
void likely_choice(struct json_out *json, uint64_t seed, const struct ask *a, const struct said *said);
/* The text of a completion that echoes its prompt, or the said one. Appends to `out`. */
void likely_echo(const struct ask *a, struct view said, struct buf *out);

/* The reply to /generate, /score, /rerank or /classify, and what is counted of it. */
int likely_answer(const struct wire *w, uint64_t seed, const struct ask *a, struct said *said,
		  struct http_reply *out);

#endif
