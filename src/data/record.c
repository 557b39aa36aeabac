#include "data/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

struct reader {
	struct arena *arena;
	struct task *task;
	struct sow_error *err;
};

/* A chat format: the same idea under other names. */
struct chat {
	const char *list, *role, *text;
	const char *user[2], *assistant[2], *system[2];
};

static bool missing(const json_value *v)
{
	return json_type(v) == JSON_NOTHING || json_type(v) == JSON_NULL;
}

static int wrong(struct reader *r, const char *key, const json_value *v, const char *expected)
{
	return error_set(r->err, SOW_INVALID, "'%s' is %s; expected %s", key,
			 json_type_name(json_type(v)), expected);
}

static int keep(struct reader *r, struct view text, struct view *out)
{
	struct view trimmed = view_trim(text);
	const char *copy = arena_copyview(r->arena, trimmed);
	if (!copy)
		return error_nomem(r->err);
	*out = view_from(copy, trimmed.len);
	return SOW_OK;
}

static int read_text(struct reader *r, const json_value *object, const char *key, struct view *out)
{
	const json_value *v = json_get(object, key);
	*out = view_of("");
	if (missing(v))
		return SOW_OK;
	if (json_type(v) != JSON_TEXT)
		return wrong(r, key, v, "a text");
	return keep(r, json_text(v), out);
}

/* A text that must be there and say something. */
static int read_words(struct reader *r, const json_value *object, const char *key,
		      struct view *out)
{
	if (missing(json_get(object, key)))
		return error_set(r->err, SOW_INVALID, "missing field '%s'", key);
	int status = read_text(r, object, key, out);
	if (!status && !out->len)
		status = error_set(r->err, SOW_INVALID, "'%s' is empty", key);
	return status;
}

static int read_id(struct reader *r, const json_value *object)
{
	const json_value *v = json_get(object, "id");
	char digits[24];
	if (!json_is_integer(v))
		return read_text(r, object, "id", &r->task->id);
	snprintf(digits, sizeof(digits), "%" PRId64, json_integer(v));
	return keep(r, view_of(digits), &r->task->id);
}

static int read_flag(struct reader *r, const json_value *object, const char *key, bool *out)
{
	const json_value *v = json_get(object, key);
	*out = json_bool(v);
	return missing(v) || json_type(v) == JSON_BOOL ? SOW_OK : wrong(r, key, v, "true or false");
}

static int make_instances(struct reader *r, size_t count)
{
	r->task->instances = arena_array(r->arena, count, sizeof(*r->task->instances));
	if (count && !r->task->instances)
		return error_nomem(r->err);
	return SOW_OK;
}

static int read_instance(struct reader *r, const json_value *object)
{
	struct instance *instance = &r->task->instances[r->task->instance_count];
	int status = read_text(r, object, "input", &instance->input);
	if (!status)
		status = read_text(r, object, "output", &instance->output);
	if (!status)
		r->task->instance_count++;
	return status;
}

static int read_instances(struct reader *r, const json_value *list)
{
	if (json_type(list) != JSON_ARRAY)
		return wrong(r, "instances", list, "an array");
	int status = make_instances(r, json_count(list));
	const json_value *v = json_first(list);
	for (; v && !status; v = json_next(list, v)) {
		if (json_type(v) != JSON_OBJECT)
			return wrong(r, "instances", v, "objects in the array");
		status = read_instance(r, v);
		if (status)
			error_prefix(r->err, "instance %zu", r->task->instance_count + 1);
	}
	return status;
}

static int read_instruction(struct reader *r, const json_value *record)
{
	int status = read_words(r, record, "instruction", &r->task->instruction);
	if (!status)
		status = read_flag(r, record, "is_classification", &r->task->is_classification);
	if (status)
		return status;
	if (!missing(json_get(record, "instances")))
		return read_instances(r, json_get(record, "instances"));
	if (missing(json_get(record, "input")) && missing(json_get(record, "output")))
		return SOW_OK;
	status = make_instances(r, 1);
	return status ? status : read_instance(r, record);
}

