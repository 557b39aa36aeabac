/* answer_words.h - a server's words about a failure, in any shape: OpenAI's, Anthropic's, Google's,
 * FastAPI's, or a proxy's.
 *
 *     struct answer_words w;
 *     answer_words_read(body, &w);
 *     answer_words_release(&w);
 */
#ifndef TEACHER_HTTP_ANSWER_WORDS_H
#define TEACHER_HTTP_ANSWER_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"
#include "io/json.h"

/* Views of the body or of `doc`, empty if missing. */
struct answer_words {
	struct view message;   /* if the body has none, the body itself, trimmed */
	bool has_no_message;
	struct view code, type, param;
	struct view quota;     /* the name of the exhausted quota, as Google gives it */
	int status;            /* of an error inside an answer with status 200; 0: none */
	int64_t after;         /* ns until the next try is allowed; -1: not given */
	int64_t reset;         /* or the wall clock then, ns since 1970; 0: not given */
	struct json *doc;
};
void answer_words_read(struct view body, struct answer_words *w);
void answer_words_release(struct answer_words *w);

#endif
