#include "teacher/http/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/json.h"
#include "teacher/http/backoff.h"
#include "teacher/http/ending.h"
#include "teacher/http/mend.h"

#define BYTES_PER_TOKEN 4
#define RESET_MAX 9e18 /* ns since 1970 that still fit, in the year 2255 */

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

/* "7m12s", also where it ends a sentence. */
static int64_t read_duration(struct view text)
{
	size_t len = 0;
	while (len < text.len && (ascii_digit(text.p[len]) || ascii_alpha(text.p[len]) ||
				  text.p[len] == '.'))
		len++;
	while (len && text.p[len - 1] == '.')
		len--;
	return backoff_duration(view_sub(text, 0, len), CLOCK_SECOND);
}

/* "Please try again in 20s." */
static int64_t read_sentence(struct view message)
{
	static const char *const words[] = { "try again in ", "retry in ", "retry after " };
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t at = view_find(message, 0, words[i]);
		int64_t after = at == VIEW_NONE ? -1
						: read_duration(view_sub(message, at + strlen(words[i]),
									 message.len));
		if (after >= 0)
			return after;
	}
	return -1;
}

/* Milliseconds since 1970 as ns; 0 for what is not a time. */
static int64_t read_reset(const char *text)
{
	double ns = strtod(text, NULL) * (double)CLOCK_MS;
	if (!(ns > 0)) /* or NaN */
		return 0;
	return (int64_t)(ns < RESET_MAX ? ns : RESET_MAX);
}

/* What proxies and Google say in the body in place of a header. */
static void read_limits(const json_value *e, struct answer_words *w)
{
	const json_value *headers = json_get(json_get(e, "metadata"), "headers");
	const json_value *details = json_get(e, "details");
	struct view reset = json_text(json_get(headers, "X-RateLimit-Reset")); /* OpenRouter's: ms */
	if (reset.len > 12)
		w->reset = read_reset(reset.p);
	for (const json_value *v = json_first(details); v; v = json_next(details, v)) {
		struct view delay = json_text(json_get(v, "retryDelay"));
		const json_value *quota = json_first(json_get(v, "violations"));
		if (delay.len)
			w->after = read_duration(delay);
		if (json_text(json_get(quota, "quotaId")).len)
			w->quota = json_text(json_get(quota, "quotaId"));
	}
	if (w->after < 0 && json_number(json_get(e, "retry_after")) > 0)
		w->after = backoff_limit(json_number(json_get(e, "retry_after")) * (double)CLOCK_SECOND);
	if (w->after < 0)
		w->after = read_sentence(w->message);
}

void answer_words_read(struct view body, struct answer_words *w)
{
	*w = (struct answer_words){ .message = view_of(""), .after = -1 };
	w->code = w->type = w->param = w->quota = w->message;
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
	read_limits(json_type(error) == JSON_OBJECT ? error : root, w);
	w->has_no_message = !w->message.len;
	if (w->has_no_message)
		w->message = view_trim(body);
	if (!w->message.p)
		w->message = view_of("");
}

void answer_words_release(struct answer_words *w)
{
	json_free(w->doc);
}

/* -- answers -------------------------------------------------------------------------- */

/* The first member of those names that holds something. */
static const json_value *get_any(const json_value *object, const char *const *names)
{
	for (; *names; names++) {
		const json_value *v = json_get(object, *names);
		if (json_type(v) > JSON_NULL)
			return v;
	}
	return NULL;
}

/* Where a message of a reasoning model has its thoughts, and a part of a content. */
static const char *const thought_names[] = { "reasoning_content", "reasoning", "thinking", NULL };

static void add_text(const json_value *v, struct buf *out)
{
	struct view text = json_text(v);
	buf_add(out, text.p, text.len);
}

/* A text, or pieces: {"text": …}, and of an older form {"text": {"value": …}}. */
static void add_texts(const json_value *v, struct buf *out)
{
	add_text(v, out);
	if (json_type(v) == JSON_OBJECT) {
		const json_value *text = json_get(v, "text");
		add_text(json_type(text) == JSON_OBJECT ? json_get(text, "value") : text, out);
	}
	if (json_type(v) != JSON_ARRAY)
		return;
	for (const json_value *piece = json_first(v); piece; piece = json_next(v, piece))
		add_texts(piece, out);
}

/* A content made of parts: those that think are thoughts. */
static void add_parts(const json_value *parts, struct buf *text, struct buf *reasoning)
{
	for (const json_value *v = json_first(parts); v; v = json_next(parts, v)) {
		struct view type = json_text(json_get(v, "type"));
		const json_value *thought = get_any(v, thought_names);
		if (thought)
			add_texts(thought, reasoning);
		else if (view_eqstr(type, "thinking") || view_eqstr(type, "reasoning"))
			add_texts(v, reasoning);
		else if (view_eqstr(type, "refusal"))
			add_text(json_get(v, "refusal"), text);
		else
			add_texts(v, text);
	}
}

