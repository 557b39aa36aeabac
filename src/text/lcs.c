#include "text/lcs.h"

#include <limits.h>
#include <string.h>

#include "base/bits.h"
#include "base/mem.h"
#include "sow/sow.h"

#define BLOCK 64 /* bits of a word */

/* The slot that holds `id`, or the empty one where it would go. */
static const struct lcs_slot *slot_of(const struct lcs_block *k, uint32_t id)
{
	for (uint32_t i = id * UINT32_C(0x9E3779B1) >> k->shift;; i = (i + 1) & k->last) {
		const struct lcs_slot *s = &k->slots[i];
		if (s->id == id || !s->mask)
			return s;
	}
}

static void block_fill(struct lcs_block *k, const uint32_t *a, size_t n)
{
	uint32_t bits = 3;
	while ((size_t)1 << bits < n * 8 && 1 << bits < LCS_SLOTS)
		bits++;
	k->shift = 32 - bits;
	k->last = (1u << bits) - 1;
	memset(k->slots, 0, sizeof(k->slots[0]) << bits);
	for (size_t i = 0; i < n; i++) {
		struct lcs_slot *s = &k->slots[slot_of(k, a[i]) - k->slots];
		s->id = a[i];
		s->mask |= UINT64_C(1) << i;
	}
}

int lcs_init(struct lcs *q, const uint32_t *a, size_t na)
{
	if (na > INT_MAX)
		return SOW_TOOBIG;
	q->blocks = q->small;
	q->count = (na + BLOCK - 1) / BLOCK;
	q->carries = NULL;
	q->carry_room = 0;
	if (q->count > LCS_SMALL) {
		q->blocks = mem_try_alloc(q->count * sizeof(*q->blocks));
		if (!q->blocks)
			return SOW_NOMEM;
	}
	for (size_t i = 0; i < q->count; i++) {
		size_t left = na - i * BLOCK;
		block_fill(&q->blocks[i], a + i * BLOCK, left < BLOCK ? left : BLOCK);
	}
	return SOW_OK;
}

void lcs_release(struct lcs *q)
{
	mem_free(q->carries);
	if (q->blocks != q->small)
		mem_free(q->blocks);
}

/* In `v` a clear bit i says that the table of the textbook grows by one from row i to
 * row i + 1 of the present column; bits past the end of the block stay set. */
static int sweep(const struct lcs_block *k, const uint32_t *b, size_t nb)
{
	uint64_t v = UINT64_MAX;
	for (size_t j = 0; j < nb; j++) {
		uint64_t m = slot_of(k, b[j])->mask;
		v = (v + (v & m)) | (v & ~m);
	}
	return (int)bits_count(~v);
}

/* The same for one block of many: bit j of `carries` goes in, and what the addition
 * carries out is left in its place for the next block. */
static int sweep_carrying(const struct lcs_block *k, const uint32_t *b, size_t nb,
			  uint64_t *carries)
{
	uint64_t v = UINT64_MAX;
	for (size_t j = 0; j < nb; j++) {
		uint64_t *word = &carries[j / BLOCK];
		uint64_t in = *word >> j % BLOCK & 1;
		uint64_t m = slot_of(k, b[j])->mask;
		uint64_t sum, out1, out2;
		out1 = __builtin_add_overflow(v, v & m, &sum);
		out2 = __builtin_add_overflow(sum, in, &sum);
		*word ^= (in ^ (out1 | out2)) << j % BLOCK;
		v = sum | (v & ~m);
	}
	return (int)bits_count(~v);
}

int lcs_with(struct lcs *q, const uint32_t *b, size_t nb)
{
	if (q->count == 0 || nb == 0)
		return 0;
	if (q->count == 1)
		return sweep(&q->blocks[0], b, nb);
	size_t words = (nb - 1) / BLOCK + 1;
	if (mem_try_grow(&q->carries, &q->carry_room, words))
		return SOW_NOMEM;
	memset(q->carries, 0, words * sizeof(*q->carries));
	int length = 0;
	for (size_t i = 0; i < q->count; i++)
		length += sweep_carrying(&q->blocks[i], b, nb, q->carries);
	return length;
}
