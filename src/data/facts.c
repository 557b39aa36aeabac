#include "data/facts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define BETWEEN ", "
#define MORE "…" /* as in values.h */

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

/* Adds the names that are not in the list yet. */
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

bool facts_describe(const struct facts *f, struct buf *out)
{
	struct buf columns = BUF_INIT;
	bool has_shape = shape_print(&f->shape, &columns);
	bool usual = strcmp(f->kind, "JSON Lines") == 0 || strcmp(f->kind, "a JSON array") == 0 ||
		     strcmp(f->kind, "plain text") == 0 || !f->kind[0];
	buf_addf(out, "%zu %s", f->records, f->records == 1 ? "record" : "records");
	if (!usual)
		buf_addf(out, " of %s", f->kind);
	if (has_shape)
		buf_addf(out, ": %s", columns.data);
	if (f->outside[0])
		buf_addf(out, "; left out, as it belongs to no record: %s", f->outside);
	if (f->repaired)
		buf_addf(out, "; %zu with bytes that are not UTF-8, which read as U+FFFD", f->repaired);
	buf_release(&columns);
	return has_shape || !usual || f->outside[0] || f->repaired;
}

bool facts_describe_input(const struct facts *f, const char *name, struct buf *out)
{
	struct buf columns = BUF_INIT;
	size_t records = f->records + f->bad;
	bool told = shape_print(&f->shape, &columns);
	buf_addf(out, "%s: %zu %s", name, records, records == 1 ? "record" : "records");
	if (f->kind[0])
		buf_addf(out, " of %s", f->kind);
	if (told)
		buf_addf(out, "%s: %s", records > FACTS_SHAPED ? "; in the first 1,000" : "", columns.data);
	if (f->outside[0])
		buf_addf(out, "; left out, as it belongs to no record: %s", f->outside);
	if (f->repaired)
		buf_addf(out, "; %zu with bytes that are not UTF-8, compared as U+FFFD and written as "
			 "they were", f->repaired);
	if (f->halves)
		buf_addf(out, "; half of a surrogate pair %zu %s, read and written as U+FFFD", f->halves,
			 f->halves == 1 ? "time" : "times");
	buf_release(&columns);
	return f->kind[0] || told || f->outside[0] || f->repaired || f->halves;
}

int facts_check(const struct facts *f, const struct columns *columns, const char *name, struct sow_error *err)
{
	if (f->records)
		return columns_check(columns, f->shape.mapped, name, err);
	return f->bad ? error_set(err, SOW_INVALID, "%s: no record in it can be read", name) : SOW_OK;
}
