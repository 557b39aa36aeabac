/* mem.h - every allocation of the program goes through here, and each can fail.
 *
 * The functions are those of libc but for two things: sizes are multiplied with
 * a check, and a test can make the nth call from now fail, to prove that what
 * calls them leaves nothing broken behind.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);                 /* uninitialised; NULL when out of memory */
void *mem_zalloc(size_t size);                /* zeroed */
void *mem_realloc(void *p, size_t size);      /* `p` stays valid on failure */
void mem_free(void *p);

/* Makes room for `need` elements in an array, which is NULL at first, growing by half, and from
 * MEM_LARGE bytes on by a sixteenth. 0, or SOW_NOMEM with both unchanged.
 *
 *     struct word *list = NULL;
 *     size_t count = 0, room = 0;
 *     if (mem_grow(&list, &room, count + 1))
 *             return SOW_NOMEM;
 *     list[count++] = word;
 */
#define MEM_LARGE ((size_t)1 << 20)
#define mem_grow(array, cap, need) __extension__ ({ \
	__typeof__(array) grow_array = (array); \
	void *grow_p = *grow_array; \
	int grow_status = mem_grow_bytes(&grow_p, (cap), (need), sizeof(**grow_array)); \
	*grow_array = grow_p; \
	grow_status; \
})
int mem_grow_bytes(void **array, size_t *cap, size_t need, size_t size);

/* For an array that is filled again and again: frees one of more than MEM_KEPT bytes, so that
 * what a long text took does not stay: mem_shed(&list, &room). */
#define MEM_KEPT ((size_t)4 << 10)
#define mem_shed(array, cap) __extension__ ({ \
	__typeof__(array) shed_array = (array); \
	void *shed_p = *shed_array; \
	mem_shed_bytes(&shed_p, (cap), sizeof(**shed_array)); \
	*shed_array = shed_p; \
})
void mem_shed_bytes(void **array, size_t *cap, size_t size);

/* A copy of `len` bytes with a NUL behind it. */
char *mem_copy(const char *text, size_t len);
char *mem_copystr(const char *text);

/* For tests: the nth allocation from now (1 = the next) fails, and each after it;
 * 0 turns it off. `mem_calls` counts allocations asked for since the last call. */
void mem_fail_after(long n);
long mem_calls(void);

#endif
