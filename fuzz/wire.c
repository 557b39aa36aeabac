/* What a server may send: an answer in one piece and as a stream, an error, headers. And the way
 * back: any text in a request is read there as it was. */
#include <string.h>

#include "base/clock.h"
#include "check.h"
#include "io/http_client.h"
#include "io/json.h"
#include "teacher/http/ratelimit.h"
#include "teacher/http/backoff.h"
#include "teacher/http/failure.h"
#include "teacher/http/form.h"
#include "teacher/http/stream.h"
#include "teacher/http/wire.h"

static void check_answer(const struct answer *a, enum answer_kind kind)
{
	CHECK(kind >= ANSWER_FINE && kind <= ANSWER_UNFIT);
	/* bytes that were broken stay so: a reply has U+FFFD in their place */
	CHECK(a->mended || utf8_valid(a->text.p, a->text.len, NULL));
	CHECK(a->mended || utf8_valid(a->reasoning.p, a->reasoning.len, NULL));
	CHECK(a->finish == FINISH_STOP || a->finish == FINISH_LENGTH);
	CHECK(a->usage.prompt_tokens >= 0 && a->usage.completion_tokens >= 0);
	CHECK(a->usage.shared_tokens >= 0 && a->usage.reasoning_tokens >= 0);
}

static const struct wire *const wires[] = { &wire_openai, &wire_anthropic };
#define WIRES (sizeof(wires) / sizeof(*wires))

static void check_whole(const struct wire *w, struct view body)
{
	struct answer a;
	enum answer_kind kind = answer_read(w, body, NULL, &a);
	check_answer(&a, kind);
	answer_release(&a);
}

/* An answer in numbers: as many as the text can have tokens, or one for each word. */
static void check_numbers(enum request_kind kind, enum role role, const char *given, struct view body)
{
	struct request *r = request_new();
	CHECK(r);
	r->kind = kind;
	CHECK(!request_add(r, role, false, view_of("Say hi.\n")));
	request_set_given(r, view_of(given));
	for (size_t i = 0; form_at(form_slot(r), i); i++) {
		struct answer a;
		enum answer_kind found = form_read(form_at(form_slot(r), i), body, r, &a);
		size_t count = a.numbers.len / sizeof(float);
		CHECK(found >= ANSWER_FINE && found <= ANSWER_UNFIT && a.numbers.len % sizeof(float) == 0);
		CHECK(found != ANSWER_FINE || kind != REQUEST_CHOOSE || count == 3);
		CHECK(found != ANSWER_FINE || kind != REQUEST_RATE || count == 1);
		CHECK(a.usage.prompt_tokens >= 0 && a.usage.completion_tokens >= 0);
		answer_release(&a);
	}
	request_free(r);
}

static void check_forms(struct view body)
{
	check_numbers(REQUEST_SCORE, ROLE_NONE, "Hi, 漢字!", body);
	check_numbers(REQUEST_CHOOSE, ROLE_NONE, "[\"1\",\"2\",\"3\"]", body);
	check_numbers(REQUEST_CHOOSE, ROLE_USER, "[\"1\",\"2\",\"3\"]", body);
	check_numbers(REQUEST_RATE, ROLE_NONE, "Hi!", body);
}

/* The same whatever pieces it comes in. */
static void check_stream(const struct wire *w, struct view bytes)
{
	static const size_t sizes[] = { SIZE_MAX, 1, 2, 5, 64 };
	struct stream whole = STREAM_INIT, parts = STREAM_INIT;
	struct answer a, b;
	whole.wire = parts.wire = w;
	CHECK(stream_take(&whole, bytes));
	enum answer_kind kind = stream_end(&whole, NULL, &a);
	check_answer(&a, kind);
	for (size_t i = 1; i < sizeof(sizes) / sizeof(*sizes); i++) {
		stream_clear(&parts);
		for (size_t at = 0; at < bytes.len; at += sizes[i])
			CHECK(stream_take(&parts, view_sub(bytes, at, at + sizes[i])));
		CHECK(stream_end(&parts, NULL, &b) == kind);
		CHECK(view_eq(a.text, b.text) && view_eq(a.reasoning, b.reasoning));
		CHECK(a.finish == b.finish && a.counted == b.counted);
		answer_release(&b);
	}
	answer_release(&a);
	stream_release(&whole);
	stream_release(&parts);
}

