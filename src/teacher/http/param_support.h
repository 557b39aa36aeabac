/* param_support.h - which parts of a request a server takes.
 *
 * "OpenAI-compatible" is a wide word: models that reason take no temperature, another wants one
 * above 0, one server wants max_completion_tokens and another only max_tokens, many know no
 * top_k. Nobody has to know that beforehand: a server that refuses a part says so with a status
 * 400 or 422 that names it, and is asked again without it, or with a value in the range it names.
 * What it refused is remembered for as long as the teacher lives.
 *
 *     body_write(&body, &style, &support, request, &sent);
 *     …
 *     if (param_support_learn(&support, &words, &sent, &notice) != PARAM_NEWS_NONE)
 *             … write it again …
 *
 * Where a server refuses every request and names no part, parts are left out one by one:
 *
 *     while (refused && param_support_guess(&support, &sent))
 *             … write it again …
 *     param_support_confirm(&support, &notice);            // it was answered
 */
#ifndef TEACHER_HTTP_PARAM_SUPPORT_H
#define TEACHER_HTTP_PARAM_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "teacher/http/answer_words.h"
#include "teacher/http/bounds.h"

/* What may be in a request or not. */
enum param {
	PARAM_TEMPERATURE, PARAM_TOP_P, PARAM_TOP_K, PARAM_PRESENCE, PARAM_FREQUENCY,
	PARAM_SEED, PARAM_STOP, PARAM_MAX_TOKENS, PARAM_MAX_COMPLETION_TOKENS,
	PARAM_STREAM_OPTIONS, PARAM_FORMAT, /* the JSON Schema of the reply */
	PARAM_LOGPROBS, PARAM_TOP_LOGPROBS, /* how many of the likeliest tokens are listed */
	PARAM_SYSTEM, /* a message of that role */
	PARAM_COUNT
};
extern const char *const param_names[PARAM_COUNT]; /* "temperature", … */

/* What a server is known to refuse. */
struct param_support {
	uint32_t without;      /* bits 1 << part */
	uint32_t guessed;      /* of them, those left out without being named */
	bool is_hopeless;      /* leaving parts out did not help */
	int stops_most;        /* stop texts it takes; 0: any number */
	struct bounds bounds[PARAM_COUNT]; /* of numbers */
};

/* What one request held. */
struct params_sent {
	uint32_t without;      /* parts that were not in it */
	uint32_t left_out;     /* of them, those that the server is known to refuse */
	uint32_t unsaid;       /* and those that the language has no word for */
	int stops;
	double value[PARAM_COUNT]; /* of numbers that were */
};

enum param_news { PARAM_NEWS_NONE, PARAM_NEWS_LEARNT, PARAM_NEWS_KNOWN };

/* Does the server say in `words` that it does not take a part of what was `sent`?
 * PARAM_NEWS_NONE: it says something else. PARAM_NEWS_LEARNT: *d is richer by that, and the news for
 * the user is appended to `notice` ("refuses 'top_k': asked without it"). PARAM_NEWS_KNOWN: it
 * was learnt while this request was under way. After the last two, what body_write makes of
 * the request differs from what was sent. */
enum param_news param_support_learn(struct param_support *d, const struct answer_words *words,
				const struct params_sent *sent, struct buf *notice);

/* Leaves out one part more, of those sent the one that is refused most often. False if none is
 * left: then none is left out on a guess, and there are no guesses from now on. */
bool param_support_guess(struct param_support *d, const struct params_sent *sent);
/* What was guessed is taken for known; the news, if there is any, is appended to `notice`. */
void param_support_confirm(struct param_support *d, struct buf *notice);

#endif
