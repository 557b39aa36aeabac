/* OpenAI's language for embeddings: a text in, a vector out. Many other services speak it. */
#include <math.h>

#include "io/json.h"
#include "teacher/http/stream.h"
#include "teacher/http/wire.h"

#define DIMS_MAX 65536

static const char *path_of(const struct body_style *s)
{
	(void)s;
	return "/embeddings";
}

/* Sends nothing else: some servers refuse optional members. */
static int write_body(struct buf *out, const struct body_style *s, const struct param_support *d,
		      const struct request *r, struct params_sent *sent)
{
	struct body_writer w = body_begin(out, s, d, sent);
	buf_addstr(out, ",\"input\":\"");
	for (size_t i = 0; i < r->part_count; i++)
		json_escape(out, r->parts[i].text);
	buf_addch(out, '"');
	body_end(&w, s);
	return SOW_OK;
}

static enum answer_kind read_numbers(const json_value *list, struct answer *a)
{
	size_t count = json_count(list);
	if (json_type(list) != JSON_ARRAY || count > DIMS_MAX)
		return ANSWER_MALFORMED;
	if (!count)
		return ANSWER_EMPTY;
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		if (json_type(v) != JSON_NUMBER || !isfinite((float)json_number(v)))
			return ANSWER_MALFORMED;
		float number = (float)json_number(v);
		buf_add(&a->numbers, (const char *)&number, sizeof(number));
	}
	return ANSWER_FINE;
}

static enum answer_kind read_body(const json_value *root, struct answer *a)
{
	const json_value *usage = json_get(root, "usage");
	const json_value *first = json_first(json_get(root, "data"));
	if (answer_has_error(root) || answer_has_error(first))
		return ANSWER_FAILURE;
	if (json_type(first) != JSON_OBJECT)
		return ANSWER_EMPTY;
	a->usage.prompt_tokens = answer_tokens(json_get(usage, "prompt_tokens"));
	a->counted = a->usage.prompt_tokens > 0;
	a->finish = FINISH_STOP;
	return read_numbers(json_get(first, "embedding"), a);
}

/* Embeddings are not streamed. */
static void take_event(struct stream *s, struct view data)
{
	(void)data;
	s->kind = ANSWER_MALFORMED;
}

static void read_limits(struct view headers, int64_t now, struct ratelimit_news *requests,
			struct ratelimit_news *tokens)
{
	(void)now;
	ratelimit_read(headers, requests, tokens);
}

const struct wire wire_openai_embeddings = {
	.name = "OpenAI",
	.path = path_of,
	.write = write_body,
	.read = read_body,
	.event = take_event,
	.words = answer_words_read,
	.learn = param_support_learn,
	.limits = read_limits,
};
