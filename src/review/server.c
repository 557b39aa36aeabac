#include "review/review.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/error.h"
#include "base/mem.h"
#include "review/review_private.h"
#include "run/open_records.h"

#define PUSH_EVERY (500 * CLOCK_MS)
#define WRONG_PASSWORD_DELAY CLOCK_SECOND

/* The browser runs only the built-in scripts, fetches nothing from elsewhere, lets no other page embed this
 * one, and passes the address with its token on to no site. */
static const char *const headers[] = {
	"Content-Security-Policy",
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options", "nosniff",
	"X-Frame-Options", "DENY",
	"Referrer-Policy", "no-referrer",
	"Cross-Origin-Opener-Policy", "same-origin",
	"Cross-Origin-Resource-Policy", "same-origin",
	"Cache-Control", "no-store",
	NULL
};

static const struct {
	const char *path, *file, *type;
} files[] = {
	{ "", "index.html", "text/html; charset=utf-8" },
	{ "style.css", "style.css", "text/css; charset=utf-8" },
	{ "icon.svg", "icon.svg", "image/svg+xml" },
	{ "app.js", "app.js", "text/javascript; charset=utf-8" },
	{ "ask.js", "ask.js", "text/javascript; charset=utf-8" },
	{ "dom.js", "dom.js", "text/javascript; charset=utf-8" },
	{ "diff.js", "diff.js", "text/javascript; charset=utf-8" },
	{ "record.js", "record.js", "text/javascript; charset=utf-8" },
	{ "state.js", "state.js", "text/javascript; charset=utf-8" },
	{ "judge.js", "judge.js", "text/javascript; charset=utf-8" },
	{ "keys.js", "keys.js", "text/javascript; charset=utf-8" },
	{ "edit.js", "edit.js", "text/javascript; charset=utf-8" },
	{ "filters.js", "filters.js", "text/javascript; charset=utf-8" },
	{ "progress.js", "progress.js", "text/javascript; charset=utf-8" },
	{ "live.js", "live.js", "text/javascript; charset=utf-8" },
};

/* Replies */

static int reply_bytes(struct http_reply *out, unsigned status, const char *type, const char *bytes, size_t len)
{
	out->body = mem_copy(bytes, len);
	out->body_len = len;
	out->status = status;
	out->content_type = type;
	out->headers = headers;
	return SOW_OK;
}

static int reply_text(struct http_reply *out, unsigned status, const char *text)
{
	return reply_bytes(out, status, "text/plain; charset=utf-8", text, strlen(text));
}

static int reply_file(struct http_reply *out, struct view path)
{
	char name[64];
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!view_eqstr(path, files[i].path))
			continue;
		snprintf(name, sizeof(name), "src/review/html/%s", files[i].file);
		const struct embedded_file *f = embedded_find(name);
		return f ? reply_bytes(out, 200, files[i].type, f->text, f->len) : reply_text(out, 404, "missing\n");
	}
	return reply_text(out, 404, "There is nothing here.\n");
}

static unsigned status_of(int status)
{
	switch (status) {
	case SOW_OK: return 200;
	case SOW_USAGE: case SOW_INVALID: return 400;
	case SOW_MISSING: return 404;
	default: return 500;
	}
}

/* Requests */

/* SOW_INVALID if the message is not UTF-8, as a file's name in it may be. */
static int write_error(struct json_out *out, const char *message, struct buf *text)
{
	json_out_object(out, NULL);
	json_out_text(out, "error", view_of(message));
	json_out_end(out);
	return json_out_write(out, text, JSON_LINE);
}

static int write_answer(struct call *c, int status, struct buf *text)
{
	json_out_end(c->out);
	if (!status && json_out_write(c->out, text, JSON_LINE))
		status = error_set(c->err, SOW_IO, "the answer could not be written");
	if (!status)
		return status;
	buf_clear(text);
	json_out_free(c->out);
	c->out = json_out_new();
	if (write_error(c->out, c->err->text, text))
		write_error(c->out, "it failed; the name of the file that it says is not UTF-8", text);
	return status;
}

/* A person's name comes from the password, from the page, or from the options. */
static struct view who(const struct review *r, const struct call *c, const struct buf *user)
{
	struct view by = json_text(json_get(c->body, "by"));
	if (r->o->password)
		return view_from(user->data, user->len);
	return by.len ? by : view_of(r->o->by);
}

static int answer(struct review *r, const struct http_request *q, struct view name, const struct buf *user,
		  struct http_reply *out)
{
	struct sow_error err = { 0 };
	struct buf text = BUF_INIT;
	struct call c = { .review = r, .arena = arena_new(), .out = json_out_new(), .err = &err };
	size_t offset;
	c.body = json_root(json_parse_exact(q->body, c.arena, &offset, NULL));
	json_out_object(c.out, NULL);
	c.by = who(r, &c, user);
	int status = json_type(c.body) == JSON_OBJECT
		     ? api_answer(&c, name) : error_set(&err, SOW_USAGE, "expected a JSON object");
	status = write_answer(&c, status, &text);
	int sent = reply_bytes(out, status_of(status), "application/json; charset=utf-8", text.data, text.len);
	json_out_free(c.out);
	buf_release(&text);
	arena_free(c.arena);
	return sent;
}

