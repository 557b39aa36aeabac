#include "review/links.h"

#include <stdlib.h>

#include "base/draw.h"
#include "base/mem.h"
#include "verdicts/record_key.h"

void links_init(struct links *l, struct index *ix, struct verdicts *v)
{
	*l = (struct links){ .index = ix, .verdicts = v };
}

void links_release(struct links *l)
{
	map_release(&l->bases);
	mem_free(l->entry);
}

uint64_t links_digest(struct view base)
{
	uint64_t digest = draw_unit(0, base.p, base.len);
	return digest ? digest : 1;
}

/* "…#3": 3; without a number 1. */
static size_t number_of(struct view key)
{
	size_t base = record_key_base(key).len;
	return base == key.len ? 1 : (size_t)strtoull(key.p + base + 1, NULL, 10);
}

uint32_t links_next(struct links *l, struct view base, uint64_t digest)
{
	char key[RECORD_KEY_SIZE];
	size_t copy = 1, record;
	if (!map_get(&l->bases, base.p, base.len) || base.len >= RECORD_KEY_SIZE)
		return 0;
	for (size_t i = 0; i < index_count(l->index); i++)
		copy += index_entry(l->index, i)->digest == digest;
	for (size_t i = 0; i < base.len; i++)
		key[i] = base.p[i];
	key[base.len] = '\0';
	record_key_number(key, copy);
	if (!verdicts_find(l->verdicts, view_of(key), &record) || record >= l->count)
		return 0;
	l->entry[record] = (uint32_t)index_count(l->index) + 1;
	return (uint32_t)record + 1;
}

static void link_one(struct links *l, size_t record, struct view base)
{
	uint64_t digest = links_digest(base);
	size_t left = number_of(verdicts_key(l->verdicts, record));
	for (size_t i = 0; i < index_count(l->index) && left; i++) {
		struct index_entry *e = index_entry(l->index, i);
		if (e->digest != digest || --left)
			continue;
		e->verdict = (uint32_t)record + 1;
		l->entry[record] = (uint32_t)i + 1;
	}
}

void links_sync(struct links *l)
{
	while (l->count < verdicts_records(l->verdicts)) {
		struct view base = record_key_base(verdicts_key(l->verdicts, l->count));
		mem_grow(&l->entry, &l->room, l->count + 1);
		map_put(&l->bases, base.p, base.len, 1);
		l->entry[l->count] = 0;
		link_one(l, l->count++, base);
	}
}
