#include "data/hub_private.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

#define TRIES 5
#define FIRST_WAIT (200 * CLOCK_MS) /* before another try; doubles */
#define ANSWER_TIMEOUT (120000 * CLOCK_MS)
#define SEND_TIMEOUT (3600000 * CLOCK_MS)

static void take_answer(void *data, void *unused, const struct http_answer *a)
{
	struct hub *h = data;
	struct view etag = http_header(a->headers, "etag");
	(void)unused;
	h->done = true;
	h->status = a->status;
	h->trouble = a->trouble;
	buf_clear(&h->words);
	buf_clear(&h->body);
	buf_clear(&h->etag);
	buf_addstr(&h->words, a->words ? a->words : "");
	buf_add(&h->body, a->body.p, a->body.len);
	buf_add(&h->etag, etag.p, etag.len);
}

static int send_once(struct hub *h, const char *url, const struct hub_message *m,
		     struct sow_error *err)
{
	const char *const secrets[] = { h->secret.data };
	struct http_place *p = http_place_new(h->http, url, m->headers, m->header_count, secrets,
					      m->secret ? 1 : 0, err);
	if (!p)
		return err->status;
	struct http_call *c = http_call_new(h->http);
	if (!c)
		return error_nomem(err);
	if (m->text)
		buf_add(http_call_body(c), m->text->data, m->text->len);
	else
		http_call_put(c, m->file, (int64_t)m->from, m->len);
	h->done = false;
	int status = http_call_send(c, p, m->text ? ANSWER_TIMEOUT : SEND_TIMEOUT, NULL);
	if (status)
		return error_nomem(err);
	while (!status && !h->done)
		status = http_turn(h->http, 1000 * CLOCK_MS, take_answer, h, err);
	if (!status && (buf_failed(&h->body) || buf_failed(&h->words) || buf_failed(&h->etag)))
		status = error_nomem(err);
	return status;
}

static bool may_pass(const struct hub *h)
{
	if (h->trouble)
		return h->trouble == HTTP_NO_CONNECTION || h->trouble == HTTP_TIMEOUT ||
		       h->trouble == HTTP_BROKEN;
	return h->status == 408 || h->status == 429 || h->status >= 500;
}

/* The Hub's own words, or the beginning of what it sent. */
static struct view words_of(struct hub *h)
{
	struct sow_error own = { 0 };
	struct view body = view_from(h->body.data, h->body.len);
	struct json *doc = json_parse_lenient(body, h->arena, NULL, NULL, &own);
	const json_value *root = json_root(doc);
	struct view said = json_text(json_get(root, "error"));
	if (!said.len)
		said = json_text(json_get(root, "message"));
	return said.len ? said : view_trim(view_sub(body, 0, 200));
}

static int fail(struct hub *h, const char *what, struct sow_error *err)
{
	if (h->trouble)
		return error_set(err, SOW_IO, "%s: %s: %s", h->base.data, what, h->words.data);
	struct view words = words_of(h);
	return error_set(err, SOW_INVALID, "%s: %s: status %d%s%.*s%s", h->base.data, what, h->status,
			 words.len ? ": " : "", VIEW_ARG(words),
			 h->status == 401 ? "; is the token right, and may it write?" : "");
}

int hub_send(struct hub *h, const char *what, const char *url, const struct hub_message *m, int also,
	     struct sow_error *err)
{
	int64_t wait = FIRST_WAIT;
	for (int try = 1;; try++) {
		int status = send_once(h, url, m, err);
		if (status)
			return status;
		if (!h->trouble && ((h->status >= 200 && h->status < 300) || h->status == also))
			return SOW_OK;
		if (try == TRIES || !may_pass(h))
			return fail(h, what, err);
		usleep((useconds_t)(wait / 1000));
		wait *= 2;
	}
}

int hub_ask(struct hub *h, const char *what, const struct buf *path, const char *type,
	    const struct buf *text, int also, const json_value **reply, struct sow_error *err)
{
	bool is_lfs = strcmp(type, HUB_LFS_TYPE) == 0;
	struct buf url = BUF_INIT, content = BUF_INIT;
	buf_addf(&url, "%s%s", h->base.data, path->data);
	buf_addf(&content, "Content-Type: %s", type);
	const char *const headers[] = { content.data, is_lfs ? "Accept: " HUB_LFS_TYPE
							     : "Accept: application/json" };
	const struct hub_message m = { .headers = headers, .header_count = 2, .secret = true,
				       .text = text };
	int status = buf_failed(path) || buf_failed(&url) || buf_failed(&content) || buf_failed(text)
			     ? error_nomem(err) : hub_send(h, what, url.data, &m, also, err);
	if (!status && reply) {
		struct sow_error own = { 0 };
		struct json *doc = json_parse_lenient(view_from(h->body.data, h->body.len), h->arena,
						      NULL, NULL, &own);
		*reply = json_root(doc);
		if (!doc)
			status = error_set(err, SOW_INVALID, "%s: %s: the answer is no JSON", h->base.data,
					   what);
	}
	buf_release(&url);
	buf_release(&content);
	return status;
}

int hub_text(struct json_out *json, struct buf *text, struct sow_error *err)
{
	int status = json_out_write(json, text, JSON_LINE);
	json_out_free(json);
	if (status == SOW_INVALID)
		return error_set(err, SOW_USAGE, "expected names in UTF-8");
	return status ? error_nomem(err) : SOW_OK;
}
