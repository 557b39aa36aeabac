#include "method/shown.h"

#include "base/buf.h"
#include "data/turns.h"
#include "method/question.h"

void shown_turns(const struct turn *turns, size_t count, struct arena *a, struct view *out)
{
	struct buf text = BUF_INIT;
	bool is_one = count == 1 && turn_is_plain(&turns[0]);
	for (size_t i = 0; i < count; i++) {
		const struct turn *t = &turns[i];
		if (!is_one)
			buf_addf(&text, "%s[%s]\n", i ? "\n\n" : "", role_names[t->role]);
		buf_add(&text, t->text.p, t->text.len);
		if (t->tool_calls.len) /* its tool calls, as JSON */
			buf_addf(&text, "%s%.*s", t->text.len ? "\n" : "", VIEW_ARG(t->tool_calls));
	}
	*out = arena_takebuf(a, &text);
}

int shown_asked(const struct unit *u, struct arena *a, struct view *out)
{
	struct turn *turns;
	size_t count;
	struct buf text = BUF_INIT;
	if (u->turns.len && turns_parse(u->turns, a, &turns, &count))
		return SOW_NOMEM;
	if (u->turns.len) {
		shown_turns(turns, count, a, out);
		return SOW_OK;
	}
	question_show(u->instruction, u->input, &text);
	*out = arena_takebuf(a, &text);
	return SOW_OK;
}

int shown_question(const struct record *t, struct arena *a, struct view *out)
{
	struct unit asked = { 0 };
	int status = question_take(t, a, &asked);
	return status ? status : shown_asked(&asked, a, out);
}

void shown_answer(const struct instance *answer, struct arena *a, struct view *out)
{
	*out = view_trim(answer->output);
	if (answer->turn_count)
		shown_turns(answer->turns, answer->turn_count, a, out);
}

int shown_filled(const struct jinja *t, const json_value *object, struct arena *a, struct view *out,
		 struct buf *why)
{
	int status = jinja_text(t, object, a, out, why);
	*out = view_trim(*out);
	return status;
}
