/* wire.h - what goes back to the client, byte for byte as OpenAI-compatible servers have it.
 *
 *     struct wire w = { .json = json_out_new(), .usage = true };
 *     status = wire_answer(&w, &ask, &said, id, &reply);
 *
 * Every function fills in the reply's status, content type and body. SOW_OK or a failure of
 * json_out_write; then the reply has no body. Times are constant, so that equal requests
 * have equal replies. Anthropic's Messages API is in wire_messages.c.
 */
#ifndef MOCK_WIRE_H
#define MOCK_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"
#include "io/http_server.h"
#include "io/json.h"
#include "mock/ask.h"

#define WIRE_CREATED 1735689600 /* 2025-01-01, when every reply was made */

struct wire {
	struct json_out *json;      /* used again and again */
	bool usage;                 /* tell how many tokens it took */
	bool is_messages;           /* problems are told as Anthropic does */
};

struct said {
	struct view text;           /* the content */
	struct view reasoning;      /* reasoning_content; empty: there is none */
	const char *finish;         /* "stop", "length", "content_filter" */
	bool no_choices;            /* an empty list of them */
	int64_t prompt_tokens;
	int64_t cached_tokens;      /* of them; told if more than 0 */
	int64_t completion_tokens;
	int64_t reasoning_tokens;   /* of them; told if more than 0 */
};

/* One JSON object, or a stream of events a token each if that was asked for. */
int wire_answer(const struct wire *w, const struct ask *a, const struct said *said, const char *id,
		struct http_reply *out);

int wire_problem(const struct wire *w, const struct problem *p, struct http_reply *out);

/* The same of Anthropic's API, which wire_answer and wire_problem go to. */
int wire_message(const struct wire *w, const struct ask *a, const struct said *said, const char *id,
		 struct http_reply *out);
int wire_message_problem(const struct wire *w, const struct problem *p, struct http_reply *out);

/* GET /v1/models: the one model. */
int wire_models(const struct wire *w, const char *model, struct http_reply *out);

/* POST /v1/embeddings: a vector of each text. Words that two texts have in common bring them nearer. */
int wire_embeddings(const struct wire *w, const struct ask *a, uint64_t seed, struct http_reply *out);

/* The error that takes the place of the rest of an answer. */
const char *wire_error_event(bool is_messages);

/* Hands what `json` holds to the reply. */
int wire_json(struct json_out *json, unsigned status, struct http_reply *out);
/* Hands events to the reply, unless writing them has failed already; frees them. */
int wire_events(struct buf *events, int status, struct http_reply *out);
/* Hands what is in `text` to the reply, and empties it. */
int wire_body(struct buf *text, unsigned status, const char *content_type, struct http_reply *out);

#endif