static bool is_role(const json_value *turn, const struct chat *chat, const char *const names[2])
{
	struct view role = json_text(json_get(turn, chat->role));
	return view_eqfold(role, view_of(names[0])) || view_eqfold(role, view_of(names[1]));
}

static enum role role_of(const json_value *turn, const struct chat *chat)
{
	return is_role(turn, chat, chat->user)        ? ROLE_USER
	       : is_role(turn, chat, chat->assistant) ? ROLE_ASSISTANT
	       : is_role(turn, chat, chat->system)    ? ROLE_SYSTEM
						      : ROLE_NONE;
}

/* A question, or a question and its answer, are told by instruction and output alone. */
static bool is_plain(const json_value *list, const struct chat *chat)
{
	const json_value *first = json_first(list);
	const json_value *second = first ? json_next(list, first) : NULL;
	return json_count(list) <= 2 && role_of(first, chat) == ROLE_USER &&
	       (!second || role_of(second, chat) == ROLE_ASSISTANT);
}

static int read_turns(struct reader *r, const json_value *list, const struct chat *chat)
{
	struct task *task = r->task;
	if (is_plain(list, chat))
		return SOW_OK;
	task->turns = arena_array(r->arena, json_count(list), sizeof(*task->turns));
	if (!task->turns)
		return error_nomem(r->err);
	int status = SOW_OK;
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
		struct turn *turn = &task->turns[task->turn_count];
		turn->role = role_of(v, chat);
		if (turn->role == ROLE_NONE)
			status = error_set(r->err, SOW_INVALID, "'%s' of turn %zu is '%.*s'; expected "
					   "system, %s or %s", chat->role, task->turn_count + 1,
					   VIEW_ARG(json_text(json_get(v, chat->role))), chat->user[0],
					   chat->assistant[0]);
		else
			status = read_text(r, v, chat->text, &turn->text);
		task->turn_count++;
	}
	return status;
}

static int read_chat(struct reader *r, const json_value *record, const struct chat *chat)
{
	const json_value *list = json_get(record, chat->list);
	if (json_type(list) != JSON_ARRAY)
		return wrong(r, chat->list, list, "an array");
	const json_value *turn = json_first(list);
	while (turn && !is_role(turn, chat, chat->user))
		turn = json_next(list, turn);
	if (!turn)
		return error_set(r->err, SOW_INVALID, "no turn of role '%s' in '%s'",
				 chat->user[0], chat->list);
	int status = read_words(r, turn, chat->text, &r->task->instruction);
	if (!status)
		status = read_turns(r, list, chat);
	while (turn && !is_role(turn, chat, chat->assistant))
		turn = json_next(list, turn);
	if (status || !turn)
		return status;
	status = make_instances(r, 1);
	if (status)
		return status;
	r->task->instances[0].input = view_of("");
	r->task->instance_count = 1;
	return read_text(r, turn, chat->text, &r->task->instances[0].output);
}

static const struct chat chats[] = {
	{ "messages", "role", "content", { "user", "human" }, { "assistant", "gpt" },
	  { "system", "developer" } },
	{ "conversations", "from", "value", { "human", "user" }, { "gpt", "assistant" },
	  { "system", "system" } },
};

static int read_shape(struct reader *r, const json_value *record)
{
	for (size_t i = 0; i < sizeof(chats) / sizeof(chats[0]); i++) {
		if (!missing(json_get(record, chats[i].list)))
			return read_chat(r, record, &chats[i]);
	}
	if (missing(json_get(record, "instruction")))
		return error_set(r->err, SOW_INVALID, "missing field 'instruction' (or 'messages', "
				 "or 'conversations')");
	return read_instruction(r, record);
}

int record_task(const json_value *record, struct arena *a, struct task *task,
		struct sow_error *err)
{
	struct reader r = { .arena = a, .task = task, .err = err };
	*task = (struct task){ .id = view_of(""), .name = view_of("") };
	if (json_type(record) != JSON_OBJECT)
		return error_set(err, SOW_INVALID, "expected an object, not %s",
				 json_type_name(json_type(record)));
	int status = read_id(&r, record);
	if (!status)
		status = read_text(&r, record, "name", &task->name);
	return status ? status : read_shape(&r, record);
}
