#include "mock/ask.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/draw.h"
#include "base/utf8.h"
#include "mock/tokens.h"

#define INVALID ASK_INVALID

#define bad(p, code, param, ...) problem_set(p, 400, INVALID, code, param, __VA_ARGS__)

int problem_set(struct problem *p, unsigned status, const char *type, const char *code,
		const char *param, const char *fmt, ...)
{
	*p = (struct problem){ .status = status, .type = type, .code = code, .param = param };
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(p->message, sizeof(p->message), fmt, ap);
	va_end(ap);
	/* a client's text may be any bytes, or was cut within a character */
	for (size_t bad_at; !utf8_valid(p->message, strlen(p->message), &bad_at);)
		p->message[bad_at] = '?';
	return -1;
}

static const char *kind_of(const json_value *v)
{
	switch (json_type(v)) {
	case JSON_TEXT:
		return "a string";
	case JSON_NUMBER:
		return json_is_integer(v) ? "an integer" : "a decimal";
	case JSON_BOOL:
		return "a boolean";
	case JSON_ARRAY:
		return "an array";
	case JSON_OBJECT:
		return "an object";
	default:
		return "null";
	}
}

static int wrong_type(struct problem *p, const char *param, const char *expected,
		      const json_value *got)
{
	return bad(p, "invalid_type", param,
		   "Invalid type for '%s': expected %s, but got %s instead.", param, expected,
		   kind_of(got));
}

static int missing(struct problem *p, const char *param)
{
	return bad(p, "missing_required_parameter", param, "Missing required parameter: '%s'.",
		   param);
}

/* A value that exists and is not null. */
static const json_value *given(const json_value *object, const char *name)
{
	const json_value *v = json_get(object, name);
	return json_type(v) == JSON_NULL ? NULL : v;
}

/* Sampling */

enum wants { WANTS_NUMBER, WANTS_INTEGER, WANTS_BOOL, WANTS_STOPS };

static const struct parameter {
	const char *name;
	enum wants wants;
	double least, most;
	double neutral;          /* accepted even by a model that does not support it … */
	bool has_neutral;        /* … if there is such a value */
	const char *instead;     /* what to use instead, for the refusal */
} parameters[] = {
	{ "temperature", WANTS_NUMBER, 0, 2, 1, true, NULL },
	{ "top_p", WANTS_NUMBER, 0, 1, 1, true, NULL },
	{ "presence_penalty", WANTS_NUMBER, -2, 2, 0, true, NULL },
	{ "frequency_penalty", WANTS_NUMBER, -2, 2, 0, true, NULL },
	{ "max_tokens", WANTS_INTEGER, 1, 1e9, 0, false, "max_completion_tokens" },
	{ "max_completion_tokens", WANTS_INTEGER, 1, 1e9, 0, false, "max_tokens" },
	{ "n", WANTS_INTEGER, 1, 128, 0, false, NULL },
	{ "seed", WANTS_INTEGER, -0x1p63, 0x1p63, 0, false, NULL },
	{ "stream", WANTS_BOOL, 0, 0, 0, false, NULL },
	{ "stop", WANTS_STOPS, 0, 0, 0, false, NULL },
};
#define PARAMETERS (sizeof(parameters) / sizeof(*parameters))

bool ask_is_refused(const struct ask_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->refused_count; i++) {
		if (strcmp(rules->refused[i], name) == 0)
			return true;
	}
	return false;
}

bool ask_is_without(const struct ask_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->without_count; i++) {
		if (strcmp(rules->without[i], name) == 0)
			return true;
	}
	return false;
}

