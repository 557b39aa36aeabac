#include "mock/batches.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mock/draws.h"
#include "mock/wire.h"

#define FILES "/v1/files"
#define BATCHES "/v1/batches"
#define MESSAGES "/v1/messages/batches"
#define WINDOW (24 * 3600 * CLOCK_SECOND)
#define STRIDE 7919                  /* a prime: results are not in the order of requests */

struct file {
	int64_t id;
	char *text;
	struct file *next;
};

/* The result of a line. */
struct result {
	char *text;                  /* NULL: it has expired, or was not reached */
	bool failed;
};

struct batch {
	int64_t id;
	bool is_messages;
	enum ask_kind kind;
	char name[80];               /* metadata "sow" */
	struct json **lines;
	struct result *results;
	size_t count, room, done;
	char failure[160];           /* why the whole batch was refused; "": it was not */
	size_t failure_line;
	int64_t made, wall;          /* monotonic, and since 1970 */
	bool is_cancelled;
	struct batch *next;          /* older ones */
};

struct mock_batches {
	const struct mock_options *o;
	mock_answer *answer;
	void *data;
	struct json_out *json;
	struct hasher *hasher;
	struct file *files;
	struct batch *batches;
	int64_t last_id;
};

struct mock_batches *mock_batches_new(const struct mock_options *o, mock_answer *answer, void *data)
{
	struct mock_batches *b = mem_zalloc(sizeof(*b));
	*b = (struct mock_batches){ .o = o, .answer = answer, .data = data, .json = json_out_new(),
				    .hasher = hasher_new() };
	return b;
}

static void free_batch(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		json_free(b->lines[i]);
		mem_free(b->results[i].text);
	}
	mem_free(b->lines);
	mem_free(b->results);
	mem_free(b);
}

void mock_batches_free(struct mock_batches *b)
{
	if (!b)
		return;
	while (b->files) {
		struct file *f = b->files;
		b->files = f->next;
		mem_free(f->text);
		mem_free(f);
	}
	while (b->batches) {
		struct batch *one = b->batches;
		b->batches = one->next;
		free_batch(one);
	}
	if (b->hasher)
		hasher_finish(b->hasher, NULL);
	json_out_free(b->json);
	mem_free(b);
}

bool mock_batches_claims(struct view path)
{
	return view_starts(path, FILES) || view_starts(path, BATCHES) || view_starts(path, MESSAGES);
}

static int refuse(struct mock_batches *b, unsigned status, bool is_messages, const char *words,
		  struct http_reply *out)
{
	const struct wire wire = { .json = b->json, .is_messages = is_messages };
	struct problem p;
	problem_set(&p, status, ASK_INVALID, NULL, NULL, "%s", words);
	return wire_problem(&wire, &p, out);
}

/* Files */

/* The part of a form with the name "file". */
static struct view part_of(struct view body)
{
	struct view boundary = view_sub(body, 0, view_find(body, 0, "\r\n"));
	size_t name = view_find(body, 0, "name=\"file\"");
	size_t begin = name == VIEW_NONE ? VIEW_NONE : view_find(body, name, "\r\n\r\n");
	char end[128];
	snprintf(end, sizeof(end), "\r\n%.*s", (int)(boundary.len < 100 ? boundary.len : 100), boundary.p);
	if (begin == VIEW_NONE || !view_starts(boundary, "--"))
		return view_of("");
	return view_sub(body, begin + 4, view_find(body, begin + 4, end));
}

static int take_file(struct mock_batches *b, const struct mock_call *call, struct http_reply *out)
{
	struct view text = part_of(call->body);
	if (!text.len)
		return refuse(b, 400, false, "'file' is a required property", out);
	struct file *f = mem_zalloc(sizeof(*f));
	char *copy = mem_alloc(text.len + 1), id[32];
	memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	f->text = copy;
	f->id = ++b->last_id;
	f->next = b->files;
	b->files = f;
	snprintf(id, sizeof(id), "file-%" PRId64, f->id);
	json_out_object(b->json, NULL);
	json_out_text(b->json, "id", view_of(id));
	json_out_text(b->json, "object", view_of("file"));
	json_out_text(b->json, "purpose", view_of("batch"));
	json_out_integer(b->json, "bytes", (int64_t)text.len);
	json_out_end(b->json);
	return wire_json(b->json, 200, out);
}

/* Work */

