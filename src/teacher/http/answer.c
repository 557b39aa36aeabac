#include "teacher/http/answer.h"

#include <string.h>

#include "io/json.h"

#define BYTES_PER_TOKEN 4

/* -- a server's words ----------------------------------------------------------------- */

/* FastAPI: {"detail": [{"loc": ["body", "top_k"], "msg": "…", "type": "extra_forbidden"}]} */
static void read_detail(const json_value *detail, struct answer_words *w)
{
	w->message = json_text(detail);
	const json_value *first = json_first(detail);
	if (json_type(detail) != JSON_ARRAY || !first)
		return;
	w->message = json_text(json_get(first, "msg"));
	w->type = json_text(json_get(first, "type"));
	const json_value *loc = json_get(first, "loc");
	for (const json_value *v = json_first(loc); v; v = json_next(loc, v))
		w->param = json_text(v);
}

static void read_error(const json_value *e, struct answer_words *w)
{
	if (json_type(e) == JSON_TEXT) {
		w->message = json_text(e);
		return;
	}
	const json_value *code = json_get(e, "code");
	w->message = json_text(json_get(e, "message"));
	w->code = json_text(code);
	w->type = json_text(json_get(e, "type"));
	w->param = json_text(json_get(e, "param"));
	int64_t status = json_integer(code);
	w->status = status >= 400 && status <= 599 ? (int)status : 0;
}

void answer_words_read(struct view body, struct answer_words *w)
{
	*w = (struct answer_words){ .message = view_of("") };
	w->code = w->type = w->param = w->message;
	w->doc = json_parse(body.p, body.len, NULL);
	const json_value *root = json_root(w->doc), *error = json_get(root, "error");
	const json_value *choice = json_first(json_get(root, "choices"));
	if (json_type(root) == JSON_ARRAY) /* Google wraps it once more */
		error = json_get(json_first(root), "error");
	if (!error)
		error = json_get(choice, "error");
	if (json_type(error) > JSON_NULL)
		read_error(error, w);
	else if (json_get(root, "detail"))
		read_detail(json_get(root, "detail"), w);
	else
		read_error(root, w);
	if (!w->message.len)
		w->message = view_trim(body);
	if (!w->message.p)
		w->message = view_of("");
}

void answer_words_release(struct answer_words *w)
{
	json_free(w->doc);
}

/* -- answers -------------------------------------------------------------------------- */

static void split_thoughts(struct view *text, struct view *reasoning)
{
	static const char begin[] = "<think>", end[] = "</think>";
	struct view v = *text;
	while (v.len && ascii_space(*v.p))
		v = view_sub(v, 1, v.len);
	bool opened = view_starts(v, begin);
	size_t close = view_find(v, 0, end);
	if (!opened && close == VIEW_NONE)
		return;
	size_t from = opened ? sizeof(begin) - 1 : 0;
	*reasoning = view_trim(view_sub(v, from, close));
	*text = close == VIEW_NONE ? view_of("") : view_sub(v, close + sizeof(end) - 1, v.len);
	while (text->len && ascii_space(*text->p))
		*text = view_sub(*text, 1, text->len);
}

/* A content made of pieces: their texts, one behind the other. */
static int join_pieces(const json_value *pieces, struct buf *out, struct view *text)
{
	for (const json_value *v = json_first(pieces); v; v = json_next(pieces, v)) {
		struct view piece = json_text(json_get(v, "text"));
		buf_add(out, piece.p, piece.len);
	}
	*text = view_from(out->data, out->len);
	return buf_failed(out) ? SOW_NOMEM : SOW_OK;
}

static int read_text(const json_value *v, struct buf *kept, struct view *text)
{
	*text = json_text(v);
	return json_type(v) == JSON_ARRAY ? join_pieces(v, kept, text) : SOW_OK;
}

static int64_t count_of(const json_value *v)
{
	int64_t n = json_integer(v);
	return n > 0 ? n : 0;
}

bool answer_usage(const json_value *u, struct usage *out)
{
	if (!json_is_integer(json_get(u, "prompt_tokens")) &&
	    !json_is_integer(json_get(u, "completion_tokens")))
		return false;
	const json_value *cached = json_get(json_get(u, "prompt_tokens_details"), "cached_tokens");
	const json_value *thought = json_get(json_get(u, "completion_tokens_details"),
					     "reasoning_tokens");
	*out = (struct usage){
		.prompt_tokens = count_of(json_get(u, "prompt_tokens")),
		.shared_tokens = count_of(cached ? cached : json_get(u, "prompt_cache_hit_tokens")),
		.completion_tokens = count_of(json_get(u, "completion_tokens")),
		.reasoning_tokens = count_of(thought ? thought : json_get(u, "reasoning_tokens")),
	};
	return true;
}