/* A server may refuse part after part, but not for ever; and what it refuses is not sent. */
static void check_param_support(const struct wire *wire, const struct answer_words *w)
{
	struct param_support d = { 0 };
	struct params_sent sent;
	struct buf body = BUF_INIT, notice = BUF_INIT;
	const struct body_style style = {
		.model = "\"m\"", .chat = true, .stream = true, .extra = ""
	};
	struct request *r = request_new();
	CHECK(r);
	request_add(r, ROLE_SYSTEM, false, view_of("a"));
	request_add(r, ROLE_USER, false, view_of("b"));
	r->sampling = (struct sampling){ .temperature = 1, .top_p = 0.5, .presence_penalty = 1,
					 .frequency_penalty = 1, .top_k = 1, .max_tokens = 1 };
	for (int i = 0; i < STOPS_MAX; i++)
		request_add_stop(r, "stop");
	for (int i = 0;; i++) {
		CHECK(i <= 2 * PARAM_COUNT + 1);
		struct param_support before = d;
		buf_clear(&body);
		buf_clear(&notice);
		CHECK(wire->write(&body, &style, &d, r, &sent) == SOW_OK);
		enum param_news news = wire->learn(&d, w, &sent, &notice);
		CHECK(news != PARAM_NEWS_KNOWN);
		CHECK((news == PARAM_NEWS_LEARNT) == (notice.len > 0));
		CHECK((news == PARAM_NEWS_LEARNT) == (memcmp(&d, &before, sizeof(d)) != 0));
		if (news == PARAM_NEWS_NONE)
			break;
	}
	buf_release(&body);
	buf_release(&notice);
	request_free(r);
}

static void check_words(const struct wire *wire, struct view body)
{
	static const int statuses[] = { 0, 200, 400, 401, 403, 404, 422, 429, 500, 503, 999 };
	struct answer_words w;
	wire->words(body, &w);
	CHECK(w.message.len || !view_trim(body).len);
	CHECK(w.status == 0 || (w.status >= 400 && w.status <= 599));
	check_param_support(wire, &w);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		struct failure_event e = { .status = statuses[i],
					   .words = &w,
					   .kind = ANSWER_FAILURE };
		CHECK(failure_of(&e));
		e.trouble = HTTP_BROKEN;
		CHECK(failure_of(&e));
	}
	answer_words_release(&w);
}

static void check_headers(struct view lines)
{
	struct ratelimit_news requests, tokens;
	struct view value = http_header(lines, "retry-after");
	CHECK(!value.len || (is_inside(value, lines) && is_trimmed(value)));
	CHECK(backoff_retry_after(value, 0) >= -1);
	CHECK(backoff_retry_after(lines, CLOCK_SECOND) >= -1);
	CHECK(backoff_duration(lines, CLOCK_MS) >= -1);
	for (size_t i = 0; i < WIRES; i++) {
		wires[i]->limits(lines, CLOCK_SECOND, &requests, &tokens);
		CHECK(requests.left >= 0 && requests.limit >= 0 && requests.reset >= 0);
		CHECK(tokens.left >= 0 && tokens.limit >= 0 && tokens.reset >= 0);
	}
}

/* Where a language has the text of the one message. */
static struct view text_sent(const struct wire *w, const json_value *content)
{
	return json_text(w == &wire_openai ? content : json_get(json_first(content), "text"));
}

static void check_body(const struct wire *w, struct view text)
{
	struct param_support d = { 0 };
	struct params_sent sent;
	struct buf body = BUF_INIT;
	const struct body_style style = { .model = "\"m\"", .chat = true, .extra = "\"a\":1" };
	struct request *r = request_new();
	CHECK(r && request_add(r, ROLE_NONE, false, text) == SOW_OK);
	CHECK(w->write(&body, &style, &d, r, &sent) == SOW_OK);
	struct json *doc = json_parse(body.data, body.len, NULL);
	CHECK(doc);
	const json_value *messages = json_get(json_root(doc), "messages");
	if (text.len)
		CHECK(view_eq(text_sent(w, json_get(json_first(messages), "content")), text));
	CHECK(json_integer(json_get(json_root(doc), "a")) == 1);
	json_free(doc);
	buf_release(&body);
	request_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view bytes = view_from((const char *)data, size);
	for (size_t i = 0; i < WIRES; i++) {
		check_whole(wires[i], bytes);
		check_stream(wires[i], bytes);
		check_words(wires[i], bytes);
		if (utf8_valid(bytes.p, bytes.len, NULL))
			check_body(wires[i], bytes);
	}
	check_whole(&wire_openai_embeddings, bytes);
	check_forms(bytes);
	check_headers(bytes);
	return 0;
}
