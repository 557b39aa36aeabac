#include "data/turns.h"

#include <string.h>

#include "base/error.h"
#include "data/tool_calls.h"

const char *const role_names[] = { "", "system", "user", "assistant", "developer", "tool" };
const char *const reasoning_names[] = { "reasoning_content", "reasoning", "thinking" };
const char *const weight_names[] = { "", "weight", "train", "loss_weight" };

struct reader {
	struct arena *arena;
	struct turn *turns;
	size_t count;
	struct sow_error *err;
};

bool turn_is_plain(const struct turn *t)
{
	return !t->is_silent && !t->parts.len && !t->reasoning.len && !t->tool_calls.len &&
	       !t->tool_call_id.len && !t->name.len && !t->weight.len && !t->fields.len;
}

/* Moves a text into the arena. */
static int keep(struct reader *r, struct buf *text, struct view *out)
{
	*out = arena_takebuf(r->arena, text);
	return SOW_OK;
}

static const struct {
	const char *name;
	enum role role;
	bool calls;                  /* its content is a call */
} roles[] = {
	{ "user", ROLE_USER, false },            { "human", ROLE_USER, false },
	{ "prompter", ROLE_USER, false },        { "assistant", ROLE_ASSISTANT, false },
	{ "gpt", ROLE_ASSISTANT, false },        { "model", ROLE_ASSISTANT, false },
	{ "bot", ROLE_ASSISTANT, false },        { "chatgpt", ROLE_ASSISTANT, false },
	{ "ai", ROLE_ASSISTANT, false },         { "system", ROLE_SYSTEM, false },
	{ "developer", ROLE_DEVELOPER, false },  { "tool", ROLE_TOOL, false },
	{ "observation", ROLE_TOOL, false },     { "function", ROLE_TOOL, false },
	{ "tool_response", ROLE_TOOL, false },   { "function_response", ROLE_TOOL, false },
	{ "ipython", ROLE_TOOL, false },         { "function_call", ROLE_ASSISTANT, true },
	{ "tool_call", ROLE_ASSISTANT, true },
};

static const char *const role_keys[] = { "role", "from", "author" };
static const char *const content_keys[] = { "content", "value", "text" };

