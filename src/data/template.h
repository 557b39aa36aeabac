/* template.h - an instruction and its input as one prompt for a base model.
 *
 *     template_prompt(task->instruction, instance->input, seed, number, &prompt);
 *
 * A model that was never tuned sees no roles, only text. So that it learns the task and
 * not one layout, the layout varies: 7 templates with an input, 6 without, one of them drawn uniformly for
 * each record (Wang et al. 2022, appendix A.3). The wording is ours.
 */
#ifndef DATA_TEMPLATE_H
#define DATA_TEMPLATE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

#define TEMPLATES_WITH_INPUT 7
#define TEMPLATES_WITHOUT 6

/* Appends the prompt of record `number`. The choice is a pure function of `seed` and
 * `number`. */
void template_prompt(struct view instruction, struct view input, uint64_t seed, uint64_t number,
		     struct buf *out);

#endif
