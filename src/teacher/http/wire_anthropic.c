/* Anthropic's language: the Messages API. https://platform.claude.com/docs/en/api/messages
 *
 * The version sent is the last that takes a temperature. A long text at the beginning of all requests of
 * a stage is marked for caching: reading it from the cache costs a tenth. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/tool_calls.h"
#include "io/json.h"
#include "teacher/http/stream.h"
#include "teacher/http/wire.h"

#define TOKENS_USUAL 4096            /* every model may write so many; the API requires a bound */
#define CACHED_LEAST 4096            /* bytes: the least that it caches is 1024 tokens */
#define BOUND_MAX 64
#define CACHE_MARK ",\"cache_control\":{\"type\":\"ephemeral\"}"

static const char *path_of(const struct body_style *s)
{
	(void)s;
	return "/messages";
}

/* The turns while they are written: messages of blocks, or the blocks of the system. */
struct talk {
	struct buf *out;
	enum role message;           /* the open message; ROLE_NONE: none */
	bool has_block;              /* in the open message */
	bool in_text;                /* an open block of text */
	enum role text_of;           /* the role of that block's part */
};

static void end_text(struct talk *t, bool is_cached)
{
	if (t->in_text)
		buf_addf(t->out, "\"%s}", is_cached ? CACHE_MARK : "");
	t->in_text = false;
}

static void begin_block(struct talk *t)
{
	end_text(t, false);
	buf_addstr(t->out, t->has_block ? ",{" : "{");
	t->has_block = true;
}

/* Joins neighbours of one role into one text. */
static void add_text(struct talk *t, enum role of, struct view text)
{
	if (!text.len)
		return;
	if (!t->in_text || t->text_of != of) {
		begin_block(t);
		buf_addstr(t->out, "\"type\":\"text\",\"text\":\"");
		t->in_text = true;
		t->text_of = of;
	}
	json_escape(t->out, text);
}

static void end_message(struct talk *t)
{
	end_text(t, false);
	if (t->message)
		buf_addstr(t->out, "]}");
	t->has_block = false;
}

/* The API knows two roles, which alternate. */
static void begin_message(struct talk *t, enum role role)
{
	if (t->message == role)
		return;
	end_message(t);
	buf_addf(t->out, "%s{\"role\":\"%s\",\"content\":[", t->message ? "," : "", role_names[role]);
	t->message = role;
}

static void add_value(struct buf *out, const char *name, const json_value *v)
{
	buf_addf(out, "\"%s\":", name);
	json_add_value(out, v);
}

/* "data:image/png;base64,…", or an address. */
static void add_image(struct talk *t, struct view url)
{
	size_t type = strlen("data:"), semicolon = view_find(url, 0, ";base64,");
	bool is_data = view_starts(url, "data:") && semicolon != VIEW_NONE;
	begin_block(t);
	buf_addstr(t->out, "\"type\":\"image\",\"source\":{\"type\":");
	if (is_data) {
		buf_addstr(t->out, "\"base64\"");
		body_text(t->out, "media_type", view_sub(url, type, semicolon));
		body_text(t->out, "data", view_sub(url, semicolon + strlen(";base64,"), url.len));
	} else {
		buf_addstr(t->out, "\"url\"");
		body_text(t->out, "url", url);
	}
	buf_addstr(t->out, "}}");
}

/* Texts and pictures, in OpenAI's form; other content goes unchanged. */
static void add_content(struct talk *t, enum role of, struct view content)
{
	struct json *doc = json_parse(content.p, content.len, NULL);
	const json_value *list = json_root(doc);
	if (!doc)
		t->out->status = SOW_INVALID;
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		struct view text = json_text(json_get(v, "text"));
		const json_value *image = json_get(v, "image_url");
		struct view url = json_text(json_type(image) == JSON_OBJECT ? json_get(image, "url") : image);
		if (json_type(v) == JSON_TEXT || text.len) {
			add_text(t, of, text.len ? text : json_text(v));
			end_text(t, false);
		} else if (url.len) {
			add_image(t, url);
		} else {
			end_text(t, false);
			buf_addstr(t->out, t->has_block ? "," : "");
			json_add_value(t->out, v);
			t->has_block = true;
		}
	}
	json_free(doc);
}

