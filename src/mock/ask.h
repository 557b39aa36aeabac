/* ask.h - what a client asks: the body of a POST, read and judged as real servers do.
 *
 *     struct ask a;
 *     struct problem why;
 *     if (ask_read(&a, ASK_CHAT, body, &rules, &why))
 *             return wire_problem(&why, &reply);
 *     … a.prompt, a.max_tokens …
 *     ask_release(&a);
 *
 * Only what an answer depends on is read; what is not known is passed over, as servers do.
 */
#ifndef MOCK_ASK_H
#define MOCK_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "data/schema.h"
#include "io/json.h"

enum ask_kind { ASK_CHAT, ASK_COMPLETION, ASK_MESSAGES /* Anthropic's */, ASK_EMBEDDINGS };

#define ASK_STOPS_MAX 16

/* Why a request is refused, as OpenAI's error object has it. */
struct problem {
	unsigned status;
	const char *type;            /* "invalid_request_error" */
	const char *code, *param;    /* NULL: null */
	char message[512];
};

int problem_set(struct problem *p, unsigned status, const char *type, const char *code,
		const char *param, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

struct ask_rules {
	const char *model;           /* the only one that is known; NULL: any */
	const char *const *refused;  /* parameters that are not supported */
	size_t refused_count;
	int64_t context;             /* tokens of prompt and completion; 0: no limit */
	int64_t stops;               /* most stop strings; 0: ASK_STOPS_MAX */
};

struct ask {
	enum ask_kind kind;
	struct view model;
	struct view system;          /* first system message; empty if none */
	struct view prompt;          /* last user message, or the raw prompt */
	struct view name, about;     /* of the prompt, where who asks tells it (answer.h) */
	uint64_t seed;               /* of all that the answer depends on: every message, "seed" */
	int64_t sent_seed;           /* "seed" itself; 0: none */
	int64_t prompt_tokens;
	int64_t max_tokens;          /* 0: not said */
	struct view stops[ASK_STOPS_MAX];
	size_t stop_count;
	bool stream, stream_usage;
	const struct schema *schema; /* what the reply has to fit; NULL: anything */
	struct arena *arena;         /* of the schema; NULL: none */
	struct json *doc;            /* owns the texts */
	struct buf parts;            /* and those of contents in parts, which never moves */
	size_t size;                 /* of the body: all parts together are smaller */
};

/* 0; or -1 with *why, and nothing to release. */
int ask_read(struct ask *a, enum ask_kind kind, struct view body, const struct ask_rules *rules,
	     struct problem *why);
void ask_release(struct ask *a);

/* For the readers of a language. */
#define ASK_INVALID "invalid_request_error"
bool ask_is_refused(const struct ask_rules *rules, const char *name);
#define ASK_SHOWN 64             /* bytes of what a client wrote, in a message */
#define ASK_MESSAGE_OVERHEAD 12  /* bytes of a chat template around a message */
/* The text of a content that is a text, or a row of parts: those with one. */
struct view ask_text(struct ask *a, const json_value *content);
int ask_read_messages(struct ask *a, const json_value *root, const struct ask_rules *rules,
		      struct problem *why); /* ask_messages.c */

#endif
