#include "mock/damage.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mock/wire.h"

#define DRIPS 20
#define DRIP_PAUSE (100 * CLOCK_MS)

/* A page that a proxy may send. */
static const char page[] =
	"<!DOCTYPE html>\n<html><head><title>Please sign in</title></head>\n"
	"<body><h1>Welcome to this network</h1><p>Please accept the terms.</p></body></html>\n";

static void make_page(struct http_reply *out)
{
	char *body = mem_copy(page, sizeof(page) - 1);
	mem_free(out->body);
	out->body = body;
	out->body_len = sizeof(page) - 1;
	out->content_type = "text/html; charset=utf-8";
	out->manner = HTTP_WHOLE;
}

/* Ends early as if complete, or adds bytes that are not UTF-8. */
static void spoil(struct draw *d, struct http_reply *out)
{
	if (out->body_len < 2)
		return;
	size_t at = 1 + draw_below(d, out->body_len - 1);
	if (draw_below(d, 2)) {
		out->body_len = at;
		return;
	}
	size_t len = out->body_len - at;
	memset(out->body + at, 0xFE, len < 8 ? len : 8);
}

/* Some events and then an error; for an answer in one piece, an error instead. */
static void make_error(bool is_messages, struct draw *d, struct http_reply *out)
{
	struct view body = view_from(out->body, out->body_len), event = view_of(wire_error_event(is_messages));
	bool is_stream = out->manner == HTTP_EVENTS;
	size_t at = is_stream ? view_find(body, draw_below(d, body.len), "\n\n") : 0;
	struct buf text = BUF_INIT;
	at = at == VIEW_NONE || !is_stream ? 0 : at + 2;
	if (!is_stream) /* only the data */
		event = view_trim(view_sub(event, view_find(event, 0, "{"), event.len));
	buf_add(&text, body.p, at);
	buf_add(&text, event.p, event.len);
	size_t len = text.len;
	mem_free(out->body);
	out->body = buf_detach(&text);
	out->body_len = len;
}

void damage_reply(enum fault_kind kind, bool is_messages, struct draw *d, struct http_reply *out)
{
	switch (kind) {
	case FAULT_RESET:
		out->manner = HTTP_RESET;
		out->status = 0;
		break;
	case FAULT_HANG:
		out->manner = HTTP_HANG;
		out->status = 0;
		break;
	case FAULT_CUT:
		if (out->body_len > 1)
			out->cut = 1 + draw_below(d, out->body_len - 1);
		break;
	case FAULT_DRIP:
		if (out->manner == HTTP_WHOLE)
			out->manner = HTTP_BYTES;
		out->piece = out->body_len / DRIPS + 1;
		out->pause = DRIP_PAUSE;
		break;
	case FAULT_GARBAGE:
		spoil(d, out);
		break;
	case FAULT_TYPE:
		make_page(out);
		break;
	case FAULT_ERROR:
		make_error(is_messages, d, out);
		break;
	case FAULT_STATUS:
	case FAULT_EMPTY:
	case FAULT_FILTERED:
		break;
	}
}
