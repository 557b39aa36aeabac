/* answer.h - what a server answered, taken apart. Pure functions: bytes in, views out.
 *
 *     struct answer a;
 *     enum answer_kind kind = answer_read(body, NULL, &a);
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

enum answer_kind {
	ANSWER_FINE,
	ANSWER_MALFORMED,      /* not what such a server answers, or cut short */
	ANSWER_PAGE,           /* a web page */
	ANSWER_EMPTY,          /* no choices, or nothing in them */
	ANSWER_BLANK,          /* a choice that says nothing, and was not cut while it thought */
	ANSWER_FILTERED,       /* the server's content filter ended it */
	ANSWER_CALLS,          /* a tool is called, whatever is said before */
	ANSWER_FAILURE,        /* an error in place of an answer */
	ANSWER_NOMEM
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
};

/* Views live until answer_release, which is due after every kind. `t`: tags besides those that
 * are known; may be NULL. */
enum answer_kind answer_read(struct view body, const struct thoughts *t, struct answer *a);
void answer_release(struct answer *a);

/* What a server says about a failure. Views of the body or of `doc`, empty if not said. */
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

/* Usage as the server counted it; what it left out, or counted as nothing, is reckoned from
 * lengths, a token for four bytes, as English has it. */
struct usage answer_count(const struct request *r, const struct answer *a);
int64_t answer_prompt_tokens(const struct request *r);

/* True if the message calls a tool. */
bool answer_calls(const json_value *message);

/* Pieces of answer_read, for answers that come in pieces. */
/* JSON, mended where that is needed; NULL and *status SOW_INVALID or SOW_NOMEM. */
struct json *answer_parse(struct view text, bool *mended, int *status);
/* Adds what a message or a delta says. */
void answer_add(const json_value *message, struct buf *text, struct buf *reasoning);
enum answer_kind answer_finish(struct view reason, enum finish *out);
bool answer_usage(const json_value *usage, struct usage *out); /* false: there is none */
/* Parts thoughts from text, and counts them. ANSWER_FINE, ANSWER_BLANK or ANSWER_NOMEM. */
enum answer_kind answer_settle(struct answer *a, const struct thoughts *t);

#endif
