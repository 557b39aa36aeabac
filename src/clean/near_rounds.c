#include "clean/near_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

#define WINDOW 64                 /* members of a group that are compared with each other at most */
#define WINDOW_FIRST 8
#define AT_ONCE ((size_t)4 << 20) /* pieces of news that a rank sends in a round */

/* What is sent. */
struct news {                    /* from the owner */
	uint32_t index;
	struct member other;     /* compare them; */
	uint32_t what;           /* it is kept, or, below WINDOW, which of the window it is */
	uint32_t group, position;
};
enum { NEWS_KEPT = WINDOW, NEWS_CALL }; /* or: none like it before it in the group is open */
struct answer {                  /* to the owner: it is decided, or, from ANSWER_UNLIKE on, which of */
	uint32_t group, position, what; /* the window it is not like */
};
enum { ANSWER_REMOVED, ANSWER_KEPT, ANSWER_UNLIKE };

static void enqueue(struct near_ranks *x, size_t g)
{
	if (x->groups[g].queued)
		return;
	mem_grow(&x->queue, &x->queue_room, x->queued + 1);
	x->queue[x->queued++] = (uint32_t)g;
	x->groups[g].queued = true;
}

static void tell(struct near_ranks *x, const struct group *g, size_t to, size_t of, uint32_t what,
		 size_t *said)
{
	const struct member *members = x->members + g->start;
	struct news news = { members[to].index, members[of], what, (uint32_t)(g - x->groups), (uint32_t)to };
	buf_add(&x->out[members[to].rank], (const char *)&news, sizeof(news));
	++*said;
}

/* Each member of a new window is compared with those before it. One that is removed already is told
 * of who is kept like any other: the nearest of all is looked for. */
static void open_window(struct near_ranks *x, struct group *g, size_t *said)
{
	uint64_t open = 0;
	const unsigned char *decided = x->decided + g->start;
	uint32_t left = g->count - g->head;
	g->end = g->head + (left < g->width ? left : g->width);
	for (uint32_t i = g->head; i < g->end; i++) {
		x->similar[g->start + i] = open;
		if (decided[i] == REMOVED)
			continue;
		for (uint32_t j = g->head; j < i; j++) {
			if (open >> (j - g->head) & 1)
				tell(x, g, i, j, j - g->head, said);
		}
		open |= UINT64_C(1) << (i - g->head);
	}
}

/* Tells of who is kept within the window, and calls those that wait for none. True if all in it are
 * decided. */
static bool go_through_window(struct near_ranks *x, struct group *g, size_t *said)
{
	bool all = true;
	for (uint32_t i = g->head; i < g->end; i++) {
		size_t at = g->start + i;
		uint64_t news = x->similar[at] & g->news;
		x->similar[at] &= ~news;
		for (; news; news &= news - 1)
			tell(x, g, i, g->head + (uint32_t)__builtin_ctzll(news), NEWS_KEPT, said);
		if (x->decided[at] != OPEN)
			continue;
		all = false;
		if (!x->similar[at] && !x->called[at]) {
			x->called[at] = true;
			tell(x, g, i, i, NEWS_CALL, said);
		}
	}
	g->news = 0;
	return all;
}

/* Tells the members behind the window who is kept in it. False if there is more to say than fits in
 * this round. */
static bool close_window(struct near_ranks *x, struct group *g, size_t *said)
{
	for (; g->teller < g->end; g->teller++, g->told = g->end) {
		if (x->decided[g->start + g->teller] != KEPT)
			continue;
		for (; g->told < g->count; g->told++) {
			if (*said >= AT_ONCE)
				return false;
			tell(x, g, g->told, g->teller, NEWS_KEPT, said);
		}
	}
	return true;
}

