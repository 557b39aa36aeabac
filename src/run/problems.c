#include "run/problems.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

void problems_init(struct problems *p)
{
	*p = (struct problems){ .arena = arena_new() };
}

void problems_release(struct problems *p)
{
	arena_free(p->arena);
	*p = (struct problems){ 0 };
}

void problems_add(struct problems *p, struct yaml_place place, const char *fmt, ...)
{
	char whole[SOW_ERROR_MAX * 2];
	struct sow_error line;
	va_list ap;
	p->more = p->more || p->count == PROBLEMS_MAX;
	if (problems_full(p))
		return;
	va_start(ap, fmt);
	vsnprintf(whole, sizeof(whole), fmt, ap);
	va_end(ap);
	error_set(&line, SOW_INVALID, "%s", whole);
	const char *text = arena_copystr(p->arena, line.text);
	p->list[p->count++] = (struct problem){ place, text };
}

bool problems_full(const struct problems *p)
{
	return p->more;
}

static bool is_before(struct yaml_place a, struct yaml_place b)
{
	return a.line < b.line || (a.line == b.line && a.column < b.column);
}

/* By insertion, which keeps the order of those at one place. */
void problems_sort(struct problems *p)
{
	for (size_t i = 1; i < p->count; i++) {
		struct problem moved = p->list[i];
		size_t at = i;
		for (; at && is_before(moved.place, p->list[at - 1].place); at--)
			p->list[at] = p->list[at - 1];
		p->list[at] = moved;
	}
}