static bool expires(const struct mock_batches *b, const struct batch *one, struct view body)
{
	struct hash hash;
	if (b->o->batch_expire <= 0)
		return false;
	hasher_add(b->hasher, body.p, body.len);
	hasher_take(b->hasher, &hash);
	struct draw d = attempt_draw(b->o->seed, STREAM_EXPIRY, &hash, (uint32_t)one->id);
	return draw_fraction(&d) < b->o->batch_expire;
}

static void write_result(const struct batch *one, struct view id, const struct http_reply *r,
			 struct buf *out)
{
	struct view body = view_trim(view_from(r->body, r->body_len));
	buf_addstr(out, "{\"custom_id\":");
	json_add_text(out, id);
	if (one->is_messages)
		buf_addf(out, ",\"result\":{\"type\":\"%s\",\"%s\":%.*s}}",
			 r->status == 200 ? "succeeded" : "errored", r->status == 200 ? "message" : "error",
			 VIEW_ARG(body));
	else
		buf_addf(out, ",\"id\":\"batch_req\",\"response\":{\"status_code\":%u,\"body\":%.*s},"
			 "\"error\":null}", r->status, VIEW_ARG(body));
}

static int work_on(struct mock_batches *b, struct batch *one, size_t at, const struct mock_call *call)
{
	const json_value *root = json_root(one->lines[at]);
	const json_value *body = json_get(root, one->is_messages ? "params" : "body");
	struct buf text = BUF_INIT, line = BUF_INIT;
	struct http_reply r = { 0 };
	struct mock_call inner = *call;
	json_add_value(&text, body);
	inner.method = view_of("POST");
	inner.body = view_from(text.data, text.len);
	int status = SOW_OK;
	if (!expires(b, one, inner.body)) {
		status = b->answer(b->data, one->kind, &inner, &r);
		bool is_whole = r.manner != HTTP_RESET && r.manner != HTTP_HANG && !r.cut;
		if (!status && is_whole) {
			write_result(one, json_text(json_get(root, "custom_id")), &r, &line);
			one->results[at].failed = r.status != 200;
			one->results[at].text = buf_detach(&line);
		}
		mem_free(r.body);
	}
	buf_release(&text);
	buf_release(&line);
	return status;
}

/* Works on the batch as far as it should be by now. */
static int advance(struct mock_batches *b, struct batch *one, const struct mock_call *call)
{
	int64_t since = call->now - one->made;
	size_t upto = one->count;
	if (one->is_cancelled || *one->failure)
		return SOW_OK;
	if (since < b->o->batch_delay)
		upto = (size_t)((double)one->count * (double)since / (double)b->o->batch_delay);
	int status = SOW_OK;
	for (; one->done < upto && !status; one->done++)
		status = work_on(b, one, one->done, call);
	return status;
}

static bool has_ended(const struct batch *one)
{
	return one->is_cancelled || *one->failure || one->done == one->count;
}

/* Batches */

static void count_results(const struct batch *one, int64_t *answered, int64_t *failed)
{
	*answered = *failed = 0;
	for (size_t i = 0; i < one->done; i++) {
		*answered += one->results[i].text && !one->results[i].failed;
		*failed += one->results[i].text && one->results[i].failed;
	}
}

static void write_openai(struct json_out *json, const struct batch *one)
{
	char id[32], file[48];
	int64_t answered, failed;
	count_results(one, &answered, &failed);
	bool is_over = has_ended(one);
	bool expired = is_over && answered + failed < (int64_t)one->count;
	snprintf(id, sizeof(id), "batch_%" PRId64, one->id);
	json_out_text(json, "id", view_of(id));
	json_out_text(json, "object", view_of("batch"));
	json_out_text(json, "status", view_of(*one->failure ? "failed" : !is_over ? "in_progress"
					      : one->is_cancelled ? "cancelled"
					      : expired ? "expired" : "completed"));
	json_out_integer(json, "created_at", one->wall / CLOCK_SECOND);
	json_out_integer(json, "expires_at", (one->wall + WINDOW) / CLOCK_SECOND);
	json_out_object(json, "request_counts");
	json_out_integer(json, "total", (int64_t)one->count);
	json_out_integer(json, "completed", answered);
	json_out_integer(json, "failed", failed);
	json_out_end(json);
	json_out_object(json, "metadata");
	if (*one->name)
		json_out_text(json, "sow", view_of(one->name));
	json_out_end(json);
	snprintf(file, sizeof(file), "file-out-%" PRId64, one->id);
	if (is_over && answered)
		json_out_text(json, "output_file_id", view_of(file));
	snprintf(file, sizeof(file), "file-err-%" PRId64, one->id);
	if (is_over && failed)
		json_out_text(json, "error_file_id", view_of(file));
	if (!*one->failure)
		return;
	json_out_object(json, "errors");
	json_out_array(json, "data");
	json_out_object(json, NULL);
	json_out_text(json, "code", view_of("invalid_request"));
	json_out_text(json, "message", view_of(one->failure));
	json_out_integer(json, "line", (int64_t)one->failure_line);
	json_out_end(json);
	json_out_end(json);
	json_out_end(json);
}

