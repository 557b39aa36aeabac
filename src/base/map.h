/* map.h - from a text or a 32-byte key to a number.
 *
 * Open addressing; keys are copied. For tables of up to some millions.
 *
 *     struct map m = MAP_INIT;
 *     map_put(&m, key, len, 7);
 *     uint64_t *value = map_get(&m, key, len);
 *     map_release(&m);
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot;

struct map {
	struct map_slot *slots;
	size_t room;
	size_t count;
};

#define MAP_INIT { .slots = 0 }

/* Sets or replaces. */
void map_put(struct map *m, const char *key, size_t len, uint64_t value);

/* The value's address, NULL if the key is missing. Valid until the next put. */
uint64_t *map_get(const struct map *m, const char *key, size_t len);

/* Removes the key, if it exists. */
void map_remove(struct map *m, const char *key, size_t len);

void map_release(struct map *m);

#endif
