/* ending.h - the meaning of a finish reason: one table for servers of many makes.
 *
 *     switch (ending_of(reason)) …
 *
 * Names are compared by their letters and digits alone, without case: "MAX_TOKENS", "max-tokens" and
 * "maxTokens" are the same.
 */
#ifndef TEACHER_HTTP_ENDING_H
#define TEACHER_HTTP_ENDING_H

#include "base/view.h"

enum ending {
	ENDING_STOP,           /* the model ended, or wrote a stop text; also "" */
	ENDING_CUT,            /* at a length limit */
	ENDING_FILTERED,       /* by a content filter */
	ENDING_FAILED,         /* the server broke off: ask again */
	ENDING_UNKNOWN         /* not in the table: keep the answer and report the reason */
};
enum ending ending_of(struct view reason);

#endif
