/* released.h - replies as the released Self-Instruct code reads them, byte for byte.
 *
 *     released_list(reply->text, &items);          // the prompt ends with "9."
 *     released_instances(reply->text, &instances);
 *     released_labels(reply->text, &instances);
 *     u->is_classification = released_yes(reply->text);
 *
 * Source: yizhongw/self-instruct, bootstrap_instructions.py and prepare_for_finetuning.py: matches what its
 * regular expressions match, with Unicode white space and digits as in Python 3. All views point into the
 * reply, without white space at their ends.
 */
#ifndef METHOD_RELEASED_H
#define METHOD_RELEASED_H

#include "method/reply.h"

/* Splits where a line begins with a number, a full stop and a blank. Keeps empty items. */
void released_list(struct view reply, struct views *out);

/* Splits at each "Example", anywhere, then at "Output:". Text without "Output:" is the output of an empty
 * input. */
void released_instances(struct view reply, struct instances *out);

/* Splits at "Class label:": the first line with text is the label, even "Input: …", the rest the input,
 * its "Input:" included. */
void released_labels(struct view reply, struct instances *out);

bool released_yes(struct view reply);         /* only for "Yes", "yes" or "YES" */

#endif
