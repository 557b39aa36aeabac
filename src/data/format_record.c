/* Writes one line of the formats that hold questions and answers. */
#include "data/format_private.h"

#include <string.h>

#include "base/error.h"
#include "data/template.h"

static bool ends_with_answer(const struct turn *list, size_t count)
{
	return count && list[count - 1].role == ROLE_ASSISTANT;
}

static bool says_something(const struct turn *t)
{
	return t->role == ROLE_ASSISTANT && (t->text.len || t->parts.len || t->tool_calls.len);
}

bool entry_is_answered(const struct format_entry *e)
{
	const struct record *r = e->record;
	const struct instance *i = e->instance;
	if (i && i->turn_count)
		return says_something(&i->turns[i->turn_count - 1]);
	if (i)
		return i->output.len;
	return r->turn_count && !r->beside && says_something(&r->turns[r->turn_count - 1]);
}

/* The conversation of the line. */
static void conversation(struct format_line *l, struct turn **turns, size_t *count)
{
	const struct format_entry *e = l->entry;
	if (!e->instance && e->record->turn_count && !e->record->beside) {
		*turns = e->record->turns;
		*count = e->record->turn_count;
		return;
	}
	record_conversation(e->record, e->instance, l->scratch, turns, count);
}

void write_chat(struct format_line *l)
{
	struct turn *turns;
	size_t count;
	conversation(l, &turns, &count);
	json_out_object(l->out, NULL);
	line_turns(l, NULL, turns, count);
	line_tools(l);
	line_end(l);
}

void write_trl(struct format_line *l)
{
	struct turn *turns;
	size_t count;
	conversation(l, &turns, &count);
	size_t asked = count - ends_with_answer(turns, count);
	json_out_object(l->out, NULL);
	line_turns(l, "prompt", turns, asked);
	line_turns(l, "completion", turns + asked, count - asked);
	line_tools(l);
	line_end(l);
}

/* Questions alone */

/* Counts the members of a turn that a plain text does not hold. */
static void leave_beside_text(struct format_line *l, const struct turn *t)
{
	if (t->role == ROLE_TOOL)
		line_leave(l, "tool results, which became questions");
	if (t->role == ROLE_DEVELOPER)
		line_leave(l, "role developer, which became system");
	if (t->parts.len)
		line_leave(l, "content parts");
	if (t->tool_calls.len)
		line_leave(l, "tool calls");
	if (t->tool_call_id.len)
		line_leave(l, "tool_call_id");
	if (t->name.len)
		line_leave(l, "name of a turn");
	if (t->weight.len)
		line_leave(l, weight_names[t->weight_name]);
	if (t->fields.len)
		line_leave(l, "further members of a turn");
}

static bool is_text(const struct turn *t)
{
	return t->role == ROLE_ASSISTANT && t->text.len && !t->tool_calls.len;
}

/* An answer's text under `key`, without the thought before it. */
static void write_text_of_answer(struct format_line *l, const char *key, const struct turn *t)
{
	json_out_text(l->out, key, t->text);
	leave_beside_text(l, t);
	if (t->reasoning.len && l->o->reasoning != REASONING_DROPPED)
		line_leave(l, reasoning_names[t->reasoning_name]);
}

/* The answer as a text, where a question has a member for it. True if it is written; its other members count
 * as left out. */
static bool write_answers(struct format_line *l, const char *key)
{
	const struct record *r = l->entry->record;
	bool among = r->turn_count && !r->beside;
	const struct turn *last = among ? &r->turns[r->turn_count - 1] : NULL;
	const struct instance *answer = NULL;
	size_t said = among && ends_with_answer(r->turns, r->turn_count), scores = 0;
	for (size_t i = 0; i < r->instance_count && !among; i++) {
		const struct instance *one = &r->instances[i];
		bool asked = !l->entry->instance || view_eq(one->input, l->entry->instance->input);
		if (!asked || (!one->output.len && !one->turn_count))
			continue;
		said++;
		scores += one->scored && (r->given & GIVEN_SCORES);
		if (!answer && one->role != ANSWER_REJECTED && !one->turn_count)
			answer = one;
	}
	bool written = answer || (last && is_text(last));
	const struct turn t = answer ? instance_turn(answer) : written ? *last : (struct turn){ 0 };
	if (written)
		write_text_of_answer(l, key, &t);
	if (said > written)
		format_left_add(l->left, l->left_count, "answers", said - written);
	if (scores)
		format_left_add(l->left, l->left_count, "scores", scores);
	return written;
}

void write_prompt_only(struct format_line *l)
{
	line_begin(l, "prompt");
	line_tools(l);
	write_answers(l, "answer");
	line_end(l);
}

