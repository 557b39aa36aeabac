/* record.h - one entry of a data file: a question, its answers, and all other members.
 *
 *     struct record copy;
 *     record_copy(&record, arena, &copy);
 *     record_conversation(&record, &record.instances[0], arena, &turns, &count);
 *
 * A record is one of two kinds. Of the plain kind the instruction and an instance's input are
 * the question, and the instance's output answers it. A record with turns is a conversation;
 * its first question and first answer stand as instruction and instance too. Where its answers stand outside
 * the turns (preference data, several samples), the turns are only the question, and each instance is one
 * answer to it.
 *
 * A record of any other shape has only an object: fields without a meaning to the program.
 *
 * Texts are kept byte for byte, white space at their ends included. JSON is kept as compact text, with
 * numbers in their original digits.
 */
#ifndef DATA_RECORD_H
#define DATA_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "data/turn.h"

struct arena;

enum answer_role { ANSWER_PLAIN, ANSWER_CHOSEN, ANSWER_REJECTED };
extern const char *const answer_role_names[]; /* "", "chosen", "rejected" */

/* An answer to the record's question, with the input that it answers. */
struct instance {
	struct view input;       /* empty: the instruction stands for itself */
	struct view output;      /* of an answer in several turns the last text */
	enum answer_role role;
	bool scored;
	double score;
	int64_t sample;          /* its number among a request's samples, from 0 */
	struct view reasoning;   /* the model's thought before the answer */
	enum reasoning_name reasoning_name;
	struct turn *turns;      /* the answer, where it is more than a text (several turns, tool calls); else
				  * none */
	size_t turn_count;
};

/* The origin of a record made from others; empty and 0 where unknown. */
struct lineage {
	struct view root;      /* id of the first ancestor: relatives share it; empty: itself */
	struct view parent;    /* id of the record it was made from */
	struct view operation; /* how it was made: "add-constraint" */
	int64_t round;         /* of evolution; 0: the original */
};

/* The members that the file itself gave. Formats without a place for them write these as further members;
 * they do not write ids and lineage that a run made. */
enum {
	GIVEN_ID = 1 << 0,
	GIVEN_NAME = 1 << 1,
	GIVEN_CLASSIFICATION = 1 << 2,
	GIVEN_ROOT = 1 << 3,
	GIVEN_PARENT = 1 << 4,
	GIVEN_OPERATION = 1 << 5,
	GIVEN_ROUND = 1 << 6,
	GIVEN_SCORES = 1 << 7    /* of answers; not those of a run's judge */
};

struct record {
	struct view id;          /* "seed_0"; empty if the source gave none */
	bool id_is_json;         /* it was a number or a truth value */
	struct view name;
	struct view instruction;
	struct instance *instances;
	size_t instance_count;
	bool is_classification;
	struct turn *turns;      /* of a conversation that is more than a question and its answer (a system
				  * message, several questions, a plain turn with more than text): all of it,
				  * in order; else none */
	size_t turn_count;
	bool beside;             /* the answers are outside the turns, which are the question */
	struct lineage lineage;
	struct view tools;       /* JSON array of the functions that the turns may call */
	struct view fields;      /* JSON object: every other member, in its order */
	unsigned given;          /* GIVEN_… */
	struct view object;      /* JSON object: the whole record, unchanged, where the reader keeps it
				  * (records.h); such a record may ask nothing */
	bool is_text;            /* with an object: the file has it as a text, the instruction */
};

#define RECORD_INIT \
	{ .id = { "", 0 }, .name = { "", 0 }, .instruction = { "", 0 }, \
	  .lineage = { .root = { "", 0 }, .parent = { "", 0 }, .operation = { "", 0 } } }

/* Copies the record with all its texts into `a`. */
void record_copy(const struct record *record, struct arena *a, struct record *copy);
/* The same for instances alone. */
void instances_copy(const struct instance *list, size_t count, struct arena *a,
		    struct instance **copy);

/* The answer as one turn, without its `turns`. */
struct turn instance_turn(const struct instance *answer);

/* True if it is not empty: it has a text, turns, or only a thought. */
bool instance_is_answer(const struct instance *i);

/* True if there is a question: an instruction or turns. */
bool record_asks(const struct record *record);

/* True for preference data: an answer is known to be better or worse than others. */
bool record_has_roles(const struct record *record);

/* The whole conversation with this answer at its end, in `a`; `answer` NULL: only the question, without an
 * answer at its end. */
void record_conversation(const struct record *record, const struct instance *answer,
			 struct arena *a, struct turn **turns, size_t *count);

/* The fields, and before them the id, name, class and lineage that the file gave: for a caller that gives the
 * record new ones. Where a field has such a name, only the field is written. JSON; in `a` if built here.
 * SOW_OK. */
int record_further(const struct record *record, struct arena *a, struct view *fields);

/* The question as a user would write it: the instruction and, after an empty line, its input. In `a`. */
struct view record_question(struct view instruction, struct view input, struct arena *a);

#endif
