/* completion.h - a whole answer: the text of the right answerer, after a thought if the model reasons, up to
 * the first stop string and the last allowed token.
 *
 *     struct completion s = COMPLETION_INIT;            // reusable
 *     status = completion_write(&s, &how, &ask, &said);      // views in `said` live in `s`
 *     completion_release(&s);
 */
#ifndef MOCK_COMPLETION_H
#define MOCK_COMPLETION_H

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

struct completion {
	struct buf text, thought;
};

#define COMPLETION_INIT { .text = BUF_INIT, .thought = BUF_INIT }

/* SOW_OK, or why the schema has no example. Reasoning counts as written tokens: it may leave none for the
 * answer. */
int completion_write(struct completion *s, const struct completion_style *how, const struct ask *a,
		     struct said *said);

void completion_release(struct completion *s);

#endif
