/* ending.h - what a finish reason means. One table for what servers of many makes write.
 *
 *     switch (ending_of(reason)) …
 *
 * Names are compared without case, and without what is no letter or digit: "MAX_TOKENS",
 * "max-tokens" and "maxTokens" are one.
 */
#ifndef TEACHER_HTTP_ENDING_H
#define TEACHER_HTTP_ENDING_H

#include "base/view.h"

enum ending {
	ENDING_STOP,           /* the model ended, or a stop text was met; also "" */
	ENDING_CUT,            /* at a limit of length */
	ENDING_FILTERED,       /* by a content filter */
	ENDING_FAILED,         /* the server broke off: to be asked again */
	ENDING_UNKNOWN         /* none of the table: the answer is kept, and the reason is named */
};
enum ending ending_of(struct view reason);

#endif
