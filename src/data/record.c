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
	const char *list, *more;     /* where the turns are; `more`: the rest of them */
	const char *role, *text;
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

static int read_plain(struct reader *r, const json_value *record)
{
	int status = read_words(r, record, "instruction", &r->task->instruction);
	if (status)
		return status;
	if (!missing(json_get(record, "instances")))
		return read_instances(r, json_get(record, "instances"));
	if (missing(json_get(record, "input")) && missing(json_get(record, "output")))
		return SOW_OK;
	status = make_instances(r, 1);
	return status ? status : read_instance(r, record);
}

/* -- chats ------------------------------------------------------------------------ */

static int make_turns(struct reader *r, size_t count)
{
	r->task->turns = arena_array(r->arena, count, sizeof(*r->task->turns));
	return r->task->turns ? SOW_OK : error_nomem(r->err);
}

static void add_turn(struct reader *r, enum role role, struct view text)
{
	r->task->turns[r->task->turn_count++] = (struct turn){ role, text };
}

static const struct turn *find_turn(const struct task *t, size_t from, enum role role)
{
	for (size_t i = from; i < t->turn_count; i++) {
		if (t->turns[i].role == role)
			return &t->turns[i];
	}
	return NULL;
}

/* A question, or a question and its answer, are told by instruction and output alone. */
static bool is_plain(const struct task *t)
{
	return t->turn_count <= 2 && t->turns[0].role == ROLE_USER &&
	       (t->turn_count < 2 || t->turns[1].role == ROLE_ASSISTANT);
}

/* Instruction and output from the turns, of which there is one of the user's. */
static int use_turns(struct reader *r)
{
	struct task *task = r->task;
	const struct turn *question = find_turn(task, 0, ROLE_USER);
	const struct turn *answer =
		find_turn(task, (size_t)(question - task->turns), ROLE_ASSISTANT);
	task->instruction = question->text;
	task->instance_count = 0;
	if (answer && make_instances(r, 1))
		return SOW_NOMEM;
	if (answer)
		task->instances[task->instance_count++] =
			(struct instance){ view_of(""), answer->text };
	if (is_plain(task))
		task->turn_count = 0;
	return SOW_OK;
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

static int read_turn(struct reader *r, const json_value *v, const struct chat *chat)
{
	enum role role = role_of(v, chat);
	struct view text;
	if (role == ROLE_NONE)
		return error_set(r->err, SOW_INVALID, "'%s' of turn %zu is '%.*s'; expected system, "
				 "%s or %s", chat->role, r->task->turn_count + 1,
				 VIEW_ARG(json_text(json_get(v, chat->role))), chat->user[0],
				 chat->assistant[0]);
	/* The first question is the instruction, and must say something. */
	bool first = role == ROLE_USER && !find_turn(r->task, 0, ROLE_USER);
	int status = (first ? read_words : read_text)(r, v, chat->text, &text);
	if (!status)
		add_turn(r, role, text);
	return status;
}

static int read_turns(struct reader *r, const json_value *list, const struct chat *chat)
{
	int status = SOW_OK;
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v))
		status = read_turn(r, v, chat);
	return status;
}

static int read_chat(struct reader *r, const json_value *record, const struct chat *chat)
{
	const json_value *list = json_get(record, chat->list);
	const json_value *more = chat->more ? json_get(record, chat->more) : NULL;
	if (json_type(list) != JSON_ARRAY)
		return wrong(r, chat->list, list, "an array");
	if (!missing(more) && json_type(more) != JSON_ARRAY)
		return wrong(r, chat->more, more, "an array");
	int status = make_turns(r, json_count(list) + json_count(more));
	if (!status)
		status = read_turns(r, list, chat);
	if (!status)
		status = read_turns(r, more, chat);
	if (!status && !find_turn(r->task, 0, ROLE_USER))
		status = error_set(r->err, SOW_INVALID, "no turn of role '%s' in '%s'",
				   chat->user[0], chat->list);
	return status ? status : use_turns(r);
}

/* -- Alpaca's fields with a conversation before them --------------------------------- */