enum answer_kind answer_finish(struct view reason, enum finish *out)
{
	if (view_eqstr(reason, "content_filter"))
		return ANSWER_FILTERED;
	if (view_eqstr(reason, "error"))
		return ANSWER_FAILURE;
	*out = FINISH_STOP;
	if (view_eqstr(reason, "tool_calls") || view_eqstr(reason, "function_call"))
		return ANSWER_CALLS;
	bool cut = view_eqstr(reason, "length") || view_eqstr(reason, "max_tokens");
	*out = cut ? FINISH_LENGTH : FINISH_STOP;
	return ANSWER_FINE;
}

static enum answer_kind read_choice(const json_value *choice, struct answer *a)
{
	const json_value *message = json_get(choice, "message");
	const json_value *content = message ? json_get(message, "content")
					    : json_get(choice, "text");
	const json_value *thoughts = json_get(message, "reasoning_content");
	if (json_type(thoughts) <= JSON_NULL)
		thoughts = json_get(message, "reasoning");
	if (json_type(content) <= JSON_NULL && json_get(message, "refusal"))
		content = json_get(message, "refusal");
	if (!message && json_type(content) != JSON_TEXT)
		return ANSWER_EMPTY;
	if (read_text(content, &a->text_kept, &a->text) ||
	    read_text(thoughts, &a->reasoning_kept, &a->reasoning))
		return ANSWER_NOMEM;
	enum answer_kind kind = answer_finish(json_text(json_get(choice, "finish_reason")), &a->finish);
	if (kind == ANSWER_FINE && json_count(json_get(message, "tool_calls")))
		kind = ANSWER_CALLS;
	return kind == ANSWER_CALLS && view_trim(a->text).len ? ANSWER_FINE : kind;
}

/* Where the server counted no thoughts but sent some, they have their share of the answer. */
void answer_settle(struct answer *a)
{
	struct view none = view_of("");
	if (!a->text.p)
		a->text = none;
	if (!a->reasoning.p)
		a->reasoning = none;
	if (!a->reasoning.len)
		split_thoughts(&a->text, &a->reasoning);
	size_t all = a->text.len + a->reasoning.len;
	if (a->counted && a->reasoning.len && !a->usage.reasoning_tokens)
		a->usage.reasoning_tokens = (int64_t)((double)a->usage.completion_tokens *
						      (double)a->reasoning.len / (double)all);
}

enum answer_kind answer_read(struct view body, struct answer *a)
{
	struct sow_error why = { 0 };
	*a = (struct answer){ .text_kept = BUF_INIT, .reasoning_kept = BUF_INIT };
	a->text = a->reasoning = view_of("");
	a->doc = json_parse(body.p, body.len, &why);
	if (!a->doc)
		return why.status == SOW_NOMEM ? ANSWER_NOMEM : ANSWER_MALFORMED;
	const json_value *root = json_root(a->doc);
	if (json_type(root) != JSON_OBJECT)
		return ANSWER_MALFORMED;
	if (json_type(json_get(root, "error")) > JSON_NULL)
		return ANSWER_FAILURE;
	const json_value *choice = json_first(json_get(root, "choices"));
	if (json_type(choice) != JSON_OBJECT)
		return ANSWER_EMPTY;
	if (json_type(json_get(choice, "error")) > JSON_NULL)
		return ANSWER_FAILURE;
	enum answer_kind kind = read_choice(choice, a);
	a->counted = answer_usage(json_get(root, "usage"), &a->usage);
	answer_settle(a);
	return kind;
}

void answer_release(struct answer *a)
{
	json_free(a->doc);
	buf_release(&a->text_kept);
	buf_release(&a->reasoning_kept);
}

/* -- tokens ----------------------------------------------------------------------------- */

static int64_t tokens_of(size_t bytes)
{
	return (int64_t)((bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN);
}

int64_t answer_prompt_tokens(const struct request *r)
{
	size_t bytes = 0;
	for (size_t i = 0; i < r->part_count; i++)
		bytes += r->parts[i].text.len + r->parts[i].content.len + r->parts[i].tool_calls.len;
	bytes += r->tools.len;
	return tokens_of(bytes);
}

struct usage answer_estimate(const struct request *r, const struct answer *a)
{
	int64_t thought = tokens_of(a->reasoning.len);
	return (struct usage){
		.prompt_tokens = answer_prompt_tokens(r),
		.completion_tokens = tokens_of(a->text.len) + thought,
		.reasoning_tokens = thought,
		.estimated = true,
	};
}