/* The field of that name, marked as written by the line's own members; NULL if there is none. */
static const json_value *take_field(struct format_line *l, const json_value *fields, const char *name)
{
	const json_value *field = json_get(fields, name);
	if (field)
		l->taken[l->taken_count++] = name;
	return field;
}

/* A member that verl needs: the record's field of that name, or a text. */
static void write_field_or(struct format_line *l, const json_value *fields, const char *name,
			   const char *otherwise)
{
	const json_value *field = take_field(l, fields, name);
	if (field)
		json_out_value(l->out, name, field);
	else
		json_out_text(l->out, name, view_of(otherwise));
}

static void write_reward(struct format_line *l, const json_value *fields)
{
	const json_value *reward = take_field(l, fields, "reward_model");
	if (reward) {
		json_out_value(l->out, "reward_model", reward);
		write_answers(l, "answer");
		return;
	}
	json_out_object(l->out, "reward_model");
	json_out_text(l->out, "style", view_of("rule"));
	if (!write_answers(l, "ground_truth"))
		json_out_text(l->out, "ground_truth", view_of(""));
	json_out_end(l->out);
}

static void write_extra(struct format_line *l, const json_value *fields)
{
	const json_value *extra = take_field(l, fields, "extra_info");
	if (extra) {
		json_out_value(l->out, "extra_info", extra);
		return;
	}
	json_out_object(l->out, "extra_info");
	json_out_text(l->out, "split", view_of("train"));
	json_out_integer(l->out, "index", (int64_t)l->entry->number);
	json_out_end(l->out);
}

void write_verl(struct format_line *l)
{
	struct turn *turns;
	size_t count;
	line_question(l, &turns, &count);
	const json_value *fields = line_json(l, l->entry->record->fields);
	json_out_object(l->out, NULL);
	write_field_or(l, fields, "data_source", "sow");
	line_turns(l, "prompt", turns, count);
	write_field_or(l, fields, "ability", "general");
	write_reward(l, fields);
	write_extra(l, fields);
	line_tools(l);
	line_end(l);
}

/* A record with its instances */

static void write_lineage(struct json_out *out, const struct lineage *l)
{
	if (l->root.len)
		json_out_text(out, "root", l->root);
	if (l->parent.len)
		json_out_text(out, "parent", l->parent);
	if (l->operation.len)
		json_out_text(out, "operation", l->operation);
	if (l->round)
		json_out_integer(out, "round", l->round);
}

static void write_instance(struct format_line *l, const struct record *r, const struct instance *i)
{
	const struct turn t = instance_turn(i);
	struct view thought;
	const char *name;
	/* a conversation's answer is among its turns */
	bool apart = !r->turn_count || r->beside;
	struct view text = apart ? line_reasoned(l, &t, &thought, &name) : i->output;
	json_out_object(l->out, NULL);
	json_out_text(l->out, "input", i->input);
	json_out_text(l->out, "output", text);
	if (apart && name)
		json_out_text(l->out, name, thought);
	if (i->role != ANSWER_PLAIN)
		json_out_text(l->out, "role", view_of(answer_role_names[i->role]));
	else if (r->beside)
		json_out_null(l->out, "role");
	if (i->scored)
		json_out_number(l->out, "score", i->score);
	if (i->sample)
		json_out_integer(l->out, "sample", i->sample);
	if (i->turn_count)
		line_turns(l, "turns", i->turns, i->turn_count);
	json_out_end(l->out);
}

static void write_members(struct format_line *l)
{
	const struct record *r = l->entry->record;
	json_out_text(l->out, "instruction", r->instruction);
	json_out_array(l->out, "instances");
	for (size_t i = 0; i < r->instance_count; i++)
		write_instance(l, r, &r->instances[i]);
	json_out_end(l->out);
	json_out_bool(l->out, "is_classification", r->is_classification);
	write_lineage(l->out, &r->lineage);
	if (r->turn_count)
		line_turns(l, "messages", r->turns, r->turn_count);
	line_tools(l);
	line_further(l);
}

int format_record_members(struct json_out *out, const struct record *record)
{
	struct arena *scratch = arena_new();
	static const struct format_options none;
	struct format_left left[FORMAT_LEFT_MAX];
	size_t count = 0;
	const struct format_entry e = { .record = record };
	struct format_line l = { .out = out, .format = format_find("self-instruct"), .o = &none,
				 .entry = &e, .scratch = scratch, .left = left,
				 .left_count = &count };
	write_members(&l);
	arena_free(scratch);
	return l.status;
}

