/* head.h - a word in 64 bits: its bytes if it is short, else a hash of all.
 *
 *     uint64_t head = head_of(word.p, word.len);
 *     if (head == other_head && word.len == other_len && word.len <= HEAD_SHORT)
 *             ... the same word ...
 *
 * Only blocks of fixed sizes inside the word are read, which is much faster than copying.
 */
#ifndef TEXT_HEAD_H
#define TEXT_HEAD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HEAD_SHORT 8 /* bytes; no two such words of one length have the same head */

static inline uint64_t head_load(const char *p, size_t len)
{
	uint64_t bytes = 0;
	memcpy(&bytes, p, len);
	return bytes;
}

/* `len` at least 1. */
static inline uint64_t head_of(const char *p, size_t len)
{
	if (len < 4)
		return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[len / 2] << 8 |
		       (uint64_t)(unsigned char)p[len - 1] << 16;
	if (len <= HEAD_SHORT)
		return head_load(p, 4) | head_load(p + len - 4, 4) << 32;
	uint64_t h = len;
	for (size_t at = 0; at + 8 < len; at += 8)
		h = (h ^ head_load(p + at, 8)) * UINT64_C(0x9E3779B97F4A7C15), h ^= h >> 32;
	h = (h ^ head_load(p + len - 8, 8)) * UINT64_C(0x9E3779B97F4A7C15);
	return h ^ h >> 29;
}

#endif
