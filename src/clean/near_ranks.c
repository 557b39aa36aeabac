#include "clean/near_private.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

#define DIGIT 11                  /* bits of a key that are sorted by at a time */

/* What is sent. */
struct band {                    /* to the owner of the group: this record has the key */
	uint32_t key, index;
	double preferred;        /* sent where it counts */
};
struct membership {                   /* from the owner: this record is a member there */
	uint32_t index, group, position;
};

/* A band that came from a rank. */
struct entry {
	uint32_t key;
	struct member member;
	double preferred;
};

int near_fail(const struct near_ranks *x, int status, struct sow_error *err)
{
	if (status == SOW_TOOBIG)
		return error_set(err, SOW_TOOBIG, "%s: too many records for so few ranks", x->o->clean.in);
	return status ? error_nomem(err) : SOW_OK;
}

int near_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int near_members(struct member a, struct member b)
{
	return a.rank != b.rank ? near_numbers(a.rank, b.rank) : near_numbers(a.index, b.index);
}

/* Reading */

static int prepare(void *data, struct clean_line *line, struct sow_error *err)
{
	struct near_ranks *x = data;
	struct query *q = &x->queries[line->slot];
	(void)err;
	shingles_of(&q->shingles, x->o->tokenizer, x->o->shingle, line->text);
	if (q->shingles.count)
		minhash_bands(&x->minhash, x->kernel, q->shingles.set, q->shingles.count, q->bands);
	return SOW_OK;
}

static int note_one(struct near_ranks *x, const struct clean_line *line)
{
	const struct query *q = &x->queries[line->slot];
	size_t i = x->count, bands = x->minhash.bands;
	if (i == UINT32_MAX)
		return SOW_TOOBIG;
	mem_grow(&x->shingles, &x->shingle_room, x->used + q->shingles.count + 1);
	mem_grow(&x->starts, &x->start_room, i + 2);
	mem_grow(&x->numbers, &x->number_room, i + 1);
	mem_grow(&x->preferred, &x->preferred_room, i + 1);
	mem_grow(&x->bands, &x->band_room, (i + 1) * bands);
	x->starts[i] = x->used;
	x->numbers[i] = line->number;
	x->preferred[i] = x->o->keep == DEDUP_FIRST ? 0 : line->rank;
	if (q->shingles.count) {
		memcpy(x->shingles + x->used, q->shingles.set, q->shingles.count * sizeof(*x->shingles));
		memcpy(x->bands + i * bands, q->bands, bands * sizeof(*x->bands));
	}
	x->used += q->shingles.count;
	x->starts[i + 1] = x->used;
	x->count++;
	return SOW_OK;
}

static int note(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		struct sow_error *err)
{
	int status = SOW_OK;
	(void)crew;
	for (size_t i = 0; i < count && !status; i++)
		status = note_one(data, lines[i]);
	return near_fail(data, status, err);
}

/* Groups */

static size_t owner_of(const struct near_ranks *x, uint32_t key)
{
	return (size_t)((uint64_t)key * x->n >> 32);
}

/* By key, those that are equal as they were. `other` is room for as many; the one that holds them. */
static struct entry *sort_entries(struct entry *list, struct entry *other, size_t count)
{
	for (unsigned shift = 0; shift < 32; shift += DIGIT) {
		size_t starts[1 << DIGIT] = { 0 }, at = 0;
		for (size_t i = 0; i < count; i++)
			starts[list[i].key >> shift & ((1 << DIGIT) - 1)]++;
		for (size_t d = 0; d < 1 << DIGIT; d++) {
			size_t some = starts[d];
			starts[d] = at;
			at += some;
		}
		for (size_t i = 0; i < count; i++)
			other[starts[list[i].key >> shift & ((1 << DIGIT) - 1)]++] = list[i];
		struct entry *sorted = other;
		other = list;
		list = sorted;
	}
	return list;
}

static int by_preference(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->preferred != y->preferred)
		return x->preferred > y->preferred ? -1 : 1;
	return near_members(x->member, y->member);
}

