/* The calls to the server: requests are uploaded, made into a batch, its status is polled, and its
 * results are fetched; direct requests are sent one by one. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "teacher/batch/batch.h"

#define PATIENCE (3600 * CLOCK_SECOND) /* for large bodies */
#define LISTED 100                     /* batches on one page of a list */

int batched_write(struct client_batch *o, struct batched *j, const struct param_support *d,
		  struct params_sent *sent)
{
	buf_clear(&o->body);
	return o->server->wire->write(&o->body, &o->setup.style, d, j->request, sent);
}

static void send_call(struct client_batch *o, struct batch *b, struct http_call *c, const char *header,
		      int64_t timeout)
{
	struct http_endpoint *endpoint =
		setup_http_endpoint(&o->setup, o->server, o->scratch.data, header, &o->why);
	if (!endpoint) {
		http_call_free(c);
		return;
	}
	b->is_calling = true;
	http_call_send(c, endpoint, timeout, b);
}

/* Fetches the path in o->scratch. */
static void get(struct client_batch *o, struct batch *b, bool is_read)
{
	struct http_call *c = http_call_new(o->setup.http);
	http_call_get(c);
	if (is_read)
		http_call_read(c, batch_on_bytes);
	send_call(o, b, c, NULL, is_read ? PATIENCE : o->setup.timeout);
}

static void look_for(struct client_batch *o, struct batch *b)
{
	bool is_anthropic = o->server->wire == &wire_anthropic;
	buf_clear(&o->scratch);
	buf_addf(&o->scratch, "%s?limit=%d", o->api->path, LISTED);
	if (b->after.len)
		buf_addf(&o->scratch, "&%s=%s", is_anthropic ? "after_id" : "after", b->after.data);
	get(o, b, false);
}

/* A form with a file of lines. */
static void upload(struct client_batch *o, struct batch *b)
{
	char header[128];
	struct http_call *c = http_call_new(o->setup.http);
	struct buf *out = http_call_body(c);
	buf_addf(out, "--%s\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n%s\r\n", b->row.name,
		 o->api->purpose);
	buf_addf(out, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"sow-%s.jsonl\"\r\n"
		 "Content-Type: application/jsonl\r\n\r\n", b->row.name, b->row.name);
	buf_add(out, b->sent.data, b->sent.len);
	buf_addf(out, "\r\n--%s--\r\n", b->row.name);
	snprintf(header, sizeof(header), "Content-Type: multipart/form-data; boundary=%s", b->row.name);
	buf_clear(&o->scratch);
	buf_addstr(&o->scratch, "/files");
	send_call(o, b, c, header, PATIENCE);
}

static void create(struct client_batch *o, struct batch *b)
{
	struct http_call *c = http_call_new(o->setup.http);
	batch_api_create(o->api, http_call_body(c), b->row.name, o->endpoint, o->setup.style.model,
			 view_from(b->file.data, b->file.len), view_from(b->sent.data, b->sent.len));
	http_call_once(c);
	buf_clear(&o->scratch);
	buf_addstr(&o->scratch, o->api->path);
	send_call(o, b, c, NULL, PATIENCE);
}

static void wait_for(struct client_batch *o, struct batch *b)
{
	buf_clear(&o->scratch);
	buf_addf(&o->scratch, "%s/%s", o->api->path, b->row.remote);
	get(o, b, false);
}

static void fetch_results(struct client_batch *o, struct batch *b)
{
	buf_clear(&o->scratch);
	if (!b->file_number && !b->after.len) {
		b->is_late = false;
		b->asked = b->asked ? b->asked : (int64_t)b->requests.count;
	}
	if (o->api->results)
		buf_addf(&o->scratch, "%s/%s%s%s%s", o->api->path, b->row.remote, o->api->results,
			 b->after.len ? "?cursor=" : "", b->after.data);
	while (!o->api->results && b->file_number < 2 && !b->files[b->file_number].len)
		b->file_number++;
	if (!o->api->results && b->file_number < 2)
		buf_addf(&o->scratch, "/files/%s/content", b->files[b->file_number].data);
	if (!o->scratch.len) {
		batch_finish(o, b);
		return;
	}
	batch_begin_results(b);
	get(o, b, !o->api->in_pages);
}

void batch_act(struct client_batch *o, struct batch *b)
{
	switch (b->phase) {
	case PHASE_LOOK:
		look_for(o, b);
		break;
	case PHASE_UPLOAD:
		upload(o, b);
		break;
	case PHASE_CREATE:
		create(o, b);
		break;
	case PHASE_WAIT:
		wait_for(o, b);
		break;
	case PHASE_READ:
		fetch_results(o, b);
		break;
	}
}

void batched_ask(struct client_batch *o, struct batched *j)
{
	struct http_call *c = http_call_new(o->setup.http);
	int status = o->server->wire->write(http_call_body(c), &o->setup.style, &o->server->support,
					    j->request, &j->sent);
	if (status) {
		http_call_free(c);
		batched_fail(o, j, body_refusal(status));
		return;
	}
	batched_remove(j);
	batched_add(&o->in_flight, j);
	j->sends++;
	http_call_send(c, o->server->endpoint, o->setup.timeout, j);
}