/* The next window is wider if at least half of this one is kept. */
static void pass_window(struct near_ranks *x, struct group *g)
{
	uint32_t kept = 0, count = g->end - g->head;
	for (uint32_t i = g->head; i < g->end; i++)
		kept += x->decided[g->start + i] == KEPT;
	g->width = kept * 2 < count ? WINDOW_FIRST : g->width * 2 > WINDOW ? WINDOW : (uint8_t)(g->width * 2);
	g->head = g->end;
	while (g->head < g->count && x->decided[g->start + g->head] == REMOVED)
		g->head++;
}

/* Goes on through a group. False if it has more to say in the next round, whatever comes. */
static bool advance(struct near_ranks *x, struct group *g, size_t *said)
{
	size_t before = *said;
	while (g->head < g->count) {
		if (g->end <= g->head) {
			open_window(x, g, said);
			g->teller = g->head;
			g->told = g->end;
		}
		if (!go_through_window(x, g, said))
			return true;
		if (!close_window(x, g, said))
			return false;
		pass_window(x, g);
		if (*said > before) /* who is like one that is kept goes first */
			return g->head == g->count;
	}
	return true;
}

/* How much was said or waits to be. */
static size_t advance_all(struct near_ranks *x)
{
	size_t said = 0, left = 0;
	for (size_t i = 0; i < x->queued; i++) {
		struct group *g = &x->groups[x->queue[i]];
		g->queued = said >= AT_ONCE || !advance(x, g, &said);
		if (g->queued)
			x->queue[left++] = x->queue[i];
	}
	x->queued = left;
	return said + left;
}

static void touch(struct near_ranks *x, uint32_t index)
{
	mem_grow(&x->touched, &x->touched_room, x->touched_count + 1);
	x->touched[x->touched_count++] = index;
}

static void take_news(struct near_ranks *x)
{
	x->pair_count = x->touched_count = 0;
	for (size_t k = 0; k < x->n; k++) {
		const struct news *list = (const struct news *)(const void *)x->in[k].data;
		for (size_t i = 0; i < x->in[k].len / sizeof(*list); i++) {
			touch(x, list[i].index);
			if (list[i].what == NEWS_CALL) {
				x->waits[list[i].index]--;
				continue;
			}
			mem_grow(&x->pairs, &x->pair_room, x->pair_count + 1);
			x->pairs[x->pair_count++] = (struct pair){ list[i].index, list[i].other, (uint32_t)k,
				list[i].group, list[i].position, list[i].what, false };
		}
	}
}

static int by_pair(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	return x->index != y->index ? near_numbers(x->index, y->index)
				    : near_members(x->other, y->other);
}

static int by_member(const void *a, const void *b)
{
	const struct set *x = a, *y = b;
	return near_members(x->who, y->who);
}

/* The records that those of this rank are compared with. */
static void list_sets(struct near_ranks *x)
{
	if (x->pair_count)
		qsort(x->pairs, x->pair_count, sizeof(*x->pairs), by_pair);
	mem_grow(&x->sets, &x->set_room, x->pair_count + 1);
	x->set_count = 0;
	for (size_t i = 0; i < x->pair_count; i++) {
		if (!i || by_pair(&x->pairs[i - 1], &x->pairs[i]))
			x->sets[x->set_count++] = (struct set){ .who = x->pairs[i].other };
	}
	size_t count = x->set_count;
	if (count)
		qsort(x->sets, count, sizeof(*x->sets), by_member);
	x->set_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!x->set_count || by_member(&x->sets[x->set_count - 1], &x->sets[i]))
			x->sets[x->set_count++] = x->sets[i];
	}
}

static void ask_sets(struct near_ranks *x)
{
	for (size_t i = 0; i < x->set_count; i++) {
		struct set *set = &x->sets[i];
		uint32_t index = set->who.index;
		if (set->who.rank != x->self)
			buf_add(&x->out[set->who.rank], (const char *)&index, sizeof(index));
	}
}

