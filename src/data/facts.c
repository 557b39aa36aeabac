#include "data/facts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BETWEEN ", "

static bool has_name(struct view names, struct view name)
{
	for (size_t from = 0, end; from < names.len; from = end + strlen(BETWEEN)) {
		end = view_find(names, from, BETWEEN);
		end = end == VIEW_NONE ? names.len : end;
		if (view_eq(view_sub(names, from, end), name))
			return true;
	}
	return false;
}

static void add_outside(struct facts *f, struct view name)
{
	size_t len = strlen(f->outside), more = len ? strlen(BETWEEN) : 0;
	if (!name.len || has_name(view_from(f->outside, len), name))
		return;
	if (len + more + name.len >= sizeof(f->outside))
		return; /* values.h has said by then that there are more */
	snprintf(f->outside + len, sizeof(f->outside) - len, "%s%.*s", more ? BETWEEN : "", VIEW_ARG(name));
}

/* Adds those that are not there yet. */
static void add_names(struct facts *f, struct view names)
{
	for (size_t from = 0, end; from < names.len; from = end + strlen(BETWEEN)) {
		end = view_find(names, from, BETWEEN);
		end = end == VIEW_NONE ? names.len : end;
		add_outside(f, view_sub(names, from, end));
	}
}

void facts_set_outside(struct facts *f, struct view names)
{
	f->outside[0] = '\0';
	add_names(f, names);
}

void facts_merge(struct facts *all, const struct facts *part)
{
	all->records += part->records;
	all->bad += part->bad;
	all->repaired += part->repaired;
	all->halves += part->halves;
	shape_merge(&all->shape, &part->shape);
	if (!all->kind[0])
		memcpy(all->kind, part->kind, sizeof(all->kind));
	add_names(all, view_of(part->outside));
}
