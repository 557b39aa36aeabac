/* How a record begins a conversation: its persona, its goal, and which of its question and answers are
 * turns. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "data/format.h"
#include "method/again.h"
#include "method/converse_private.h"
#include "method/fields.h"
#include "method/question.h"
#include "method/shown.h"
#include "method/unit_turns.h"

const char *const converse_part_names[PARTS] = { "persona", "goal" };
static const char *const part_usual[PARTS] = {
	"a person who knows little of the subject and wants to get on with it",
	"to get the help that the first message asks for, and to understand it well enough to use it",
};

struct beginning {
	const json_value *object;
	struct view parts[PARTS];
	bool is_question[PARTS];     /* the part is the record's question, which then is not a turn */
	struct instance *answers;
	size_t answer_count;
	enum rule_id broken;         /* RULE_COUNT: none */
	struct buf why;
};

/* The value of a field, or a text with its fields filled in. */
static int read_part(const struct converse *m, const struct unit *u, enum aspect p, struct arena *a,
		     struct beginning *b)
{
	const char *said = m->own->parts[p];
	const json_value *v = json_get(b->object, said ? said : converse_part_names[p]);
	bool is_text = json_type(v) == JSON_TEXT;
	int status = SOW_OK;
	if (m->parts[p]) {
		status = shown_filled(m->parts[p], b->object, a, &b->parts[p], &b->why);
	} else if (said && strcmp(said, "instruction") == 0) {
		b->is_question[p] = true;
		status = shown_asked(u, a, &b->parts[p]);
	} else if (!json_is_missing(v)) {
		b->parts[p] = view_trim(is_text ? json_text(v) : json_compact(v, a));
	}
	if (status == SOW_NOMEM)
		return status;
	if (!status && said && !b->parts[p].len)
		buf_addf(&b->why, "no text in '%s'", said);
	if (status || (said && !b->parts[p].len))
		b->broken = RULE_MISSING_FIELD;
	if (!b->parts[p].len)
		b->parts[p] = view_of(part_usual[p]);
	return SOW_OK;
}

/* Rejects all answers but the used one. */
static void reject_answers(const struct unit *u, const struct beginning *b, size_t used, struct outcome *o)
{
	for (size_t i = 0; i < b->answer_count; i++) {
		if (i != used)
			outcome_reject(o, u, rule_table[RULE_OTHER_ANSWER].name, b->answers[i].output,
				       b->answers[i].input);
	}
}

/* A question that is a part becomes a field; so does its answer, which is then not a turn. */
static int part_from_question(const struct converse *m, struct unit *u, struct beginning *b,
			      struct outcome *o)
{
	struct arena *a = o->arena;
	int status = SOW_OK;
	reject_answers(u, b, 0, o);
	const json_value *fields = u->fields.len ? json_own(u->fields, a) : NULL;
	bool is_free = m->run.o.map.replace;
	for (int p = 0; p < PARTS && !status; p++) {
		if (!b->is_question[p])
			continue;
		if (!is_free && json_get(fields, converse_part_names[p])) {
			buf_addf(&b->why, "there is a field '%s'", converse_part_names[p]);
			b->broken = RULE_FIELD_EXISTS;
		}
		status = fields_set(&u->fields, converse_part_names[p], b->parts[p], a);
	}
	if (!status && b->answer_count) {
		struct view answer;
		if (!is_free && json_get(fields, FIELD_REFERENCE)) {
			buf_addstr(&b->why, "there is a field '" FIELD_REFERENCE "'");
			b->broken = RULE_FIELD_EXISTS;
		}
		shown_answer(&b->answers[0], a, &answer);
		status = fields_set(&u->fields, FIELD_REFERENCE, answer, a);
	}
	u->instruction = u->input = u->turns = view_of("");
	return status;
}

/* Adds the record's answer: of several the chosen one, else the first. */
static int add_answer(const struct record *t, struct unit *u, struct beginning *b, struct outcome *o)
{
	size_t at = 0;
	while (at < b->answer_count && b->answers[at].role != ANSWER_CHOSEN)
		at++;
	for (size_t i = 0; i < b->answer_count && at == b->answer_count; i++)
		at = b->answers[i].role != ANSWER_REJECTED ? i : at;
	reject_answers(u, b, at, o);
	if (at < b->answer_count && !t->turn_count)
		u->input = b->answers[at].input;
	for (size_t i = 0; i < t->instance_count && !u->turns.len; i++) {
		const struct instance *other = &t->instances[i];
		if (!instance_is_answer(other) && other->input.len && !view_eq(other->input, u->input))
			outcome_reject(o, u, rule_table[RULE_OTHER_INPUT].name, other->input,
				       u->instruction);
	}
	if (at == b->answer_count)
		return SOW_OK;
	int status = SOW_OK;
	const struct instance *answer = &b->answers[at];
	const struct turn whole = instance_turn(answer);
	const struct turn *turns = answer->turn_count ? answer->turns : &whole;
	for (size_t i = 0; i < (answer->turn_count ? answer->turn_count : 1) && !status; i++)
		status = unit_turns_add(u, &turns[i], o->arena);
	return status;
}

