/* bits.h - count the bits of a word, fast on processors without an instruction for it. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdint.h>

/* In this form compilers turn loops of it into vector code, where a call to their own
 * library would stay a call. */
static inline unsigned bits_count(uint64_t v)
{
	v -= v >> 1 & UINT64_C(0x5555555555555555);
	v = (v & UINT64_C(0x3333333333333333)) + (v >> 2 & UINT64_C(0x3333333333333333));
	v = (v + (v >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	return (unsigned)(v * UINT64_C(0x0101010101010101) >> 56);
}

#endif
