/* task.h - an instruction-tuning task: an instruction and its instances. */
#ifndef DATA_TASK_H
#define DATA_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

struct instance {
	struct view input;  /* empty: the instruction stands for itself */
	struct view output;
};

struct task {
	struct view id;     /* "seed_0"; empty if the source gave none */
	struct view name;
	struct view instruction;
	struct instance *instances;
	size_t instance_count;
	bool is_classification;
};

#endif