/* A question and its answer in one object. */
static const char *const pairs[][2] = {
	{ "input", "output" },       { "question", "answer" }, { "user", "assistant" },
	{ "prompt", "response" },    { "human", "assistant" }, { "instruction", "output" },
	{ "prompt", "completion" },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const json_value *first_of(const json_value *object, const char *const *keys, size_t count)
{
	const json_value *v = NULL;
	for (size_t i = 0; i < count && json_is_missing(v); i++) {
		const json_value *other = json_get(object, keys[i]);
		v = other ? other : v;
	}
	return v;
}

/* The content of a turn. A turn that is silent because it has calls is silent, whatever other members it
 * has. */
static const json_value *content_of(const json_value *v)
{
	const json_value *content = json_get(v, content_keys[0]);
	if (json_type(content) == JSON_NULL &&
	    (!json_is_missing(json_get(v, "tool_calls")) ||
	     !json_is_missing(json_get(v, "function_call"))))
		return content;
	return first_of(v, content_keys, COUNT(content_keys));
}

bool turn_is(const json_value *v)
{
	return json_type(v) == JSON_OBJECT &&
	       json_type(first_of(v, role_keys, COUNT(role_keys))) == JSON_TEXT &&
	       (content_of(v) || json_get(v, "tool_calls") ||
		json_get(v, "function_call"));
}

static int read_role(struct reader *r, const json_value *v, struct turn *t, bool *calls)
{
	struct view name = json_text(v);
	for (size_t i = 0; i < COUNT(roles); i++) {
		if (view_eqfold(name, view_of(roles[i].name))) {
			t->role = roles[i].role;
			*calls = roles[i].calls;
			return SOW_OK;
		}
	}
	if (!name.len)
		return error_set(r->err, SOW_INVALID, "expected a role, such as \"user\"");
	return error_set(r->err, SOW_INVALID, "unknown role '%.*s'; expected system, developer, user, "
			 "assistant or tool", VIEW_ARG(name));
}

/* Content */

/* The kinds of parts, in the order in which a turn has them. */
enum part { PART_REASONING, PART_TEXT, PART_CALL, PART_OTHER };

/* Its text, NULL if it has none. */
static const json_value *part_text(const json_value *v)
{
	const json_value *text = json_get(v, "text");
	if (json_type(v) == JSON_TEXT)
		return v;
	text = text ? text : json_get(v, "value");
	return json_type(text) == JSON_TEXT ? text : NULL;
}

/* True for a part that holds a text to read, whatever else it holds. */
static bool is_readable(const json_value *v)
{
	struct view type = json_text(json_get(v, "type"));
	return part_text(v) && (!type.len || view_ends(type, "text"));
}

/* A part that holds more than a kind and a text is PART_OTHER, so that nothing is lost. */
static enum part part_of(const json_value *v)
{
	static const char *const names[] = { "reasoning", "text", "tool_call" };
	struct view type = json_text(json_get(v, "type"));
	if (json_type(v) == JSON_TEXT)
		return PART_TEXT;
	for (int i = 0; i < PART_OTHER; i++) {
		if (view_eqstr(type, names[i]) && json_count(v) == 2 && part_text(v))
			return (enum part)i;
	}
	return PART_OTHER;
}

static int read_part(struct reader *r, const json_value *v, struct turn *t, struct buf *text)
{
	struct view piece = json_text(part_text(v));
	enum part part = part_of(v);
	if (part == PART_CALL)
		return tool_calls_parse(piece, r->arena, &t->tool_calls, r->err);
	if (part == PART_REASONING)
		t->reasoning = piece;
	else
		buf_add(text, piece.p, piece.len);
	return SOW_OK;
}

/* A thought, texts, and calls in this order become members of the turn; anything else stays in parts. */
static int read_parts(struct reader *r, const json_value *list, struct turn *t)
{
	struct buf text = BUF_INIT;
	bool plain = true;
	int status = SOW_OK;
	enum part before = PART_REASONING;
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		enum part part = part_of(v);
		plain = plain && part != PART_OTHER && part >= before &&
			(part != PART_REASONING || v == json_first(list));
		before = part;
	}
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
		if (plain)
			status = read_part(r, v, t, &text);
		else if (is_readable(v))
			buf_add(&text, json_text(part_text(v)).p, json_text(part_text(v)).len);
	}
	if (!status && !plain)
		t->parts = json_compact(list, r->arena);
	if (!status)
		return keep(r, &text, &t->text);
	buf_release(&text);
	return status;
}

static int read_content(struct reader *r, const json_value *v, struct turn *t, bool calls)
{
	t->text = view_of("");
	t->is_silent = json_is_missing(v);
	if (t->is_silent)
		return SOW_OK;
	if (json_type(v) == JSON_ARRAY && !calls)
		return read_parts(r, v, t);
	if (calls) {
		t->is_silent = true;
		return tool_calls_read(v, r->arena, &t->tool_calls, r->err);
	}
	if (json_type(v) == JSON_OBJECT || json_type(v) == JSON_ARRAY)
		return error_set(r->err, SOW_INVALID, "the content is %s; expected a text or a list "
				 "of parts", json_type_name(json_type(v)));
	t->text = json_scalar(v, r->arena);
	return SOW_OK;
}

/* Members beside role and content. */

static bool read_reasoning(const json_value *v, struct turn *t)
{
	for (int i = 0; i < REASONING_NAMES; i++) {
		if (!view_eqstr(json_key(v), reasoning_names[i]))
			continue;
		if (json_is_missing(v))
			return true;
		if (json_type(v) != JSON_TEXT || t->reasoning.len)
			return false;
		t->reasoning = json_text(v);
		t->reasoning_name = (enum reasoning_name)i;
		return true;
	}
	return false;
}

