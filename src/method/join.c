#include "method/join.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/json.h"

struct entry {
	struct view key;
	size_t number;               /* of the record, from 0 */
};

struct join {
	const struct map_file *file;
	struct view by;
	struct entry *entries;       /* by key */
};

static int by_key(const void *a, const void *b)
{
	const struct view *x = &((const struct entry *)a)->key, *y = &((const struct entry *)b)->key;
	size_t len = x->len < y->len ? x->len : y->len;
	int bytes = len ? memcmp(x->p, y->p, len) : 0;
	return bytes ? bytes : (x->len > y->len) - (x->len < y->len);
}

/* The key by which a record is joined; empty: none. */
static struct view find_key(const struct join *j, const json_value *object, struct arena *a)
{
	return json_scalar(json_find(object, j->by), a);
}

static int read_key(const struct join *j, size_t i, struct arena *a, struct sow_error *err)
{
	struct arena *own = arena_new();
	struct view key = find_key(j, json_own(j->file->records[i], own), own);
	int status = SOW_OK;
	if (!key.len)
		status = error_set(err, SOW_INVALID, "%s: record %zu has no field '%.*s' to join by",
				   j->file->path, i + 1, VIEW_ARG(j->by));
	j->entries[i] = (struct entry){ view_from(arena_copyview(a, key), key.len), i };
	arena_free(own);
	return status;
}

struct join *join_new(struct arena *a, const struct map_file *file, const char *by,
		      struct sow_error *err)
{
	struct join *j = arena_alloc(a, sizeof(*j));
	struct entry *entries = arena_array(a, file->count, sizeof(*entries));
	*j = (struct join){ file, view_of(by), entries };
	for (size_t i = 0; i < file->count; i++) {
		if (read_key(j, i, a, err))
			return NULL;
	}
	qsort(entries, file->count, sizeof(*entries), by_key);
	for (size_t i = 1; i < file->count; i++) {
		size_t one = entries[i - 1].number, other = entries[i].number;
		if (by_key(&entries[i - 1], &entries[i]))
			continue;
		error_set(err, SOW_INVALID, "%s: records %zu and %zu have the same '%s', which they are joined "
			  "by: %.*s", file->path, (one < other ? one : other) + 1, (one < other ? other : one) + 1,
			  by, VIEW_ARG(entries[i].key));
		return NULL;
	}
	return j;
}

/* "7" of a CSV equals the number 7. */
static bool are_equal(const json_value *a, const json_value *b, struct arena *scratch)
{
	struct view one = json_scalar(a, scratch), other = json_scalar(b, scratch);
	if (!one.p || !other.p) {
		one = json_compact(a, scratch);
		other = json_compact(b, scratch);
	}
	return view_eq(one, other);
}

static int merge(const struct join *j, const json_value *mine, const json_value *other, bool replace,
		 struct arena *a, struct buf *out, struct buf *why)
{
	buf_addch(out, '{');
	for (const json_value *v = json_first(mine); v; v = json_next(mine, v)) {
		const json_value *theirs = json_find(other, json_key(v));
		int same = theirs && !view_eq(json_key(v), j->by) ? are_equal(v, theirs, a) : 1;
		if (same < 0)
			return same;
		if (!same && !replace) {
			buf_addf(why, "there is a field '%.*s', and %s has another", VIEW_ARG(json_key(v)),
				 j->file->path);
			return SOW_USAGE;
		}
		json_add_key(out, json_key(v));
		json_add_value(out, same ? v : theirs);
	}
	for (const json_value *v = json_first(other); v; v = json_next(other, v)) {
		if (!json_find(mine, json_key(v)))
			json_add_member(out, v);
	}
	buf_addch(out, '}');
	return SOW_OK;
}

/* NULL: none. */
static const struct entry *find_entry(const struct join *j, const json_value *object, struct arena *a)
{
	const struct entry wanted = { find_key(j, object, a), 0 };
	return wanted.key.len ? bsearch(&wanted, j->entries, j->file->count, sizeof(wanted), by_key) : NULL;
}

int join_has(const struct join *j, struct view object, struct arena *a)
{
	const json_value *mine = json_own(object, a);
	return mine ? find_entry(j, mine, a) != NULL : SOW_NOMEM;
}

int join_add(const struct join *j, struct view object, bool replace, struct arena *a,
	     struct view *joined, struct buf *why)
{
	const json_value *mine = json_own(object, a);
	struct buf out = BUF_INIT;
	if (!mine)
		return SOW_NOMEM;
	const struct entry *e = find_entry(j, mine, a);
	*joined = object;
	if (!e)
		return SOW_OK;
	int status = merge(j, mine, json_own(j->file->records[e->number], a), replace, a, &out, why);
	if (!status)
		*joined = arena_takebuf(a, &out);
	buf_release(&out);
	return status;
}
