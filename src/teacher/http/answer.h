/* answer.h - what a server answered, taken apart. Pure functions: bytes in, views out.
 *
 *     struct answer a;
 *     enum answer_kind kind = answer_read(body, &a);
 *     …
 *     answer_release(&a);
 *
 * Thoughts of a reasoning model are kept apart from what it says: they come in a field
 * "reasoning_content" or "reasoning", or at the beginning of the text in <think>…</think>.
 * Where the opening tag was part of the server's prompt, only the closing one is there; where
 * the answer was cut within them, only the opening one.
 */
#ifndef TEACHER_HTTP_ANSWER_H
#define TEACHER_HTTP_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "data/request.h"
#include "io/json.h"

enum answer_kind {
	ANSWER_FINE,
	ANSWER_MALFORMED,      /* not what such a server answers, or cut short */
	ANSWER_EMPTY,          /* no choices, or nothing in them */
	ANSWER_FILTERED,       /* the server's content filter ended it */
	ANSWER_CALLS,          /* a tool is called, and nothing said */
	ANSWER_FAILURE,        /* an error in place of an answer */
	ANSWER_NOMEM
};

struct answer {
	struct view text, reasoning;
	enum finish finish;
	struct usage usage;
	bool counted;          /* the server sent usage */
	struct json *doc;      /* what the views are of, or these: */
	struct buf text_kept, reasoning_kept;
};

/* Views live until answer_release, which is due after every kind. */
enum answer_kind answer_read(struct view body, struct answer *a);
void answer_release(struct answer *a);

/* What a server says about a failure. Views of the body or of `doc`, empty if not said. */
struct answer_words {
	struct view message;   /* where the body has no such thing, the body itself, trimmed */
	struct view code, type, param;
	int status;            /* of an error inside an answer with status 200; 0: none */
	struct json *doc;
};
void answer_words_read(struct view body, struct answer_words *w);
void answer_words_release(struct answer_words *w);

/* Usage reckoned from lengths, a token for four bytes, as English has it. */
struct usage answer_estimate(const struct request *r, const struct answer *a);
int64_t answer_prompt_tokens(const struct request *r);

/* Pieces of answer_read, for answers that come in pieces. */
enum answer_kind answer_finish(struct view reason, enum finish *out);
bool answer_usage(const json_value *usage, struct usage *out); /* false: there is none */
void answer_settle(struct answer *a);         /* parts thoughts from text, and counts them */

#endif
