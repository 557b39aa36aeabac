#include "data/facts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BETWEEN ", "
#define MORE "…" /* as values.h has it */

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
	size_t len = strlen(f->outside);
	struct view names = view_from(f->outside, len);
	bool fits = len + strlen(BETWEEN) + name.len + sizeof(BETWEEN MORE) <= sizeof(f->outside);
	struct view added = fits ? name : view_of(MORE);
	if (!name.len || has_name(names, name) || has_name(names, added))
		return;
	snprintf(f->outside + len, sizeof(f->outside) - len, "%s%.*s", len ? BETWEEN : "", VIEW_ARG(added));
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