/* Answers each rank in the order of its questions: number, how many shingles, and these. */
static void give_sets(struct near_ranks *x)
{
	for (size_t k = 0; k < x->n; k++) {
		const uint32_t *list = (const uint32_t *)(const void *)x->in[k].data;
		for (size_t i = 0; i < x->in[k].len / sizeof(*list); i++) {
			size_t start = x->starts[list[i]];
			uint32_t count = (uint32_t)(x->starts[list[i] + 1] - start);
			buf_add(&x->out[k], (const char *)&x->numbers[list[i]], sizeof(*x->numbers));
			buf_add(&x->out[k], (const char *)&count, sizeof(count));
			buf_add(&x->out[k], (const char *)(x->shingles + start), count * sizeof(*x->shingles));
		}
	}
}

static void take_sets(struct near_ranks *x)
{
	size_t at = 0;
	for (size_t i = 0; i < x->set_count; i++) {
		struct set *set = &x->sets[i];
		if (i && set->who.rank != x->sets[i - 1].who.rank)
			at = 0;
		if (set->who.rank == x->self) {
			size_t start = x->starts[set->who.index];
			set->number = x->numbers[set->who.index];
			set->shingles = x->shingles + start;
			set->count = x->starts[set->who.index + 1] - start;
			continue;
		}
		const char *from = x->in[set->who.rank].data + at;
		uint32_t count;
		memcpy(&set->number, from, sizeof(set->number));
		memcpy(&count, from + sizeof(set->number), sizeof(count));
		set->shingles = (const uint32_t *)(const void *)(from + sizeof(set->number) + sizeof(count));
		set->count = count;
		at += sizeof(set->number) + sizeof(count) + count * sizeof(*set->shingles);
	}
}

/* Several bands may tell of the same pair: it and `same` - 1 more. */
static void compare(struct near_ranks *x, struct pair *pair, size_t same, const struct shingles *own)
{
	struct verdict *v = &x->verdicts[pair->index];
	const struct set key = { .who = pair->other };
	const struct set *set = bsearch(&key, x->sets, x->set_count, sizeof(key), by_member);
	size_t needed = jaccard_needed(x->o->threshold, set->count, own->count);
	size_t common = shingles_common(own, set->shingles, set->count, needed);
	double score = jaccard(common, set->count, own->count);
	for (size_t i = 0; i < same; i++) {
		pair[i].unlike = common < needed;
		if (pair[i].unlike || pair[i].what != NEWS_KEPT)
			continue;
		if (!v->near || score > v->score || (score == v->score && set->number < v->near))
			*v = (struct verdict){ set->number, score };
	}
}

/* Some of the pairs: all of a record are one thread's. */
static void compare_share(void *data, size_t share)
{
	struct near_ranks *x = data;
	struct shingles *own = &x->queries[share].shingles;
	size_t i = x->pair_count * share / NEAR_SHARES, end = x->pair_count * (share + 1) / NEAR_SHARES;
	while (i && i < x->pair_count && x->pairs[i].index == x->pairs[i - 1].index)
		i++;
	for (bool begun = false; i < x->pair_count; i++) {
		bool another = !begun || x->pairs[i].index != x->pairs[i - 1].index;
		if (another && i >= end)
			return;
		size_t start = x->starts[x->pairs[i].index];
		if (another)
			shingles_set(own, x->shingles + start, x->starts[x->pairs[i].index + 1] - start);
		begun = true;
		size_t same = 1;
		while (i + same < x->pair_count && !by_pair(&x->pairs[i], &x->pairs[i + same]))
			same++;
		compare(x, &x->pairs[i], same, own);
		i += same - 1;
	}
}