/* Arguments that are not a JSON object become the only member of one. */
static void add_calls(struct talk *t, struct view calls, size_t *number, struct arena *a)
{
	struct view whole = tool_calls_write(calls, ARGUMENTS_OBJECT, number, a);
	struct json *doc = whole.p ? json_parse(whole.p, whole.len, NULL) : NULL;
	const json_value *list = json_root(doc);
	if (!doc)
		t->out->status = SOW_INVALID;
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		const json_value *function = json_get(v, "function");
		const json_value *arguments = json_get(function, "arguments");
		begin_block(t);
		buf_addstr(t->out, "\"type\":\"tool_use\",");
		add_value(t->out, "id", json_get(v, "id"));
		buf_addstr(t->out, ",");
		add_value(t->out, "name", json_get(function, "name"));
		buf_addstr(t->out, ",\"input\":");
		if (json_type(arguments) == JSON_OBJECT) {
			json_add_value(t->out, arguments);
		} else if (json_text(arguments).len) {
			buf_addch(t->out, '{');
			add_value(t->out, "arguments", arguments);
			buf_addch(t->out, '}');
		} else {
			buf_addstr(t->out, "{}");
		}
		buf_addch(t->out, '}');
	}
	json_free(doc);
}

/* The result of a tool, which is part of a user's message. */
static void add_result(struct talk *t, const struct part *p)
{
	begin_block(t);
	buf_addstr(t->out, "\"type\":\"tool_result\"");
	body_text(t->out, "tool_use_id", p->tool_call_id);
	buf_addstr(t->out, ",\"content\":[");
	struct talk inner = { .out = t->out };
	if (p->content.len)
		add_content(&inner, p->role, p->content);
	else
		add_text(&inner, p->role, p->text);
	end_text(&inner, false);
	buf_addstr(t->out, "]}");
}

static bool is_system(const struct part *p)
{
	return p->role == ROLE_SYSTEM || p->role == ROLE_DEVELOPER;
}

/* How many parts at the front are the system's, which is separate from the messages. */
static size_t count_system(const struct request *r, const struct param_support *d)
{
	size_t n = 0;
	while (n < r->part_count && is_system(&r->parts[n]) && !(d->without & 1u << PARAM_SYSTEM))
		n++;
	return n;
}

/* The last of the parts worth caching, by its number from 1; 0: none. */
static size_t find_cached(const struct request *r)
{
	size_t n = 0, bytes = r->tools.len;
	for (; n < r->part_count && r->parts[n].shared && !part_is_whole(&r->parts[n]); n++)
		bytes += r->parts[n].text.len;
	bool is_end = n == r->part_count;
	/* A block of blanks only is refused: the text after the mark must be more. */
	bool is_split = n && !is_end && r->parts[n].role == r->parts[n - 1].role;
	if (is_split && !view_trim(r->parts[n].text).len)
		return 0;
	return bytes >= CACHED_LEAST ? n : 0;
}

static void add_part(struct talk *t, const struct part *p, size_t *calls, struct arena *a)
{
	if (p->role == ROLE_TOOL) {
		add_result(t, p);
		return;
	}
	if (p->content.len)
		add_content(t, p->role, p->content);
	else
		add_text(t, p->role, p->text);
	if (p->tool_calls.len)
		add_calls(t, p->tool_calls, calls, a);
}

static void write_messages(struct buf *out, const struct request *r, const struct param_support *d,
			   struct params_sent *sent, struct arena *a)
{
	struct talk t = { .out = out };
	size_t system = count_system(r, d), cached = find_cached(r), calls = 0;
	for (size_t i = 0; i < r->part_count; i++) {
		const struct part *p = &r->parts[i];
		if (!i && system)
			buf_addstr(out, ",\"system\":[");
		if (i == system)
			buf_addstr(out, ",\"messages\":[");
		if (i >= system)
			begin_message(&t, p->role == ROLE_ASSISTANT ? ROLE_ASSISTANT : ROLE_USER);
		add_part(&t, p, &calls, a);
		if (i + 1 == cached)
			end_text(&t, true);
		if (i + 1 == system) {
			end_message(&t);
			buf_addch(out, ']');
			sent->without &= ~(1u << PARAM_SYSTEM);
		}
	}
	end_message(&t);
	buf_addstr(out, system == r->part_count ? ",\"messages\":[]" : "]");
}