static int refuse_all(const json_value *root, const struct ask_rules *rules, struct problem *why)
{
	for (size_t i = 0; i < rules->refused_count; i++) {
		const char *name = rules->refused[i];
		const struct parameter *p = NULL;
		for (size_t k = 0; k < PARAMETERS && !p; k++)
			p = strcmp(parameters[k].name, name) == 0 ? &parameters[k] : NULL;
		const json_value *v = given(root, name);
		if (!v || (p && p->has_neutral && json_number(v) == p->neutral))
			continue;
		if (p && p->has_neutral)
			return bad(why, "unsupported_value", name,
				   "Unsupported value: '%s' does not support %g with this model. "
				   "Only the default (%g) value is supported.", name,
				   json_number(v), p->neutral);
		if (p && p->instead && !ask_is_refused(rules, p->instead))
			return bad(why, "unsupported_parameter", name,
				   "Unsupported parameter: '%s' is not supported with this model. "
				   "Use '%s' instead.", name, p->instead);
		return bad(why, "unsupported_parameter", name,
			   "Unsupported parameter: '%s' is not supported with this model.", name);
	}
	return 0;
}

static int check_range(const struct parameter *p, double x, struct problem *why)
{
	static const char *const codes[2][2] = {
		{ "decimal_below_min_value", "decimal_above_max_value" },
		{ "integer_below_min_value", "integer_above_max_value" },
	};
	bool whole = p->wants == WANTS_INTEGER, above = x > p->most;
	if (x >= p->least && !above)
		return 0;
	return bad(why, codes[whole][above], p->name,
		   "Invalid '%s': %s %s value. Expected a value %s %g, but got %g instead.",
		   p->name, whole ? "integer" : "decimal",
		   above ? "above maximum" : "below minimum",
		   above ? "<=" : ">=", above ? p->most : p->least, x);
}

static int read_stops(struct ask *a, const json_value *v, int64_t most, struct problem *why)
{
	if (json_type(v) == JSON_TEXT) {
		a->stops[a->stop_count++] = json_text(v);
		return 0;
	}
	if (json_type(v) != JSON_ARRAY)
		return wrong_type(why, "stop", "one of a string or an array of strings", v);
	if ((int64_t)json_count(v) > most)
		return bad(why, "array_above_max_length", "stop",
			   "Invalid 'stop': array too long. Expected an array with maximum length "
			   "%" PRId64 ", but got an array with length %zu instead.", most,
			   json_count(v));
	for (const json_value *s = json_first(v); s; s = json_next(v, s)) {
		if (json_type(s) != JSON_TEXT)
			return wrong_type(why, "stop", "an array of strings", v);
		a->stops[a->stop_count++] = json_text(s);
	}
	return 0;
}

static int check_parameter(struct ask *a, const struct parameter *p, const json_value *v,
			   const struct ask_rules *rules, struct problem *why)
{
	bool number = json_type(v) == JSON_NUMBER;
	switch (p->wants) {
	case WANTS_NUMBER:
		return number ? check_range(p, json_number(v), why)
			      : wrong_type(why, p->name, "a decimal", v);
	case WANTS_INTEGER:
		return json_is_integer(v)
			       ? check_range(p, json_number(v), why)
			       : wrong_type(why, p->name, "an integer", v);
	case WANTS_BOOL:
		return json_type(v) == JSON_BOOL ? 0 : wrong_type(why, p->name, "a boolean", v);
	case WANTS_STOPS:
		return read_stops(a, v, rules->stops ? rules->stops : ASK_STOPS_MAX, why);
	}
	return 0;
}

static int read_sampling(struct ask *a, const json_value *root, const struct ask_rules *rules,
			 struct problem *why)
{
	if (refuse_all(root, rules, why))
		return -1;
	for (size_t i = 0; i < PARAMETERS; i++) {
		const json_value *v = given(root, parameters[i].name);
		if (v && check_parameter(a, &parameters[i], v, rules, why))
			return -1;
	}
	const json_value *n = given(root, "n");
	if (n && json_number(n) != 1)
		return bad(why, "invalid_value", "n",
			   "Invalid 'n': this server gives one choice a request. Expected 1, but "
			   "got %g instead.", json_number(n));
	const json_value *most = given(root, "max_completion_tokens");
	a->max_tokens = json_integer(most ? most : given(root, "max_tokens"));
	a->stream = json_bool(given(root, "stream"));
	a->stream_usage = json_bool(given(given(root, "stream_options"), "include_usage"));
	return 0;
}

/* Likelihoods */

#define LISTED_MOST 20

