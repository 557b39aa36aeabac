/* answer.h - parses a server's answer. Pure functions: bytes in, views out.
 *
 *     struct answer a;
 *     enum answer_kind kind = answer_read(&wire_openai, body, NULL, &a);
 *     …
 *     answer_release(&a);
 *
 * The thoughts of a reasoning model are kept apart from its text: they come in a field
 * "reasoning_content" or "reasoning", in parts of the content, or in the text (thoughts.h).
 * Broken characters and numbers that JSON does not have are repaired (mend.h), because an answer that
 * is already paid for should not be asked for again.
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
	ANSWER_MALFORMED,      /* not an answer of such a server, or cut short */
	ANSWER_PAGE,           /* a web page */
	ANSWER_EMPTY,          /* no choices, or nothing in them */
	ANSWER_BLANK,          /* a choice without text that was not cut while it thought */
	ANSWER_FILTERED,       /* the server's content filter ended it */
	ANSWER_CALLS,          /* it calls a tool, whatever it says before */
	ANSWER_FAILURE,        /* an error in place of an answer */
	ANSWER_UNFIT           /* its tokens do not match the given text (form.h) */
};

struct answer {
	struct view text, reasoning;
	enum finish finish;
	struct usage usage;
	bool counted;          /* the server sent usage, at least in part */
	bool mended;           /* it was broken JSON, now repaired */
	struct view reason;    /* why it ended, in the server's word */
	struct json *doc;      /* the views point into this, or into these: */
	struct buf text_kept, reasoning_kept;
	struct buf numbers;    /* for a request for numbers (form.h), or a vector: floats */
};

#define ANSWER_INIT { .text_kept = BUF_INIT, .reasoning_kept = BUF_INIT, .numbers = BUF_INIT }

/* A complete answer in a language (wire.h). `t`: tags besides the known ones; may be NULL. */
enum answer_kind answer_read(const struct wire *w, struct view body, const struct thoughts *t,
			     struct answer *a);
/* Views live until then. Call it after every kind of answer. */
void answer_release(struct answer *a);

/* Usage as the server counted it; counts that are missing or 0 are estimated from lengths, at four bytes
 * a token, as in English. */
struct usage answer_count(const struct request *r, const struct answer *a);
int64_t answer_prompt_tokens(const struct request *r);

/* Pieces for the readers of a language. */
/* Parses JSON, repaired where needed; NULL: it is not JSON. */
struct json *answer_parse(struct view text, bool *mended);
enum answer_kind answer_finish(struct view reason, enum finish *out);
/* Does it hold an error, in place of an answer or of a part of it? */
bool answer_has_error(const json_value *v);
/* A number of tokens; 0 if it makes no sense. */
int64_t answer_tokens(const json_value *v);
/* Separates thoughts from text, and counts them. ANSWER_FINE or ANSWER_BLANK. */
enum answer_kind answer_normalize(struct answer *a, const struct thoughts *t);

#endif