void write_self_instruct(struct format_line *l)
{
	const struct record *r = l->entry->record;
	json_out_object(l->out, NULL);
	if (r->id_is_json)
		json_out_raw(l->out, "id", r->id);
	else
		json_out_text(l->out, "id", r->id);
	json_out_text(l->out, "name", r->name);
	write_members(l);
	json_out_end(l->out);
}

/* Instruction, input, output */

/* A conversation as pairs of a question and its answer. Neighbours of one role are one text. */
struct pair {
	struct view question, answer;
};

static void join(struct view *text, struct view more, struct arena *scratch)
{
	*text = text->len ? record_question(*text, more, scratch) : more;
}

/* Its text with the thought before it, which has no member here. */
static struct view turn_text(struct format_line *l, const struct turn *t)
{
	struct view thought;
	const char *name;
	struct view text = line_reasoned(l, t, &thought, &name);
	leave_beside_text(l, t);
	if (name)
		line_leave(l, name);
	return text;
}

/* Writes the pairs (room for one a turn) and the system text. */
static void make_pairs(struct format_line *l, const struct turn *turns, size_t turn_count,
		       struct pair *pairs, size_t *count, struct view *system)
{
	bool answered = true; /* before the first question */
	*count = 0;
	*system = view_of("");
	for (size_t i = 0; i < turn_count; i++) {
		const struct turn *t = &turns[i];
		if (t->role == ROLE_SYSTEM || t->role == ROLE_DEVELOPER) {
			join(system, turn_text(l, t), l->scratch);
			continue;
		}
		bool asks = t->role != ROLE_ASSISTANT;
		if ((asks && answered) || !*count)
			pairs[(*count)++] = (struct pair){ { "", 0 }, { "", 0 } };
		answered = !asks;
		struct pair *p = &pairs[*count - 1];
		join(answered ? &p->answer : &p->question, turn_text(l, t), l->scratch);
	}
}

static void begin_alpaca(struct json_out *out, struct view instruction, struct view input,
			 struct view output)
{
	json_out_object(out, NULL);
	json_out_text(out, "instruction", instruction);
	json_out_text(out, "input", input);
	json_out_text(out, "output", output);
}

static void write_history(struct json_out *out, const struct pair *pairs, size_t count)
{
	json_out_array(out, "history");
	for (size_t i = 0; i < count; i++) {
		json_out_array(out, NULL);
		json_out_text(out, NULL, pairs[i].question);
		json_out_text(out, NULL, pairs[i].answer);
		json_out_end(out);
	}
	json_out_end(out);
}

static void end_text_line(struct format_line *l)
{
	line_tools(l);
	line_end(l);
}

static void alpaca_chat(struct format_line *l)
{
	struct turn *turns;
	size_t turn_count, count;
	struct view system;
	conversation(l, &turns, &turn_count);
	struct pair *pairs = arena_array(l->scratch, turn_count, sizeof(*pairs));
	make_pairs(l, turns, turn_count, pairs, &count, &system);
	if (!count)
		pairs[count++].question = l->entry->record->instruction;
	const struct pair *last = &pairs[count - 1];
	begin_alpaca(l->out, last->question, view_of(""), last->answer);
	if (system.len)
		json_out_text(l->out, "system", system);
	if (count > 1)
		write_history(l->out, pairs, count - 1);
	end_text_line(l);
}

/* True if an instruction and its answer cannot hold the line. */
static bool needs_turns(const struct format_entry *e)
{
	return e->record->turn_count || (e->instance && e->instance->turn_count);
}

/* The line's answer; an empty one if there is none. */
static struct turn plain_answer(const struct format_entry *e)
{
	return e->instance ? instance_turn(e->instance) : TURN(ROLE_ASSISTANT, view_of(""));
}

/* The input of the instruction, even if no good answer has it. */
static struct view input_of(const struct format_entry *e)
{
	const struct record *r = e->record;
	const struct instance *i = e->instance ? e->instance : r->instances;
	return e->instance || r->instance_count ? i->input : view_of("");
}

void write_alpaca(struct format_line *l)
{
	const struct record *r = l->entry->record;
	if (needs_turns(l->entry)) {
		alpaca_chat(l);
		return;
	}
	const struct turn t = plain_answer(l->entry);
	struct view thought;
	const char *name;
	struct view output = line_reasoned(l, &t, &thought, &name);
	begin_alpaca(l->out, r->instruction, input_of(l->entry), output);
	if (name)
		line_say(l, name, thought);
	end_text_line(l);
}

/* A prompt and what follows */