/* {"type": "function", "function": {"name", "description", "parameters"}}, OpenAI's form. */
static void write_tools(struct buf *out, struct view tools)
{
	struct json *doc = json_parse(tools.p, tools.len, NULL);
	const json_value *list = json_root(doc);
	if (!doc)
		out->status = SOW_INVALID;
	buf_addstr(out, ",\"tools\":[");
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		const json_value *function = json_get(v, "function"), *f = function ? function : v;
		const json_value *schema = json_get(f, "parameters");
		buf_addstr(out, v == json_first(list) ? "" : ",");
		if (json_get(f, "input_schema") || !json_get(f, "name")) { /* already in Anthropic's form */
			json_add_value(out, v);
			continue;
		}
		buf_addch(out, '{');
		add_value(out, "name", json_get(f, "name"));
		if (json_text(json_get(f, "description")).len) {
			buf_addch(out, ',');
			add_value(out, "description", json_get(f, "description"));
		}
		buf_addch(out, ',');
		if (schema)
			add_value(out, "input_schema", schema);
		else
			buf_addstr(out, "\"input_schema\":{\"type\":\"object\"}");
		buf_addch(out, '}');
	}
	buf_addch(out, ']');
	json_free(doc);
}

static void write_sampling(struct body_writer *w, const struct body_style *s, const struct request *r)
{
	const struct sampling *p = &r->sampling;
	body_bound(w, s, PARAM_MAX_TOKENS, p->max_tokens ? p->max_tokens : TOKENS_USUAL);
	body_temperature(w, p);
	if (p->top_p > 0 && p->top_p < 1)
		body_number(w, PARAM_TOP_P, p->top_p);
	if (p->top_k > 0)
		body_integer(w, PARAM_TOP_K, p->top_k);
	body_stops(w, "stop_sequences", p, false); /* this API refuses stops of blanks only */
	if (r->schema.len && body_open(w, PARAM_FORMAT, "output_config"))
		buf_addf(w->out, "{\"format\":{\"type\":\"json_schema\",\"schema\":%.*s}}", VIEW_ARG(r->schema));
	/* It cannot express these. */
	w->sent->unsaid = 1u << PARAM_SEED;
	if (p->presence_penalty < 0 || p->presence_penalty > 0)
		w->sent->unsaid |= 1u << PARAM_PRESENCE;
	if (p->frequency_penalty < 0 || p->frequency_penalty > 0)
		w->sent->unsaid |= 1u << PARAM_FREQUENCY;
}

static int write_body(struct buf *out, const struct body_style *s, const struct param_support *d,
		      const struct request *r, struct params_sent *sent)
{
	struct body_writer w = body_begin(out, s, d, sent);
	write_sampling(&w, s, r);
	if (r->tools.len)
		write_tools(out, r->tools);
	struct arena *a = body_arena(r);
	write_messages(out, r, d, sent, a);
	arena_free(a);
	body_stream(&w, s);
	body_end(&w, s);
	return out->status;
}

/* A stream reports its counts twice, each time the total so far. */
static bool read_usage(const json_value *u, struct usage *out)
{
	int64_t read = answer_tokens(json_get(u, "cache_read_input_tokens"));
	int64_t prompt = answer_tokens(json_get(u, "input_tokens")) + read +
			 answer_tokens(json_get(u, "cache_creation_input_tokens"));
	int64_t written = answer_tokens(json_get(u, "output_tokens"));
	int64_t thought = answer_tokens(json_get(json_get(u, "output_tokens_details"), "thinking_tokens"));
	if (prompt > out->prompt_tokens) {
		out->prompt_tokens = prompt;
		out->shared_tokens = read;
	}
	if (written > out->completion_tokens)
		out->completion_tokens = written;
	if (thought > out->reasoning_tokens)
		out->reasoning_tokens = thought;
	return prompt || written;
}

/* Adds the text of a block, or of a piece of one; true if it calls a tool. Hidden thoughts have no
 * text. */
static bool add_block(const json_value *block, struct buf *text, struct buf *reasoning)
{
	struct view type = json_text(json_get(block, "type"));
	struct view said = json_text(json_get(block, "text"));
	struct view thought = json_text(json_get(block, "thinking"));
	buf_add(text, said.p, said.len);
	buf_add(reasoning, thought.p, thought.len);
	return view_eqstr(type, "tool_use");
}

