#include "text/overlap.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/buckets.h"

#define MOST (UINT32_C(1) << 31)
#define FACTOR UINT64_C(0x9E3779B97F4A7C15)

struct overlap {
	size_t least, step, block;
	uint64_t leaving;            /* FACTOR to the power of `block`, to roll a hash on */
	uint32_t *symbols;           /* of all sequences */
	size_t used, room;
	size_t *ends;                /* where each ends there */
	size_t count, end_room;
	struct buckets blocks;       /* hash → where a block starts in `symbols` */
};

struct overlap *overlap_new(size_t least)
{
	struct overlap *o = mem_zalloc(sizeof(*o));
	o->least = least;
	o->step = least / 2;
	o->block = least - o->step + 1;
	o->leaving = 1;
	for (size_t i = 0; i < o->block; i++)
		o->leaving *= FACTOR;
	return o;
}

void overlap_free(struct overlap *o)
{
	if (!o)
		return;
	mem_free(o->symbols);
	mem_free(o->ends);
	buckets_release(&o->blocks);
	mem_free(o);
}

size_t overlap_least(const struct overlap *o)
{
	return o->least;
}

/* Polynomial, modulo 2^64, over symbols that are spread first. */
static uint64_t spread(uint32_t symbol)
{
	uint64_t h = (symbol + 1) * UINT64_C(0xD6E8FEB86659FD93);
	return h ^ h >> 32;
}

static uint32_t key_of(uint64_t hash)
{
	hash ^= hash >> 29;
	return (uint32_t)(hash * UINT64_C(0xBF58476D1CE4E5B9) >> 32);
}

static uint64_t hash_of(const uint32_t *symbols, size_t n)
{
	uint64_t h = 0;
	for (size_t i = 0; i < n; i++)
		h = h * FACTOR + spread(symbols[i]);
	return h;
}

int overlap_add(struct overlap *o, const uint32_t *symbols, size_t count)
{
	size_t blocks = count < o->least ? 0 : (count - o->block) / o->step + 1;
	if (count >= MOST || o->used + count >= MOST || o->count + 1 >= MOST)
		return SOW_TOOBIG;
	mem_grow(&o->symbols, &o->room, o->used + count);
	mem_grow(&o->ends, &o->end_room, o->count + 1);
	if (buckets_reserve(&o->blocks, blocks))
		return SOW_NOMEM;
	if (count)
		memcpy(o->symbols + o->used, symbols, count * sizeof(*symbols));
	for (size_t b = 0; b < blocks; b++) {
		size_t start = b * o->step;
		buckets_add(&o->blocks, key_of(hash_of(symbols + start, o->block)),
			    (uint32_t)(o->used + start));
	}
	o->used += count;
	o->ends[o->count++] = o->used;
	return SOW_OK;
}

/* The sequence that holds the symbol at `place`. */
static size_t sequence_of(const struct overlap *o, size_t place)
{
	size_t low = 0, high = o->count - 1;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (o->ends[middle] > place)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Follows a block at `place` that is at `at` in what was given to both ends; false if it is
 * another block, or the run is too short. */
static bool follow(const struct overlap *o, const uint32_t *symbols, size_t count, size_t place,
		   size_t at, struct overlap_run *run)
{
	if (memcmp(o->symbols + place, symbols + at, o->block * sizeof(*symbols)) != 0)
		return false;
	size_t sequence = sequence_of(o, place), end = o->ends[sequence];
	size_t begin = sequence ? o->ends[sequence - 1] : 0, length = o->block;
	while (place > begin && at && o->symbols[place - 1] == symbols[at - 1]) {
		place--;
		at--;
		length++;
	}
	while (place + length < end && at + length < count &&
	       o->symbols[place + length] == symbols[at + length])
		length++;
	*run = (struct overlap_run){ sequence, place - begin, at, length };
	return length >= o->least;
}

int overlap_find(const struct overlap *o, const uint32_t *symbols, size_t count,
		 int (*each)(void *data, const struct overlap_run *run), void *data)
{
	if (count < o->least)
		return 0;
	uint64_t hash = hash_of(symbols, o->block);
	for (size_t at = 0;; at++) {
		uint32_t key = key_of(hash), place;
		size_t slot = buckets_first(&o->blocks, key);
		while (buckets_next(&o->blocks, key, &slot, &place)) {
			struct overlap_run run;
			if (!follow(o, symbols, count, place, at, &run))
				continue;
			int status = each(data, &run);
			if (status)
				return status;
		}
		if (at + o->block == count)
			return 0;
		hash = hash * FACTOR + spread(symbols[at + o->block]) -
		       spread(symbols[at]) * o->leaving;
	}
}
