/* say.h - an answer whole: what the right answerer writes, after a thought if the model
 * reasons, up to the first stop string and the last token allowed.
 *
 *     struct speech s = SPEECH_INIT;            // used again and again
 *     status = say(&s, &how, &ask, &said);      // views in `said` live in `s`
 *     speech_release(&s);
 */
#ifndef MOCK_SAY_H
#define MOCK_SAY_H

#include <stdint.h>

#include "base/buf.h"
#include "mock/ask.h"
#include "mock/wire.h"

enum reasoning {
	REASONING_NONE,
	REASONING_FIELD,          /* in reasoning_content, of chats */
	REASONING_THINK           /* in <think>…</think> before the answer */
};

struct completion_style {
	uint64_t seed;
	enum reasoning reasoning;
	int64_t cached_percent;   /* of a prompt's tokens */
};

struct speech {
	struct buf text, thought;
};

#define SPEECH_INIT { .text = BUF_INIT, .thought = BUF_INIT }

/* SOW_OK or why there is no example of the schema. Reasoning counts as written: it may leave no token
 * for the answer. */
int say(struct speech *s, const struct completion_style *how, const struct ask *a,
	struct said *said);

void speech_release(struct speech *s);

#endif
