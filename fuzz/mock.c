/* What a client may send to the mock: the first byte chooses the endpoint and how the mock is
 * set up, the rest is the body. */
#include <string.h>

#include "base/mem.h"
#include "check.h"
#include "io/json.h"
#include "mock/mock.h"

static const char *const paths[] = { "/v1/chat/completions", "/v1/completions" };

static struct mock_options options_of(uint8_t choice)
{
	static const char *const refused[] = { "temperature", "stop", "max_tokens" };
	struct mock_options o = { .log = true };
	if (choice & 2)
		o.rules = (struct ask_rules){ .refused = refused, .refused_count = 3, .context = 50,
					      .stops = 1, .model = "m" };
	o.reasoning = choice & 4 ? REASONING_FIELD : choice & 8 ? REASONING_THINK : REASONING_NONE;
	o.cached_percent = choice & 16 ? 30 : 0;
	return o;
}

static const json_value *member(const json_value *object, const char *name, enum json_type type)
{
	const json_value *v = json_get(object, name);
	CHECK(json_type(v) == type);
	return v;
}

static void check_message(const json_value *root)
{
	const json_value *usage = member(root, "usage", JSON_OBJECT);
	member(root, "content", JSON_ARRAY);
	member(root, "stop_reason", JSON_TEXT);
	CHECK(json_integer(member(usage, "input_tokens", JSON_NUMBER)) >= 0);
	CHECK(json_integer(member(usage, "output_tokens", JSON_NUMBER)) >= 0);
}

static void check_answer(const json_value *root)
{
	if (view_eqstr(json_text(json_get(root, "type")), "message")) {
		check_message(root);
		return;
	}
	const json_value *choice = json_first(member(root, "choices", JSON_ARRAY));
	const json_value *usage = member(root, "usage", JSON_OBJECT);
	int64_t prompt = json_integer(member(usage, "prompt_tokens", JSON_NUMBER));
	int64_t written = json_integer(member(usage, "completion_tokens", JSON_NUMBER));
	member(choice, "finish_reason", JSON_TEXT);
	CHECK(prompt >= 0 && written >= 0);
	CHECK(json_integer(member(usage, "total_tokens", JSON_NUMBER)) == prompt + written);
}

/* A refusal, an answer, or a stream of events; always what it says it is. */
static void check_reply(const struct http_reply *r)
{
	struct view body = view_from(r->body, r->body_len);
	if (r->manner == HTTP_EVENTS) {
		bool is_message = view_starts(body, "event: message_start\ndata: {");
		CHECK(r->status == 200 && (is_message || view_starts(body, "data: {")));
		CHECK(view_ends(body, is_message ? "\ndata: {\"type\":\"message_stop\"}\n\n"
						 : "\n\ndata: [DONE]\n\n"));
		return;
	}
	struct json *doc = json_parse(body.p, body.len, NULL);
	CHECK(doc);
	if (r->status == 200)
		check_answer(json_root(doc));
	else
		member(member(json_root(doc), "error", JSON_OBJECT), "message", JSON_TEXT);
	json_free(doc);
}

static void ask(struct mock *m, const struct mock_call *call, struct http_reply *r)
{
	*r = (struct http_reply){ 0 };
	CHECK(mock_reply(m, call, r) == SOW_OK);
	CHECK(r->tag);
	check_reply(r);
	mock_end(m, r->tag, true, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	struct mock_options o = options_of(data[0]);
	struct mock *m = mock_new(&o, 0);
	struct mock_call call = {
		.method = view_of("POST"), .path = view_of(data[0] & 128 ? "/v1/messages" : paths[data[0] & 1]),
		.authorization = view_of(""), .version = view_of("2023-06-01"),
		.body = view_from((const char *)data + 1, size - 1),
	};
	struct http_reply first, second;
	CHECK(m);
	ask(m, &call, &first);
	ask(m, &call, &second);
	CHECK(first.body_len == second.body_len);
	CHECK(memcmp(first.body, second.body, first.body_len) == 0);
	mem_free(first.body);
	mem_free(second.body);
	mock_free(m);
	return 0;
}
