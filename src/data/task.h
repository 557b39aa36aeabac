/* task.h - an instruction-tuning task: an instruction and its instances. */
#ifndef DATA_TASK_H
#define DATA_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "data/turn.h"

struct arena;

struct instance {
	struct view input;  /* empty: the instruction stands for itself */
	struct view output;
};

/* Where a task made from others comes from; empty and 0 where it is not known. */
struct lineage {
	struct view root;      /* id of the one at the beginning: relatives share it; empty: itself */
	struct view parent;    /* of the one it was made from */
	struct view operation; /* what made it, "add-constraint" */
	int64_t round;         /* of evolution; 0: as it came */
};

struct task {
	struct view id;     /* "seed_0"; empty if the source gave none */
	struct view name;
	struct view instruction;
	struct instance *instances;
	size_t instance_count;
	bool is_classification;
	struct turn *turns; /* of a chat that is more than a question and its answer (a system
			     * message, several questions): all of it, in order; else none */
	size_t turn_count;
	struct lineage lineage;
};

#define TASK_INIT \
	{ .id = { "", 0 }, .name = { "", 0 }, .instruction = { "", 0 }, \
	  .lineage = { .root = { "", 0 }, .parent = { "", 0 }, .operation = { "", 0 } } }

/* A copy with all its texts in `a`. SOW_OK or SOW_NOMEM. */
int task_copy(const struct task *task, struct arena *a, struct task *copy);

/* What a user would say: the instruction, and below it, after an empty line, what it is
 * about. In `a`; p is NULL when out of memory. */
struct view task_question(struct view instruction, struct view input, struct arena *a);

#endif
