#include "mock/wire.h"

#include "base/buf.h"
#include "mock/likely.h"
#include "mock/tokens.h"

#define JSON_TYPE "application/json"
#define FINGERPRINT "fp_sow_mock"

int wire_body(struct buf *text, unsigned status, const char *content_type, struct http_reply *out)
{
	size_t len = text->len;
	int failure = text->status;
	char *body = buf_detach(text);
	if (failure)
		return failure;
	out->status = status;
	out->content_type = content_type;
	out->body = body;
	out->body_len = len;
	return SOW_OK;
}

int wire_json(struct json_out *json, unsigned status, struct http_reply *out)
{
	struct buf body = BUF_INIT;
	int failure = json_out_write(json, &body, JSON_LINE);
	if (!failure)
		return wire_body(&body, status, JSON_TYPE, out);
	buf_release(&body);
	return failure;
}

int wire_events(struct buf *events, int status, struct http_reply *out)
{
	if (!status)
		status = wire_body(events, 200, "text/event-stream; charset=utf-8", out);
	buf_release(events);
	out->manner = HTTP_EVENTS;
	return status;
}

static void put(struct json_out *json, const char *key, const char *text)
{
	if (text)
		json_out_text(json, key, view_of(text));
	else
		json_out_null(json, key);
}

/* Errors and models */

int wire_problem(const struct wire *w, const struct problem *p, struct http_reply *out)
{
	if (w->is_messages)
		return wire_message_problem(w, p, out);
	json_out_object(w->json, NULL);
	json_out_object(w->json, "error");
	put(w->json, "message", p->message);
	put(w->json, "type", p->type);
	put(w->json, "param", p->param);
	put(w->json, "code", p->code);
	json_out_end(w->json);
	json_out_end(w->json);
	return wire_json(w->json, p->status, out);
}

const char *wire_error_event(bool is_messages)
{
	return is_messages ? "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
			     "\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
			   : "data: {\"error\":{\"message\":\"The server had an error while processing "
			     "your request.\",\"type\":\"server_error\",\"code\":502}}\n\n";
}

int wire_models(const struct wire *w, const char *model, struct http_reply *out)
{
	json_out_object(w->json, NULL);
	put(w->json, "object", "list");
	json_out_array(w->json, "data");
	json_out_object(w->json, NULL);
	put(w->json, "id", model);
	put(w->json, "object", "model");
	json_out_integer(w->json, "created", WIRE_CREATED);
	put(w->json, "owned_by", "sow");
	json_out_end(w->json);
	json_out_end(w->json);
	json_out_end(w->json);
	return wire_json(w->json, 200, out);
}

/* Answers */

static void put_usage(struct json_out *json, const struct said *s)
{
	json_out_object(json, "usage");
	json_out_integer(json, "prompt_tokens", s->prompt_tokens);
	json_out_integer(json, "completion_tokens", s->completion_tokens);
	json_out_integer(json, "total_tokens", s->prompt_tokens + s->completion_tokens);
	if (s->cached_tokens) {
		json_out_object(json, "prompt_tokens_details");
		json_out_integer(json, "cached_tokens", s->cached_tokens);
		json_out_end(json);
	}
	if (s->reasoning_tokens) {
		json_out_object(json, "completion_tokens_details");
		json_out_integer(json, "reasoning_tokens", s->reasoning_tokens);
		json_out_end(json);
	}
	json_out_end(json);
}

static void put_head(struct json_out *json, const struct ask *a, const char *id, const char *object)
{
	json_out_object(json, NULL);
	put(json, "id", id);
	put(json, "object", object);
	json_out_integer(json, "created", WIRE_CREATED);
	json_out_text(json, "model", a->model);
	put(json, "system_fingerprint", FINGERPRINT);
	json_out_array(json, "choices");
}

