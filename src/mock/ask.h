/* ask.h - a client's request: the body of a POST, read and checked as by real servers.
 *
 *     struct ask a;
 *     struct problem why;
 *     if (ask_read(&a, ASK_CHAT, body, &rules, &why))
 *             return wire_problem(&why, &reply);
 *     … a.prompt, a.max_tokens …
 *     ask_release(&a);
 *
 * It reads only the members on which an answer depends, and ignores unknown ones, as servers do.
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

enum ask_kind {
	ASK_CHAT, ASK_COMPLETION, ASK_MESSAGES /* Anthropic's */, ASK_EMBEDDINGS,
	ASK_GENERATE,                /* SGLang's native call */
	ASK_SCORE, ASK_RERANK, ASK_CLASSIFY
};

#define ASK_STOPS_MAX 16

/* Why a request is refused: the members of OpenAI's error object. */
struct problem {
	unsigned status;
	const char *type;            /* "invalid_request_error" */
	const char *code, *param;    /* NULL: null */
	char message[512];
};

int problem_set(struct problem *p, unsigned status, const char *type, const char *code,
		const char *param, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

struct ask_rules {
	const char *model;           /* the only known one; NULL: any */
	const char *const *refused;  /* parameters that are not supported */
	size_t refused_count;
	const char *const *without;  /* parameters that it does not know, and ignores: echo, logprobs, … */
	size_t without_count;
	int64_t context;             /* tokens of prompt and completion; 0: no limit */
	int64_t stops;               /* most stop strings; 0: ASK_STOPS_MAX */
};

struct ask {
	enum ask_kind kind;
	struct view model;
	struct view system;          /* first system message; empty if none */
	struct view prompt;          /* last user message, or the raw prompt */
	struct view answer;          /* the one to rate, or the last message of an assistant */
	bool echo;                   /* the prompt precedes the completion */
	int64_t logprobs;            /* alternatives listed for each token; -1: not requested */
	int64_t prompt_logprobs;     /* the same for the prompt's */
	struct view name, about;     /* of the prompt, if the caller sets them (answer.h) */
	uint64_t seed;               /* of everything that the answer depends on: all messages, "seed" */
	int64_t sent_seed;           /* "seed" itself; 0: none */
	int64_t prompt_tokens;
	int64_t max_tokens;          /* 0: unset */
	struct view stops[ASK_STOPS_MAX];
	size_t stop_count;
	bool stream, stream_usage;
	const struct schema *schema; /* that the reply must fit; NULL: none */
	struct arena *arena;         /* of the schema; NULL: none */
	struct json *doc;            /* owns the texts */
	struct buf parts;            /* and those of contents in parts; never moves */
	size_t size;                 /* of the body: all parts together are smaller */
};

/* 0; or -1 with *why, then without anything to release. */
int ask_read(struct ask *a, enum ask_kind kind, struct view body, const struct ask_rules *rules,
	     struct problem *why);
void ask_release(struct ask *a);

/* For the readers of an API. */
#define ASK_INVALID "invalid_request_error"
/* True if the server does not know the parameter. */
bool ask_is_without(const struct ask_rules *rules, const char *name);
bool ask_is_refused(const struct ask_rules *rules, const char *name);
#define ASK_SHOWN 64             /* bytes of a client's text in a message */
#define ASK_MESSAGE_OVERHEAD 12  /* bytes of a chat template around a message */
/* The text of a content: a text, or the texts of a list of parts. */
struct view ask_text(struct ask *a, const json_value *content);
int ask_read_messages(struct ask *a, const json_value *root, const struct ask_rules *rules,
		      struct problem *why); /* ask_messages.c */

#endif
