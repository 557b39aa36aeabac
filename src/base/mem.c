#include "base/mem.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sow/sow.h"

static atomic_long fail_at; /* 0: never */
static atomic_long calls;

static int refused(void)
{
	long at = atomic_load_explicit(&fail_at, memory_order_relaxed);
	long call = atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) + 1;
	return at && call >= at;
}

void mem_fail_after(long n)
{
	atomic_store(&calls, 0);
	atomic_store(&fail_at, n);
}

long mem_calls(void)
{
	return atomic_load(&calls);
}

void *mem_alloc(size_t size)
{
	return refused() ? NULL : malloc(size ? size : 1);
}

void *mem_zalloc(size_t size)
{
	return refused() ? NULL : calloc(1, size ? size : 1);
}

void *mem_realloc(void *p, size_t size)
{
	return refused() ? NULL : realloc(p, size ? size : 1);
}

void mem_free(void *p)
{
	free(p);
}

int mem_grow_bytes(void **array, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return SOW_OK;
	size_t want = *cap + *cap / (*cap < MEM_LARGE / size ? 2 : 16);
	if (want < need)
		want = need;
	if (want < 8)
		want = 8;
	size_t bytes;
	if (__builtin_mul_overflow(want, size, &bytes))
		return SOW_NOMEM;
	void *p = mem_realloc(*array, bytes);
	if (!p)
		return SOW_NOMEM;
	*array = p;
	*cap = want;
	return SOW_OK;
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
		return NULL;
	char *p = mem_alloc(len + 1);
	if (!p)
		return NULL;
	if (len)
		memcpy(p, text, len);
	p[len] = '\0';
	return p;
}

char *mem_copystr(const char *text)
{
	return mem_copy(text, strlen(text));
}
