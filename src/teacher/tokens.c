#include "teacher/tokens.h"

#include "base/mem.h"
#include "sow/sow.h"

int32_t *tokens_space(struct tokens *t, size_t more)
{
	void *ids = t->ids;
	int status = mem_grow(&ids, &t->room, t->count + more, sizeof(*t->ids));
	t->ids = ids;
	return status < 0 ? NULL : t->ids + t->count;
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