/* A number of tokens, -1 if it is unset or not supported here. */
static int read_listed(const json_value *root, const char *name, const struct ask_rules *rules,
		       int64_t *out, struct problem *why)
{
	const json_value *v = given(root, name);
	*out = -1;
	if (!v || ask_is_without(rules, name))
		return 0;
	if (!json_is_integer(v))
		return wrong_type(why, name, "an integer", v);
	*out = json_integer(v);
	if (*out >= 0 && *out <= LISTED_MOST)
		return 0;
	return bad(why, *out < 0 ? "integer_below_min_value" : "integer_above_max_value", name,
		   "Invalid '%s': integer %s value. Expected a value %s %d, but got %lld instead.", name,
		   *out < 0 ? "below minimum" : "above maximum", *out < 0 ? ">=" : "<=",
		   *out < 0 ? 0 : LISTED_MOST, (long long)*out);
}

static int read_likelihoods(struct ask *a, const json_value *root, const struct ask_rules *rules,
			    struct problem *why)
{
	const json_value *v = given(root, "logprobs");
	if (read_listed(root, "prompt_logprobs", rules, &a->prompt_logprobs, why))
		return -1;
	if (a->kind == ASK_COMPLETION) {
		a->echo = json_bool(given(root, "echo")) && !ask_is_without(rules, "echo");
		return read_listed(root, "logprobs", rules, &a->logprobs, why);
	}
	a->logprobs = -1;
	if (v && json_type(v) != JSON_BOOL)
		return wrong_type(why, "logprobs", "a boolean", v);
	if (!json_bool(v) || ask_is_without(rules, "logprobs"))
		return 0;
	if (read_listed(root, "top_logprobs", rules, &a->logprobs, why))
		return -1;
	a->logprobs = a->logprobs < 0 ? 0 : a->logprobs;
	return 0;
}

/* The prompt */

struct view ask_text(struct ask *a, const json_value *content)
{
	size_t start = a->parts.len;
	if (json_type(content) != JSON_ARRAY)
		return json_text(content);
	if (!a->parts.room)
		buf_space(&a->parts, a->size);
	for (const json_value *p = json_first(content); p; p = json_next(content, p)) {
		struct view text = json_text(json_get(p, "text"));
		buf_add(&a->parts, text.p, text.len);
	}
	return view_from(a->parts.data + start, a->parts.len - start);
}

static bool is_role(struct view role)
{
	static const char *const roles[] = { "system", "assistant", "user", "function", "tool",
					     "developer" };
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		if (view_eqstr(role, roles[i]))
			return true;
	}
	return false;
}

static int read_message(struct ask *a, const json_value *m, size_t *bytes, struct problem *why)
{
	struct view role = json_text(json_get(m, "role"));
	const json_value *content = json_get(m, "content");
	if (json_type(m) != JSON_OBJECT)
		return wrong_type(why, "messages", "an array of objects", m);
	if (!is_role(role))
		return bad(why, "invalid_value", "messages",
			   "Invalid value: '%.*s'. Supported values are: 'system', 'assistant', "
			   "'user', 'function', 'tool', and 'developer'.",
			   VIEW_ARG(view_sub(role, 0, ASK_SHOWN)));
	bool is_content = json_type(content) == JSON_ARRAY || json_type(content) == JSON_TEXT;
	if (!is_content && !view_eqstr(role, "assistant"))
		return wrong_type(why, "messages.content", "one of a string or an array of objects",
				  content);
	struct view text = ask_text(a, content);
	a->seed = draw_unit(draw_unit(a->seed, role.p, role.len), text.p, text.len);
	*bytes += text.len + ASK_MESSAGE_OVERHEAD;
	if (view_eqstr(role, "user"))
		a->prompt = text;
	else if (!a->system.len && (view_eqstr(role, "system") || view_eqstr(role, "developer")))
		a->system = text;
	return 0;
}

