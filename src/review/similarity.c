#include "review/similarity.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "text/words.h"

#define WORDS_READ 400               /* of an instruction */

struct similarity {
	struct vocabulary *vocabulary;
	struct novelty *novelty;
	struct words words;
	uint32_t *having;            /* how many instructions have each word */
	uint32_t *seen;              /* the last instruction with that word, + 1 */
	size_t room, seen_room, known;
	size_t count;
	bool is_ready;
};

struct similarity *similarity_new(void)
{
	struct similarity *l = mem_zalloc(sizeof(*l));
	l->vocabulary = vocabulary_new(WORDS_UNICODE);
	l->novelty = novelty_new(0, NOVELTY_ALL);
	if (!l->vocabulary || !l->novelty) {
		similarity_free(l);
		return NULL;
	}
	novelty_begin_bulk(l->novelty);
	return l;
}

void similarity_free(struct similarity *l)
{
	if (!l)
		return;
	novelty_free(l->novelty);
	vocabulary_free(l->vocabulary);
	words_release(&l->words);
	mem_free(l->having);
	mem_free(l->seen);
	mem_free(l);
}

size_t similarity_count(const struct similarity *l)
{
	return l->count;
}

bool similarity_is_ready(const struct similarity *l)
{
	return l->is_ready;
}

/* The first words of a text: later ones rarely matter, and the cost is quadratic. */
static int read_words(struct similarity *l, struct view text)
{
	int count = words_of(&l->words, l->vocabulary, text.p, text.len < 8192 ? text.len : 8192);
	if (count < 0)
		return count;
	if (l->words.count > WORDS_READ)
		l->words.count = WORDS_READ;
	return SOW_OK;
}

int similarity_add(struct similarity *l, struct view instruction)
{
	int status = read_words(l, instruction);
	size_t size = vocabulary_size(l->vocabulary);
	if (status)
		return status;
	mem_grow(&l->having, &l->room, size + 1);
	mem_grow(&l->seen, &l->seen_room, size + 1);
	for (; l->known < size; l->known++)
		l->having[l->known] = l->seen[l->known] = 0;
	status = novelty_add(l->novelty, &l->words, (int64_t)l->count);
	if (status)
		return status;
	l->count++;
	for (size_t i = 0; i < l->words.count; i++) {
		uint32_t word = l->words.ids[i];
		l->having[word] += l->seen[word] != l->count;
		l->seen[word] = (uint32_t)l->count;
	}
	return SOW_OK;
}

int similarity_prepare(struct similarity *l)
{
	int status = l->is_ready ? SOW_OK : novelty_end_bulk(l->novelty, NULL);
	l->is_ready = l->is_ready || !status;
	return status;
}

float similarity_rarity(struct similarity *l, struct view instruction)
{
	double bits = 0;
	if (read_words(l, instruction) || !l->words.count)
		return 0;
	for (size_t i = 0; i < l->words.count; i++) {
		uint32_t word = l->words.ids[i];
		uint32_t having = word < l->known && l->having[word] ? l->having[word] : 1;
		bits += log2((double)l->count / (double)having);
	}
	return (float)(bits / (double)l->words.count);
}

int similarity_nearest(struct similarity *l, size_t i, struct view instruction,
		     struct neighbour near[SIMILARITY_NEAREST], size_t *count)
{
	struct neighbour found[SIMILARITY_NEAREST + 1];
	double mean;
	size_t all = 0;
	*count = 0;
	int status = read_words(l, instruction);
	if (!status)
		status = novelty_nearest_few(l->novelty, &l->words, SIMILARITY_NEAREST + 1, found, &all,
					     &mean);
	for (size_t n = 0; n < all && !status && *count < SIMILARITY_NEAREST; n++) {
		if (found[n].id != (int64_t)i && found[n].score > 0)
			near[(*count)++] = found[n];
	}
	return status;
}
