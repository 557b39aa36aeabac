#include "teacher/tokens.h"

#include "base/mem.h"
#include "sow/sow.h"

int32_t *tokens_space(struct tokens *t, size_t more)
{
	return mem_grow(&t->ids, &t->room, t->count + more) ? NULL : t->ids + t->count;
}

int tokens_add(struct tokens *t, int32_t id)
{
	int32_t *at = tokens_space(t, 1);
	if (!at)
		return SOW_NOMEM;
	*at = id;
	t->count++;
	return SOW_OK;
}

void tokens_release(struct tokens *t)
{
	mem_free(t->ids);
	*t = (struct tokens){ 0 };
}