/* What it says in place of a content that says nothing. */
static const json_value *content_of(const json_value *message)
{
	const json_value *content = json_get(message, "content");
	const json_value *refusal = json_get(message, "refusal");
	bool is_said = json_type(content) == JSON_ARRAY || json_text(content).len;
	return !is_said && json_text(refusal).len ? refusal : content;
}

void answer_add(const json_value *message, struct buf *text, struct buf *reasoning)
{
	const json_value *content = content_of(message);
	if (json_type(content) == JSON_ARRAY)
		add_parts(content, text, reasoning);
	else
		add_text(content, text);
	add_texts(get_any(message, thought_names), reasoning);
}

static int64_t count_of(const json_value *v)
{
	const int64_t most = INT64_C(1) << 32; /* more is nonsense */
	int64_t n = json_integer(v);
	return n > 0 && n < most ? n : 0;
}

/* The first of some places, with one member or two, that holds a number. */
static int64_t count_at(const json_value *u, const char *const places[][2])
{
	for (; places[0][0]; places++) {
		const json_value *v = json_get(u, places[0][0]);
		int64_t n = count_of(places[0][1] ? json_get(v, places[0][1]) : v);
		if (n)
			return n;
	}
	return 0;
}

static const char *const prompt_places[][2] = {
	{ "prompt_tokens" }, { "input_tokens" }, { NULL },
};
static const char *const cached_places[][2] = {
	{ "prompt_tokens_details", "cached_tokens" }, /* OpenAI, vLLM, SGLang, xAI */
	{ "input_tokens_details", "cached_tokens" },
	{ "prompt_cache_hit_tokens" },                /* DeepSeek */
	{ "cached_tokens" },                          /* Moonshot, Together */
	{ "cache_read_input_tokens" },                /* Anthropic, and proxies before it */
	{ NULL },
};
static const char *const completion_places[][2] = {
	{ "completion_tokens" }, { "output_tokens" }, { "generated_tokens" }, { NULL },
};
static const char *const thought_places[][2] = {
	{ "completion_tokens_details", "reasoning_tokens" }, /* OpenAI, OpenRouter, DeepSeek */
	{ "output_tokens_details", "reasoning_tokens" },
	{ "reasoning_tokens" },                              /* SGLang */
	{ NULL },
};

bool answer_usage(const json_value *u, struct usage *out)
{
	struct usage now = {
		.prompt_tokens = count_at(u, prompt_places),
		.shared_tokens = count_at(u, cached_places),
		.completion_tokens = count_at(u, completion_places),
		.reasoning_tokens = count_at(u, thought_places),
	};
	if (!now.prompt_tokens && !now.completion_tokens)
		return false;
	/* xAI and Gemini count thoughts beside what is said; the others within. */
	int64_t total = count_of(json_get(u, "total_tokens"));
	int64_t apart = now.prompt_tokens + now.completion_tokens + now.reasoning_tokens;
	if (now.reasoning_tokens > now.completion_tokens || (now.reasoning_tokens && total == apart))
		now.completion_tokens += now.reasoning_tokens;
	if (now.prompt_tokens && now.shared_tokens > now.prompt_tokens)
		now.shared_tokens = now.prompt_tokens;
	*out = now;
	return true;
}

enum answer_kind answer_finish(struct view reason, enum finish *out)
{
	static const enum answer_kind kinds[] = {
		[ENDING_STOP] = ANSWER_FINE, [ENDING_CUT] = ANSWER_FINE, [ENDING_UNKNOWN] = ANSWER_FINE,
		[ENDING_FILTERED] = ANSWER_FILTERED, [ENDING_FAILED] = ANSWER_FAILURE,
	};
	enum ending ending = ending_of(reason);
	*out = ending == ENDING_CUT ? FINISH_LENGTH : FINISH_STOP;
	return kinds[ending];
}

bool answer_calls(const json_value *message)
{
	return json_count(json_get(message, "tool_calls")) ||
	       json_type(json_get(message, "function_call")) == JSON_OBJECT;
}

