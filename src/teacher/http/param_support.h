/* param_support.h - which parts of a request a server takes.
 *
 * "OpenAI-compatible" is a wide word: reasoning models take no temperature, another wants one above 0,
 * one server wants max_completion_tokens and another only max_tokens, many know no top_k. The user need
 * not know that beforehand: a server that refuses a part names it with a status 400 or 422, and the
 * request is sent again without it, or with a value in the range that the server names. Refusals are
 * remembered as long as the teacher lives.
 *
 *     body_write(&body, &style, &support, request, &sent);
 *     …
 *     if (param_support_learn(&support, &words, &sent, &notice) != PARAM_NEWS_NONE)
 *             … write it again …
 *
 * If a server refuses every request and names no part, parts are left out one by one:
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

/* The optional parts of a request. */
enum param {
	PARAM_TEMPERATURE, PARAM_TOP_P, PARAM_TOP_K, PARAM_PRESENCE, PARAM_FREQUENCY,
	PARAM_SEED, PARAM_STOP, PARAM_MAX_TOKENS, PARAM_MAX_COMPLETION_TOKENS,
	PARAM_STREAM_OPTIONS, PARAM_FORMAT, /* the JSON Schema of the reply */
	PARAM_LOGPROBS, PARAM_TOP_LOGPROBS, /* how many of the likeliest tokens are listed */
	PARAM_SYSTEM, /* a message of that role */
	PARAM_COUNT
};
extern const char *const param_names[PARAM_COUNT]; /* "temperature", … */

/* The parts that a server is known to refuse. */
struct param_support {
	uint32_t without;      /* bits 1 << part */
	uint32_t guessed;      /* of them, those left out on a guess */
	bool is_hopeless;      /* leaving parts out did not help */
	int stops_most;        /* stop texts it takes; 0: any number */
	struct bounds bounds[PARAM_COUNT]; /* of numbers */
};

/* The parts that one request held. */
struct params_sent {
	uint32_t without;      /* parts that were not in it */
	uint32_t left_out;     /* of them, those that the server is known to refuse */
	uint32_t unsaid;       /* and those that the language cannot express */
	int stops;
	double value[PARAM_COUNT]; /* of the number parts it held */
};

enum param_news { PARAM_NEWS_NONE, PARAM_NEWS_LEARNT, PARAM_NEWS_KNOWN };

/* Do the server's `words` refuse a part of the request that held `sent`? PARAM_NEWS_NONE: no.
 * PARAM_NEWS_LEARNT: *d now holds the refusal, and the news for the user is appended to `notice`
 * ("refuses 'top_k': asked without it"). PARAM_NEWS_KNOWN: the refusal was learnt while this request
 * was in flight. After the last two, body_write writes the request differently. */
enum param_news param_support_learn(struct param_support *d, const struct answer_words *words,
				const struct params_sent *sent, struct buf *notice);

/* Leaves out one more part: of those sent, the one that servers refuse most often. False if none is
 * left: then no part is left out on a guess any longer, and guessing ends. */
bool param_support_guess(struct param_support *d, const struct params_sent *sent);
/* Takes the guesses as known; news, if there are any, are appended to `notice`. */
void param_support_confirm(struct param_support *d, struct buf *notice);

#endif
