/* arena.h - many small allocations that are freed together.
 *
 *     struct arena *a = arena_new();
 *     char *name = arena_copy(a, text, len);
 *     ...
 *     arena_free(a);
 *
 * Memory is zeroed and aligned for any type. No function returns NULL (see mem.h).
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/view.h"

struct arena;
struct buf;

struct arena *arena_new(void);
void arena_free(struct arena *a);             /* NULL is fine */
void arena_clear(struct arena *a);            /* empty again; keeps some memory for later */

void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t count, size_t size);
char *arena_copy(struct arena *a, const char *text, size_t len); /* followed by a NUL */
char *arena_copystr(struct arena *a, const char *text);
char *arena_copyview(struct arena *a, struct view v);
/* A finished buffer's text, followed by a NUL; releases the buffer. `p` is NULL if the buffer
 * had failed: one with a cap. */
struct view arena_takebuf(struct arena *a, struct buf *text);

#endif
