#include "clean/exact_ranks.h"

#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "clean/exact.h"

#define TOGETHER ((size_t)1 << 16) /* records of a rank that are sent in one exchange */

/* A record of this rank. */
struct own {
	unsigned char key[EXACT_KEY];
	uint64_t number;
	double rank;
};

/* The kept one of the records with one key, which belongs to this rank. */
struct chief {
	uint64_t number;
	double rank;
};

struct exact {
	const struct dedup_options *o;
	struct ranks *ranks;
	struct own *own;
	size_t count, room;
	struct map keys;             /* key → number of its chief */
	struct chief *chiefs;
	size_t chief_count, chief_room;
	/* chiefs that were asked for, in the order of asking, of all ranks one behind the other */
	uint32_t *asked;
	size_t asked_count, asked_room;
	struct buf *out, *in;        /* one a rank */
	struct hash hashes[CLEAN_SLOTS];
	struct buf texts[CLEAN_SLOTS];
};

static int prepare(void *data, struct clean_line *line, struct sow_error *err)
{
	struct exact *x = data;
	(void)err;
	exact_key(x->o, line->text, &x->texts[line->slot], &x->hashes[line->slot]);
	return SOW_OK;
}

static int note(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		struct sow_error *err)
{
	struct exact *x = data;
	(void)crew;
	(void)err;
	for (size_t i = 0; i < count; i++) {
		mem_grow(&x->own, &x->room, x->count + 1);
		struct own *own = &x->own[x->count++];
		*own = (struct own){ .number = lines[i]->number, .rank = lines[i]->rank };
		memcpy(own->key, x->hashes[lines[i]->slot].bytes, EXACT_KEY);
	}
	return SOW_OK;
}

/* Whose the key is: its bytes are a hash. */
static size_t owner_of(const struct exact *x, const struct own *own)
{
	uint32_t bits;
	memcpy(&bits, own->key + EXACT_KEY - sizeof(bits), sizeof(bits));
	return (size_t)((uint64_t)bits * ranks_count(x->ranks) >> 32);
}

static int ask_chief(struct exact *x, const struct own *own)
{
	const uint64_t *known = map_get(&x->keys, (const char *)own->key, EXACT_KEY);
	uint64_t at = known ? *known : x->chief_count;
	mem_grow(&x->asked, &x->asked_room, x->asked_count + 1);
	if (!known) {
		if (x->chief_count == UINT32_MAX)
			return SOW_TOOBIG;
		mem_grow(&x->chiefs, &x->chief_room, x->chief_count + 1);
		map_put(&x->keys, (const char *)own->key, EXACT_KEY, at);
		x->chiefs[x->chief_count++] = (struct chief){ own->number, own->rank };
	}
	struct chief *chief = &x->chiefs[at];
	bool ranked = x->o->keep != DEDUP_FIRST;
	if ((ranked && own->rank > chief->rank) ||
	    ((!ranked || own->rank == chief->rank) && own->number < chief->number))
		*chief = (struct chief){ own->number, own->rank };
	x->asked[x->asked_count++] = (uint32_t)at;
	return SOW_OK;
}

static int take_keys(struct exact *x, struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t k = 0; k < ranks_count(x->ranks); k++) {
		const struct own *list = (const struct own *)(const void *)x->in[k].data;
		for (size_t i = 0; i < x->in[k].len / sizeof(*list) && !status; i++)
			status = ask_chief(x, &list[i]);
	}
	return status ? error_set(err, SOW_TOOBIG, "%s: too many records for so few ranks", x->o->clean.in) : SOW_OK;
}

/* How often all ranks exchange: as often as the one with the most records has to. */
static int count_rounds(struct exact *x, size_t *rounds, struct sow_error *err)
{
	size_t n = ranks_count(x->ranks);
	uint64_t own = (x->count + TOGETHER - 1) / TOGETHER, *all = mem_alloc(n * sizeof(*all));
	int status = ranks_allgather(x->ranks, SOW_OK, &own, sizeof(own), all, err);
	*rounds = 0;
	for (size_t k = 0; k < n && !status; k++)
		*rounds = all[k] > *rounds ? (size_t)all[k] : *rounds;
	mem_free(all);
	return status;
}

static size_t end_of(const struct exact *x, size_t round)
{
	size_t end = (round + 1) * TOGETHER;
	return end < x->count ? end : x->count;
}

