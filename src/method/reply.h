/* reply.h - what a teacher wrote, taken apart. Pure functions on text.
 *
 * Sources: docs/guide/methods.md; the released code's post-processing where the paper is silent, but for
 * the dress that chat models put on (released.h has it to the letter, list.h reads lists). All views
 * point into the reply, and are without white space at their ends.
 */
#ifndef METHOD_REPLY_H
#define METHOD_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"
#include "data/record.h"
#include "method/list.h"
#include "sow/sow.h"

struct instances {
	struct instance *list;
	size_t count;
	size_t room;
};

void instances_release(struct instances *i);
void instances_add(struct instances *v, struct view input, struct view output);

/* Yes, as a word on its own at the start of the answer, in any case. */
bool reply_yes(struct view reply);

/* Input-first instances. "Example N" at the start of a line, or in Markdown's dress (dress.h), begins
 * one, "Output:" parts it, and an output ends at a later "Input:"; a leading "Input:" is not part of
 * the input. Names of fields count in any case, with dress, blanks and a number: "**output 1 :**". What
 * has no "Output:" is an input without output (an instance with an empty output). */
void reply_instances(struct view reply, struct instances *out);

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
 * "N. Input:" and "N. Output:" at the start of a line, in this order, with one number, in any case
 * and in dress ("**4) Input:**", "### 4. Input:"). Without "###", too, an instruction with another
 * number begins a record. If the first head was begun in the prompt (`begun`), the first record may
 * lack it. What stands before the first "###" of a reply that was not begun, and has no field in it, is
 * a preamble. */
void reply_blocks(struct view reply, bool begun, struct reply_blocks *out);

/* Output-first instances. Split at "Class label:", as above: the first line is the label, which
 * becomes the output, the rest the input without a leading "Input:". */
void reply_labels(struct view reply, struct instances *out);

#endif