static int read_messages(struct ask *a, const json_value *root, struct problem *why)
{
	const json_value *list = given(root, "messages");
	size_t bytes = ASK_MESSAGE_OVERHEAD;
	if (!list)
		return missing(why, "messages");
	if (json_type(list) != JSON_ARRAY)
		return wrong_type(why, "messages", "an array of objects", list);
	if (!json_count(list))
		return bad(why, "empty_array", "messages",
			   "Invalid 'messages': empty array. Expected an array with minimum length "
			   "1, but got an empty array instead.");
	for (const json_value *m = json_first(list); m; m = json_next(list, m)) {
		if (read_message(a, m, &bytes, why))
			return -1;
	}
	a->prompt_tokens = tokens_of_prompt(bytes);
	return 0;
}

static int read_raw(struct ask *a, const json_value *root, struct problem *why)
{
	const json_value *prompt = given(root, "prompt");
	if (!prompt)
		return missing(why, "prompt");
	if (json_type(prompt) == JSON_ARRAY && json_count(prompt) == 1)
		prompt = json_first(prompt);
	if (json_type(prompt) != JSON_TEXT)
		return wrong_type(why, "prompt", "a string", prompt);
	a->prompt = json_text(prompt);
	a->seed = draw_unit(0, a->prompt.p, a->prompt.len);
	a->prompt_tokens = tokens_of_prompt(a->prompt.len);
	return 0;
}

/* The whole */

static int check_context(const struct ask *a, int64_t context, struct problem *why)
{
	int64_t room = a->kind == ASK_CHAT ? 0 : a->max_tokens;
	if (!context || a->prompt_tokens + room <= context)
		return 0;
	if (a->kind == ASK_CHAT)
		return bad(why, "context_length_exceeded", "messages",
			   "This model's maximum context length is %" PRId64 " tokens. However, "
			   "your messages resulted in %" PRId64 " tokens. Please reduce the length "
			   "of the messages.", context, a->prompt_tokens);
	return bad(why, "context_length_exceeded", NULL,
		   "This model's maximum context length is %" PRId64 " tokens, however you "
		   "requested %" PRId64 " tokens (%" PRId64 " in your prompt; %" PRId64 " for the "
		   "completion). Please reduce your prompt; or completion length.", context,
		   a->prompt_tokens + room, a->prompt_tokens, room);
}

static int read_model(struct ask *a, const json_value *root, const struct ask_rules *rules,
		      struct problem *why)
{
	const json_value *model = given(root, "model");
	if (!model)
		return missing(why, "model");
	if (json_type(model) != JSON_TEXT)
		return wrong_type(why, "model", "a string", model);
	a->model = json_text(model);
	if (rules->model && !view_eqstr(a->model, rules->model))
		return problem_set(
			why, 404, INVALID, "model_not_found", "model",
			"The model `%.*s` does not exist or you do not have access to it.",
			VIEW_ARG(view_sub(a->model, 0, ASK_SHOWN)));
	return 0;
}

/* OpenAI's response_format of the type json_schema, Anthropic's output_config. */
static int read_schema(struct ask *a, const json_value *root, struct problem *why)
{
	bool is_messages = a->kind == ASK_MESSAGES;
	const char *param = is_messages ? "output_config" : "response_format";
	const json_value *format = json_get(root, param);
	const json_value *v = is_messages ? json_get(json_get(format, "format"), "schema")
					  : json_get(json_get(format, "json_schema"), "schema");
	struct sow_error err = { 0 };
	if (!v)
		return 0;
	a->arena = arena_new();
	struct view text = json_compact(v, a->arena);
	a->schema = text.len ? schema_read(a->arena, param, text, &err) : NULL;
	return a->schema ? 0 : bad(why, NULL, param, "Invalid schema for %s: %s.", param, err.text);
}

