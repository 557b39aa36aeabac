/* marks.h - a bit for each byte of a text, so that runs are found 64 bytes at a time.
 *
 *     for (size_t at = marks_first(marks, 0, len); at < len; at = marks_first(marks, end, len)) {
 *             end = marks_behind(marks, at, len);
 *             ... text[at .. end-1] is a run of marked bytes ...
 *     }
 */
#ifndef TEXT_WORDS_MARKS_H
#define TEXT_WORDS_MARKS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MARKS_BLOCK 64 /* bytes to a word of marks */

/* Bytes in a vector register. */
#define MARKS_LANES 16
typedef uint8_t marks_bytes __attribute__((vector_size(MARKS_LANES)));
typedef uint64_t marks_halves __attribute__((vector_size(MARKS_LANES)));

/* MARKS_LANES marks, in the order of the bytes: 1 where the highest bit of a byte is set. */
static inline uint64_t marks_of(marks_bytes flags)
{
	/* every product of two single bits falls on a place of its own */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t gather = UINT64_C(0x0102040810204080);
#else
	const uint64_t gather = UINT64_C(0x8040201008040201);
#endif
	marks_halves v = (marks_halves)(flags >> 7);
	return (v[0] * gather >> 56) | (v[1] * gather >> 56) << 8;
}

static inline marks_bytes marks_load(const char *p)
{
	marks_bytes v;
	memcpy(&v, p, sizeof(v));
	return v;
}

/* The first byte from `at` on whose mark is `flip` turned over; `len` if there is none. */
static inline size_t marks_seek(const uint64_t *marks, size_t at, size_t len, uint64_t flip)
{
	if (at >= len)
		return len;
	size_t block = at / MARKS_BLOCK;
	uint64_t left = (marks[block] ^ flip) & UINT64_MAX << at % MARKS_BLOCK;
	while (!left) {
		if (++block * MARKS_BLOCK >= len)
			return len;
		left = marks[block] ^ flip;
	}
	at = block * MARKS_BLOCK + (size_t)__builtin_ctzll(left);
	return at < len ? at : len;
}

static inline size_t marks_first(const uint64_t *marks, size_t at, size_t len)
{
	return marks_seek(marks, at, len, 0);
}

/* The first that is not marked. */
static inline size_t marks_behind(const uint64_t *marks, size_t at, size_t len)
{
	return marks_seek(marks, at, len, UINT64_MAX);
}

#endif
