/* duty.h - what a request asks of the one who answers it. Each duty may have a teacher of its
 * own. */
#ifndef METHOD_DUTY_H
#define METHOD_DUTY_H

enum duty {
	DUTY_WRITE,    /* instructions and answers */
	DUTY_CLASSIFY, /* is it a classification task? */
	DUTY_JUDGE,    /* which answer is best, is this new, how difficult is it? */
	DUTY_WRITE_2,  /* the same as the writer, by other models, for a method that takes several */
	DUTY_WRITE_3,
	DUTY_WRITE_4,
	DUTY_EMBED,    /* vectors of texts */
	DUTY_COUNT
};
extern const char *const duty_names[DUTY_COUNT]; /* "writer", "classifier", "judge", "writer-2", …, "embedder" */

#define WRITERS_MAX 4
extern const enum duty writer_duties[WRITERS_MAX];

#endif
