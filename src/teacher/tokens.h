/* tokens.h - a row of token ids that grows. */
#ifndef TEACHER_TOKENS_H
#define TEACHER_TOKENS_H

#include <stddef.h>
#include <stdint.h>

struct tokens {
	int32_t *ids;
	size_t count;
	size_t room;
};

void tokens_add(struct tokens *t, int32_t id);
int32_t *tokens_space(struct tokens *t, size_t more); /* where to write them */
void tokens_release(struct tokens *t);                /* empty, memory freed */

#endif
