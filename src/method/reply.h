/* reply.h - what a teacher wrote, taken apart. Pure functions on text.
 *
 * Sources: docs/methods.md; the released code's post-processing where the paper is
 * silent. All views point into the reply.
 */
#ifndef METHOD_REPLY_H
#define METHOD_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"
#include "data/record.h"
#include "sow/sow.h"

struct views {
	struct view *list;
	size_t count;
	size_t room;
};

struct instances {
	struct instance *list;
	size_t count;
	size_t room;
};

void views_release(struct views *v);
void instances_release(struct instances *i);

/* Items of a numbered list, in order, trimmed: "Task 9: …" or "9. …" at the start of a
 * line begins one, whatever the number. Text before the first such line is the first item
 * if the list was begun in the prompt (`begun`), else a preamble that is passed over.
 * SOW_OK or SOW_NOMEM. */
int reply_list(struct view reply, bool begun, struct views *out);

/* Yes, as a word on its own at the start of the answer, in any case. */
bool reply_yes(struct view reply);

/* Input-first instances. Split at "Example N", then at "Output:"; an output ends at a later
 * "Input:"; a leading "Input:" is not part of the input. What has no "Output:" is an input
 * without output (an instance with an empty output), or, with `released`, the output of
 * an empty input, as the released code has it. SOW_OK or SOW_NOMEM. */
int reply_instances(struct view reply, bool released, struct instances *out);

/* A record written whole, between two lines "###". */
struct reply_block {
	struct view block;           /* all of it */
	struct view instruction;     /* empty where it is malformed */
	struct instance instance;    /* its input is empty for "<noinput>" */
	bool malformed;              /* not exactly the three fields */
};

struct reply_blocks {
	struct reply_block *list;
	size_t count;
	size_t room;
};
void reply_blocks_release(struct reply_blocks *r);

/* Records as Alpaca's one request brings them: split at "###", each with "N. Instruction:",
 * "N. Input:" and "N. Output:" at the start of a line, in this order, with one number. If the
 * first head was begun in the prompt (`begun`), the first record may lack it. What stands before
 * the first "###" of a reply that was not begun, and has no field in it, is a preamble. SOW_OK or SOW_NOMEM. */
int reply_blocks(struct view reply, bool begun, struct reply_blocks *out);

/* Output-first instances. Split at "Class label:": the first line is the label, which becomes
 * the output, the rest the input without a leading "Input:". SOW_OK or SOW_NOMEM. */
int reply_labels(struct view reply, struct instances *out);

#endif
