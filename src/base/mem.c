#include "base/mem.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sow/sow.h"

static atomic_long fail_at; /* 0: never, and allocations are not counted */
static atomic_long calls;

static bool refused(void)
{
	long at = atomic_load_explicit(&fail_at, memory_order_relaxed);
	return at && atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) + 1 >= at;
}

void mem_fail_after(long n)
{
	if (n)
		atomic_store(&calls, 0);
	atomic_store(&fail_at, n);
}

long mem_calls(void)
{
	return atomic_load(&calls);
}

/* Allocates nothing, and runs no code that might. Of several threads only one writes. */
void mem_exhausted(size_t size)
{
	static atomic_flag ending = ATOMIC_FLAG_INIT;
	char line[80];
	while (atomic_flag_test_and_set(&ending))
		pause();
	int len = snprintf(line, sizeof(line), "sow: out of memory: %zu bytes asked for\n", size);
	while (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0 && errno == EINTR)
		;
	_exit(EXIT_FAILURE);
}

static void *must(void *p, size_t size)
{
	if (!p)
		mem_exhausted(size);
	return p;
}

void *mem_try_alloc(size_t size)
{
	return refused() ? NULL : malloc(size ? size : 1);
}

void *mem_try_zalloc(size_t size)
{
	return refused() ? NULL : calloc(1, size ? size : 1);
}

void *mem_try_realloc(void *p, size_t size)
{
	return refused() ? NULL : realloc(p, size ? size : 1);
}

void *mem_alloc(size_t size)
{
	return must(mem_try_alloc(size), size);
}

void *mem_zalloc(size_t size)
{
	return must(mem_try_zalloc(size), size);
}

void *mem_realloc(void *p, size_t size)
{
	return must(mem_try_realloc(p, size), size);
}

void mem_free(void *p)
{
	free(p);
}

/* The bytes of `*cap`, once it is large enough; false if that overflows. */
static bool larger(size_t *cap, size_t need, size_t size, size_t *bytes)
{
	size_t want = *cap + *cap / (*cap < MEM_LARGE / size ? 2 : 16);
	if (want < need)
		want = need;
	if (want < 8)
		want = 8;
	*cap = want;
	return !__builtin_mul_overflow(want, size, bytes);
}

int mem_try_grow_bytes(void **array, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return SOW_OK;
	size_t want = *cap, bytes;
	void *p = larger(&want, need, size, &bytes) ? mem_try_realloc(*array, bytes) : NULL;
	if (!p)
		return SOW_NOMEM;
	*array = p;
	*cap = want;
	return SOW_OK;
}

void mem_grow_bytes(void **array, size_t *cap, size_t need, size_t size)
{
	size_t bytes;
	if (mem_try_grow_bytes(array, cap, need, size))
		mem_exhausted(__builtin_mul_overflow(need, size, &bytes) ? SIZE_MAX : bytes);
}

void mem_shed_bytes(void **array, size_t *cap, size_t size)
{
	if (*cap <= MEM_KEPT / size)
		return;
	mem_free(*array);
	*array = NULL;
	*cap = 0;
}

char *mem_copy(const char *text, size_t len)
{
	if (len == SIZE_MAX)
		mem_exhausted(len);
	char *p = mem_alloc(len + 1);
	if (len)
		memcpy(p, text, len);
	p[len] = '\0';
	return p;
}

char *mem_copystr(const char *text)
{
	return mem_copy(text, strlen(text));
}