static void write_time(struct json_out *json, const char *name, int64_t wall)
{
	char text[32];
	struct tm tm;
	time_t at = (time_t)(wall / CLOCK_SECOND);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
	json_out_text(json, name, view_of(text));
}

static void write_anthropic(struct json_out *json, const struct batch *one)
{
	char id[32];
	int64_t answered, failed, count = (int64_t)one->count;
	count_results(one, &answered, &failed);
	bool is_over = has_ended(one);
	int64_t left = is_over ? 0 : count - (int64_t)one->done;
	snprintf(id, sizeof(id), "msgbatch_%" PRId64, one->id);
	json_out_text(json, "id", view_of(id));
	json_out_text(json, "type", view_of("message_batch"));
	json_out_text(json, "processing_status", view_of(is_over ? "ended" : "in_progress"));
	write_time(json, "created_at", one->wall);
	write_time(json, "expires_at", one->wall + WINDOW);
	json_out_object(json, "request_counts");
	json_out_integer(json, "processing", left);
	json_out_integer(json, "succeeded", answered);
	json_out_integer(json, "errored", failed);
	json_out_integer(json, "canceled", one->is_cancelled ? count - answered - failed : 0);
	json_out_integer(json, "expired", one->is_cancelled ? 0 : count - answered - failed - left);
	json_out_end(json);
}

static void write_batch(struct json_out *json, const struct batch *one)
{
	json_out_object(json, NULL);
	if (one->is_messages)
		write_anthropic(json, one);
	else
		write_openai(json, one);
	json_out_end(json);
}

static void add_line(struct batch *one, const char *text, size_t len)
{
	size_t room = one->room;
	mem_grow(&one->lines, &room, one->count + 1);
	mem_grow(&one->results, &one->room, one->count + 1);
	one->results[one->count] = (struct result){ 0 };
	one->lines[one->count] = json_parse(text, len, NULL);
	bool is_fine = json_text(json_get(json_root(one->lines[one->count]), "custom_id")).len;
	one->count++;
	if (!is_fine && !*one->failure) {
		one->failure_line = one->count;
		snprintf(one->failure, sizeof(one->failure), "This line is not parseable as valid JSON, or "
			 "has no custom_id.");
	}
}

static void add_lines_of_file(struct batch *one, const struct file *f)
{
	struct view rest = view_of(f->text), line;
	while (view_line(&rest, &line)) {
		if (view_trim(line).len)
			add_line(one, line.p, line.len);
	}
}

static void add_inline(struct batch *one, const json_value *requests)
{
	struct buf text = BUF_INIT;
	for (const json_value *v = json_first(requests); v; v = json_next(requests, v)) {
		buf_clear(&text);
		json_add_value(&text, v);
		add_line(one, text.data, text.len);
	}
	buf_release(&text);
}

static const struct file *find_file(const struct mock_batches *b, struct view id)
{
	char name[32];
	for (const struct file *f = b->files; f; f = f->next) {
		snprintf(name, sizeof(name), "file-%" PRId64, f->id);
		if (view_eqstr(id, name))
			return f;
	}
	return NULL;
}

static int create(struct mock_batches *b, bool is_messages, const struct mock_call *call,
		  struct http_reply *out)
{
	struct json *doc = json_parse(call->body.p, call->body.len, NULL);
	const json_value *root = json_root(doc), *requests = json_get(root, "requests");
	const struct file *f = find_file(b, json_text(json_get(root, "input_file_id")));
	struct view endpoint = json_text(json_get(root, "endpoint"));
	struct view name = json_text(json_get(json_get(root, "metadata"), "sow"));
	if (is_messages ? !json_count(requests) : !f || !endpoint.len) {
		json_free(doc);
		return refuse(b, 400, is_messages, is_messages ? "requests: Field required"
							       : "input_file_id or endpoint is missing, or "
								 "no file is called so", out);
	}
	struct batch *one = mem_zalloc(sizeof(*one));
	one->is_messages = is_messages;
	one->kind = is_messages ? ASK_MESSAGES
		    : view_eqstr(endpoint, "/v1/completions") ? ASK_COMPLETION : ASK_CHAT;
	one->id = ++b->last_id;
	one->made = call->now;
	one->wall = call->wall;
	snprintf(one->name, sizeof(one->name), "%.*s", VIEW_ARG(name));
	one->next = b->batches;
	b->batches = one;
	if (is_messages)
		add_inline(one, requests);
	else
		add_lines_of_file(one, f);
	json_free(doc);
	write_batch(b->json, one);
	return wire_json(b->json, 200, out);
}

