/* duty.h - what a request asks of the one who answers it. Each duty may have a teacher of its
 * own. */
#ifndef METHOD_DUTY_H
#define METHOD_DUTY_H

enum duty {
	DUTY_WRITE,    /* instructions and answers */
	DUTY_CLASSIFY, /* is it a classification task? */
	DUTY_JUDGE,    /* which answer is best, is this new, how difficult is it? */
	DUTY_COUNT
};
extern const char *const duty_names[DUTY_COUNT]; /* "writer", "classifier", "judge" */

#endif