static enum answer_kind read_body(const json_value *root, struct answer *a)
{
	const json_value *content = json_get(root, "content");
	bool is_calling = false;
	if (answer_has_error(root))
		return ANSWER_FAILURE;
	a->counted = read_usage(json_get(root, "usage"), &a->usage);
	if (json_type(content) != JSON_ARRAY)
		return ANSWER_EMPTY;
	for (const json_value *v = json_first(content); v; v = json_next(content, v))
		is_calling |= add_block(v, &a->text_kept, &a->reasoning_kept);
	a->reason = json_text(json_get(root, "stop_reason"));
	enum answer_kind kind = answer_finish(a->reason, &a->finish);
	return kind == ANSWER_FINE && is_calling ? ANSWER_CALLS : kind;
}

static void take_event(struct stream *s, struct view data)
{
	struct json *doc = stream_parse(s, data);
	const json_value *root = json_root(doc), *message = json_get(root, "message");
	const json_value *block = json_get(root, "content_block"), *delta = json_get(root, "delta");
	struct view reason = json_text(json_get(delta, "stop_reason"));
	if (answer_has_error(root) && s->kind != ANSWER_FAILURE)
		stream_failed(s, data);
	s->chosen |= message != NULL;
	s->calls |= add_block(block, &s->text, &s->reasoning);
	add_block(delta, &s->text, &s->reasoning);
	if (reason.len)
		stream_ended(s, reason);
	if (s->kind == ANSWER_FILTERED && json_get(delta, "stop_details")) {
		buf_clear(&s->body); /* the reason */
		json_add_value(&s->body, delta);
	}
	s->counted |= read_usage(json_get(message, "usage"), &s->usage);
	s->counted |= read_usage(json_get(root, "usage"), &s->usage);
	json_free(doc);
}

/* An error within an answer has no HTTP status, only a name. */
static int status_of(struct view type)
{
	static const struct {
		const char *type;
		int status;
	} errors[] = {
		{ "invalid_request_error", 400 }, { "authentication_error", 401 },
		{ "billing_error", 402 }, { "permission_error", 403 }, { "not_found_error", 404 },
		{ "conflict_error", 409 }, { "request_too_large", 413 }, { "rate_limit_error", 429 },
		{ "api_error", 500 }, { "timeout_error", 504 }, { "overloaded_error", 529 },
	};
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (view_eqstr(type, errors[i].type))
			return errors[i].status;
	}
	return 0;
}

static void read_words(struct view body, struct answer_words *w)
{
	answer_words_read(body, w);
	if (!w->status)
		w->status = status_of(w->type);
	/* Why the model refused. */
	const json_value *why = json_get(json_root(w->doc), "stop_details");
	struct view text = json_text(json_get(why, "explanation"));
	if (!text.len)
		text = json_text(json_get(why, "category"));
	if (text.len) {
		w->message = text;
		w->has_no_message = false;
	}
}

/* Rewrites "max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens for …" so
 * that it names the bound plainly. */
static bool find_bound(struct view message, char out[BOUND_MAX])
{
	size_t at = view_find(message, 0, " > ");
	if (!view_starts(message, "max_tokens: ") || at == VIEW_NONE ||
	    view_find(message, at, "maximum") == VIEW_NONE)
		return false;
	snprintf(out, BOUND_MAX, "max_tokens: at most %ld", strtol(message.p + at + 3, NULL, 10));
	return true;
}

/* The bound has no other name, and the API requires it. */
static enum param_news learn(struct param_support *d, const struct answer_words *words,
			     const struct params_sent *sent, struct buf *notice)
{
	const struct param_support before = *d;
	struct answer_words plain = *words;
	char bound[BOUND_MAX];
	size_t len = notice->len;
	if (find_bound(words->message, bound))
		plain.message = view_of(bound);
	enum param_news news = param_support_learn(d, &plain, sent, notice);
	if (!(d->without & 1u << PARAM_MAX_TOKENS))
		return news;
	*d = before;
	buf_cut(notice, len);
	return PARAM_NEWS_NONE;
}

static const char *const headers[] = { "anthropic-version: 2023-06-01", NULL };

const struct wire wire_anthropic = {
	.name = "Anthropic",
	.key_header = "x-api-key: ",
	.headers = headers,
	.is_chat = true,
	.path = path_of,
	.write = write_body,
	.read = read_body,
	.event = take_event,
	.words = read_words,
	.learn = learn,
	.limits = ratelimit_read_dated,
};
