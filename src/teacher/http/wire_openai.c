/* OpenAI's language, chats and completions, in the dialects of the many that copy it. */
#include <string.h>

#include "base/error.h"
#include "data/tool_calls.h"
#include "io/json.h"
#include "teacher/http/stream.h"
#include "teacher/http/wire.h"

#define SEED_MASK 0x7fffffffu        /* some servers read 32 bits with a sign */

static const char *path_of(const struct body_style *s)
{
	return s->chat ? "/chat/completions" : "/completions";
}

static enum role role_sent(const struct request *r, size_t i, const struct param_support *d)
{
	enum role role = r->parts[i].role;
	bool is_system = role == ROLE_SYSTEM || role == ROLE_DEVELOPER;
	if (role == ROLE_NONE || (is_system && d->without & 1u << PARAM_SYSTEM))
		return ROLE_USER;
	return role;
}

/* A turn that is more than a text. Servers require the arguments of a call as a text. */
static void write_whole(struct buf *out, const struct part *p, enum role role, struct arena *a)
{
	buf_addf(out, "{\"role\":\"%s\"", role_names[role]);
	if (p->content.len) {
		body_json(out, "content", p->content);
	} else if (p->tool_calls.len && !p->text.len) {
		body_json(out, "content", view_of("null"));
	} else {
		body_text(out, "content", p->text);
	}
	if (p->tool_calls.len)
		body_json(out, "tool_calls", tool_calls_write(p->tool_calls, ARGUMENTS_TEXT, NULL, a));
	if (p->tool_call_id.len)
		body_text(out, "tool_call_id", p->tool_call_id);
	if (p->name.len)
		body_text(out, "name", p->name);
	buf_addch(out, '}');
}

/* Joins neighbours of one role into one message. Two parts that share a role only because the server has
 * no system role are separated by an empty line. */
static void write_messages(struct buf *out, const struct request *r, const struct param_support *d,
			   struct params_sent *sent, struct arena *a)
{
	enum role open = ROLE_NONE;
	buf_addstr(out, ",\"messages\":[");
	for (size_t i = 0; i < r->part_count; i++) {
		const struct part *p = &r->parts[i];
		enum role role = role_sent(r, i, d);
		if (role == ROLE_SYSTEM || role == ROLE_DEVELOPER)
			sent->without &= ~(1u << PARAM_SYSTEM);
		if (part_is_whole(p) || role != open) {
			buf_addstr(out, open ? "\"}" : "");
			buf_addstr(out, i ? "," : "");
			open = ROLE_NONE;
		}
		if (part_is_whole(p)) {
			write_whole(out, p, role, a);
			continue;
		}
		if (!open)
			buf_addf(out, "{\"role\":\"%s\",\"content\":\"", role_names[role]);
		else if (p->role != p[-1].role)
			buf_addstr(out, "\\n\\n");
		open = role;
		json_escape(out, p->text);
	}
	buf_addstr(out, open ? "\"}]" : "]");
	if (r->tools.len)
		body_json(out, "tools", r->tools);
}

static void write_prompt(struct buf *out, const struct request *r)
{
	buf_addstr(out, ",\"prompt\":\"");
	for (size_t i = 0; i < r->part_count; i++)
		json_escape(out, r->parts[i].text);
	buf_addch(out, '"');
}

static void write_bound(struct body_writer *w, const struct body_style *s, int64_t max_tokens)
{
	enum param part = s->max_completion_tokens ? PARAM_MAX_COMPLETION_TOKENS
							  : PARAM_MAX_TOKENS;
	const uint32_t both = 1u << PARAM_MAX_TOKENS | 1u << PARAM_MAX_COMPLETION_TOKENS;
	if (!max_tokens || w->overridden & both)
		return;
	if (w->d->without & 1u << part)
		part = part == PARAM_MAX_TOKENS ? PARAM_MAX_COMPLETION_TOKENS
						  : PARAM_MAX_TOKENS;
	body_bound(w, s, part, max_tokens);
}

