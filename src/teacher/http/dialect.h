/* dialect.h - which parts of a request a server takes.
 *
 * "OpenAI-compatible" is a wide word: models that reason take no temperature, one server wants
 * max_completion_tokens and another only max_tokens, many know no top_k. Nobody has to know
 * that beforehand: a server that refuses a part says so with a status 400 or 422 that names
 * it, and is asked again without. What it refused is remembered for as long as the teacher
 * lives.
 *
 *     body_write(&body, &style, &dialect, request, &sent);
 *     …
 *     if (dialect_learn(&dialect, &words, &sent, &notice) != DIALECT_NO)
 *             … write it again …
 */
#ifndef TEACHER_HTTP_DIALECT_H
#define TEACHER_HTTP_DIALECT_H

#include <stdint.h>

#include "base/buf.h"
#include "teacher/http/answer.h"

/* What may be in a request or not. */
enum dialect_part {
	DIALECT_TEMPERATURE, DIALECT_TOP_P, DIALECT_TOP_K, DIALECT_PRESENCE, DIALECT_FREQUENCY,
	DIALECT_SEED, DIALECT_STOP, DIALECT_MAX_TOKENS, DIALECT_MAX_COMPLETION_TOKENS,
	DIALECT_STREAM_OPTIONS, DIALECT_SYSTEM, /* a message of that role */
	DIALECT_PARTS
};
extern const char *const dialect_part_names[DIALECT_PARTS]; /* "temperature", … */

/* What a server is known to refuse, or what one request went without. */
struct dialect {
	uint32_t without;      /* bits 1 << part */
	int stops_most;        /* stop texts it takes, or that were in the request; 0: any number */
};

enum dialect_news { DIALECT_NO, DIALECT_LEARNT, DIALECT_KNOWN };

/* Does the server say in `words` that it does not take a part of what was `sent`?
 * DIALECT_NO: it says something else. DIALECT_LEARNT: *d is richer by that, and the news for
 * the user is appended to `notice` ("refuses 'top_k': asked without it"). DIALECT_KNOWN: it
 * was learnt while this request was under way. After the last two, what body_write makes of
 * the request differs from what was sent. */
enum dialect_news dialect_learn(struct dialect *d, const struct answer_words *words,
				const struct dialect *sent, struct buf *notice);

#endif
