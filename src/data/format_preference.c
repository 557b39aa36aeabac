/* Writes one line of the formats that hold a better answer and a worse one. */
#include "data/format_private.h"

#include <string.h>

static void write_answer(struct format_line *l, const char *key, const struct instance *i)
{
	size_t count;
	struct turn *turns = line_answer(l, i, &count);
	line_turns(l, key, turns, count);
}

void write_preference(struct format_line *l)
{
	line_begin(l, "prompt");
	write_answer(l, "chosen", l->entry->instance);
	write_answer(l, "rejected", l->entry->rejected);
	line_tools(l);
	line_end(l);
}

/* Writes the question before each of both answers. */
static void write_whole(struct format_line *l, const char *key, const struct instance *i)
{
	struct turn *turns;
	size_t count;
	struct record beside = *l->entry->record;
	beside.beside = true;
	record_conversation(&beside, i, l->scratch, &turns, &count);
	line_turns(l, key, turns, count);
}

void write_implicit(struct format_line *l)
{
	json_out_object(l->out, NULL);
	write_whole(l, "chosen", l->entry->instance);
	write_whole(l, "rejected", l->entry->rejected);
	line_tools(l);
	line_end(l);
}

/* Writes only the last turn, where a format holds one turn. */
static void write_one(struct format_line *l, const char *key, const struct instance *i)
{
	size_t count;
	struct turn *turns = line_answer(l, i, &count);
	if (count > 1)
		line_leave(l, "turns of an answer before its last");
	line_turn(l, key, &turns[count - 1]);
}

void write_beside_turns(struct format_line *l)
{
	line_begin(l, NULL);
	write_one(l, "chosen", l->entry->instance);
	write_one(l, "rejected", l->entry->rejected);
	line_tools(l);
	line_end(l);
}

void write_openai_preference(struct format_line *l)
{
	struct turn *turns;
	size_t count;
	line_question(l, &turns, &count);
	json_out_object(l->out, NULL);
	json_out_object(l->out, "input");
	line_turns(l, "messages", turns, count);
	line_tools(l);
	json_out_end(l->out);
	write_answer(l, "preferred_output", l->entry->instance);
	write_answer(l, "non_preferred_output", l->entry->rejected);
	line_end(l);
}

void write_nemo_preference(struct format_line *l)
{
	const struct instance *const sides[] = { l->entry->instance, l->entry->rejected };
	line_begin(l, "context");
	json_out_array(l->out, "completions");
	for (int rank = 0; rank < 2; rank++) {
		json_out_object(l->out, NULL);
		json_out_integer(l->out, "rank", rank);
		write_answer(l, "completion", sides[rank]);
		json_out_end(l->out);
	}
	json_out_end(l->out);
	line_tools(l);
	line_end(l);
}

void write_unpaired(struct format_line *l)
{
	struct turn *turns;
	size_t count;
	const struct instance *i = l->entry->instance;
	line_question(l, &turns, &count);
	json_out_object(l->out, NULL);
	line_turns(l, "prompt", turns, count);
	if (i) {
		write_answer(l, "completion", i);
	} else { /* the end of a conversation */
		const struct record *r = l->entry->record;
		line_turns(l, "completion", r->turns + count, r->turn_count - count);
	}
	json_out_bool(l->out, "label", !l->entry->rejected);
	if (i && i->scored)
		json_out_number(l->out, "score", i->score);
	line_tools(l);
	line_end(l);
}
