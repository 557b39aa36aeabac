#include "method/question.h"

#include "base/buf.h"
#include "data/turns.h"
#include "text/spacing.h"

/* The number of turns before the answer at the end. */
static size_t turns_to_answer(const struct record *t)
{
	size_t count = t->turn_count;
	while (!t->beside && count && t->turns[count - 1].role == ROLE_ASSISTANT)
		count--;
	return count;
}

static int keep_turns(const struct record *t, struct arena *a, struct view *out)
{
	struct buf text = BUF_INIT;
	size_t count = turns_to_answer(t);
	int status = count ? turns_write(t->turns, count, &text) : SOW_OK;
	*out = arena_takebuf(a, &text);
	return status ? SOW_NOMEM : SOW_OK;
}

int question_take(const struct record *t, struct arena *a, struct unit *u)
{
	u->is_classification = t->is_classification ? 1 : -1;
	u->instruction = t->instruction;
	u->input = t->instance_count ? t->instances[0].input : view_of("");
	u->tools = t->tools;
	int status = record_further(t, a, &u->fields);
	return status ? status : keep_turns(t, a, &u->turns);
}

int question_keep_system(struct unit *u, const char *system, struct arena *a)
{
	struct turn *turns = NULL, *all;
	size_t count = 0;
	struct buf question = BUF_INIT, text = BUF_INIT;
	int status = SOW_OK;
	if (u->turns.len)
		status = turns_parse(u->turns, a, &turns, &count);
	else
		turns_join(u->instruction, u->input, &question);
	if (!status && count && (turns[0].role == ROLE_SYSTEM || turns[0].role == ROLE_DEVELOPER))
		return SOW_OK;
	if (!status) {
		all = arena_array(a, count + 2, sizeof(*all));
		all[0] = TURN(ROLE_SYSTEM, view_of(system));
		for (size_t i = 0; i < count; i++)
			all[i + 1] = turns[i];
		if (!count)
			all[1] = TURN(ROLE_USER, view_from(question.data, question.len));
		status = turns_write(all, count ? count + 1 : 2, &text);
	}
	u->turns = arena_takebuf(a, &text);
	buf_release(&question);
	return status;
}

/* Existing answers */

/* True for a text, with the thought before it: it does not need turns. */
static bool is_text_alone(const struct turn *t)
{
	struct turn rest = *t;
	rest.reasoning = view_of("");
	return turn_is_plain(&rest);
}

static struct instance answer_of_turns(struct turn *turns, size_t count)
{
	const struct turn *last = &turns[count - 1];
	struct instance i = { .input = view_of(""), .output = last->text };
	if (count == 1 && is_text_alone(last)) {
		i.reasoning = last->reasoning;
		i.reasoning_name = last->reasoning_name;
	} else {
		i.turns = turns;
		i.turn_count = count;
	}
	return i;
}

void question_answers(const struct record *t, struct arena *a, struct instance **list, size_t *count)
{
	bool in_turns = t->turn_count && !t->beside;
	size_t at = turns_to_answer(t);
	*count = 0;
	*list = arena_array(a, t->instance_count + 1, sizeof(**list));
	if (in_turns && at < t->turn_count) {
		(*list)[0] = answer_of_turns(t->turns + at, t->turn_count - at);
		*count = instance_is_answer(&(*list)[0]);
	}
	for (size_t i = 0; i < t->instance_count && !in_turns; i++) {
		if (instance_is_answer(&t->instances[i]))
			(*list)[(*count)++] = t->instances[i];
	}
}

static void reject_others(const struct record *t, const struct unit *u, struct outcome *o)
{
	for (size_t i = 0; i < t->instance_count && !u->turns.len; i++) {
		const struct instance *other = &t->instances[i];
		bool kept = u->state == UNIT_FINISHED && instance_is_answer(other);
		if (!kept && other->input.len && !view_eq(other->input, u->input))
			outcome_reject(o, u, rule_table[RULE_OTHER_INPUT].name, other->input,
				       u->instruction);
	}
}

static enum rule_id find_fault(const struct unit *u, bool chat)
{
	if (u->turns.len)
		return chat ? RULE_COUNT : RULE_CONVERSATION;
	return view_trim(u->instruction).len || view_trim(u->input).len ? RULE_COUNT : RULE_EMPTY;
}

void question_finish(const struct record *t, bool chat, struct accepted *a, struct outcome *o)
{
	struct unit *u = &a->unit;
	if (a->instance_count) {
		u->state = UNIT_FINISHED;
		u->input = a->instances[0].input;
	} else {
		enum rule_id broken = find_fault(u, chat);
		if (broken != RULE_COUNT)
			outcome_fail(o, u, broken, u->instruction, view_of(""));
	}
	reject_others(t, u, o);
}

/* The request */

static int add_turns(const struct unit *u, const char *system, struct request *r)
{
	struct turn *turns;
	size_t count;
	int status = turns_parse(u->turns, r->arena, &turns, &count);
	if (!status && !count)
		status = SOW_INVALID;
	if (!status && turns[0].role != ROLE_SYSTEM && turns[0].role != ROLE_DEVELOPER)
		status = request_add(r, ROLE_SYSTEM, true, view_of(system));
	for (size_t i = 0; i < count && !status; i++) {
		bool is_shared = !i && turn_is_plain(&turns[i]) &&
				 view_eqstr(turns[i].text, system ? system : "");
		status = is_shared ? request_add(r, turns[i].role, true, turns[i].text)
				   : request_add_turn(r, &turns[i]);
	}
	request_set_tools(r, u->tools);
	return status;
}

int question_add(const struct unit *u, bool chat, const char *system, struct request *r)
{
	struct buf text = BUF_INIT;
	if (u->turns.len)
		return add_turns(u, system, r);
	turns_join(u->instruction, view_trim(u->input).len ? u->input : view_of(""), &text);
	int status = chat ? request_add(r, ROLE_SYSTEM, true, view_of(system)) : SOW_OK;
	if (!status)
		status = request_add(r, chat ? ROLE_USER : ROLE_NONE, false,
				     view_from(text.data, text.len));
	buf_release(&text);
	return status;
}

int question_plan(const struct unit *u, const struct method_options *o, const char *system,
		  size_t sample, struct request **out)
{
	struct request *r = request_new();
	int status = method_sampling(o, r);
	if (!status) {
		r->sample = (uint32_t)sample;
		status = question_add(u, o->prompts.chat, system, r);
	}
	return request_finish(r, status, out);
}

void question_show(struct view instruction, struct view input, struct buf *out)
{
	turns_join(view_trim(instruction), view_trim(input), out);
}

/* The reply */

enum rule_id question_answer(const struct unit *u, const struct rules *rules, const struct reply *r,
			     struct instance *answer, struct view *detail)
{
	*detail = spacing_trim(r->text);
	*answer = (struct instance){ .input = u->input, .output = *detail, .reasoning = r->reasoning };
	if (r->finish == FINISH_ERROR)
		return RULE_REFUSED;
	if (r->finish == FINISH_LENGTH && rules_on(rules, RULE_CUT_REPLY))
		return RULE_CUT_REPLY;
	return detail->len ? RULE_COUNT : RULE_NO_OUTPUT;
}