/* A text to embed, or a list of them; wire_embeddings reads them again. */
static int read_input(struct ask *a, const json_value *root, const struct ask_rules *rules,
		      struct problem *why)
{
	const json_value *input = given(root, "input"), *v = input;
	bool is_list = json_type(input) == JSON_ARRAY;
	if (!input)
		return missing(why, "input");
	for (v = is_list ? json_first(input) : input; v; v = is_list ? json_next(input, v) : NULL) {
		int64_t tokens = tokens_of_prompt(json_text(v).len);
		if (json_type(v) != JSON_TEXT || !json_text(v).len)
			return bad(why, NULL, "input", "'$.input' is invalid: expected a text that is not empty, "
				   "or a list of them.");
		if (rules->context && tokens > rules->context)
			return bad(why, "context_length_exceeded", "input",
				   "This model's maximum context length is %" PRId64 " tokens, however you "
				   "requested %" PRId64 " tokens. Please reduce your prompt.", rules->context,
				   tokens);
		a->prompt_tokens += tokens;
	}
	return 0;
}

/* A text, or the first of a list of them. */
static struct view first_text(const json_value *v)
{
	return json_text(json_type(v) == JSON_ARRAY ? json_first(v) : v);
}

/* A question and its answer, by the names of the different calls. */
static int read_rated(struct ask *a, const json_value *root, struct problem *why)
{
	static const char *const questions[] = { "queries", "text_1", "query", "text", "input" };
	static const char *const answers[] = { "documents", "text_2", "texts" };
	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions) && !a->prompt.len; i++)
		a->prompt = first_text(given(root, questions[i]));
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers) && !a->answer.len; i++)
		a->answer = first_text(given(root, answers[i]));
	for (const json_value *m = json_first(given(root, "messages")); m; m = json_next(given(root, "messages"), m)) {
		bool is_user = view_eqstr(json_text(json_get(m, "role")), "user");
		*(is_user ? &a->prompt : &a->answer) = ask_text(a, json_get(m, "content"));
	}
	if (!a->prompt.len)
		return missing(why, a->kind == ASK_GENERATE ? "text" : "query");
	if (!a->answer.len && (a->kind == ASK_SCORE || a->kind == ASK_RERANK))
		return missing(why, "documents");
	a->seed = draw_unit(draw_unit(0, a->prompt.p, a->prompt.len), a->answer.p, a->answer.len);
	a->prompt_tokens = tokens_of_prompt(a->prompt.len + a->answer.len);
	return 0;
}

static int read_all(struct ask *a, const json_value *root, const struct ask_rules *rules,
		    struct problem *why)
{
	if (json_type(root) != JSON_OBJECT)
		return bad(why, NULL, NULL,
			   "The JSON body of your request has to be an object, not %s.",
			   kind_of(root));
	if (read_model(a, root, rules, why) || read_schema(a, root, why))
		return -1;
	if (a->kind == ASK_EMBEDDINGS)
		return read_input(a, root, rules, why);
	if (a->kind == ASK_MESSAGES)
		return ask_read_messages(a, root, rules, why);
	if (a->kind >= ASK_GENERATE)
		return read_rated(a, root, why) ? -1 : check_context(a, rules->context, why);
	if (a->kind == ASK_CHAT ? read_messages(a, root, why) : read_raw(a, root, why))
		return -1;
	if (read_sampling(a, root, rules, why) || read_likelihoods(a, root, rules, why))
		return -1;
	a->sent_seed = json_integer(json_get(root, "seed"));
	a->seed = draw_unit(a->seed, &a->sent_seed, sizeof(a->sent_seed));
	return check_context(a, rules->context, why);
}

int ask_read(struct ask *a, enum ask_kind kind, struct view body, const struct ask_rules *rules,
	     struct problem *why)
{
	struct sow_error err = { 0 };
	*a = (struct ask){ .kind = kind, .system = view_of(""), .prompt = view_of(""),
			   .answer = view_of(""), .logprobs = -1, .prompt_logprobs = -1, .parts = BUF_INIT, .size = body.len };
	a->doc = json_parse(body.p, body.len, &err);
	if (!a->doc)
		return bad(why, NULL, NULL,
			   "We could not parse the JSON body of your request: %s.", err.text);
	if (!read_all(a, json_root(a->doc), rules, why))
		return 0;
	ask_release(a);
	return -1;
}

void ask_release(struct ask *a)
{
	json_free(a->doc);
	buf_release(&a->parts);
	arena_free(a->arena);
	a->doc = NULL;
	a->arena = NULL;
}
