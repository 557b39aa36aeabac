/* buckets.h - many small numbers by many keys: which were added under this key?
 *
 *     struct buckets b = BUCKETS_INIT;
 *     buckets_reserve(&b, 21);
 *     buckets_add(&b, key, 7);                         // as many as reserved
 *     for (size_t at = buckets_first(&b, key); buckets_next(&b, key, &at, &number);)
 *             ...
 *     buckets_release(&b);
 *
 * Keys are hashes in all of their 32 bits, and may collide: a number that is found is
 * a candidate. Open addressing, 8 bytes an entry, at most three quarters full; a large table
 * at least three fifths. Entries lie in the order of their keys, but for a step or two, so
 * that a larger table is filled from front to end; old and new are held for that time.
 */
#ifndef TEXT_BUCKETS_H
#define TEXT_BUCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bucket;

struct buckets {
	struct bucket *slots;
	size_t room;
	size_t count;
};

#define BUCKETS_INIT { .slots = 0 }

/* SOW_OK, or SOW_NOMEM and nothing has changed. */
int buckets_reserve(struct buckets *b, size_t more);
/* `number` below UINT32_MAX. */
void buckets_add(struct buckets *b, uint32_t key, uint32_t number);
void buckets_release(struct buckets *b);

void buckets_prefetch(const struct buckets *b, uint32_t key);
size_t buckets_first(const struct buckets *b, uint32_t key);
bool buckets_next(const struct buckets *b, uint32_t key, size_t *at, uint32_t *number);

#endif