static void write_sampling(struct body_writer *w, const struct body_style *s, const struct request *r)
{
	const struct sampling *p = &r->sampling;
	body_temperature(w, p);
	if (p->top_p > 0)
		body_number(w, PARAM_TOP_P, p->top_p);
	if (p->top_k > 0)
		body_integer(w, PARAM_TOP_K, p->top_k);
	if (p->presence_penalty < 0 || p->presence_penalty > 0)
		body_number(w, PARAM_PRESENCE, p->presence_penalty);
	if (p->frequency_penalty < 0 || p->frequency_penalty > 0)
		body_number(w, PARAM_FREQUENCY, p->frequency_penalty);
	write_bound(w, s, p->max_tokens);
	body_stops(w, "stop", p, true);
	body_integer(w, PARAM_SEED, (int64_t)(r->seed & SEED_MASK));
}

/* Not strict: that covers only a part of JSON Schema, and the reply is checked anyway. */
static void write_format(struct body_writer *w, const struct request *r)
{
	if (!r->schema.len || !body_open(w, PARAM_FORMAT, "response_format"))
		return;
	buf_addstr(w->out, "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"reply\",\"schema\":");
	buf_add(w->out, r->schema.p, r->schema.len);
	buf_addstr(w->out, "}}");
}

static int write_body(struct buf *out, const struct body_style *s, const struct param_support *d,
		      const struct request *r, struct params_sent *sent)
{
	if (!s->chat && r->part_count && r->parts[0].role != ROLE_NONE)
		return SOW_USAGE;
	struct body_writer w = body_begin(out, s, d, sent);
	struct arena *a = s->chat ? body_arena(r) : NULL;
	if (s->chat)
		write_messages(out, r, d, sent, a);
	else
		write_prompt(out, r);
	arena_free(a);
	write_sampling(&w, s, r);
	write_format(&w, r);
	body_stream(&w, s);
	if (s->stream && body_open(&w, PARAM_STREAM_OPTIONS, "stream_options"))
		buf_addstr(out, "{\"include_usage\":true}");
	body_end(&w, s);
	return out->status;
}

/* The first of the members with those names that is not empty. */
static const json_value *get_any(const json_value *object, const char *const *names)
{
	for (; *names; names++) {
		const json_value *v = json_get(object, *names);
		if (json_type(v) > JSON_NULL)
			return v;
	}
	return NULL;
}

/* The fields for thoughts in a reasoning model's message, or in a part of a content. */
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

/* A content made of parts; those of thinking are thoughts. */
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

/* The member that stands in for an empty content. */
static const json_value *content_of(const json_value *message)
{
	const json_value *content = json_get(message, "content");
	const json_value *refusal = json_get(message, "refusal");
	bool is_said = json_type(content) == JSON_ARRAY || json_text(content).len;
	return !is_said && json_text(refusal).len ? refusal : content;
}

/* Adds the text of a message or a delta. */
static void add_message(const json_value *message, struct buf *text, struct buf *reasoning)
{
	const json_value *content = content_of(message);
	if (json_type(content) == JSON_ARRAY)
		add_parts(content, text, reasoning);
	else
		add_text(content, text);
	add_texts(get_any(message, thought_names), reasoning);
}