static bool read_weight(struct reader *r, const json_value *v, struct turn *t)
{
	for (int i = WEIGHT_WEIGHT; i <= WEIGHT_LOSS; i++) {
		if (!view_eqstr(json_key(v), weight_names[i]))
			continue;
		if (json_is_missing(v))
			return true;
		if ((json_type(v) != JSON_NUMBER && json_type(v) != JSON_BOOL) || t->weight.len)
			return false;
		t->weight = json_scalar(v, r->arena);
		t->weight_name = (enum weight_name)i;
		return true;
	}
	return false;
}

static bool read_name(const json_value *v, const char *key, struct view *out)
{
	if (!view_eqstr(json_key(v), key) || out->len ||
	    (json_type(v) != JSON_TEXT && !json_is_missing(v)))
		return false;
	*out = json_text(v);
	return true;
}

/* 1 if it is known, 0 if it is a field, or negative. */
static int read_member(struct reader *r, const json_value *v, struct turn *t)
{
	struct view key = json_key(v);
	if (read_reasoning(v, t) || read_weight(r, v, t) ||
	    read_name(v, "tool_call_id", &t->tool_call_id) || read_name(v, "name", &t->name))
		return 1;
	if (!view_eqstr(key, "tool_calls") && !view_eqstr(key, "function_call"))
		return 0;
	if (json_is_missing(v))
		return 1;
	if (t->tool_calls.len)
		return 0;
	int status = tool_calls_read(v, r->arena, &t->tool_calls, r->err);
	return status ? status : 1;
}

/* True for a member that could have held the role or the content, but is null. */
static bool is_empty_name(const json_value *v)
{
	bool found = false;
	for (size_t i = 0; i < COUNT(role_keys) && json_is_missing(v); i++)
		found = found || view_eqstr(json_key(v), role_keys[i]) ||
			view_eqstr(json_key(v), content_keys[i]);
	return found;
}

static int read_members(struct reader *r, const json_value *v, const json_value *role,
			const json_value *content, struct turn *t)
{
	struct buf fields = BUF_INIT;
	int status = 1;
	for (const json_value *m = json_first(v); m && status >= 0; m = json_next(v, m)) {
		status = m == role || m == content || is_empty_name(m) ? 1 : read_member(r, m, t);
		if (status)
			continue;
		if (!fields.len)
			buf_addch(&fields, '{');
		json_add_member(&fields, m);
	}
	if (status < 0 || !fields.len) {
		buf_release(&fields);
		return status < 0 ? status : SOW_OK;
	}
	buf_addch(&fields, '}');
	return keep(r, &fields, &t->fields);
}

static int read_one(struct reader *r, const json_value *v, struct turn *t)
{
	const json_value *role = first_of(v, role_keys, COUNT(role_keys));
	const json_value *content = content_of(v);
	bool calls = false;
	*t = (struct turn){ 0 };
	if (json_type(v) != JSON_OBJECT)
		return error_set(r->err, SOW_INVALID, "expected an object, not %s",
				 json_type_name(json_type(v)));
	int status = read_role(r, role, t, &calls);
	if (!status)
		status = read_content(r, content, t, calls);
	return status ? status : read_members(r, v, role, content, t);
}

int turn_read(const json_value *v, struct arena *a, struct turn *turn, struct sow_error *err)
{
	struct reader r = { .arena = a, .err = err };
	return read_one(&r, v, turn);
}

/* Questions and answers without roles. */

static int add_spoken(struct reader *r, enum role role, const json_value *v)
{
	struct turn *t = &r->turns[r->count];
	*t = (struct turn){ .role = role };
	if (json_is_missing(v))
		return SOW_OK;
	int status = read_content(r, v, t, false);
	r->count += !status;
	return status;
}

static int add_pair(struct reader *r, const json_value *question, const json_value *answer)
{
	int status = add_spoken(r, ROLE_USER, question);
	return status ? status : add_spoken(r, ROLE_ASSISTANT, answer);
}

