/* duty.h - the kinds of work that requests ask of teachers. Each duty may have its own teacher. */
#ifndef METHOD_DUTY_H
#define METHOD_DUTY_H

enum duty {
	DUTY_WRITE,    /* instructions and answers */
	DUTY_CLASSIFY, /* is it a classification task? */
	DUTY_JUDGE,    /* which answer is best, is this new, how difficult is it? */
	DUTY_WRITE_2,  /* the writer's work by other models, for a method that takes several */
	DUTY_WRITE_3,
	DUTY_WRITE_4,
	DUTY_USER,     /* to play the user in a conversation */
	DUTY_EMBED,    /* vectors of texts */
	DUTY_COUNT
};
extern const char *const duty_names[DUTY_COUNT]; /* "writer", "classifier", "judge", …, "embedder" */

#define WRITERS_MAX 4
extern const enum duty writer_duties[WRITERS_MAX];

#endif
