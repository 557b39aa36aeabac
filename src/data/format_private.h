/* format_private.h - the parts of the table in format.c: the current line, the turn styles of formats, and
 * the functions that write one line each. */
#ifndef DATA_FORMAT_PRIVATE_H
#define DATA_FORMAT_PRIVATE_H

#include "data/format.h"
#include "data/tool_calls.h"
#include "data/turns.h"

/* How a format writes turns. */
struct turn_style {
	const char *list;            /* the member that holds them */
	const char *role, *text;
	const char *roles[ROLE_COUNT];
	enum arguments_form arguments;
	bool splits_calls;           /* calls are turns of their own, as JSON in a text */
	bool numbers_calls;          /* calls and their results need ids */
	bool strict;                 /* no members but those of OpenAI's API */
	enum weight_name weight;     /* NONE: unchanged */
	bool tools_as_text;
	enum reasoning_form reasoning; /* unless the user sets another */
};
extern const struct turn_style style_messages, style_openai, style_axolotl, style_sharegpt,
	style_llama_factory, style_trl, style_nemo;

struct format_line {
	struct json_out *out;
	const struct format *format;
	const struct format_options *o;
	const struct format_entry *entry;
	struct arena *scratch;
	struct format_left *left;
	size_t *left_count;
	size_t call, answered_call;  /* numbers given to tool calls, and to their results */
	bool tools;                  /* tools were written */
	const char *said[16];        /* names of the further members written so far */
	size_t said_count;
	const char *taken[4];        /* names of the fields that its own members hold */
	size_t taken_count;
	int status;                  /* SOW_NOMEM if a member could not be written */
};

/* Counts a member without a place in the format. */
void line_leave(struct format_line *l, const char *name);

/* Turns as a member, or a single one; `key` NULL: the style's own name. */
void line_turns(struct format_line *l, const char *key, const struct turn *list, size_t count);
void line_turn(struct format_line *l, const char *key, const struct turn *t);
/* The question of the line, in the scratch arena: its turns, or the instruction with the input of
 * the line's instance. */
void line_question(struct format_line *l, struct turn **turns, size_t *count);
/* Opens the line's object with the question as its first member; `key` as above. */
void line_begin(struct format_line *l, const char *key);
/* The record's tools, if it has any. */
void line_tools(struct format_line *l);
/* An answer as turns, in the scratch arena. */
struct turn *line_answer(struct format_line *l, const struct instance *i, size_t *count);
/* The text of an answer, with its reasoning in the form that the user wants; *thought is to be written as a
 * member *name beside it (NULL: none). */
struct view line_reasoned(struct format_line *l, const struct turn *t, struct view *thought,
			  const char **name);
/* A further member as a text. */
void line_say(struct format_line *l, const char *name, struct view text);
/* Everything that the line's own members do not hold. */
void line_further(struct format_line *l);
/* The same, and closes the object. */
void line_end(struct format_line *l);

/* A text of JSON that a record holds, read into the scratch arena; NULL if it is empty. */
const json_value *line_json(struct format_line *l, struct view text);

void write_record(struct format_line *l);
void write_self_instruct(struct format_line *l);
void write_alpaca(struct format_line *l);
void write_chat(struct format_line *l);
void write_completion(struct format_line *l);
void write_text(struct format_line *l);
void write_trl(struct format_line *l);
void write_prompt_only(struct format_line *l);
void write_verl(struct format_line *l);
void write_preference(struct format_line *l);
void write_implicit(struct format_line *l);
void write_beside_turns(struct format_line *l);
void write_openai_preference(struct format_line *l);
void write_nemo_preference(struct format_line *l);
void write_unpaired(struct format_line *l);

/* True if it ends with an answer that is not empty. */
bool entry_is_answered(const struct format_entry *e);

int beside_axolotl(const struct beside *b, struct buf *out, struct sow_error *err);
int beside_llama_factory(const struct beside *b, struct buf *out, struct sow_error *err);
int beside_llama_factory_preference(const struct beside *b, struct buf *out,
				    struct sow_error *err);

#endif
