/* dialect.h - which parts of a request a server takes.
 *
 * "OpenAI-compatible" is a wide word: models that reason take no temperature, another wants one
 * above 0, one server wants max_completion_tokens and another only max_tokens, many know no
 * top_k. Nobody has to know that beforehand: a server that refuses a part says so with a status
 * 400 or 422 that names it, and is asked again without it, or with a value in the range it names.
 * What it refused is remembered for as long as the teacher lives.
 *
 *     body_write(&body, &style, &dialect, request, &sent);
 *     …
 *     if (dialect_learn(&dialect, &words, &sent, &notice) != DIALECT_NO)
 *             … write it again …
 *
 * Where a server refuses every request and names no part, parts are left out one by one:
 *
 *     while (refused && dialect_guess(&dialect, &sent))
 *             … write it again …
 *     dialect_guessed(&dialect, &notice);            // it was answered
 */
#ifndef TEACHER_HTTP_DIALECT_H
#define TEACHER_HTTP_DIALECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "teacher/http/answer_words.h"
#include "teacher/http/bounds.h"

/* What may be in a request or not. */
enum dialect_part {
	DIALECT_TEMPERATURE, DIALECT_TOP_P, DIALECT_TOP_K, DIALECT_PRESENCE, DIALECT_FREQUENCY,
	DIALECT_SEED, DIALECT_STOP, DIALECT_MAX_TOKENS, DIALECT_MAX_COMPLETION_TOKENS,
	DIALECT_STREAM_OPTIONS, DIALECT_FORMAT, /* the JSON Schema of the reply */
	DIALECT_LOGPROBS, DIALECT_TOP_LOGPROBS, /* how many of the likeliest tokens are listed */
	DIALECT_SYSTEM, /* a message of that role */
	DIALECT_PARTS
};
extern const char *const dialect_part_names[DIALECT_PARTS]; /* "temperature", … */

/* What a server is known to refuse. */
struct dialect {
	uint32_t without;      /* bits 1 << part */
	uint32_t guessed;      /* of them, those left out without being named */
	bool is_hopeless;      /* leaving parts out did not help */
	int stops_most;        /* stop texts it takes; 0: any number */
	struct bounds bounds[DIALECT_PARTS]; /* of numbers */
};

/* What one request held. */
struct dialect_sent {
	uint32_t without;      /* parts that were not in it */
	uint32_t left_out;     /* of them, those that would have been but for the dialect */
	uint32_t unsaid;       /* and those that the language has no word for */
	int stops;
	double value[DIALECT_PARTS]; /* of numbers that were */
};

enum dialect_news { DIALECT_NO, DIALECT_LEARNT, DIALECT_KNOWN };

/* Does the server say in `words` that it does not take a part of what was `sent`?
 * DIALECT_NO: it says something else. DIALECT_LEARNT: *d is richer by that, and the news for
 * the user is appended to `notice` ("refuses 'top_k': asked without it"). DIALECT_KNOWN: it
 * was learnt while this request was under way. After the last two, what body_write makes of
 * the request differs from what was sent. */
enum dialect_news dialect_learn(struct dialect *d, const struct answer_words *words,
				const struct dialect_sent *sent, struct buf *notice);

/* Leaves out one part more, of those sent the one that is refused most often. False if none is
 * left: then none is left out on a guess, and there are no guesses from now on. */
bool dialect_guess(struct dialect *d, const struct dialect_sent *sent);
/* What was guessed is taken for known; the news, if there is any, is appended to `notice`. */
void dialect_guessed(struct dialect *d, struct buf *notice);

#endif
