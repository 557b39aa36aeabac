#include "teacher/tokens.h"

#include "base/mem.h"

int32_t *tokens_space(struct tokens *t, size_t more)
{
	mem_grow(&t->ids, &t->room, t->count + more);
	return t->ids + t->count;
}

void tokens_add(struct tokens *t, int32_t id)
{
	*tokens_space(t, 1) = id;
	t->count++;
}

void tokens_release(struct tokens *t)
{
	mem_free(t->ids);
	*t = (struct tokens){ 0 };
}