static int add_group(struct near_ranks *x, struct entry *list, size_t count)
{
	if (x->group_count == UINT32_MAX || count > UINT32_MAX)
		return SOW_TOOBIG;
	mem_grow(&x->groups, &x->group_room, x->group_count + 1);
	mem_grow(&x->members, &x->member_room, x->member_count + count);
	if (x->o->keep != DEDUP_FIRST)
		qsort(list, count, sizeof(*list), by_preference);
	x->groups[x->group_count++] = (struct group){ .start = x->member_count, .count = (uint32_t)count };
	for (size_t i = 0; i < count; i++)
		x->members[x->member_count++] = list[i].member;
	return SOW_OK;
}

/* What came of one band: those with one key, if there are two or more, are a group. */
static int take_band(struct near_ranks *x)
{
	size_t count = 0;
	for (size_t k = 0; k < x->n; k++)
		count += x->in[k].len / x->band_size;
	struct entry *list = mem_alloc((count + 1) * 2 * sizeof(*list));
	count = 0;
	for (size_t k = 0; k < x->n; k++) {
		for (size_t at = 0; at < x->in[k].len; at += x->band_size) {
			struct band from = { 0 };
			memcpy(&from, x->in[k].data + at, x->band_size);
			list[count++] = (struct entry){ from.key, { (uint32_t)k, from.index }, from.preferred };
		}
	}
	struct entry *sorted = sort_entries(list, list + count, count);
	int status = SOW_OK;
	for (size_t i = 0, end; i < count && !status; i = end) {
		for (end = i + 1; end < count && sorted[end].key == sorted[i].key; end++)
			;
		if (end - i > 1)
			status = add_group(x, sorted + i, end - i);
	}
	mem_free(list);
	return status;
}

static int exchange_bands(struct near_ranks *x, struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t b = 0; b < x->minhash.bands && !status; b++) {
		for (size_t i = 0; i < x->count; i++) {
			if (x->starts[i + 1] == x->starts[i])
				continue;
			struct band band = { x->bands[i * x->minhash.bands + b], (uint32_t)i, x->preferred[i] };
			buf_add(&x->out[owner_of(x, band.key)], (const char *)&band, x->band_size);
		}
		status = ranks_alltoall(x->ranks, status, x->out, x->in, err);
		if (!status)
			status = near_fail(x, take_band(x), err);
		status = ranks_agree(x->ranks, status, err);
	}
	mem_free(x->bands);
	x->bands = NULL;
	for (size_t k = 0; k < 2 * x->n; k++)
		buf_release(&x->out[k]);
	return status;
}

/* Where each record of this rank is a member, by record. */
static int take_places(struct near_ranks *x)
{
	size_t all = 0;
	for (size_t k = 0; k < x->n; k++) {
		const struct membership *list = (const struct membership *)(const void *)x->in[k].data;
		size_t count = x->in[k].len / sizeof(*list);
		for (size_t i = 0; i < count; i++)
			x->waits[list[i].index]++;
		all += count;
	}
	x->seats = mem_alloc((all + 1) * sizeof(*x->seats));
	if (!x->seats)
		return SOW_NOMEM;
	x->seat_starts[0] = 0;
	for (size_t i = 0; i < x->count; i++)
		x->seat_starts[i + 1] = x->seat_starts[i] + x->waits[i];
	for (size_t k = 0; k < x->n; k++) {
		const struct membership *list = (const struct membership *)(const void *)x->in[k].data;
		for (size_t i = 0; i < x->in[k].len / sizeof(*list); i++)
			x->seats[x->seat_starts[list[i].index]++] =
				(struct seat){ (uint32_t)k, list[i].group, list[i].position };
	}
	for (size_t i = x->count; i; i--) /* each is where the next began */
		x->seat_starts[i] = x->seat_starts[i - 1];
	x->seat_starts[0] = 0;
	return SOW_OK;
}

