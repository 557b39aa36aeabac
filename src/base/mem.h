/* mem.h - every allocation of the program goes through here.
 *
 * Out of memory ends the process, with status 1 and one line on standard error:
 *
 *     sow: out of memory: 4096 bytes asked for
 *
 * So nothing here returns NULL, and no caller checks for it. For the files it is the same as kill -9: a
 * run stores every reply it paid for before it uses it, and the same command resumes. Where the input
 * alone decides the size (an index, a whole file, a damaged file's claim), callers use the
 * mem_try_* functions: those can fail, and the error names the input.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#define MEM_NEVER_NULL __attribute__((returns_nonnull))

void *mem_alloc(size_t size) MEM_NEVER_NULL;             /* uninitialised */
void *mem_zalloc(size_t size) MEM_NEVER_NULL;            /* zeroed */
void *mem_realloc(void *p, size_t size) MEM_NEVER_NULL;
void mem_free(void *p);

/* A copy of `len` bytes, followed by a NUL. */
char *mem_copy(const char *text, size_t len) MEM_NEVER_NULL;
char *mem_copystr(const char *text) MEM_NEVER_NULL;

/* Ends the process as the functions above do: for failed allocations of other libraries, and for
 * sizes that overflow (SIZE_MAX). */
_Noreturn void mem_exhausted(size_t size);

/* NULL when out of memory; then mem_try_realloc leaves `p` unchanged. */
void *mem_try_alloc(size_t size);
void *mem_try_zalloc(size_t size);
void *mem_try_realloc(void *p, size_t size);

/* Makes room for `need` elements in an array, which is NULL at first, growing by half, and from
 * MEM_LARGE bytes on by a sixteenth.
 *
 *     struct word *list = NULL;
 *     size_t count = 0, room = 0;
 *     mem_grow(&list, &room, count + 1);
 *     list[count++] = word;
 *
 * mem_try_grow returns 0, or SOW_NOMEM with both unchanged. */
#define MEM_LARGE ((size_t)1 << 20)
#define mem_grow(array, cap, need) __extension__ ({ \
	__typeof__(array) grow_array = (array); \
	void *grow_p = *grow_array; \
	mem_grow_bytes(&grow_p, (cap), (need), sizeof(**grow_array)); \
	*grow_array = grow_p; \
	(void)0; \
})
#define mem_try_grow(array, cap, need) __extension__ ({ \
	__typeof__(array) grow_array = (array); \
	void *grow_p = *grow_array; \
	int grow_status = mem_try_grow_bytes(&grow_p, (cap), (need), sizeof(**grow_array)); \
	*grow_array = grow_p; \
	grow_status; \
})
void mem_grow_bytes(void **array, size_t *cap, size_t need, size_t size);
int mem_try_grow_bytes(void **array, size_t *cap, size_t need, size_t size);

/* For an array that is filled again and again: frees one of more than MEM_KEPT bytes, so a long text's
 * memory is not kept: mem_shed(&list, &room). */
#define MEM_KEPT ((size_t)4 << 10)
#define mem_shed(array, cap) __extension__ ({ \
	__typeof__(array) shed_array = (array); \
	void *shed_p = *shed_array; \
	mem_shed_bytes(&shed_p, (cap), sizeof(**shed_array)); \
	*shed_array = shed_p; \
})
void mem_shed_bytes(void **array, size_t *cap, size_t size);

/* For tests: the nth allocation from now (1 = the next) fails, and each later one; 0 turns it off.
 * `mem_calls` counts the allocations since it was turned on. */
void mem_fail_after(long n);
long mem_calls(void);

#endif
