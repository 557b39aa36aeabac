/* tally.h - a server's messages that the user should see: each once, with a count.
 *
 *     if (tally_note(t, TALLY_TROUBLE, line))
 *             … it is new: show it …
 *     tally_write(t, TALLY_TROUBLE, &out);    // all of it, for a record
 *
 * Texts that differ only in their numbers count as one: "try again in 3 s" and "… in 4 s".
 * Threads: any.
 */
#ifndef TEACHER_HTTP_TALLY_H
#define TEACHER_HTTP_TALLY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"

enum tally_kind {
	TALLY_LEARNT,          /* what requests are sent without, or with another value */
	TALLY_TROUBLE,         /* why requests were sent again, and oddities of answers */
	TALLY_KINDS
};

struct tally;
struct tally *tally_new(void);
void tally_free(struct tally *t);             /* NULL is fine */

/* True if the text is new. Past 32 texts of a kind a new one is neither kept nor shown. */
bool tally_note(struct tally *t, enum tally_kind kind, struct view text);
/* Appends a line for each: "TEXT"; for trouble "N times: TEXT". */
void tally_write(struct tally *t, enum tally_kind kind, struct buf *out);

#endif
