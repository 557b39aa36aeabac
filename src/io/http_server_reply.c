/* How a reply goes out: whole, in pieces with pauses, cut, or as a stream. */
#include "io/http_server_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void http_reply_field(struct http_reply *r, const char *name, const char *fmt, ...)
{
	if (r->field_count == HTTP_FIELDS_MAX)
		return;
	struct http_field *f = &r->fields[r->field_count++];
	va_list ap;
	va_start(ap, fmt);
	f->name = name;
	vsnprintf(f->value, sizeof(f->value), fmt, ap);
	va_end(ap);
}

/* Where the piece that begins at `from` ends. */
static size_t piece_end(const struct http_reply *r, size_t from)
{
	size_t len = r->body_len, end = len;
	if (!r->pause)
		return len;
	if (r->manner == HTTP_BYTES && r->piece < len - from)
		end = from + r->piece;
	if (r->manner == HTTP_EVENTS) {
		end = view_find(view_from(r->body, len), from, "\n\n");
		end = end == VIEW_NONE ? len : end + 2;
	}
	return end;
}

/* The library marks the connection as closed, and then forgets it: it closes it when it is run once
 * more, and only if it looks at it. It looks at all that have a timeout of their own. */
static ssize_t break_off(struct exchange *x)
{
	MHD_set_connection_option(x->connection, MHD_CONNECTION_OPTION_TIMEOUT, 1u);
	x->server->again = true;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t read_piece(void *data, uint64_t pos, char *out, size_t room)
{
	struct exchange *x = data;
	const struct http_reply *r = &x->reply;
	size_t from = (size_t)pos, stop = r->cut && r->cut < r->body_len ? r->cut : r->body_len;
	if (x->dead || (from == stop && stop < r->body_len)) {
		x->broken = !x->dead;
		return break_off(x);
	}
	if (from == stop)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (from == x->piece_end) {
		if (from && !x->paused) {
			x->paused = true;
			http_exchange_wait(x, r->pause);
			return 0;
		}
		x->paused = false;
		x->piece_end = piece_end(r, from);
	}
	size_t end = x->piece_end < stop ? x->piece_end : stop;
	size_t len = end - from < room ? end - from : room;
	memcpy(out, r->body + from, len);
	return (ssize_t)len;
}

/* Asks for more as often as the pause is over. */
static ssize_t read_stream(void *data, uint64_t pos, char *out, size_t room)
{
	struct exchange *x = data;
	struct http_server *s = x->server;
	(void)pos;
	if (x->dead)
		return break_off(x);
	if (x->streamed == x->body.len && x->paused) {
		x->paused = false;
		x->streamed = 0;
		buf_clear(&x->body);
		if (!s->o.on_more(s->o.data, x->reply.tag, &x->body))
			return MHD_CONTENT_READER_END_OF_STREAM;
	}
	if (x->streamed == x->body.len) {
		x->paused = true;
		http_exchange_wait(x, x->reply.pause);
		return 0;
	}
	size_t left = x->body.len - x->streamed, len = left < room ? left : room;
	memcpy(out, x->body.data + x->streamed, len);
	x->streamed += len;
	return (ssize_t)len;
}

static struct MHD_Response *make_stream(struct exchange *x)
{
	buf_clear(&x->body);
	buf_add(&x->body, x->reply.body, x->reply.body_len);
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, (size_t)16 << 10, read_stream, x, NULL);
}

static struct MHD_Response *make_response(struct exchange *x)
{
	struct http_reply *r = &x->reply;
	if (r->manner == HTTP_STREAM)
		return make_stream(x);
	if (r->manner == HTTP_WHOLE && !r->cut) {
		char *body = r->body;
		r->body = NULL;
		return MHD_create_response_from_buffer_with_free_callback(r->body_len,
									  body ? body : buf_empty,
									  body ? mem_free : NULL);
	}
	return MHD_create_response_from_callback(r->manner == HTTP_EVENTS ? MHD_SIZE_UNKNOWN
									  : r->body_len,
						 (size_t)16 << 10, read_piece, x, NULL);
}

enum MHD_Result http_exchange_send(struct exchange *x)
{
	struct http_reply *r = &x->reply;
	struct MHD_Response *response = make_response(x);
	if (!response)
		return MHD_NO;
	enum MHD_Result result = MHD_YES;
	if (r->content_type)
		result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
						 r->content_type);
	for (const char *const *h = r->headers; h && *h && result == MHD_YES; h += 2)
		result = MHD_add_response_header(response, h[0], h[1]);
	for (size_t i = 0; i < r->field_count && result == MHD_YES; i++)
		result = MHD_add_response_header(response, r->fields[i].name, r->fields[i].value);
	if (result == MHD_YES)
		result = MHD_queue_response(x->connection, r->status, response);
	MHD_destroy_response(response);
	return result;
}
