/* answer_words.h - what a server says about a failure, in whatever shape: OpenAI's, Anthropic's,
 * Google's, FastAPI's, that of a proxy.
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

/* Views of the body or of `doc`, empty if not said. */
struct answer_words {
	struct view message;   /* where the body has no such thing, the body itself, trimmed */
	bool has_no_message;
	struct view code, type, param;
	struct view quota;     /* the name of the quota that is used up, as Google says it */
	int status;            /* of an error inside an answer with status 200; 0: none */
	int64_t after;         /* ns until it may be asked again; -1: not said */
	int64_t reset;         /* or the wall clock then, ns since 1970; 0: not said */
	struct json *doc;
};
void answer_words_read(struct view body, struct answer_words *w);
void answer_words_release(struct answer_words *w);

#endif
