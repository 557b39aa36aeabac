#include "data/record.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "data/turns.h"
#include "io/json.h"
#include "sow/sow.h"

const char *const answer_role_names[] = { "", "chosen", "rejected" };

static void copy_text(struct arena *a, struct view *text)
{
	if (text->p)
		text->p = arena_copyview(a, *text);
}

static void copy_turn(struct arena *a, struct turn *t)
{
	copy_text(a, &t->text);
	copy_text(a, &t->parts);
	copy_text(a, &t->reasoning);
	copy_text(a, &t->tool_calls);
	copy_text(a, &t->tool_call_id);
	copy_text(a, &t->name);
	copy_text(a, &t->weight);
	copy_text(a, &t->fields);
}

static void copy_turns(const struct turn *turns, size_t count, struct arena *a, struct turn **copy)
{
	*copy = count ? arena_array(a, count, sizeof(**copy)) : NULL;
	for (size_t i = 0; i < count; i++) {
		(*copy)[i] = turns[i];
		copy_turn(a, &(*copy)[i]);
	}
}

void instances_copy(const struct instance *list, size_t count, struct arena *a,
		    struct instance **copy)
{
	*copy = arena_array(a, count, sizeof(**copy));
	for (size_t i = 0; i < count; i++) {
		struct instance *to = &(*copy)[i];
		*to = list[i];
		copy_text(a, &to->input);
		copy_text(a, &to->output);
		copy_text(a, &to->reasoning);
		copy_turns(list[i].turns, list[i].turn_count, a, &to->turns);
	}
}

void record_copy(const struct record *record, struct arena *a, struct record *copy)
{
	*copy = *record;
	copy_text(a, &copy->id);
	copy_text(a, &copy->name);
	copy_text(a, &copy->instruction);
	copy_text(a, &copy->lineage.root);
	copy_text(a, &copy->lineage.parent);
	copy_text(a, &copy->lineage.operation);
	copy_text(a, &copy->tools);
	copy_text(a, &copy->fields);
	copy_text(a, &copy->object);
	instances_copy(record->instances, record->instance_count, a, &copy->instances);
	copy_turns(record->turns, record->turn_count, a, &copy->turns);
}

struct turn instance_turn(const struct instance *answer)
{
	return (struct turn){ .role = ROLE_ASSISTANT, .text = answer->output,
			      .reasoning = answer->reasoning,
			      .reasoning_name = answer->reasoning_name };
}

bool instance_is_answer(const struct instance *i)
{
	return i->output.len || i->turn_count || i->reasoning.len;
}

bool record_asks(const struct record *record)
{
	return record->instruction.len || record->turn_count;
}

bool record_has_roles(const struct record *record)
{
	for (size_t i = 0; i < record->instance_count; i++) {
		if (record->instances[i].role != ANSWER_PLAIN)
			return true;
	}
	return false;
}

/* The number of turns that ask: all where the answers are outside the turns, else those before the answer at
 * the end. */
static size_t asking_turns(const struct record *r)
{
	size_t count = r->turn_count;
	bool answered = !r->beside && count &&
			r->turns[count - 1].role == ROLE_ASSISTANT;
	return count - answered;
}

static void add_question(const struct record *r, const struct instance *answer, struct arena *a,
			struct turn *to)
{
	struct view input = answer              ? answer->input
			    : r->instance_count ? r->instances[0].input
						: view_of("");
	*to = TURN(ROLE_USER, record_question(r->instruction, input, a));
}

static void add_answer(const struct instance *answer, struct turn *to, size_t *count)
{
	if (answer->turn_count) {
		memcpy(to + *count, answer->turns, answer->turn_count * sizeof(*to));
		*count += answer->turn_count;
		return;
	}
	to[(*count)++] = instance_turn(answer);
}

void record_conversation(const struct record *record, const struct instance *answer,
			 struct arena *a, struct turn **turns, size_t *count)
{
	bool beside = record->beside || !record->turn_count;
	size_t asking = answer && !beside ? record->turn_count : asking_turns(record);
	size_t room = asking + 1 + (answer ? 1 + answer->turn_count : 0);
	struct turn *list = arena_array(a, room, sizeof(*list));
	*turns = list;
	*count = asking;
	if (asking)
		memcpy(list, record->turns, asking * sizeof(*list));
	else
		add_question(record, answer, a, &list[(*count)++]);
	if (answer && beside)
		add_answer(answer, list, count);
}

struct view record_question(struct view instruction, struct view input, struct arena *a)
{
	struct buf text = BUF_INIT;
	if (!input.len)
		return instruction;
	turns_join(instruction, input, &text);
	return arena_takebuf(a, &text);
}

static bool has_member(const json_value *object, const char *name)
{
	return json_get(object, name) != NULL;
}

static void add_text(struct json_out *out, const json_value *fields, const char *name,
		     struct view text, bool is_json)
{
	if (has_member(fields, name) || !text.len)
		return;
	if (is_json)
		json_out_raw(out, name, text);
	else
		json_out_text(out, name, text);
}

static void add_given(struct json_out *out, const json_value *fields, const struct record *record)
{
	const struct lineage *l = &record->lineage;
	if (record->given & GIVEN_ID)
		add_text(out, fields, "id", record->id, record->id_is_json);
	if (record->given & GIVEN_NAME)
		add_text(out, fields, "name", record->name, false);
	if (record->given & GIVEN_CLASSIFICATION && !has_member(fields, "is_classification"))
		json_out_bool(out, "is_classification", record->is_classification);
	if (record->given & GIVEN_ROOT)
		add_text(out, fields, "root", l->root, false);
	if (record->given & GIVEN_PARENT)
		add_text(out, fields, "parent", l->parent, false);
	if (record->given & GIVEN_OPERATION)
		add_text(out, fields, "operation", l->operation, false);
	if (record->given & GIVEN_ROUND && !has_member(fields, "round"))
		json_out_integer(out, "round", l->round);
}

int record_further(const struct record *record, struct arena *a, struct view *fields)
{
	struct buf text = BUF_INIT;
	*fields = record->fields;
	if (!(record->given & ~(unsigned)GIVEN_SCORES))
		return SOW_OK;
	const json_value *own = record->fields.len ? json_own(record->fields, a) : NULL;
	if (record->fields.len && !own)
		return SOW_NOMEM;
	struct json_out *out = json_out_new();
	json_out_object(out, NULL);
	add_given(out, own, record);
	json_out_members(out, record->fields);
	json_out_end(out);
	int status = json_out_write(out, &text, JSON_LINE);
	json_out_free(out);
	*fields = arena_takebuf(a, &text);
	return status ? SOW_NOMEM : SOW_OK;
}
