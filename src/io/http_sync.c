#include "io/http_sync.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

int http_sync_open(struct http_sync *o, const char *ca_file, size_t body_max, struct sow_error *err)
{
	struct sow_error own = { 0 };
	err = err ? err : &own;
	o->http = http_new(&(struct http_options){ .ca_file = ca_file, .requests = 1,
						   .body_max = body_max }, err);
	return o->http ? SOW_OK : (int)err->status;
}

void http_sync_release(struct http_sync *o)
{
	http_free(o->http);
	o->http = NULL;
	buf_release(&o->words);
	buf_release(&o->headers);
	buf_release(&o->body);
}

static void keep_answer(void *data, void *unused, const struct http_answer *a)
{
	struct http_sync *o = data;
	(void)unused;
	o->done = true;
	o->status = a->status;
	o->trouble = a->trouble;
	buf_clear(&o->words);
	buf_clear(&o->headers);
	buf_clear(&o->body);
	buf_addstr(&o->words, a->words ? a->words : "");
	buf_add(&o->headers, a->headers.p, a->headers.len);
	buf_add(&o->body, a->body.p, a->body.len);
}

static int ask_once(struct http_sync *o, const struct http_sync_request *r, struct sow_error *err)
{
	struct http_endpoint *p = http_endpoint_new(o->http, r->url, r->headers, r->header_count, r->secrets,
						    r->secret_count, err);
	if (!p)
		return err->status;
	struct http_call *c = http_call_new(o->http);
	if (r->get)
		http_call_get(c);
	else if (r->text)
		buf_add(http_call_body(c), r->text->data, r->text->len);
	else
		http_call_put(c, r->file, (int64_t)r->from, r->len);
	o->done = false;
	http_call_send(c, p, r->timeout, NULL);
	int status = SOW_OK;
	while (!status && !o->done)
		status = http_turn(o->http, CLOCK_SECOND, keep_answer, o, err);
	return status;
}

int http_sync_ask(struct http_sync *o, const struct http_sync_request *r, struct sow_error *err)
{
	struct sow_error own = { 0 };
	int64_t wait = r->first_wait;
	for (int try = 1;; try++) {
		int status = ask_once(o, r, err ? err : &own);
		if (status || try >= r->tries || !http_sync_may_pass(o->trouble, o->status))
			return status;
		usleep((useconds_t)(wait / 1000));
		wait *= 2;
	}
}

/* A name that is not known may be a network that is not up yet. */
bool http_sync_may_pass(enum http_trouble trouble, int status)
{
	if (trouble)
		return trouble == HTTP_NO_CONNECTION || trouble == HTTP_TIMEOUT ||
		       trouble == HTTP_BROKEN || trouble == HTTP_NO_HOST;
	return status == 408 || status == 429 || status >= 500;
}

struct view http_sync_header(const struct http_sync *o, const char *name)
{
	return http_header(view_from(o->headers.data, o->headers.len), name);
}