/* Sends the keys. sent[round · n + k] is how many rank k asked in it. */
static int send_keys(struct exact *x, size_t rounds, uint32_t *sent, struct sow_error *err)
{
	size_t n = ranks_count(x->ranks);
	int status = SOW_OK;
	for (size_t round = 0; round < rounds && !status; round++) {
		for (size_t i = round * TOGETHER; i < end_of(x, round); i++)
			buf_add(&x->out[owner_of(x, &x->own[i])], (const char *)&x->own[i], sizeof(*x->own));
		status = ranks_alltoall(x->ranks, SOW_OK, x->out, x->in, err);
		for (size_t k = 0; k < n && !status; k++)
			sent[round * n + k] = (uint32_t)(x->in[k].len / sizeof(*x->own));
		status = ranks_agree(x->ranks, status ? status : take_keys(x, err), err);
	}
	return status;
}

/* Answers in the order of asking. */
static int send_chiefs(struct exact *x, size_t rounds, const uint32_t *sent, struct verdict *verdicts,
		       struct sow_error *err)
{
	size_t n = ranks_count(x->ranks), at = 0;
	size_t *taken = mem_zalloc(n * sizeof(*taken));
	int status = SOW_OK;
	for (size_t round = 0; round < rounds; round++) {
		for (size_t k = 0; k < n; k++) {
			for (uint32_t i = 0; i < sent[round * n + k]; i++) {
				const struct chief *chief = &x->chiefs[x->asked[at++]];
				buf_add(&x->out[k], (const char *)&chief->number, sizeof(chief->number));
			}
		}
		status = ranks_alltoall(x->ranks, SOW_OK, x->out, x->in, err);
		if (status)
			break;
		memset(taken, 0, n * sizeof(*taken));
		for (size_t i = round * TOGETHER; i < end_of(x, round); i++) {
			size_t k = owner_of(x, &x->own[i]);
			uint64_t chief;
			memcpy(&chief, x->in[k].data + taken[k]++ * sizeof(chief), sizeof(chief));
			verdicts[i] = (struct verdict){ .near = chief == x->own[i].number ? 0 : chief };
		}
	}
	mem_free(taken);
	return status;
}

static int decide_all(struct exact *x, struct spread *s, struct sow_error *err)
{
	size_t rounds, n = ranks_count(s->ranks);
	for (size_t i = 0; i < x->count; i++)
		x->own[i].number += s->parts->before;
	s->verdicts = mem_alloc((x->count + 1) * sizeof(*s->verdicts));
	x->out = ranks_buffers(s->ranks);
	x->in = x->out + n;
	int status = count_rounds(x, &rounds, err);
	if (status)
		return status;
	uint32_t *sent = mem_zalloc((rounds * n + 1) * sizeof(*sent));
	status = send_keys(x, rounds, sent, err);
	if (!status)
		status = send_chiefs(x, rounds, sent, s->verdicts, err);
	mem_free(sent);
	return status;
}

static void release(struct exact *x, const struct ranks *r)
{
	for (size_t i = 0; i < CLEAN_SLOTS; i++)
		buf_release(&x->texts[i]);
	map_release(&x->keys);
	ranks_buffers_free(r, x->out);
	mem_free(x->own);
	mem_free(x->chiefs);
	mem_free(x->asked);
	mem_free(x);
}

static int find(struct spread *s, const struct dedup_options *o, struct workers *crew, struct sow_error *err)
{
	struct exact *x = mem_zalloc(sizeof(*x));
	x->o = o;
	x->ranks = s->ranks;
	for (size_t i = 0; i < CLEAN_SLOTS; i++)
		x->texts[i] = (struct buf)BUF_INIT;
	const struct clean_job job = { .data = x, .prepare = prepare, .decide = note };
	int status = spread_read(s, &o->clean, &job, crew, err);
	if (!status)
		status = decide_all(x, s, err);
	release(x, s->ranks);
	return spread_save(s, status, err);
}

int exact_ranks_run(struct spread *s, const struct dedup_options *o, struct workers *crew,
		    struct clean_counts *counts, struct sow_error *err)
{
	bool decided;
	s->kept = "new";
	s->removed = "duplicate";
	int status = spread_load(s, &o->clean, &decided, err);
	if (!status && !decided)
		status = find(s, o, crew, err);
	return status ? status : spread_write(s, &o->clean, crew, counts, err);
}