/* The first of the places, of one or two members, that holds a number. */
static int64_t count_at(const json_value *u, const char *const places[][2])
{
	for (; places[0][0]; places++) {
		const json_value *v = json_get(u, places[0][0]);
		int64_t n = answer_tokens(places[0][1] ? json_get(v, places[0][1]) : v);
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

/* False: there is none. */
static bool read_usage(const json_value *u, struct usage *out)
{
	struct usage now = {
		.prompt_tokens = count_at(u, prompt_places),
		.shared_tokens = count_at(u, cached_places),
		.completion_tokens = count_at(u, completion_places),
		.reasoning_tokens = count_at(u, thought_places),
	};
	if (!now.prompt_tokens && !now.completion_tokens)
		return false;
	/* xAI and Gemini count thoughts apart from the completion; the others include them. */
	int64_t total = answer_tokens(json_get(u, "total_tokens"));
	int64_t apart = now.prompt_tokens + now.completion_tokens + now.reasoning_tokens;
	if (now.reasoning_tokens > now.completion_tokens || (now.reasoning_tokens && total == apart))
		now.completion_tokens += now.reasoning_tokens;
	if (now.prompt_tokens && now.shared_tokens > now.prompt_tokens)
		now.shared_tokens = now.prompt_tokens;
	*out = now;
	return true;
}

static bool is_calling(const json_value *message)
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
	if (json_type(content) == JSON_TEXT && !get_any(message, thought_names))
		a->text = json_text(content); /* the usual case: no copy */
	else
		add_message(message, &a->text_kept, &a->reasoning_kept);
	a->reason = reason;
	enum answer_kind kind = answer_finish(reason, &a->finish);
	return kind == ANSWER_FINE && is_calling(message) ? ANSWER_CALLS : kind;
}

static int64_t index_of(const json_value *choice)
{
	const json_value *index = json_get(choice, "index");
	return json_is_integer(index) ? json_integer(index) : 0;
}

/* The choice with this index; NULL: none. */
static const json_value *choice_at(const json_value *choices, int64_t index)
{
	for (const json_value *v = json_first(choices); v; v = json_next(choices, v)) {
		if (index_of(v) == index)
			return v;
	}
	return NULL;
}

/* The one with index 0, where there is such a one. */
static const json_value *first_choice(const json_value *choices)
{
	const json_value *choice = choice_at(choices, 0);
	return choice ? choice : json_first(choices);
}

static enum answer_kind read_body(const json_value *root, struct answer *a)
{
	const json_value *choice = first_choice(json_get(root, "choices"));
	if (answer_has_error(root) || answer_has_error(choice))
		return ANSWER_FAILURE;
	if (json_type(choice) != JSON_OBJECT)
		return ANSWER_EMPTY;
	a->counted = read_usage(json_get(root, "usage"), &a->usage);
	return read_choice(choice, a);
}

/* Most events hold a piece of the answer, some servers' all of it: that replaces everything
 * before. */
static void take_message(struct stream *s, const json_value *choice)
{
	const json_value *delta = json_get(choice, "delta"), *whole = json_get(choice, "message");
	if (json_type(delta) == JSON_OBJECT) {
		add_message(delta, &s->text, &s->reasoning);
	} else if (json_type(whole) == JSON_OBJECT) {
		struct buf text = BUF_INIT, reasoning = BUF_INIT;
		add_message(whole, &text, &reasoning);
		buf_cut(&s->text, text.len ? 0 : s->text.len);
		buf_cut(&s->reasoning, reasoning.len ? 0 : s->reasoning.len);
		buf_add(&s->text, text.data, text.len);
		buf_add(&s->reasoning, reasoning.data, reasoning.len);
		buf_release(&text);
		buf_release(&reasoning);
	} else {
		struct view text = json_text(json_get(choice, "text"));
		buf_add(&s->text, text.p, text.len);
	}
}

static void take_choice(struct stream *s, const json_value *choice)
{
	struct view reason = json_text(json_get(choice, "finish_reason"));
	s->chosen = true;
	s->index = index_of(choice);
	s->calls = s->calls || is_calling(json_get(choice, "delta")) ||
		   is_calling(json_get(choice, "message"));
	take_message(s, choice);
	if (reason.len)
		stream_ended(s, reason);
}

static void take_event(struct stream *s, struct view data)
{
	if (s->done)
		return;
	if (view_eqstr(data, "[DONE]")) {
		s->finished = s->done = true;
		return;
	}
	struct json *doc = stream_parse(s, data);
	const json_value *root = json_root(doc), *choices = json_get(root, "choices");
	const json_value *choice = s->chosen ? choice_at(choices, s->index) : first_choice(choices);
	bool failed = answer_has_error(root) || answer_has_error(choice);
	if (failed && s->kind != ANSWER_FAILURE)
		stream_failed(s, data);
	else if (choice)
		take_choice(s, choice);
	s->counted |= read_usage(json_get(root, "usage"), &s->usage);
	json_free(doc);
}

static void read_limits(struct view headers, int64_t now, struct ratelimit_news *requests,
			struct ratelimit_news *tokens)
{
	(void)now; /* reset times are durations, not dates */
	ratelimit_read(headers, requests, tokens);
}

const struct wire wire_openai = {
	.name = "OpenAI",
	.embeddings = &wire_openai_embeddings,
	.has_forms = true,
	.path = path_of,
	.write = write_body,
	.read = read_body,
	.event = take_event,
	.words = answer_words_read,
	.learn = param_support_learn,
	.limits = read_limits,
};
