/* wire.h - the replies to the client, byte for byte like those of OpenAI-compatible servers.
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

#define WIRE_CREATED 1735689600 /* 2025-01-01, the time of every reply */

struct wire {
	struct json_out *json;      /* reused */
	bool usage;                 /* report the tokens used */
	uint64_t seed;              /* of likelihoods */
	bool is_messages;           /* report problems in Anthropic's form */
};

struct said {
	struct view text;           /* the content */
	struct view reasoning;      /* reasoning_content; empty: none */
	const char *finish;         /* "stop", "length", "content_filter" */
	bool no_choices;            /* an empty list of choices */
	int64_t prompt_tokens;
	int64_t cached_tokens;      /* of them; reported if more than 0 */
	int64_t completion_tokens;
	int64_t reasoning_tokens;   /* of them; reported if more than 0 */
};

/* One JSON object, or if requested a stream of events, a token each. */
int wire_answer(const struct wire *w, const struct ask *a, const struct said *said, const char *id,
		struct http_reply *out);

int wire_problem(const struct wire *w, const struct problem *p, struct http_reply *out);

/* The same for Anthropic's API; wire_answer and wire_problem call them. */
int wire_message(const struct wire *w, const struct ask *a, const struct said *said, const char *id,
		 struct http_reply *out);
int wire_message_problem(const struct wire *w, const struct problem *p, struct http_reply *out);

/* GET /v1/models: the one model. */
int wire_models(const struct wire *w, const char *model, struct http_reply *out);

/* POST /v1/embeddings: a vector of each text. Words that two texts share bring their vectors nearer. */
int wire_embeddings(const struct wire *w, const struct ask *a, uint64_t seed, struct http_reply *out);

/* The error that takes the place of the rest of an answer. */
const char *wire_error_event(bool is_messages);

/* Moves the JSON to the reply. */
int wire_json(struct json_out *json, unsigned status, struct http_reply *out);
/* Moves the events to the reply, unless writing them has failed already; frees them. */
int wire_events(struct buf *events, int status, struct http_reply *out);
/* Moves `text` to the reply, and empties it. */
int wire_body(struct buf *text, unsigned status, const char *content_type, struct http_reply *out);

#endif
