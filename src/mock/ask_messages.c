/* Requests of Anthropic's Messages API, and its refusals. */
#include <inttypes.h>
#include <string.h>

#include "base/draw.h"
#include "mock/ask.h"
#include "mock/tokens.h"

#define bad(p, ...) problem_set(p, 400, ASK_INVALID, NULL, NULL, __VA_ARGS__)

static const struct parameter {
	const char *name;
	enum { NUMBER, INTEGER, TRUTH, TEXTS, OTHER } wants;
	double least, most;
} parameters[] = {
	{ "model", OTHER, 0, 0 }, { "messages", OTHER, 0, 0 }, { "system", OTHER, 0, 0 },
	{ "max_tokens", INTEGER, 1, 1e9 }, { "temperature", NUMBER, 0, 1 }, { "top_p", NUMBER, 0, 1 },
	{ "top_k", INTEGER, 0, 1e9 }, { "stop_sequences", TEXTS, 0, 0 }, { "stream", TRUTH, 0, 0 },
	{ "metadata", OTHER, 0, 0 }, { "thinking", OTHER, 0, 0 }, { "tools", OTHER, 0, 0 },
	{ "tool_choice", OTHER, 0, 0 }, { "service_tier", OTHER, 0, 0 }, { "output_config", OTHER, 0, 0 },
	{ "cache_control", OTHER, 0, 0 },
};
#define PARAMETERS (sizeof(parameters) / sizeof(*parameters))

static int read_stops(struct ask *a, const json_value *v, const struct ask_rules *rules,
		      struct problem *why)
{
	int64_t most = rules->stops ? rules->stops : ASK_STOPS_MAX;
	if (json_type(v) != JSON_ARRAY)
		return bad(why, "stop_sequences: Input should be a valid list");
	if ((int64_t)json_count(v) > most)
		return bad(why, "stop_sequences: List should have at most %" PRId64 " items after "
			   "validation, not %zu", most, json_count(v));
	for (const json_value *s = json_first(v); s; s = json_next(v, s)) {
		if (!view_trim(json_text(s)).len)
			return bad(why, "stop_sequences: each stop sequence must contain non-whitespace");
		a->stops[a->stop_count++] = json_text(s);
	}
	return 0;
}

static int check_number(const struct parameter *p, const json_value *v, struct problem *why)
{
	double x = json_number(v);
	if (json_type(v) != JSON_NUMBER || (p->wants == INTEGER && !json_is_integer(v)))
		return bad(why, "%s: Input should be a valid %s", p->name,
			   p->wants == INTEGER ? "integer" : "number");
	if (x < p->least)
		return bad(why, "%s: Input should be greater than or equal to %g", p->name, p->least);
	if (x > p->most)
		return bad(why, "%s: Input should be less than or equal to %g", p->name, p->most);
	return 0;
}

static int read_parameter(struct ask *a, const json_value *v, const struct ask_rules *rules,
			  struct problem *why)
{
	struct view name = json_key(v);
	const struct parameter *p = NULL;
	for (size_t i = 0; i < PARAMETERS && !p; i++)
		p = view_eqstr(name, parameters[i].name) ? &parameters[i] : NULL;
	if (!p)
		return bad(why, "%.*s: Extra inputs are not permitted",
			   VIEW_ARG(view_sub(name, 0, ASK_SHOWN)));
	if (ask_is_refused(rules, p->name))
		return bad(why, "`%s` is deprecated for this model.", p->name);
	if (p->wants == TEXTS)
		return read_stops(a, v, rules, why);
	if (p->wants == TRUTH && json_type(v) != JSON_BOOL)
		return bad(why, "%s: Input should be a valid boolean", p->name);
	return p->wants == NUMBER || p->wants == INTEGER ? check_number(p, v, why) : 0;
}

static int check_content(const json_value *content, size_t number, struct problem *why)
{
	if (json_type(content) == JSON_TEXT)
		return json_text(content).len ? 0 : bad(why, "messages.%zu: all messages must have "
							"non-empty content", number);
	if (json_type(content) != JSON_ARRAY || !json_count(content))
		return bad(why, "messages.%zu.content: Input should be a valid list", number);
	for (const json_value *b = json_first(content); b; b = json_next(content, b)) {
		struct view type = json_text(json_get(b, "type"));
		if (!type.len)
			return bad(why, "messages.%zu.content.0.type: Field required", number);
		if (view_eqstr(type, "text") && !view_trim(json_text(json_get(b, "text"))).len)
			return bad(why, "messages: text content blocks must contain non-whitespace text");
	}
	return 0;
}

static int read_message(struct ask *a, const json_value *m, size_t number, size_t *bytes,
			struct problem *why)
{
	struct view role = json_text(json_get(m, "role"));
	const json_value *content = json_get(m, "content");
	bool is_user = view_eqstr(role, "user");
	if (view_eqstr(role, "system"))
		return bad(why, "messages: Unexpected role \"system\". The Messages API accepts a "
			   "top-level `system` parameter, not \"system\" as an input message role.");
	if (!is_user && !view_eqstr(role, "assistant"))
		return bad(why, "messages.%zu.role: Input should be 'user' or 'assistant'", number);
	if (!number && !is_user)
		return bad(why, "messages: first message must use the \"user\" role");
	if (check_content(content, number, why))
		return -1;
	struct view text = ask_text(a, content);
	a->seed = draw_unit(draw_unit(a->seed, role.p, role.len), text.p, text.len);
	*bytes += text.len + ASK_MESSAGE_OVERHEAD;
	if (is_user)
		a->prompt = text;
	return 0;
}

static int read_messages(struct ask *a, const json_value *root, struct problem *why)
{
	const json_value *list = json_get(root, "messages"), *system = json_get(root, "system");
	size_t number = 0;
	if (json_type(list) != JSON_ARRAY)
		return bad(why, "messages: %s", list ? "Input should be a valid list" : "Field required");
	if (!json_count(list))
		return bad(why, "messages: at least one message is required");
	a->system = ask_text(a, system);
	a->seed = draw_unit(0, a->system.p, a->system.len);
	size_t bytes = a->system.len + ASK_MESSAGE_OVERHEAD;
	for (const json_value *m = json_first(list); m; m = json_next(list, m)) {
		if (read_message(a, m, number++, &bytes, why))
			return -1;
	}
	a->prompt_tokens = tokens_of_prompt(bytes);
	return 0;
}

int ask_read_messages(struct ask *a, const json_value *root, const struct ask_rules *rules,
		      struct problem *why)
{
	if (!json_get(root, "max_tokens"))
		return bad(why, "max_tokens: Field required");
	for (const json_value *v = json_first(root); v; v = json_next(root, v)) {
		if (read_parameter(a, v, rules, why))
			return -1;
	}
	if (read_messages(a, root, why))
		return -1;
	a->max_tokens = json_integer(json_get(root, "max_tokens"));
	a->stream = json_bool(json_get(root, "stream"));
	if (rules->context && a->prompt_tokens > rules->context)
		return bad(why, "prompt is too long: %" PRId64 " tokens > %" PRId64 " maximum",
			   a->prompt_tokens, rules->context);
	return 0;
}
