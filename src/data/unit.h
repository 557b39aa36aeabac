/* unit.h - a task on its way, and what becomes of what was proposed.
 *
 * A place in a run is four numbers and a sample: step of the recipe (from 1), ticket
 * (from 1), item (0: the ticket itself; n: the unit made from its nth candidate), stage
 * of the method. Everything that leaves a run is sorted by them, never by time.
 */
#ifndef DATA_UNIT_H
#define DATA_UNIT_H

#include <stdint.h>

#include "base/view.h"

struct place {
	int64_t step, ticket, item, stage, sample;
};

enum unit_state { UNIT_UNDER_WAY, UNIT_FINISHED, UNIT_FAILED };

struct unit {
	int64_t step, ticket, item;
	int64_t stage;               /* waits for this one */
	enum unit_state state;
	struct view instruction;
	int is_classification;       /* 1, 0, or -1: not known yet */
};

struct near_text {
	struct view id;              /* "seed_12", "task_3_2", "against.jsonl:7" */
	double score;                /* ROUGE-L F1 */
};

struct rejected {
	int64_t step, ticket, item, stage;
	const char *rule;            /* a row of a rules table */
	struct view text;            /* what was rejected */
	struct view detail;          /* the word that was met, the teacher's own words, … */
	struct view near_id;         /* of the nearest instruction; empty: does not apply */
	double near_score;
};

#endif