/* The turns as a dialogue, up to the last answer, which follows it. */
static struct view write_dialogue(struct format_line *l, const struct turn *list, size_t count,
				  struct buf *prompt)
{
	static const char *const names[ROLE_COUNT] = {
		[ROLE_NONE] = "", [ROLE_SYSTEM] = "", [ROLE_USER] = "User: ",
		[ROLE_ASSISTANT] = "Assistant: ", [ROLE_DEVELOPER] = "", [ROLE_TOOL] = "Tool: ",
	};
	bool answered = ends_with_answer(list, count);
	for (size_t i = 0; i + answered < count; i++) {
		struct view text = turn_text(l, &list[i]);
		buf_addstr(prompt, names[list[i].role]);
		buf_add(prompt, text.p, text.len);
		buf_addstr(prompt, "\n\n");
	}
	buf_addstr(prompt, "Assistant: ");
	return answered ? turn_text(l, &list[count - 1]) : view_of("");
}

static void make_completion(struct format_line *l, struct buf *prompt, struct view *completion,
			    struct view *thought, const char **name)
{
	const struct record *r = l->entry->record;
	struct turn *turns;
	size_t count;
	*name = NULL;
	if (needs_turns(l->entry)) {
		conversation(l, &turns, &count);
		*completion = write_dialogue(l, turns, count, prompt);
		return;
	}
	const struct turn t = plain_answer(l->entry);
	*completion = line_reasoned(l, &t, thought, name);
	template_prompt(r->instruction, input_of(l->entry), l->o->seed, l->entry->number, prompt);
}

void write_completion(struct format_line *l)
{
	struct buf prompt = BUF_INIT;
	struct view completion, thought;
	const char *name;
	make_completion(l, &prompt, &completion, &thought, &name);
	json_out_object(l->out, NULL);
	json_out_text(l->out, "prompt", view_from(prompt.data, prompt.len));
	json_out_text(l->out, "completion", completion);
	if (name)
		line_say(l, name, thought);
	end_text_line(l);
	buf_release(&prompt);
}

void write_text(struct format_line *l)
{
	struct buf text = BUF_INIT;
	struct view completion, thought;
	const char *name = NULL;
	const struct record *r = l->entry->record;
	if (!r->instance_count && !r->turn_count) { /* only a text */
		buf_add(&text, r->instruction.p, r->instruction.len);
	} else {
		make_completion(l, &text, &completion, &thought, &name);
		buf_add(&text, completion.p, completion.len);
	}
	json_out_object(l->out, NULL);
	json_out_text(l->out, "text", view_from(text.data, text.len));
	if (name)
		line_say(l, name, thought);
	end_text_line(l);
	buf_release(&text);
}

/* Records as they are */

static bool is_more_than_answer(const struct instance *i)
{
	return i->role != ANSWER_PLAIN || i->scored || i->sample || i->turn_count;
}

/* The format that holds the whole record. */
static const struct format *shape_of(const struct record *r)
{
	if (r->turn_count && !r->beside)
		return format_find("messages");
	bool is_plain = !r->turn_count && r->instance_count <= 1 &&
			!(r->instance_count && is_more_than_answer(r->instances));
	return format_find(is_plain ? "alpaca" : "self-instruct");
}

void write_record(struct format_line *l)
{
	const struct record *r = l->entry->record;
	bool is_whole = !l->o->drop_fields && !l->o->only_count;
	if (r->object.len && (is_whole || !record_asks(r))) {
		json_out_raw(l->out, NULL, r->object);
		return;
	}
	struct format_entry entry = *l->entry;
	struct format_line inner = *l;
	inner.format = shape_of(r);
	inner.entry = &entry;
	if (inner.format->line == LINE_OF_ANSWER && !r->turn_count && r->instance_count)
		entry.instance = r->instances;
	inner.format->write(&inner);
	l->tools = inner.tools;
	l->status = inner.status;
}

int format_object(const struct record *record, struct arena *a, struct view *json)
{
	if (record->object.len) { /* unchanged, in the form in which it would be written */
		*json = view_from(arena_copyview(a, record->object), record->object.len);
		return SOW_OK;
	}
	static const struct format_options none;
	struct format_left left[FORMAT_LEFT_MAX];
	size_t count = 0;
	struct buf text = BUF_INIT;
	struct json_out *out = json_out_new();
	const struct format_entry e = { .record = record };
	struct format_line l = { .out = out, .format = format_find("records"), .o = &none, .entry = &e,
				 .scratch = a, .left = left, .left_count = &count };
	write_record(&l);
	int status = l.status;
	if (!status)
		status = json_out_write(out, &text, JSON_LINE);
	json_out_free(out);
	*json = arena_takebuf(a, &text);
	return status;
}