static int list(struct mock_batches *b, bool is_messages, struct http_reply *out)
{
	json_out_object(b->json, NULL);
	json_out_array(b->json, "data");
	for (const struct batch *one = b->batches; one; one = one->next) {
		if (one->is_messages == is_messages)
			write_batch(b->json, one);
	}
	json_out_end(b->json);
	json_out_bool(b->json, "has_more", false);
	json_out_end(b->json);
	return wire_json(b->json, 200, out);
}

static struct batch *find_batch(const struct mock_batches *b, struct view id)
{
	static const char *const prefixes[] = { "batch_", "msgbatch_", "file-out-", "file-err-" };
	char name[48];
	for (struct batch *one = b->batches; one; one = one->next) {
		for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
			snprintf(name, sizeof(name), "%s%" PRId64, prefixes[i], one->id);
			if (view_eqstr(id, name))
				return one;
		}
	}
	return NULL;
}

static int results(const struct batch *one, bool is_answers, bool is_failures, struct http_reply *out)
{
	struct buf text = BUF_INIT;
	size_t stride = one->count % STRIDE ? STRIDE : 1;
	for (size_t i = 0; i < one->count; i++) {
		size_t at = (i * stride + one->count / 2) % one->count;
		const struct result *r = &one->results[at];
		struct view id = json_text(json_get(json_root(one->lines[at]), "custom_id"));
		if (r->text && (r->failed ? is_failures : is_answers)) {
			buf_addstr(&text, r->text);
			buf_addch(&text, '\n');
		} else if (!r->text && one->is_messages) {
			buf_addstr(&text, "{\"custom_id\":");
			json_add_text(&text, id);
			buf_addf(&text, ",\"result\":{\"type\":\"%s\"}}\n",
				 one->is_cancelled ? "canceled" : "expired");
		}
	}
	return wire_body(&text, 200, "application/jsonl", out);
}

/* Requests about one batch, or one file: `what` follows its id. */
static int reply_about(struct mock_batches *b, struct batch *one, struct view id, struct view what,
		       const struct mock_call *call, struct http_reply *out)
{
	bool is_get = view_eqstr(call->method, "GET");
	int status = advance(b, one, call);
	if (status)
		return status;
	if (is_get && view_starts(id, "file-"))
		return results(one, view_starts(id, "file-out-"), view_starts(id, "file-err-"), out);
	if (is_get && view_eqstr(what, "/results"))
		return has_ended(one) ? results(one, true, true, out)
				      : refuse(b, 404, one->is_messages, "it has not ended yet", out);
	if (view_eqstr(call->method, "POST") && view_eqstr(what, "/cancel"))
		one->is_cancelled = one->is_cancelled || !has_ended(one);
	else if (!is_get || what.len)
		return refuse(b, 404, one->is_messages, "there is no such call", out);
	write_batch(b->json, one);
	return wire_json(b->json, 200, out);
}

int mock_batches_reply(struct mock_batches *b, const struct mock_call *call, struct http_reply *out)
{
	bool is_messages = view_starts(call->path, MESSAGES);
	const char *prefix = is_messages ? MESSAGES : view_starts(call->path, FILES) ? FILES : BATCHES;
	struct view rest = view_sub(call->path, strlen(prefix), call->path.len);
	bool is_post = view_eqstr(call->method, "POST");
	if (!rest.len && is_post && strcmp(prefix, FILES) == 0)
		return take_file(b, call, out);
	if (!rest.len && is_post)
		return create(b, is_messages, call, out);
	if (!rest.len && strcmp(prefix, FILES) != 0)
		return list(b, is_messages, out);
	rest = view_sub(rest, 1, rest.len);
	size_t slash = view_find(rest, 0, "/");
	struct view id = view_sub(rest, 0, slash);
	struct view what = slash == VIEW_NONE ? view_of("") : view_sub(rest, slash, rest.len);
	struct batch *one = find_batch(b, id);
	if (!one)
		return refuse(b, 404, is_messages, "there is no such batch or file", out);
	return reply_about(b, one, id, what, call, out);
}
