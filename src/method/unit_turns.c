#include "method/unit_turns.h"

#include <string.h>

#include "data/turns.h"

int unit_turns(const struct unit *u, struct arena *a, struct turn **turns, size_t *count)
{
	struct buf text = BUF_INIT;
	if (u->turns.len)
		return turns_parse(u->turns, a, turns, count);
	turns_join(u->instruction, u->input, &text);
	struct view question = arena_takebuf(a, &text);
	*turns = arena_alloc(a, sizeof(**turns));
	**turns = TURN(ROLE_USER, question);
	*count = question.len > 0;
	return SOW_OK;
}

int unit_turns_set(struct unit *u, const struct turn *turns, size_t count, struct arena *a)
{
	struct buf text = BUF_INIT;
	int status = count ? turns_write(turns, count, &text) : SOW_OK;
	u->turns = arena_takebuf(a, &text);
	return status;
}

int unit_turns_add(struct unit *u, const struct turn *t, struct arena *a)
{
	struct turn *turns = NULL;
	size_t count = 0;
	int status = unit_turns(u, a, &turns, &count);
	if (status)
		return status;
	struct turn *all = arena_array(a, count + 1, sizeof(*all));
	memcpy(all, turns, count * sizeof(*all));
	all[count] = *t;
	return unit_turns_set(u, all, count + 1, a);
}

int unit_turns_drop(struct unit *u, struct arena *a)
{
	struct turn *turns = NULL;
	size_t count = 0;
	int status = unit_turns(u, a, &turns, &count);
	return status ? status : unit_turns_set(u, turns, count - (count > 0), a);
}

/* The answer, which needs its own turns only if it is more than a text and a thought. */
static struct instance answer_of(const struct unit *u, struct turn *last)
{
	struct instance answer = { .input = u->input, .output = last->text };
	struct turn rest = *last;
	rest.reasoning = view_of("");
	if (turn_is_plain(&rest)) {
		answer.reasoning = last->reasoning;
		answer.reasoning_name = last->reasoning_name;
	} else {
		answer.turns = last;
		answer.turn_count = 1;
	}
	return answer;
}

int unit_turns_end(struct unit *u, struct outcome *o)
{
	struct turn *turns = NULL;
	size_t count = 0;
	int status = unit_turns(u, o->arena, &turns, &count);
	if (status || !count)
		return status ? status : SOW_INVALID;
	const struct instance answer = answer_of(u, &turns[count - 1]);
	bool is_question = count == 2 && turns[0].role == ROLE_USER && turn_is_plain(&turns[0]);
	u->state = UNIT_FINISHED;
	status = unit_turns_set(u, turns, is_question ? 0 : count - 1, o->arena);
	if (!status)
		outcome_keep(o, &answer, 1);
	return status;
}
