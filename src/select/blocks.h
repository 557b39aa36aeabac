/* blocks.h - records, or candidates, in blocks; a thread takes one block at a time. */
#ifndef SELECT_BLOCKS_H
#define SELECT_BLOCKS_H

#include <stddef.h>

#define BLOCK ((size_t)384)    /* 24 panels (vector/panels.h) */

static inline size_t blocks_of(size_t count)
{
	return (count + BLOCK - 1) / BLOCK;
}

/* The last one may be smaller. */
static inline size_t block_size(size_t block, size_t count)
{
	size_t left = count - block * BLOCK;
	return left < BLOCK ? left : BLOCK;
}

#endif