static int exchange_places(struct near_ranks *x, struct sow_error *err)
{
	for (size_t g = 0; g < x->group_count; g++) {
		const struct group *group = &x->groups[g];
		for (size_t i = 0; i < group->count; i++) {
			struct member m = x->members[group->start + i];
			struct membership place = { m.index, (uint32_t)g, (uint32_t)i };
			buf_add(&x->out[m.rank], (const char *)&place, sizeof(place));
		}
	}
	x->decided = mem_zalloc(x->member_count + 1);
	x->called = mem_zalloc((x->member_count + 1) * sizeof(*x->called));
	x->similar = mem_zalloc((x->member_count + 1) * sizeof(*x->similar));
	x->states = mem_zalloc(x->count + 1);
	x->waits = mem_zalloc((x->count + 1) * sizeof(*x->waits));
	x->seat_starts = mem_zalloc((x->count + 2) * sizeof(*x->seat_starts));
	bool whole = x->decided && x->called && x->similar && x->states && x->waits && x->seat_starts;
	int status = ranks_alltoall(x->ranks, whole ? SOW_OK : error_nomem(err), x->out, x->in, err);
	if (!status)
		status = near_fail(x, take_places(x), err);
	return ranks_agree(x->ranks, status, err);
}

static int find(struct near_ranks *x, struct spread *s, struct workers *crew, struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t i = 0; i < x->count; i++)
		x->numbers[i] += s->parts->before;
	s->verdicts = x->verdicts = mem_zalloc((x->count + 1) * sizeof(*s->verdicts));
	x->out = ranks_buffers(s->ranks);
	x->in = x->out ? x->out + x->n : NULL;
	if (!x->verdicts || !x->out)
		status = error_nomem(err);
	status = ranks_agree(s->ranks, status, err);
	if (!status)
		status = exchange_bands(x, err);
	if (!status)
		status = exchange_places(x, err);
	return status ? status : near_rounds(x, crew, err);
}

static void release(struct near_ranks *x)
{
	for (size_t i = 0; x->queries && i < CLEAN_SLOTS; i++)
		shingles_release(&x->queries[i].shingles);
	void *const all[] = { x->queries, x->shingles, x->starts, x->numbers, x->preferred, x->bands, x->states,
			      x->waits, x->seats, x->seat_starts, x->members, x->decided, x->called,
			      x->similar, x->groups, x->queue, x->pairs, x->touched, x->sets };
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		mem_free(all[i]);
	ranks_buffers_free(x->ranks, x->out);
	mem_free(x);
}

static int read_and_find(struct spread *s, const struct dedup_options *o, struct workers *crew,
			 struct sow_error *err)
{
	struct near_ranks *x = mem_zalloc(sizeof(*x));
	x->queries = mem_zalloc(CLEAN_SLOTS * sizeof(*x->queries));
	x->o = o;
	x->ranks = s->ranks;
	x->n = ranks_count(s->ranks);
	x->self = (uint32_t)ranks_rank(s->ranks);
	x->kernel = kernel_fastest();
	x->band_size = o->keep == DEDUP_FIRST ? offsetof(struct band, preferred) : sizeof(struct band);
	int status = minhash_init(&x->minhash, o->threshold, o->bands, o->rows) ? error_nomem(err) : SOW_OK;
	const struct clean_job job = { .data = x, .prepare = prepare, .decide = note };
	status = ranks_agree(s->ranks, status, err);
	if (!status)
		status = spread_read(s, &o->clean, &job, crew, err);
	if (!status)
		status = find(x, s, crew, err);
	release(x);
	return spread_save(s, status, err);
}

int near_ranks_run(struct spread *s, const struct dedup_options *o, struct workers *crew,
		   struct clean_counts *counts, struct sow_error *err)
{
	bool decided;
	s->kept = "new";
	s->removed = "near-duplicate";
	s->scored = true;
	int status = spread_load(s, &o->clean, &decided, err);
	if (!status && !decided)
		status = read_and_find(s, o, crew, err);
	return status ? status : spread_write(s, &o->clean, crew, counts, err);
}
