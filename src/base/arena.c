#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define FIRST 1000 /* many arenas hold a few short texts */
#define CHUNK 4000

struct chunk {
	struct chunk *next;
	size_t used;
	size_t room;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct chunk *head;
};

struct arena *arena_new(void)
{
	return mem_zalloc(sizeof(struct arena));
}

static void free_chunks(struct chunk *c)
{
	for (struct chunk *next; c; c = next) {
		next = c->next;
		mem_free(c);
	}
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	free_chunks(a->head);
	mem_free(a);
}

void arena_clear(struct arena *a)
{
	struct chunk *kept = a->head;
	if (!kept)
		return;
	free_chunks(kept->next);
	kept->next = NULL;
	memset(kept->bytes, 0, kept->used);
	kept->used = 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	if (size > SIZE_MAX / 2)
		mem_exhausted(size);
	size = (size + align - 1) & ~(align - 1);
	if (!a->head || a->head->room - a->head->used < size) {
		size_t least = a->head ? CHUNK : FIRST;
		size_t room = size > least ? size : least;
		struct chunk *c = mem_zalloc(sizeof(*c) + room);
		c->next = a->head;
		c->room = room;
		a->head = c;
	}
	void *p = a->head->bytes + a->head->used;
	a->head->used += size;
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		mem_exhausted(SIZE_MAX);
	return arena_alloc(a, bytes);
}

char *arena_copy(struct arena *a, const char *text, size_t len)
{
	if (len == SIZE_MAX)
		mem_exhausted(len);
	char *p = arena_alloc(a, len + 1);
	if (len)
		memcpy(p, text, len);
	return p;
}

char *arena_copystr(struct arena *a, const char *text)
{
	return arena_copy(a, text, strlen(text));
}

char *arena_copyview(struct arena *a, struct view v)
{
	return arena_copy(a, v.p, v.len);
}

struct view arena_takebuf(struct arena *a, struct buf *text)
{
	char *copy = buf_failed(text) ? NULL : arena_copy(a, text->data, text->len);
	struct view taken = { copy, copy ? text->len : 0 };
	buf_release(text);
	return taken;
}