static enum answer_kind read_choice(const json_value *choice, struct answer *a)
{
	static const char *const places[] = { "message", "delta", NULL };
	const json_value *message = get_any(choice, places);
	const json_value *content = message ? content_of(message) : json_get(choice, "text");
	struct view reason = json_text(json_get(choice, "finish_reason"));
	if (!message && json_type(content) != JSON_TEXT)
		return ANSWER_EMPTY;
	if (json_type(content) == JSON_TEXT && !get_any(message, thought_names)) {
		a->text = json_text(content); /* as it mostly is: nothing is copied */
	} else {
		answer_add(message, &a->text_kept, &a->reasoning_kept);
		a->text = view_from(a->text_kept.data, a->text_kept.len);
		a->reasoning = view_from(a->reasoning_kept.data, a->reasoning_kept.len);
	}
	if (buf_failed(&a->text_kept) || buf_failed(&a->reasoning_kept))
		return ANSWER_NOMEM;
	a->reason = reason;
	enum answer_kind kind = answer_finish(reason, &a->finish);
	return kind == ANSWER_FINE && answer_calls(message) ? ANSWER_CALLS : kind;
}

/* What stood for broken characters goes. */
static int undo_mending(struct view *text, struct buf *kept)
{
	struct buf whole = BUF_INIT;
	int status = mend_undo(*text, &whole);
	buf_release(kept);
	*kept = whole;
	*text = view_from(kept->data, kept->len);
	return status;
}

/* Where the server counted no thoughts but sent some, they have their share of the answer. */
enum answer_kind answer_settle(struct answer *a, const struct thoughts *t)
{
	struct view none = view_of("");
	if (!a->text.p)
		a->text = none;
	if (!a->reasoning.p)
		a->reasoning = none;
	if (a->mended && (undo_mending(&a->text, &a->text_kept) ||
			  undo_mending(&a->reasoning, &a->reasoning_kept)))
		return ANSWER_NOMEM;
	bool is_cut = a->finish == FINISH_LENGTH;
	if (!a->reasoning.len &&
	    thoughts_split(t, is_cut, &a->text, &a->reasoning, &a->reasoning_kept))
		return ANSWER_NOMEM;
	size_t all = a->text.len + a->reasoning.len;
	if (a->counted && a->reasoning.len && !a->usage.reasoning_tokens)
		a->usage.reasoning_tokens = (int64_t)((double)a->usage.completion_tokens *
						      (double)a->reasoning.len / (double)all);
	/* One that was cut while it thought would be cut again. */
	bool is_blank = !view_trim(a->text).len && !(is_cut && a->reasoning.len);
	return is_blank ? ANSWER_BLANK : ANSWER_FINE;
}

struct json *answer_parse(struct view text, bool *mended, int *status)
{
	struct sow_error why = { 0 };
	struct buf whole = BUF_INIT;
	struct json *doc = json_parse(text.p, text.len, &why);
	*status = doc ? SOW_OK : (int)why.status;
	if (*status != SOW_INVALID)
		return doc;
	*status = mend_json(text, &whole);
	if (!*status) {
		doc = json_parse(whole.data, whole.len, &why);
		*status = doc ? SOW_OK : (int)why.status;
	}
	*mended |= doc != NULL;
	buf_release(&whole);
	return doc;
}

/* The body without the end of an event stream, which some servers put behind it. */
static struct view without_events(struct view body)
{
	size_t at = view_find(body, 0, "\ndata:");
	return view_trim(body).len && *view_trim(body).p == '{' ? view_sub(body, 0, at) : body;
}

static bool is_page(struct view body)
{
	static const char *const begins[] = { "<!doctype", "<html" };
	body = view_trim(body);
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		struct view begin = view_of(begins[i]);
		if (view_eqfold(view_sub(body, 0, begin.len), begin))
			return true;
	}
	return false;
}

enum answer_kind answer_read(struct view body, const struct thoughts *t, struct answer *a)
{
	int status;
	*a = (struct answer){ .text_kept = BUF_INIT, .reasoning_kept = BUF_INIT };
	a->text = a->reasoning = a->reason = view_of("");
	if (is_page(body))
		return ANSWER_PAGE;
	a->doc = answer_parse(body, &a->mended, &status);
	if (!a->doc && status != SOW_NOMEM)
		a->doc = answer_parse(without_events(body), &a->mended, &status);
	if (!a->doc)
		return status == SOW_NOMEM ? ANSWER_NOMEM : ANSWER_MALFORMED;
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
	enum answer_kind settled = answer_settle(a, t);
	return kind == ANSWER_FINE || settled == ANSWER_NOMEM ? settled : kind;
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

struct usage answer_count(const struct request *r, const struct answer *a)
{
	struct usage u = { 0 };
	if (a->counted)
		u = a->usage;
	if (!u.prompt_tokens) {
		u.prompt_tokens = answer_prompt_tokens(r);
		u.estimated = true;
	}
	if (!u.completion_tokens) {
		u.reasoning_tokens = tokens_of(a->reasoning.len);
		u.completion_tokens = tokens_of(a->text.len) + u.reasoning_tokens;
		u.estimated = true;
	}
	return u;
}
