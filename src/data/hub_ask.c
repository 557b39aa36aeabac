#include "data/hub_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"

#define TRIES 5
#define FIRST_WAIT (200 * CLOCK_MS) /* before another try; doubles */
#define ANSWER_TIMEOUT (120000 * CLOCK_MS)
#define SEND_TIMEOUT (3600000 * CLOCK_MS)

/* The Hub's error message, or the beginning of its reply. */
static struct view words_of(struct hub *h)
{
	struct sow_error own = { 0 };
	struct view body = view_from(h->http.body.data, h->http.body.len);
	struct json *doc = json_parse_lenient(body, h->arena, NULL, NULL, &own);
	const json_value *root = json_root(doc);
	struct view said = json_text(json_get(root, "error"));
	if (!said.len)
		said = json_text(json_get(root, "message"));
	return said.len ? said : view_trim(view_sub(body, 0, 200));
}

static int fail(struct hub *h, const char *what, struct sow_error *err)
{
	if (h->http.trouble)
		return error_set(err, SOW_IO, "%s: %s: %s", h->base.data, what, h->http.words.data);
	struct view words = words_of(h);
	int status = h->http.status;
	return error_set(err, SOW_INVALID, "%s: %s: status %d%s%.*s%s", h->base.data, what, status,
			 words.len ? ": " : "", VIEW_ARG(words),
			 status == 401 ? "; is the token right, and may it write?" : "");
}

int hub_send(struct hub *h, const char *what, const char *url, const struct hub_message *m, int also,
	     struct sow_error *err)
{
	const char *const secrets[] = { h->secret.data };
	const struct http_sync_request r = {
		.url = url, .headers = m->headers, .header_count = m->header_count, .secrets = secrets,
		.secret_count = m->secret ? 1 : 0, .text = m->text, .file = m->file, .from = m->from,
		.len = m->len, .tries = TRIES, .first_wait = FIRST_WAIT,
		.timeout = m->text ? ANSWER_TIMEOUT : SEND_TIMEOUT,
	};
	int status = http_sync_ask(&h->http, &r, err);
	if (status)
		return status;
	status = h->http.status;
	bool done = !h->http.trouble && ((status >= 200 && status < 300) || status == also);
	return done ? SOW_OK : fail(h, what, err);
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
	int status = hub_send(h, what, url.data, &m, also, err);
	if (!status && reply) {
		struct sow_error own = { 0 };
		struct view body = view_from(h->http.body.data, h->http.body.len);
		struct json *doc = json_parse_lenient(body, h->arena, NULL, NULL, &own);
		*reply = json_root(doc);
		if (!doc)
			status = error_set(err, SOW_INVALID, "%s: %s: the answer is not JSON", h->base.data,
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
