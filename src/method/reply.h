/* reply.h - parses a teacher's reply. Pure functions on text.
 *
 * Sources: docs/guide/methods.md; the released code's post-processing where the paper is silent, except for
 * the dress that chat models add (released.h follows the code to the letter, list.h reads lists). All views
 * point into the reply, without white space at their ends.
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

/* True if the answer begins with the word "yes", in any case. */
bool reply_yes(struct view reply);

/* Input-first instances. "Example N" at the start of a line, or in Markdown's dress (dress.h), begins one,
 * "Output:" splits it, and an output ends at a later "Input:"; a leading "Input:" is not part of the input.
 * Field names match in any case, with dress, blanks and a number: "**output 1 :**". Text without "Output:" is
 * an input without output (an instance with an empty output). */
void reply_instances(struct view reply, struct instances *out);

/* A whole record, between two lines "###". */
struct reply_block {
	struct view block;           /* the whole text */
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

/* Records in the reply to Alpaca's single request: split at "###", each with "N. Instruction:",
 * "N. Input:" and "N. Output:" at the start of a line, in this order, with one number, in any case
 * and in dress ("**4) Input:**", "### 4. Input:"). Even without "###" an instruction with another number
 * begins a record. If the prompt has the first head (`begun`), the first record may lack it; else text
 * without a field before the first "###" is a preamble. */
void reply_blocks(struct view reply, bool begun, struct reply_blocks *out);

/* Output-first instances. Split at "Class label:", as above: the first line is the label, which
 * becomes the output, the rest the input without a leading "Input:". */
void reply_labels(struct view reply, struct instances *out);

#endif
