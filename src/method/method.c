#include "method/method.h"

#include <string.h>

#include "base/mem.h"

static const struct method *const methods[] = { &method_self_instruct };

const struct method *method_find(const char *name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (strcmp(methods[i]->name, name) == 0)
			return methods[i];
	}
	return NULL;
}

int outcome_init(struct outcome *o)
{
	*o = (struct outcome){ .arena = arena_new() };
	return o->arena ? SOW_OK : SOW_NOMEM;
}

void outcome_release(struct outcome *o)
{
	arena_free(o->arena);
	mem_free(o->accepted);
	mem_free(o->rejected);
	mem_free(o->instances);
	*o = (struct outcome){ 0 };
}

int outcome_reject(struct outcome *o, const struct unit *at, const char *rule, struct view text,
		   struct view detail)
{
	if (mem_grow((void **)&o->rejected, &o->rejected_room, o->rejected_count + 1,
		     sizeof(*o->rejected)))
		return SOW_NOMEM;
	o->rejected[o->rejected_count++] = (struct rejected){
		.step = at->step, .ticket = at->ticket, .item = at->item, .stage = at->stage,
		.rule = rule, .text = text, .detail = detail,
	};
	return SOW_OK;
}
