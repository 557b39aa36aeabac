/* Linked with the program's own objects: from SOW_TEST_ALLOCATIONS on, a number, allocations fail.
 * A process that ends by itself says on standard error how many were asked for. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

__attribute__((constructor)) static void arm(void)
{
	const char *text = getenv("SOW_TEST_ALLOCATIONS");
	if (text)
		mem_fail_after(atol(text));
}

__attribute__((destructor)) static void tell(void)
{
	if (getenv("SOW_TEST_ALLOCATIONS"))
		fprintf(stderr, "allocations: %ld\n", mem_calls());
}
