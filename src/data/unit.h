/* unit.h - a task in progress, and the proposals that were rejected.
 *
 * The key of a unit in a run is four numbers: step of the recipe (from 1), ticket, item, stage of the
 * method; with a sample it is the key of a reply. All output of a run is sorted by them, never by time.
 *
 *     of a method that      ticket                    item
 *     draws from a pool     the request, from 1       0: the request itself; n: the unit made
 *                                                     from its nth candidate
 *     works on an input     the input, from 1         the links of its chain, from 1
 *
 * Requests about a unit's answers, or about a finished unit, have a separate stage.
 */
#ifndef DATA_UNIT_H
#define DATA_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

struct arena;

struct unit_key {
	int64_t step, ticket, item, stage, sample;
};

/* The name of a unit: "task_TICKET_ITEM" of the first step, "task_STEP_TICKET_ITEM" of
 * the others. */
#define UNIT_ID_MAX 80
void unit_id(char id[UNIT_ID_MAX], int64_t step, int64_t ticket, int64_t item);
/* Reads one: false if it is not such a name. A name without a step is of the first. */
bool unit_id_read(struct view id, struct unit_key *out);

/* The records of one of several runs that share an input: the number-th, and from there each count-th. A
 * ticket is the record's number in the whole input, so that its random draws and its place are those of a run
 * that works on the whole input. */
struct shard {
	int64_t number, count;       /* from 1 */
};
#define SHARD_WHOLE ((struct shard){ 1, 1 })
#define SHARDS_MAX 1000000
/* "3/16"; empty: the whole. False if it is neither. */
bool shard_read(struct view text, struct shard *out);
int64_t shard_ticket(struct shard s, int64_t nth);    /* of its nth record; n counts from 1 */
int64_t shard_count(struct shard s, int64_t upto);    /* its records among the first `upto` of the input */

enum unit_state { UNIT_UNDER_WAY, UNIT_FINISHED, UNIT_FAILED };

struct unit {
	int64_t step, ticket, item;
	int64_t stage;               /* the one it waits for */
	enum unit_state state;
	struct view instruction;
	struct view input;           /* of the instruction; empty: it stands for itself */
	struct view turns;           /* the conversation to answer, as turns_write writes it, where it is more
				      * than the instruction; else empty */
	struct view tools;           /* JSON array of the functions it may call; empty: none */
	struct view fields;          /* JSON object: the input's further members; empty: none */
	struct view object;          /* JSON object: the whole record, where its method works on any shape of
				      * record; else empty */
	struct view context;         /* its method's data between stages; empty: none */
	int is_classification;       /* 1, 0, or -1: not known yet, or ever */
	int64_t parent;              /* the item it was made from; 0: none */
	struct view operation;       /* that made it from its parent; empty: none did */
	struct view source;          /* id of the input it comes from; empty: none */
	struct view parent_instruction, parent_input; /* the parent's; empty without a parent */
};

/* Copies the unit with all its texts into `a`. */
void unit_copy(const struct unit *u, struct arena *a, struct unit *copy);

struct near_text {
	struct view id;              /* "seed_12", "task_3_2", "against.jsonl:7" */
	double score;                /* ROUGE-L F1 */
};

struct rejected {
	int64_t step, ticket, item, stage;
	const char *rule;            /* a row of a rules table */
	struct view text;            /* the rejected text */
	struct view detail;          /* the word that was met, the teacher's message, … */
	struct view near_id;         /* of the nearest instruction; empty: not applicable */
	double near_score;
};

#endif
