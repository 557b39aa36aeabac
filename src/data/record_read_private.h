/* record_read_private.h - the parts of record_read: a reader takes one JSON value apart.
 *
 * | file                     | what it knows                                                    |
 * |--------------------------|------------------------------------------------------------------|
 * | record_read_members.c    | which member means what; what is left over becomes fields        |
 * | record_read_turns.c      | conversations                                                    |
 * | record_read_preference.c | answers that are known to be better or worse                     |
 * | record_read.c            | an instruction and its answers, and which of these shapes it is  |
 *
 * First reader_choose takes a member for each meaning into `at`. A shape then uses the members that apply to
 * it and gives the rest back; a member that is not in `at` at the end becomes a field.
 *
 * Functions return SOW_OK or SOW_INVALID with what was expected in r->err.
 */
#ifndef DATA_RECORD_READ_PRIVATE_H
#define DATA_RECORD_READ_PRIVATE_H

#include "data/record_read.h"

struct reader {
	const json_value *root;
	const struct columns *columns;
	struct arena *arena;
	struct record *record;
	struct shape *shape;
	struct sow_error *err;
	const json_value *at[COLUMNS]; /* the member taken for each meaning */
	const json_value *inner[2];    /* the members taken of a question that is an object */
	struct view asked, context;    /* of a question in two texts, which a turn joins into one */
};

static inline bool is_scalar(const json_value *v)
{
	enum json_type t = json_type(v);
	return t == JSON_TEXT || t == JSON_NUMBER || t == JSON_BOOL;
}

static inline bool is_list(const json_value *v)
{
	return json_type(v) == JSON_ARRAY;
}

/* True for a list of answers, which are texts and not turns. */
static inline bool are_samples(const json_value *v)
{
	return is_list(v) && is_scalar(json_first(v));
}

static inline bool is_blank(struct view text)
{
	return !view_trim(text).len;
}

static inline bool is_named(const json_value *v, const char *name)
{
	return v && view_eqfold(json_key(v), view_of(name));
}

/* Members */

/* SOW_INVALID: "'input' is an object; expected a text". */
int reader_wrong(struct reader *r, const json_value *v, const char *expected);
/* Puts the member's name before the message of a SOW_INVALID. Returns `status`. */
int reader_within(struct reader *r, const json_value *v, int status);
/* A value, or a text that spells one, since cells of a CSV are texts. False if it is neither. */
bool value_as_bool(const json_value *v, bool *b);
bool value_as_label(const json_value *v, bool *good); /* the same, or 1 or 0, a number or its text */
bool value_as_number(const json_value *v, double *x);
/* A text, or the JSON text of a number or a truth value; empty where `v` is missing. */
int reader_text(struct reader *r, const json_value *v, struct view *out);

/* Takes the best member for each meaning. */
int reader_choose(struct reader *r);
/* True if the user mapped a member to this meaning. */
bool reader_is_mapped(const struct reader *r, enum column c);
/* The meaning that a member was taken for. */
enum column reader_column(const struct reader *r, const json_value *v);
/* Makes the member a field again: it does not have this meaning. */
void reader_give_back(struct reader *r, enum column c);
/* Keeps the remaining members as fields. A known name without a value is not kept. */
void reader_keep_fields(struct reader *r);

/* Instances */

/* Makes room for `count`, the most that reader_add_instance may add. */
void reader_make_instances(struct reader *r, size_t count);
struct instance *reader_add_instance(struct reader *r, struct view input, struct view output);
/* Adds an answer of one turn or several; `turns` must outlive the record. */
void reader_add_answer(struct reader *r, struct turn *turns, size_t count, enum answer_role role);
/* Adds several answers to one question, each a text of the list. */
int reader_add_samples(struct reader *r, const json_value *list, struct view input);
/* True if the member's name makes it a label of an answer, whatever the other members are. */
bool reader_is_label(const struct reader *r);
/* Makes every answer a good or a bad one, by the label. */
void reader_label_answers(struct reader *r);
/* Reads "instances". If one of them has members of other names, the list stays a field too. */
int reader_instances(struct reader *r);

/* Turns */

/* The first turn of that role from turn `from` on; NULL if there is none. */
const struct turn *record_first_turn(const struct record *record, size_t from, enum role role);
/* The turns of a list, or of a text that holds one as JSON. */
int reader_turns(struct reader *r, const json_value *v, struct turn **turns, size_t *count);
/* Alpaca's conversation before the instruction, which becomes the last question. */
int reader_history(struct reader *r, struct turn **turns, size_t *count);
/* Makes them the record's, with room for one before and `more` after. */
void reader_set_turns(struct reader *r, const struct turn *list, size_t count, size_t more);
/* Puts a system text beside the turns before them. One that they already begin with is not repeated; one that
 * differs stays a field. */
int reader_put_system(struct reader *r);
/* Moves the answer at the end of the turns into an instance with a role. Makes room for it and for `more`
 * instances. */
void reader_part_answer(struct reader *r, enum answer_role role, size_t more);
/* SOW_INVALID if there is no user's turn, or it is empty; `where` names the list for the message, or "". */
int reader_check_question(struct reader *r, const char *where);
/* The turns are only a question: sets its instruction, and drops turns that add nothing to it. */
int reader_use_question(struct reader *r, const char *where);
/* The turns are a whole conversation, in which a user asks: sets instruction and instance. */
void reader_use_turns(struct reader *r);

/* Shapes */

int reader_conversation(struct reader *r);
/* Chosen and rejected answers. */
int reader_preference(struct reader *r);
/* NeMo's answers with their ranks. */
int reader_completions(struct reader *r);

#endif
