/* set.h - a set of 64-bit numbers, to check whether a text was seen before.
 *
 *     struct set seen = SET_INIT;
 *     int is_new = set_add(&seen, hash64(0, text, len));   // 1 or 0
 *     set_release(&seen);
 *
 * Texts are kept as hashes: the probability that two different texts are taken for one is n^2 / 2^65
 * over a set of n, one in forty million for a million. The hash is fast, not secret: anyone can
 * construct two texts that collide.
 *
 * Memory: 8 bytes a slot, at most three quarters of them full: 11 to 22 bytes a number.
 */
#ifndef BASE_SET_H
#define BASE_SET_H

#include <stddef.h>
#include <stdint.h>

struct set {
	uint64_t *slots;             /* 0: free */
	size_t room;
	size_t count;
};

#define SET_INIT { .slots = 0 }

int set_add(struct set *s, uint64_t n);       /* 1 if it is new, 0 if it was in the set */
void set_release(struct set *s);

/* The same on every machine. `seed` chains pieces: hash64(hash64(0, a), b). */
uint64_t hash64(uint64_t seed, const char *bytes, size_t len);

#endif