static int read_pair(struct reader *r, const json_value *pair)
{
	static const enum role roles[] = { ROLE_USER, ROLE_ASSISTANT };
	const json_value *v = json_first(pair);
	if (json_type(pair) != JSON_ARRAY || json_count(pair) != 2)
		return wrong(r, "history", pair, "pairs of texts in the array");
	for (size_t i = 0; i < 2; i++, v = json_next(pair, v)) {
		struct view text;
		if (json_type(v) != JSON_TEXT)
			return wrong(r, "history", v, "pairs of texts in the array");
		int status = keep(r, json_text(v), &text);
		if (status)
			return status;
		if (text.len)
			add_turn(r, roles[i], text);
	}
	return SOW_OK;
}

/* The instruction and its answer are the last two turns. */
static int add_last(struct reader *r)
{
	struct task *task = r->task;
	struct view question = task->instruction;
	if (task->instance_count)
		question = task_question(question, task->instances[0].input, r->arena);
	if (!question.p)
		return error_nomem(r->err);
	add_turn(r, ROLE_USER, question);
	if (task->instance_count)
		add_turn(r, ROLE_ASSISTANT, task->instances[0].output);
	return use_turns(r);
}

static int read_instruction(struct reader *r, const json_value *record)
{
	const json_value *history = json_get(record, "history");
	struct view system;
	int status = read_plain(r, record);
	if (!status)
		status = read_text(r, record, "system", &system);
	if (status || (missing(history) && !system.len))
		return status;
	if (!missing(history) && json_type(history) != JSON_ARRAY)
		return wrong(r, "history", history, "an array");
	if (!json_count(history) && !system.len)
		return SOW_OK;
	status = make_turns(r, 2 * json_count(history) + 3);
	if (!status && system.len)
		add_turn(r, ROLE_SYSTEM, system);
	const json_value *v = json_first(history);
	for (; v && !status; v = json_next(history, v))
		status = read_pair(r, v);
	return status ? status : add_last(r);
}

/* -- any of them ------------------------------------------------------------------------ */

static int read_completion(struct reader *r, const json_value *record)
{
	int status = read_words(r, record, "prompt", &r->task->instruction);
	if (status || missing(json_get(record, "completion")))
		return status;
	status = make_instances(r, 1);
	if (status)
		return status;
	r->task->instances[0].input = view_of("");
	r->task->instance_count = 1;
	return read_text(r, record, "completion", &r->task->instances[0].output);
}

static const struct chat chats[] = {
	{ "messages", NULL, "role", "content", { "user", "human" }, { "assistant", "gpt" },
	  { "system", "developer" } },
	{ "conversations", NULL, "from", "value", { "human", "user" }, { "gpt", "assistant" },
	  { "system", "system" } },
	{ "prompt", "completion", "role", "content", { "user", "human" }, { "assistant", "gpt" },
	  { "system", "developer" } },
};

static int read_shape(struct reader *r, const json_value *record)
{
	const json_value *prompt = json_get(record, "prompt");
	bool plain = missing(json_get(record, "messages")) &&
		     missing(json_get(record, "conversations"));
	if (plain && !missing(json_get(record, "instruction")))
		return read_instruction(r, record);
	if (plain && json_type(prompt) == JSON_TEXT)
		return read_completion(r, record);
	for (size_t i = 0; i < sizeof(chats) / sizeof(chats[0]); i++) {
		if (!missing(json_get(record, chats[i].list)))
			return read_chat(r, record, &chats[i]);
	}
	return error_set(r->err, SOW_INVALID, "missing field 'instruction' (or 'messages', "
			 "'conversations', 'prompt')");
}

static int read_lineage(struct reader *r, const json_value *record)
{
	struct lineage *l = &r->task->lineage;
	int status = read_text(r, record, "root", &l->root);
	if (!status)
		status = read_text(r, record, "parent", &l->parent);
	if (!status)
		status = read_text(r, record, "operation", &l->operation);
	l->round = json_integer(json_get(record, "round"));
	return status;
}

int record_task(const json_value *record, struct arena *a, struct task *task,
		struct sow_error *err)
{
	struct reader r = { .arena = a, .task = task, .err = err };
	*task = (struct task)TASK_INIT;
	if (json_type(record) != JSON_OBJECT)
		return error_set(err, SOW_INVALID, "expected an object, not %s",
				 json_type_name(json_type(record)));
	int status = read_id(&r, record);
	if (!status)
		status = read_text(&r, record, "name", &task->name);
	if (!status)
		status = read_lineage(&r, record);
	if (!status)
		status = read_flag(&r, record, "is_classification", &task->is_classification);
	return status ? status : read_shape(&r, record);
}
