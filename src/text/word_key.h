/* word_key.h - a word in 64 bits: its bytes if it is short, else a hash of all.
 *
 *     uint64_t key = word_key_of(word.p, word.len);
 *     if (key == other_key && word.len == other_len && word.len <= WORD_KEY_SHORT)
 *             ... the same word ...
 *
 * Only blocks of fixed sizes inside the word are read, which is much faster than copying.
 */
#ifndef TEXT_WORD_KEY_H
#define TEXT_WORD_KEY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD_KEY_SHORT 8 /* bytes; no two such words of one length have the same key */

static inline uint64_t word_key_load(const char *p, size_t len)
{
	uint64_t bytes = 0;
	memcpy(&bytes, p, len);
	return bytes;
}

/* `len` at least 1. */
static inline uint64_t word_key_of(const char *p, size_t len)
{
	if (len < 4)
		return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[len / 2] << 8 |
		       (uint64_t)(unsigned char)p[len - 1] << 16;
	if (len <= WORD_KEY_SHORT)
		return word_key_load(p, 4) | word_key_load(p + len - 4, 4) << 32;
	uint64_t h = len;
	for (size_t at = 0; at + 8 < len; at += 8)
		h = (h ^ word_key_load(p + at, 8)) * UINT64_C(0x9E3779B97F4A7C15), h ^= h >> 32;
	h = (h ^ word_key_load(p + len - 8, 8)) * UINT64_C(0x9E3779B97F4A7C15);
	return h ^ h >> 29;
}

#endif
