#include "method/question.h"

#include "base/buf.h"
#include "data/turns.h"

/* Turns up to the last of the user's: what stands behind it is an answer that is there. */
static size_t turns_to_answer(const struct record *t)
{
	size_t count = t->turn_count;
	while (count && t->turns[count - 1].role != ROLE_USER)
		count--;
	return count;
}

static int keep_turns(const struct record *t, struct arena *a, struct view *out)
{
	struct buf text = BUF_INIT;
	size_t count = turns_to_answer(t);
	int status = count ? turns_write(t->turns, count, &text) : SOW_OK;
	char *copy = status ? NULL : arena_copy(a, text.data, text.len);
	*out = view_from(copy, text.len);
	buf_release(&text);
	return copy ? SOW_OK : SOW_NOMEM;
}

int question_take(const struct record *t, struct arena *a, struct unit *u)
{
	u->is_classification = t->is_classification ? 1 : -1;
	u->instruction = t->instruction;
	u->input = t->instance_count ? t->instances[0].input : view_of("");
	return keep_turns(t, a, &u->turns);
}

int question_keep_system(struct unit *u, const char *system, struct arena *a)
{
	struct turn *turns = NULL, *all;
	size_t count = 0;
	struct buf question = BUF_INIT, text = BUF_INIT;
	int status = u->turns.len ? turns_parse(u->turns, a, &turns, &count)
				  : turns_join(u->instruction, u->input, &question);
	if (!status && count && turns[0].role == ROLE_SYSTEM)
		return SOW_OK;
	all = status ? NULL : arena_array(a, count + 2, sizeof(*all));
	if (all) {
		all[0] = TURN(ROLE_SYSTEM, view_of(system));
		for (size_t i = 0; i < count; i++)
			all[i + 1] = turns[i];
		if (!count)
			all[1] = TURN(ROLE_USER, view_from(question.data, question.len));
		status = turns_write(all, count ? count + 1 : 2, &text);
	}
	char *copy = all && !status ? arena_copy(a, text.data, text.len) : NULL;
	u->turns = view_from(copy, copy ? text.len : 0);
	buf_release(&question);
	buf_release(&text);
	return status ? status : copy ? SOW_OK : SOW_NOMEM;
}

static struct view last_answer(const struct record *t)
{
	size_t at = turns_to_answer(t);
	return at < t->turn_count && t->turns[at].role == ROLE_ASSISTANT ? t->turns[at].text
									  : view_of("");
}

int question_answers(const struct record *t, struct arena *a, struct instance **list, size_t *count)
{
	*count = 0;
	*list = arena_array(a, t->instance_count + 1, sizeof(**list));
	if (!*list)
		return SOW_NOMEM;
	struct instance of_turns = { view_of(""), last_answer(t) };
	if (t->turn_count && of_turns.output.len)
		(*list)[(*count)++] = of_turns;
	for (size_t i = 0; i < t->instance_count && !t->turn_count; i++) {
		if (t->instances[i].output.len)
			(*list)[(*count)++] = t->instances[i];
	}
	return SOW_OK;
}

bool question_fits(const struct unit *u, bool chat)
{
	return chat || !u->turns.len;
}

static int add_turns(const struct unit *u, const char *system, struct request *r)
{
	struct turn *turns;
	size_t count;
	int status = turns_parse(u->turns, r->arena, &turns, &count);
	if (!status && turns[0].role != ROLE_SYSTEM)
		status = request_add(r, ROLE_SYSTEM, true, view_of(system));
	for (size_t i = 0; i < count && !status; i++) {
		bool is_shared = !i && view_eqstr(turns[i].text, system ? system : "");
		status = request_add(r, turns[i].role, is_shared, turns[i].text);
	}
	return status;
}

int question_add(const struct unit *u, bool chat, const char *system, struct request *r)
{
	struct buf text = BUF_INIT;
	if (u->turns.len)
		return add_turns(u, system, r);
	int status = turns_join(u->instruction, u->input, &text);
	if (!status && chat)
		status = request_add(r, ROLE_SYSTEM, true, view_of(system));
	if (!status)
		status = request_add(r, chat ? ROLE_USER : ROLE_NONE, false,
				     view_from(text.data, text.len));
	buf_release(&text);
	return status;
}
