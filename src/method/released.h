/* released.h - replies as the released Self-Instruct code reads them, byte for byte.
 *
 *     released_list(reply->text, &items);          // begun in the prompt with "9."
 *     released_instances(reply->text, &instances);
 *     released_labels(reply->text, &instances);
 *     u->is_classification = released_yes(reply->text);
 *
 * Source: yizhongw/self-instruct, bootstrap_instructions.py and prepare_for_finetuning.py; what its
 * regular expressions match, with white space and digits of Unicode as in Python 3. All views point
 * into the reply and are without white space at their ends.
 */
#ifndef METHOD_RELEASED_H
#define METHOD_RELEASED_H

#include "method/reply.h"

/* Parted where a line begins with a number, a full stop and a blank. Empty items are among them. */
void released_list(struct view reply, struct views *out);

/* Parted at "Example", wherever it stands, then at "Output:". Text without "Output:" is the output of
 * an empty input. */
void released_instances(struct view reply, struct instances *out);

/* Parted at "Class label:": the first line with text is the label, even "Input: …", the rest the input,
 * its "Input:" included. */
void released_labels(struct view reply, struct instances *out);

bool released_yes(struct view reply);         /* "Yes", "yes" or "YES", and nothing else */

#endif
