/* answer.h - what a server answered, taken apart. Pure functions: bytes in, views out.
 *
 *     struct answer a;
 *     enum answer_kind kind = answer_read(&wire_openai, body, NULL, &a);
 *     …
 *     answer_release(&a);
 *
 * Thoughts of a reasoning model are kept apart from what it says: they come in a field
 * "reasoning_content" or "reasoning", in parts of the content, or in the text (thoughts.h).
 * Broken characters and numbers that JSON does not have are mended (mend.h): an answer that was
 * paid for is not asked for again on their account.
 */
#ifndef TEACHER_HTTP_ANSWER_H
#define TEACHER_HTTP_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "data/request.h"
#include "io/json.h"
#include "teacher/http/thoughts.h"

struct wire;

enum answer_kind {
	ANSWER_FINE,
	ANSWER_MALFORMED,      /* not what such a server answers, or cut short */
	ANSWER_PAGE,           /* a web page */
	ANSWER_EMPTY,          /* no choices, or nothing in them */
	ANSWER_BLANK,          /* a choice that says nothing, and was not cut while it thought */
	ANSWER_FILTERED,       /* the server's content filter ended it */
	ANSWER_CALLS,          /* a tool is called, whatever is said before */
	ANSWER_FAILURE,        /* an error in place of an answer */
	ANSWER_UNFIT           /* its tokens are not those of the text it was given (form.h) */
};

struct answer {
	struct view text, reasoning;
	enum finish finish;
	struct usage usage;
	bool counted;          /* the server sent usage, or some of it */
	bool mended;           /* it was broken JSON */
	struct view reason;    /* why it ended, as the server says it */
	struct json *doc;      /* what the views are of, or these: */
	struct buf text_kept, reasoning_kept;
	struct buf numbers;    /* of a request for numbers (form.h), or a vector: floats */
};

#define ANSWER_INIT { .text_kept = BUF_INIT, .reasoning_kept = BUF_INIT, .numbers = BUF_INIT }

/* An answer in one piece, in a language (wire.h). `t`: tags besides those that are known; may be
 * NULL. */
enum answer_kind answer_read(const struct wire *w, struct view body, const struct thoughts *t,
			     struct answer *a);
/* Views live until then: due after every kind. */
void answer_release(struct answer *a);

/* Usage as the server counted it; what it left out, or counted as nothing, is reckoned from
 * lengths, a token for four bytes, as English has it. */
struct usage answer_count(const struct request *r, const struct answer *a);
int64_t answer_prompt_tokens(const struct request *r);

/* Pieces that readers of a language are made of. */
/* JSON, mended where that is needed; NULL: it is none. */
struct json *answer_parse(struct view text, bool *mended);
enum answer_kind answer_finish(struct view reason, enum finish *out);
/* Does it hold an error, in place of an answer or of a part of it? */
bool answer_has_error(const json_value *v);
/* A number of tokens; 0 for what is nonsense. */
int64_t answer_tokens(const json_value *v);
/* Parts thoughts from text, and counts them. ANSWER_FINE or ANSWER_BLANK. */
enum answer_kind answer_normalize(struct answer *a, const struct thoughts *t);

#endif