/* 1 if `v` is a pair of a question and an answer. */
static int read_pair(struct reader *r, const json_value *v)
{
	if (json_type(v) == JSON_ARRAY && json_count(v) == 2) {
		const json_value *question = json_first(v);
		int status = add_pair(r, question, json_next(v, question));
		return status ? status : 1;
	}
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const json_value *question = json_get(v, pairs[i][0]);
		if (!question || json_count(v) != 1u + (json_get(v, pairs[i][1]) != NULL))
			continue;
		int status = add_pair(r, question, json_get(v, pairs[i][1]));
		return status ? status : 1;
	}
	return 0;
}

static int read_any(struct reader *r, const json_value *v, size_t number)
{
	if (json_type(v) == JSON_TEXT)
		return add_spoken(r, number % 2 ? ROLE_USER : ROLE_ASSISTANT, v);
	int status = turn_is(v) ? 0 : read_pair(r, v);
	if (!status)
		status = read_one(r, v, &r->turns[r->count++]);
	return status < 0 ? status : SOW_OK;
}

int turns_read(const json_value *list, struct arena *a, struct turn **turns, size_t *count,
	       struct sow_error *err)
{
	struct reader r = { .arena = a, .err = err };
	size_t number = 0;
	int status = SOW_OK;
	r.turns = arena_array(a, 2 * json_count(list) + 1, sizeof(*r.turns));
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
		status = read_any(&r, v, ++number);
		if (status == SOW_INVALID)
			error_prefix(err, "turn %zu", number);
	}
	*turns = r.turns;
	*count = r.count;
	return status;
}

/* Writing */

static void write_turn(struct json_out *json, const struct turn *t)
{
	json_out_object(json, NULL);
	json_out_text(json, "role", view_of(role_names[t->role]));
	if (t->parts.len)
		json_out_raw(json, "content", t->parts);
	else if (t->is_silent)
		json_out_null(json, "content");
	else
		json_out_text(json, "content", t->text);
	if (t->reasoning.len)
		json_out_text(json, reasoning_names[t->reasoning_name], t->reasoning);
	if (t->tool_calls.len)
		json_out_raw(json, "tool_calls", t->tool_calls);
	if (t->tool_call_id.len)
		json_out_text(json, "tool_call_id", t->tool_call_id);
	if (t->name.len)
		json_out_text(json, "name", t->name);
	if (t->weight.len)
		json_out_raw(json, weight_names[t->weight_name], t->weight);
	json_out_members(json, t->fields);
	json_out_end(json);
}

int turns_write(const struct turn *turns, size_t count, struct buf *out)
{
	struct json_out *json = json_out_new();
	json_out_array(json, NULL);
	for (size_t i = 0; i < count; i++)
		write_turn(json, &turns[i]);
	json_out_end(json);
	int status = json_out_write(json, out, JSON_LINE);
	json_out_free(json);
	return status;
}

int turns_parse(struct view text, struct arena *a, struct turn **turns, size_t *count)
{
	struct sow_error err = { 0 };
	struct json *doc = json_parse_lenient(text, a, NULL, NULL, &err);
	if (!doc)
		return (int)err.status;
	if (json_type(json_root(doc)) != JSON_ARRAY)
		return SOW_INVALID;
	return turns_read(json_root(doc), a, turns, count, &err);
}

void turns_join(struct view instruction, struct view input, struct buf *out)
{
	buf_add(out, instruction.p, instruction.len);
	if (input.len) {
		buf_addstr(out, "\n\n");
		buf_add(out, input.p, input.len);
	}
}

bool turns_part_thought(struct view text, struct view *thought, struct view *rest)
{
	struct view inside = view_sub(text, 7, text.len);
	if (!view_starts(text, "<think>"))
		return false;
	size_t end = view_find(inside, 0, "</think>");
	if (end == VIEW_NONE)
		return false;
	*thought = view_trim(view_sub(inside, 0, end));
	*rest = view_sub(inside, end + 8, inside.len);
	while (rest->len && (rest->p[0] == '\n' || rest->p[0] == '\r'))
		*rest = view_sub(*rest, 1, rest->len);
	return true;
}
