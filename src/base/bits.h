/* bits.h - count the bits of a word, and test eight bytes of text at a time. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The first of eight bytes is the lowest of the word. */
#define BITS_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
#define BITS_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t bits_load(const char *text)
{
	uint64_t v;
	memcpy(&v, text, sizeof(v));
	return v;
}

/* Not 0 if one of the eight bytes is zero, or below `least` (at most 128), or not ASCII. */
static inline uint64_t bits_has_zero(uint64_t v)
{
	return (v - BITS_EACH(0x01)) & ~v & BITS_EACH(0x80);
}

static inline uint64_t bits_has_below(uint64_t v, unsigned least)
{
	return (v - BITS_EACH((uint64_t)least)) & ~v & BITS_EACH(0x80);
}

static inline uint64_t bits_has_high(uint64_t v)
{
	return v & BITS_EACH(0x80);
}

/* Compilers turn loops over this form into vector code; a call to their own library would stay a
 * call. */
static inline unsigned bits_count(uint64_t v)
{
	v -= v >> 1 & UINT64_C(0x5555555555555555);
	v = (v & UINT64_C(0x3333333333333333)) + (v >> 2 & UINT64_C(0x3333333333333333));
	v = (v + (v >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	return (unsigned)(v * UINT64_C(0x0101010101010101) >> 56);
}

#endif