static int begin_stream(struct review *r, struct http_reply *out)
{
	out->tag = feed_begin(r);
	reply_bytes(out, 200, "text/event-stream; charset=utf-8", "retry: 1000\n\n", 13);
	out->manner = HTTP_STREAM;
	out->pause = PUSH_EVERY;
	return SOW_OK;
}

static int route(struct review *r, const struct http_request *q, struct view path, const struct buf *user,
		 struct http_reply *out)
{
	bool is_get = view_eqstr(q->method, "GET"), is_post = view_eqstr(q->method, "POST");
	if (q->too_big)
		return reply_text(out, 413, "That is too much at once.\n");
	if (is_get && view_eqstr(path, "events"))
		return begin_stream(r, out);
	if (is_get)
		return reply_file(out, path);
	if (!is_post || !view_starts(path, "api/"))
		return reply_text(out, 405, "expected GET, or POST to api/\n");
	if (!view_starts(http_request_field(q, "Content-Type"), "application/json"))
		return reply_text(out, 415, "expected Content-Type: application/json\n");
	return answer(r, q, view_sub(path, 4, path.len), user, out);
}

static int on_request(void *data, const struct http_request *q, struct http_reply *out)
{
	struct review *r = data;
	struct buf user = BUF_INIT;
	struct view path = view_of("");
	int status;
	switch (guard_check(&r->guard, q, &path, &user)) {
	case GUARD_PASS:
		status = route(r, q, path, &user, out);
		break;
	case GUARD_PASSWORD:
		http_reply_field(out, "WWW-Authenticate", "Basic realm=\"sow review\", charset=\"UTF-8\"");
		out->delay = http_request_field(q, "Authorization").len ? WRONG_PASSWORD_DELAY : 0;
		status = reply_text(out, 401, "Your name, and the password of this review.\n");
		break;
	case GUARD_FOREIGN:
		status = reply_text(out, 403, "This server answers its own page only.\n");
		break;
	default:
		status = reply_text(out, 404, "Open the address that sow review has printed: it holds a token.\n");
	}
	buf_release(&user);
	return status;
}

static void on_end(void *data, void *tag, bool whole)
{
	(void)data;
	(void)whole;
	feed_end(tag);
}

static bool on_more(void *data, void *tag, struct buf *more)
{
	return feed_more(data, tag, more);
}

/* The whole */

static int open_all(struct review *r, struct sow_error *err)
{
	const struct review_options *o = r->o;
	r->verdicts = verdicts_open_for(o->path, o->is_run, err);
	r->index = r->verdicts ? index_new(err) : NULL;
	if (!r->index)
		return err->status;
	links_init(&r->links, r->index, r->verdicts);
	r->orders = orders_new(r->index, r->verdicts);
	links_sync(&r->links);
	if (o->is_run) {
		r->store = open_run(o->path, err);
		if (!r->store)
			return err->status;
		r->lookup = lookup_new(r->store);
	}
	const struct fill_options fill = { .path = o->path, .is_run = o->is_run, .reading = o->reading,
					   .index = r->index, .links = &r->links };
	r->fill = fill_start(&fill, err);
	return r->fill ? SOW_OK : (int)err->status;
}

static int listen_all(struct review *r, struct sow_error *err)
{
	const struct review_options *o = r->o;
	const struct http_server_options http = { .host = o->host, .port = o->port, .on_request = on_request,
						  .on_end = on_end, .on_more = on_more, .data = r };
	r->server = http_server_open(&http, err);
	if (!r->server)
		return err->status;
	int status = guard_init(&r->guard, o->host, http_server_port(r->server), o->password, err);
	if (!status && o->stop_fd >= 0)
		status = http_server_watch(r->server, o->stop_fd, err);
	return status;
}

static int say_address(struct review *r)
{
	const char *host = r->o->host ? r->o->host : "127.0.0.1";
	struct buf address = BUF_INIT;
	buf_addf(&address, strchr(host, ':') ? "http://[%s]:%d/%s/" : "http://%s:%d/%s/", host,
		 http_server_port(r->server), r->guard.token);
	int status = r->o->on_listening(r->o->data, address.data);
	buf_release(&address);
	return status;
}

int review_serve(const struct review_options *o, struct sow_error *err)
{
	struct review r = { .o = o, .guard = { .host = BUF_INIT }, .status = BUF_INIT };
	int woken = -1;
	int status = open_all(&r, err);
	if (!status)
		status = listen_all(&r, err);
	if (!status)
		status = say_address(&r);
	while (!status && (woken < 0 || woken != o->stop_fd))
		status = http_server_step(r.server, 3600 * CLOCK_SECOND, &woken, err);
	http_server_close(r.server);
	fill_stop(r.fill);
	orders_free(r.orders);
	lookup_free(r.lookup);
	store_close(r.store);
	links_release(&r.links);
	verdicts_close(r.verdicts);
	index_free(r.index);
	guard_release(&r.guard);
	buf_release(&r.status);
	return status;
}
