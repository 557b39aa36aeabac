/* Replies of Anthropic's Messages API. */
#include <string.h>

#include "base/buf.h"
#include "mock/tokens.h"
#include "mock/wire.h"

static void put(struct json_out *json, const char *key, const char *text)
{
	json_out_text(json, key, view_of(text));
}

static const char *type_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *type;
	} types[] = {
		{ 400, "invalid_request_error" }, { 401, "authentication_error" },
		{ 402, "billing_error" }, { 403, "permission_error" }, { 404, "not_found_error" },
		{ 409, "conflict_error" }, { 413, "request_too_large" }, { 429, "rate_limit_error" },
		{ 504, "timeout_error" }, { 529, "overloaded_error" },
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (types[i].status == status)
			return types[i].type;
	}
	return status < 500 ? "invalid_request_error" : "api_error";
}

int wire_message_problem(const struct wire *w, const struct problem *p, struct http_reply *out)
{
	json_out_object(w->json, NULL);
	put(w->json, "type", "error");
	json_out_object(w->json, "error");
	put(w->json, "type", type_of(p->status));
	put(w->json, "message", p->message);
	json_out_end(w->json);
	put(w->json, "request_id", "req_sow_mock");
	json_out_end(w->json);
	return wire_json(w->json, p->status, out);
}

static const char *reason_of(const struct said *s)
{
	return strcmp(s->finish, "length") == 0		 ? "max_tokens"
	       : strcmp(s->finish, "content_filter") == 0 ? "refusal"
							  : "end_turn";
}

/* Tokens read from the cache are not counted among the others. */
static void put_usage(struct json_out *json, const struct said *s, int64_t written)
{
	json_out_object(json, "usage");
	json_out_integer(json, "input_tokens", s->prompt_tokens - s->cached_tokens);
	json_out_integer(json, "cache_creation_input_tokens", 0);
	json_out_integer(json, "cache_read_input_tokens", s->cached_tokens);
	json_out_integer(json, "output_tokens", written);
	json_out_end(json);
}

static void put_reason(struct json_out *json, const struct said *s)
{
	const char *reason = s ? reason_of(s) : NULL;
	if (reason)
		put(json, "stop_reason", reason);
	else
		json_out_null(json, "stop_reason");
	json_out_null(json, "stop_sequence");
	if (reason && strcmp(reason, "refusal") == 0) {
		json_out_object(json, "stop_details");
		put(json, "type", "refusal");
		json_out_null(json, "category");
		put(json, "explanation", "This request was refused by a policy.");
		json_out_end(json);
	}
}

/* The members of a message before its content. */
static void put_head(struct json_out *json, const struct ask *a, const char *id)
{
	put(json, "id", id);
	put(json, "type", "message");
	put(json, "role", "assistant");
	json_out_text(json, "model", a->model);
	json_out_array(json, "content");
}

static void put_block(struct json_out *json, const char *key, const char *type, const char *member,
		      struct view text)
{
	json_out_object(json, key);
	put(json, "type", type);
	json_out_text(json, member, text);
	if (strcmp(type, "thinking") == 0)
		put(json, "signature", "");
	json_out_end(json);
}

static int whole(const struct wire *w, const struct ask *a, const struct said *s, const char *id,
		 struct http_reply *out)
{
	json_out_object(w->json, NULL);
	put_head(w->json, a, id);
	if (s->reasoning.len && !s->no_choices)
		put_block(w->json, NULL, "thinking", "thinking", s->reasoning);
	if (!s->no_choices)
		put_block(w->json, NULL, "text", "text", s->text);
	json_out_end(w->json);
	put_reason(w->json, s);
	if (w->usage)
		put_usage(w->json, s, s->completion_tokens);
	json_out_end(w->json);
	return wire_json(w->json, 200, out);
}

struct events {
	struct json_out *json;
	struct buf body;
	int status;
};

/* Opens the object of an event. */
static void begin(struct events *e, const char *type)
{
	buf_addf(&e->body, "event: %s\ndata: ", type);
	json_out_object(e->json, NULL);
	put(e->json, "type", type);
}

static void end(struct events *e)
{
	json_out_end(e->json);
	if (!e->status)
		e->status = json_out_write(e->json, &e->body, JSON_LINE);
	buf_addstr(&e->body, "\n\n");
}

/* A block: "text", or "thinking"; `index` counts them. */
static void add_block(struct events *e, int64_t index, const char *name, const char *delta,
		      struct view text)
{
	begin(e, "content_block_start");
	json_out_integer(e->json, "index", index);
	put_block(e->json, "content_block", name, name, view_of(""));
	end(e);
	for (size_t at = 0, len; (len = token_len(text, at)); at += len) {
		begin(e, "content_block_delta");
		json_out_integer(e->json, "index", index);
		put_block(e->json, "delta", delta, name, view_from(text.p + at, len));
		end(e);
	}
	begin(e, "content_block_stop");
	json_out_integer(e->json, "index", index);
	end(e);
}

static int stream(const struct wire *w, const struct ask *a, const struct said *s, const char *id,
		  struct http_reply *out)
{
	struct events e = { .json = w->json, .body = BUF_INIT };
	int64_t index = 0;
	begin(&e, "message_start");
	json_out_object(e.json, "message");
	put_head(e.json, a, id);
	json_out_end(e.json);
	put_reason(e.json, NULL);
	if (w->usage)
		put_usage(e.json, s, 1);
	json_out_end(e.json);
	end(&e);
	begin(&e, "ping");
	end(&e);
	if (s->reasoning.len && !s->no_choices)
		add_block(&e, index++, "thinking", "thinking_delta", s->reasoning);
	if (!s->no_choices)
		add_block(&e, index, "text", "text_delta", s->text);
	begin(&e, "message_delta");
	json_out_object(e.json, "delta");
	put_reason(e.json, s);
	json_out_end(e.json);
	if (w->usage) {
		json_out_object(e.json, "usage");
		json_out_integer(e.json, "output_tokens", s->completion_tokens);
		json_out_end(e.json);
	}
	end(&e);
	begin(&e, "message_stop");
	end(&e);
	return wire_events(&e.body, e.status, out);
}

int wire_message(const struct wire *w, const struct ask *a, const struct said *said, const char *id,
		 struct http_reply *out)
{
	return a->stream ? stream(w, a, said, id, out) : whole(w, a, said, id, out);
}
