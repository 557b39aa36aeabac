/* One line each of the formats that hold a better answer and a worse one. */
#include "data/format_private.h"

#include <string.h>

static int write_answer(struct format_line *l, const char *key, const struct instance *i)
{
	size_t count;
	struct turn *turns = line_answer(l, i, &count);
	if (!turns)
		return SOW_NOMEM;
	line_turns(l, key, turns, count);
	return SOW_OK;
}

int write_preference(struct format_line *l)
{
	int status = line_begin(l, "prompt");
	if (!status)
		status = write_answer(l, "chosen", l->entry->instance);
	if (!status)
		status = write_answer(l, "rejected", l->entry->rejected);
	line_tools(l);
	return line_end(l, status);
}

/* The question stands before both answers. */
static int write_whole(struct format_line *l, const char *key, const struct instance *i)
{
	struct turn *turns;
	size_t count;
	struct record beside = *l->entry->record;
	beside.beside = true;
	int status = record_conversation(&beside, i, l->scratch, &turns, &count);
	if (!status)
		line_turns(l, key, turns, count);
	return status;
}

int write_implicit(struct format_line *l)
{
	json_out_object(l->out, NULL);
	int status = write_whole(l, "chosen", l->entry->instance);
	if (!status)
		status = write_whole(l, "rejected", l->entry->rejected);
	line_tools(l);
	return line_end(l, status);
}

/* The last turn alone, where one turn is all that a format holds. */
static int write_one(struct format_line *l, const char *key, const struct instance *i)
{
	size_t count;
	struct turn *turns = line_answer(l, i, &count);
	if (!turns)
		return SOW_NOMEM;
	if (count > 1)
		line_leave(l, "turns of an answer before its last");
	line_turn(l, key, &turns[count - 1]);
	return SOW_OK;
}

int write_beside_turns(struct format_line *l)
{
	int status = line_begin(l, NULL);
	if (!status)
		status = write_one(l, "chosen", l->entry->instance);
	if (!status)
		status = write_one(l, "rejected", l->entry->rejected);
	line_tools(l);
	return line_end(l, status);
}

int write_openai_preference(struct format_line *l)
{
	struct turn *turns;
	size_t count;
	int status = line_question(l, &turns, &count);
	if (status)
		return status;
	json_out_object(l->out, NULL);
	json_out_object(l->out, "input");
	line_turns(l, "messages", turns, count);
	line_tools(l);
	json_out_end(l->out);
	status = write_answer(l, "preferred_output", l->entry->instance);
	if (!status)
		status = write_answer(l, "non_preferred_output", l->entry->rejected);
	return line_end(l, status);
}

int write_nemo_preference(struct format_line *l)
{
	const struct instance *const sides[] = { l->entry->instance, l->entry->rejected };
	int status = line_begin(l, "context");
	if (status)
		return status;
	json_out_array(l->out, "completions");
	for (int rank = 0; rank < 2 && !status; rank++) {
		json_out_object(l->out, NULL);
		json_out_integer(l->out, "rank", rank);
		status = write_answer(l, "completion", sides[rank]);
		json_out_end(l->out);
	}
	json_out_end(l->out);
	line_tools(l);
	return line_end(l, status);
}

int write_unpaired(struct format_line *l)
{
	struct turn *turns;
	size_t count;
	const struct instance *i = l->entry->instance;
	int status = line_question(l, &turns, &count);
	if (status)
		return status;
	json_out_object(l->out, NULL);
	line_turns(l, "prompt", turns, count);
	if (i) {
		status = write_answer(l, "completion", i);
	} else { /* a conversation's own end */
		const struct record *r = l->entry->record;
		line_turns(l, "completion", r->turns + count, r->turn_count - count);
	}
	json_out_bool(l->out, "label", !l->entry->rejected);
	if (i && i->scored)
		json_out_number(l->out, "score", i->score);
	line_tools(l);
	return line_end(l, status);
}