/* Decides what can be decided, and sends it to the owners of its groups, with the pairs that are not alike. */
static void decide_open(struct near_ranks *x)
{
	for (size_t i = 0; i < x->pair_count; i++) {
		const struct pair *p = &x->pairs[i];
		struct answer unlike = { p->group, p->position, ANSWER_UNLIKE + p->what };
		if (p->unlike && p->what != NEWS_KEPT)
			buf_add(&x->out[p->owner], (const char *)&unlike, sizeof(unlike));
	}
	for (size_t i = 0; i < x->touched_count; i++) {
		uint32_t index = x->touched[i];
		bool removed = x->verdicts[index].near != 0;
		if (x->states[index] != OPEN || (!removed && x->waits[index]))
			continue;
		x->states[index] = removed ? REMOVED : KEPT;
		for (size_t s = x->seat_starts[index]; s < x->seat_starts[index + 1]; s++) {
			struct answer said = { x->seats[s].group, x->seats[s].position,
					       removed ? ANSWER_REMOVED : ANSWER_KEPT };
			buf_add(&x->out[x->seats[s].owner], (const char *)&said, sizeof(said));
		}
	}
}

static void take_answer(struct near_ranks *x, struct group *g, const struct answer *a)
{
	bool within = a->position >= g->head && a->position < g->end;
	if (a->what >= ANSWER_UNLIKE) {
		x->similar[g->start + a->position] &= ~(UINT64_C(1) << (a->what - ANSWER_UNLIKE));
		return;
	}
	x->decided[g->start + a->position] = a->what == ANSWER_KEPT ? KEPT : REMOVED;
	if (!within)
		return;
	uint64_t bit = UINT64_C(1) << (a->position - g->head);
	if (a->what == ANSWER_KEPT)
		g->news |= bit;
	for (uint32_t i = a->position + 1; i < g->end && a->what == ANSWER_REMOVED; i++)
		x->similar[g->start + i] &= ~bit;
}

static void take_answers(struct near_ranks *x)
{
	for (size_t k = 0; k < x->n; k++) {
		const struct answer *list = (const struct answer *)(const void *)x->in[k].data;
		for (size_t i = 0; i < x->in[k].len / sizeof(*list); i++) {
			take_answer(x, &x->groups[list[i].group], &list[i]);
			enqueue(x, list[i].group);
		}
	}
}

/* 1 if there may be more to do. */
static int round_of(struct near_ranks *x, struct workers *crew, struct sow_error *err)
{
	uint64_t said = advance_all(x);
	int status = ranks_allreduce(x->ranks, SOW_OK, &said, 1, err);
	if (status || !said)
		return status;
	x->rounds++;
	status = ranks_alltoall(x->ranks, SOW_OK, x->out, x->in, err);
	if (status)
		return status;
	take_news(x);
	list_sets(x);
	ask_sets(x);
	status = ranks_alltoall(x->ranks, SOW_OK, x->out, x->in, err);
	if (status)
		return status;
	give_sets(x);
	status = ranks_alltoall(x->ranks, SOW_OK, x->out, x->in, err);
	if (status)
		return status;
	take_sets(x);
	if (x->pair_count)
		workers_run(crew, NEAR_SHARES, compare_share, x);
	decide_open(x);
	status = ranks_alltoall(x->ranks, SOW_OK, x->out, x->in, err);
	if (status)
		return status;
	take_answers(x);
	return 1;
}

/* Rather nothing than a set that is wrong. */
static int check_settled(struct near_ranks *x, struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t i = 0; i < x->count && !status; i++) {
		if (x->states[i] == OPEN && x->seat_starts[i + 1] > x->seat_starts[i])
			status = error_set(err, SOW_INVALID,
					   "%s: record %zu of rank %u was not decided, which is a "
					   "mistake of sow's", x->o->clean.in, i + 1, (unsigned)x->self);
	}
	return ranks_agree(x->ranks, status, err);
}

int near_rounds(struct near_ranks *x, struct workers *crew, struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t g = 0; g < x->group_count; g++) {
		x->groups[g].width = WINDOW_FIRST;
		enqueue(x, g);
	}
	while (!status) {
		status = round_of(x, crew, err);
		if (!status)
			return check_settled(x, err);
		status = ranks_agree(x->ranks, status < 0 ? status : SOW_OK, err);
	}
	return status;
}