static void put_choice(const struct wire *w, const struct ask *a, const struct said *s)
{
	struct json_out *json = w->json;
	struct buf text = BUF_INIT;
	json_out_object(json, NULL);
	json_out_integer(json, "index", 0);
	if (a->kind == ASK_CHAT) {
		json_out_object(json, "message");
		put(json, "role", "assistant");
		json_out_text(json, "content", s->text);
		if (s->reasoning.len)
			json_out_text(json, "reasoning_content", s->reasoning);
		json_out_end(json);
	} else {
		likely_echo(a, s->text, &text);
		json_out_text(json, "text", view_from(text.data, text.len));
	}
	likely_choice(json, w->seed, a, s);
	put(json, "finish_reason", s->finish);
	json_out_end(json);
	buf_release(&text);
}

static int whole(const struct wire *w, const struct ask *a, const struct said *s, const char *id,
		 struct http_reply *out)
{
	put_head(w->json, a, id, a->kind == ASK_CHAT ? "chat.completion" : "text_completion");
	if (!s->no_choices)
		put_choice(w, a, s);
	json_out_end(w->json);
	if (w->usage)
		put_usage(w->json, s);
	json_out_end(w->json);
	return wire_json(w->json, 200, out);
}

/* Streams */

struct stream {
	const struct wire *w;
	const struct ask *a;
	const struct said *said;
	const char *id;
	struct buf body;
};

/* Ends the open object and makes an event of it. */
static int end_event(struct stream *st, bool with_usage)
{
	struct json_out *json = st->w->json;
	if (with_usage)
		put_usage(json, st->said);
	else if (st->a->stream_usage)
		json_out_null(json, "usage");
	json_out_end(json);
	buf_addstr(&st->body, "data: ");
	int status = json_out_write(json, &st->body, JSON_LINE);
	return status ? status : buf_addstr(&st->body, "\n\n");
}

/* One choice: the piece `text` of field `name` (NULL: none), and its finish reason (NULL: none yet). */
static int add_event(struct stream *st, const char *name, struct view text, const char *finish)
{
	struct json_out *json = st->w->json;
	bool chat = st->a->kind == ASK_CHAT;
	put_head(json, st->a, st->id, chat ? "chat.completion.chunk" : "text_completion");
	json_out_object(json, NULL);
	json_out_integer(json, "index", 0);
	if (chat)
		json_out_object(json, "delta");
	if (chat && !st->body.len)
		put(json, "role", "assistant");
	if (name || !chat)
		json_out_text(json, chat ? name : "text", text);
	if (chat)
		json_out_end(json);
	json_out_null(json, "logprobs");
	put(json, "finish_reason", finish);
	json_out_end(json);
	json_out_end(json);
	return end_event(st, false);
}

static int add_tokens(struct stream *st, const char *name, struct view text)
{
	int status = SOW_OK;
	for (size_t at = 0, len; !status && (len = token_len(text, at)); at += len)
		status = add_event(st, name, view_from(text.p + at, len), NULL);
	return status;
}

static int add_last(struct stream *st)
{
	int status = add_event(st, NULL, view_of(""), st->said->finish);
	if (!status && st->a->stream_usage) {
		put_head(st->w->json, st->a, st->id,
			 st->a->kind == ASK_CHAT ? "chat.completion.chunk" : "text_completion");
		json_out_end(st->w->json);
		status = end_event(st, true);
	}
	return status ? status : buf_addstr(&st->body, "data: [DONE]\n\n");
}

static int stream(const struct wire *w, const struct ask *a, const struct said *s, const char *id,
		  struct http_reply *out)
{
	struct stream st = { .w = w, .a = a, .said = s, .id = id, .body = BUF_INIT };
	int status = SOW_OK;
	if (a->kind == ASK_CHAT)
		status = add_event(&st, "content", view_of(""), NULL);
	if (!status)
		status = add_tokens(&st, "reasoning_content", s->reasoning);
	if (!status)
		status = add_tokens(&st, "content", s->text);
	if (!status)
		status = add_last(&st);
	return wire_events(&st.body, status, out);
}

int wire_answer(const struct wire *w, const struct ask *a, const struct said *said, const char *id,
		struct http_reply *out)
{
	if (a->kind == ASK_MESSAGES)
		return wire_message(w, a, said, id, out);
	return a->stream ? stream(w, a, said, id, out) : whole(w, a, said, id, out);
}