static int add_system(const struct converse *m, struct unit *u, struct arena *a)
{
	struct turn *turns = NULL, *all;
	size_t count = 0;
	int status = unit_turns(u, a, &turns, &count);
	if (status || (count && (turns[0].role == ROLE_SYSTEM || turns[0].role == ROLE_DEVELOPER)))
		return status;
	all = arena_array(a, count + 1, sizeof(*all));
	all[0] = TURN(ROLE_SYSTEM, view_of(m->run.o.system));
	if (count)
		memcpy(all + 1, turns, count * sizeof(*all));
	return unit_turns_set(u, all, count + 1, a);
}

void converse_keep(struct unit *u, const struct view parts[PARTS], int64_t brought, struct view reply,
		   struct view why, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addch(&text, '{');
	for (int p = 0; p < PARTS; p++) {
		json_add_key(&text, view_of(converse_part_names[p]));
		json_add_text(&text, parts[p]);
	}
	buf_addf(&text, ",\"brought\":%" PRId64, brought);
	if (why.len) {
		buf_addch(&text, ',');
		again_members(reply, why, &text);
	}
	buf_addch(&text, '}');
	u->context = arena_takebuf(a, &text);
}

size_t converse_count(const struct turn *turns, size_t count, enum role role)
{
	size_t found = 0;
	for (size_t i = 0; i < count; i++)
		found += turns[i].role == role;
	return found;
}

/* The first stage: decides who speaks first. */
static int set_stage(const struct converse *m, struct unit *u, const struct beginning *b, struct arena *a)
{
	struct turn *turns = NULL;
	size_t count = 0;
	int status = unit_turns(u, a, &turns, &count);
	enum role last = count ? turns[count - 1].role : ROLE_NONE;
	bool is_asked = last == ROLE_USER || last == ROLE_TOOL;
	u->stage = is_asked ? BLOCK : 1;
	if (!status && !is_asked && converse_count(turns, count, ROLE_USER) >= (size_t)m->own->turns)
		u->state = UNIT_FINISHED;
	converse_keep(u, b->parts, (int64_t)count, view_of(""), view_of(""), a);
	return status;
}

static int read_record(const struct converse *m, const struct record *input, struct unit *u,
		       struct beginning *b, struct outcome *o)
{
	struct view text;
	int status = format_object(input, o->arena, &text);
	b->object = status ? NULL : json_own(text, o->arena);
	if (!b->object)
		return SOW_NOMEM;
	status = question_take(input, o->arena, u);
	if (!status)
		status = fields_of(input, o->arena, &u->fields);
	question_answers(input, o->arena, &b->answers, &b->answer_count);
	for (int p = 0; p < PARTS && !status; p++)
		status = read_part(m, u, (enum aspect)p, o->arena, b);
	const json_value *fields = u->fields.len ? json_own(u->fields, o->arena) : NULL;
	if (!m->run.o.map.replace && json_get(fields, FIELD_ENDED)) {
		buf_addstr(&b->why, "there is a field '" FIELD_ENDED "'");
		b->broken = RULE_FIELD_EXISTS;
	}
	if (!status && (b->is_question[PERSONA] || b->is_question[GOAL]))
		status = part_from_question(m, u, b, o);
	else if (!status)
		status = add_answer(input, u, b, o);
	if (!status && m->run.o.system && !m->run.o.no_system_out)
		status = add_system(m, u, o->arena);
	if (!status && b->broken != RULE_COUNT)
		outcome_fail_for(o, u, b->broken, text, &b->why);
	return status;
}

/* A conversation that has all its turns is not changed. */
static int accept(const struct converse *m, struct accepted *a, struct outcome *o)
{
	int status = SOW_OK;
	if (a->unit.state == UNIT_FINISHED) {
		status = fields_set(&a->unit.fields, FIELD_ENDED, view_of(ENDED_TURNS), o->arena);
		a->unit.context = view_of("");
		if (!status)
			status = unit_turns_end(&a->unit, o);
		a->instances = o->instances;
		a->instance_count = o->instance_count;
	}
	int64_t count = a->unit.state == UNIT_UNDER_WAY ? m->own->talks : 1;
	for (int64_t i = 1; i <= count && !status; i++) {
		struct buf text = BUF_INIT;
		a->unit.item = i;
		buf_addf(&text, "talk %" PRId64, i);
		a->unit.operation = count > 1 ? arena_takebuf(o->arena, &text) : view_of("");
		buf_release(&text);
		outcome_accept(o, a);
	}
	return status;
}

int converse_begin(const void *state, const struct unit *at, const struct record *input, struct outcome *o)
{
	const struct converse *m = state;
	struct accepted a = { .unit = *at };
	struct beginning b = { .broken = RULE_COUNT, .why = BUF_INIT };
	a.unit.item = a.unit.stage = 1;
	int status = read_record(m, input, &a.unit, &b, o);
	if (!status && b.broken == RULE_COUNT)
		status = set_stage(m, &a.unit, &b, o->arena);
	buf_release(&b.why);
	return status ? status : accept(m, &a, o);
}
