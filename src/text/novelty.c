#include "text/novelty.h"

#include <string.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/kernel.h"
#include "text/lcs.h"
#include "text/lcs_many.h"
#include "text/postings.h"
#include "text/rarity.h"
#include "text/reach.h"
#include "text/rouge.h"
#include "text/search.h"
#include "text/sequences.h"
#include "text/sketch.h"

#define FIRST_ORDER 256  /* sequences before rarity is learnt for the first time */
#define CACHED_REACH 64  /* lengths whose reach is worked out once */
#define BATCH_ITEM 16    /* queries that a thread takes at a time */

struct novelty {
	double threshold;
	enum novelty_kind kind;
	const struct kernel *kernel;
	struct sequences held;
	struct postings *postings;
	struct rarity rarity;
	size_t vocabulary;       /* one more than the highest word */
	size_t next_order;       /* how many sequences until rarity is learnt again */
	struct lcs_many all;
	struct reach reach[CACHED_REACH];
};

struct novelty *novelty_new(double threshold, enum novelty_kind kind)
{
	struct novelty *nv = mem_zalloc(sizeof(*nv));
	if (!nv)
		return NULL;
	nv->threshold = threshold;
	nv->kind = kind;
	nv->kernel = kernel_fastest();
	nv->postings = postings_new();
	nv->next_order = FIRST_ORDER;
	for (size_t n = 0; n < CACHED_REACH; n++)
		reach_of(&nv->reach[n], threshold, n);
	if (!nv->postings) {
		novelty_free(nv);
		return NULL;
	}
	return nv;
}

void novelty_free(struct novelty *nv)
{
	if (!nv)
		return;
	sequences_release(&nv->held);
	postings_free(nv->postings);
	rarity_release(&nv->rarity);
	lcs_many_release(&nv->all);
	mem_free(nv);
}

size_t novelty_count(const struct novelty *nv)
{
	return nv->held.count;
}

/* -- words by rarity --------------------------------------------------------------------- */

/* The words of a sequence, rarest first, and how far they reach. */
struct sorted {
	const struct reach *reach;
	struct reach own;
	uint64_t *words, few[SEARCH_SHORT];
};

static int sorted_init(struct sorted *s, const struct novelty *nv, const struct rarity *r,
		       const uint32_t *ids, size_t n)
{
	s->words = n <= SEARCH_SHORT ? s->few : mem_alloc(n * sizeof(*s->words));
	if (!s->words)
		return SOW_NOMEM;
	s->reach = &s->own;
	if (n < CACHED_REACH)
		s->reach = &nv->reach[n];
	else
		reach_of(&s->own, nv->threshold, n);
	rarity_sort(r, ids, n, s->words);
	return SOW_OK;
}

static void sorted_release(struct sorted *s)
{
	if (s->words != s->few)
		mem_free(s->words);
}

/* True if the ith is the same word as the one before. */
static bool repeats(const struct sorted *s, size_t i)
{
	return i && s->words[i] == s->words[i - 1];
}

/* -- adding -------------------------------------------------------------------------------- */

static int post(struct postings *p, const struct sorted *s, uint64_t sketch, uint32_t number)
{
	int status = SOW_OK;
	for (size_t i = 0; i < s->reach->prefix && !status; i++) {
		if (!repeats(s, i))
			status = postings_add(p, rarity_word(s->words[i]), sketch,
					      i >= s->reach->early, number);
	}
	return status;
}

/* Calls `each` with every sequence held, until it fails. */
static int each_held(struct novelty *nv, int (*each)(struct novelty *nv, void *data,
			const uint32_t *ids, size_t n, uint32_t number), void *data)
{
	uint32_t *ids = NULL;
	size_t room = 0;
	int status = SOW_OK;
	for (uint32_t i = 0; i < nv->held.count && !status; i++) {
		size_t n = sequences_length(&nv->held, i);
		status = mem_grow((void **)&ids, &room, n, sizeof(*ids));
		if (!status) {
			sequences_get(&nv->held, i, ids);
			status = each(nv, data, ids, n, i);
		}
	}
	mem_free(ids);
	return status;
}

static int count_words(struct novelty *nv, void *data, const uint32_t *ids, size_t n,
		       uint32_t number)
{
	uint32_t *frequencies = data;
	(void)nv;
	(void)number;
	for (size_t i = 0; i < n; i++)
		frequencies[ids[i]]++;
	return SOW_OK;
}

struct order {
	struct rarity rarity;
	struct postings *postings;
};

static int post_again(struct novelty *nv, void *data, const uint32_t *ids, size_t n,
		      uint32_t number)
{
	struct order *to = data;
	struct sorted s;
	int status = sorted_init(&s, nv, &to->rarity, ids, n);
	if (status)
		return status;
	status = post(to->postings, &s, sketch_of(ids, n), number);
	sorted_release(&s);
	return status;
}

static int learn(struct novelty *nv, struct rarity *r)
{
	uint32_t *frequencies = mem_zalloc(nv->vocabulary * sizeof(*frequencies));
	if (!frequencies)
		return SOW_NOMEM;
	int status = each_held(nv, count_words, frequencies);
	if (!status)
		status = rarity_learn(r, frequencies, nv->vocabulary);
	mem_free(frequencies);
	return status;
}

/* Orders words anew. Where memory does not allow it, the old order serves on: any is right. */
static void learn_again(struct novelty *nv)
{
	struct order to = { .rarity = RARITY_INIT };
	nv->next_order = nv->held.count * 2;
	if (learn(nv, &to.rarity))
		return;
	to.postings = postings_new();
	if (to.postings && each_held(nv, post_again, &to) == SOW_OK) {
		struct order from = { nv->rarity, nv->postings };
		nv->rarity = to.rarity;
		nv->postings = to.postings;
		to = from;
	}
	rarity_release(&to.rarity);
	postings_free(to.postings);
	postings_compact(nv->postings); /* or not */
}

/* What a failure leaves behind in the postings has a number that nobody has, or later
 * somebody else; a search judges by the sequence that has it, so that does no harm. */
static int add(struct novelty *nv, const struct words *w, int64_t id)
{
	struct sorted s;
	int status = sorted_init(&s, nv, &nv->rarity, w->ids, w->count);
	if (status)
		return status;
	status = post(nv->postings, &s, sketch_of(w->ids, w->count), (uint32_t)nv->held.count);
	sorted_release(&s);
	if (status)
		return status;
	status = sequences_add(&nv->held, w->ids, w->count, id);
	if (!status && nv->kind == NOVELTY_ALL) {
		status = lcs_many_add(&nv->all, w->ids, w->count);
		if (status)
			sequences_drop_last(&nv->held);
	}
	return status;
}

int novelty_add(struct novelty *nv, const struct words *w, int64_t id)
{
	int status = add(nv, w, id);
	if (status)
		return status;
	for (size_t i = 0; i < w->count; i++) {
		if (w->ids[i] >= nv->vocabulary)
			nv->vocabulary = (size_t)w->ids[i] + 1;
	}
	if (nv->held.count == nv->next_order)
		learn_again(nv);
	return SOW_OK;
}

/* -- asking -------------------------------------------------------------------------------- */

static void search_runs(struct search *q, struct run r, const struct postings *p)
{
	for (; r.count; r = postings_next(p, &r))
		search_among(q, r.sketches, r.numbers, r.count);
}

static void search_postings(struct search *q, const struct postings *p, const struct sorted *s)
{
	const struct reach *reach = s->reach;
	for (size_t i = 0; i < reach->prefix; i++)
		postings_prefetch(p, rarity_word(s->words[i]));
	for (size_t i = 0; i < reach->prefix; i++) {
		uint32_t word = rarity_word(s->words[i]);
		for (size_t c = 0; c < POSTING_CLASSES && postings_split(p, word); c++) {
			if (reach->visits[c] > i)
				postings_prefetch_run(p, word, c);
		}
	}
	for (size_t i = 0; i < reach->prefix; i++) {
		uint32_t word = rarity_word(s->words[i]);
		if (repeats(s, i))
			continue;
		if (!postings_split(p, word)) {
			search_runs(q, postings_first(p, word, 0), p);
			continue;
		}
		for (size_t c = 0; c < POSTING_CLASSES; c++) {
			if (reach->visits[c] > i)
				search_runs(q, postings_first(p, word, c), p);
		}
	}
}

/* best[0..*count-1] are the up to `k` best above the threshold. */
static int find(const struct novelty *nv, const struct words *w, struct hit *best, size_t k,
		size_t *count, uint32_t *compared)
{
	struct search q;
	struct sorted s;
	*count = *compared = 0;
	if (!k)
		return SOW_OK;
	int status = sorted_init(&s, nv, &nv->rarity, w->ids, w->count);
	if (status)
		return status;
	search_start(&q, &nv->held, nv->kernel, w, &s.reach->sieve, nv->threshold, best, k);
	search_postings(&q, nv->postings, &s);
	status = search_end(&q);
	if (!status)
		*count = q.best_count;
	*compared = q.compared;
	sorted_release(&s);
	return status;
}

static struct near near_of(const struct novelty *nv, struct hit hit)
{
	return (struct near){ .score = hit.score, .id = nv->held.ids[hit.number], .found = true };
}

int novelty_nearest(const struct novelty *nv, const struct words *w, struct near *near)
{
	struct hit best;
	size_t count;
	uint32_t compared;
	int status = find(nv, w, &best, 1, &count, &compared);
	*near = count ? near_of(nv, best) : (struct near){ .found = false };
	near->compared = compared;
	return status;
}

int novelty_above(const struct novelty *nv, const struct words *w, size_t k, struct near *near,
		  size_t *count)
{
	size_t most = k < nv->held.count ? k : nv->held.count;
	*count = 0;
	struct hit *best = mem_alloc(most * sizeof(*best));
	if (!best)
		return SOW_NOMEM;
	uint32_t compared;
	int status = find(nv, w, best, most, count, &compared);
	for (size_t i = 0; i < *count; i++)
		near[i] = near_of(nv, best[i]);
	mem_free(best);
	return status;
}

/* -- with all ------------------------------------------------------------------------------- */

/* Puts a neighbour in its place among the k best; of equals the earlier stays ahead. */
static void insert_best(struct near *near, size_t *count, size_t k, struct near one)
{
	size_t at = *count;
	if (at < k)
		(*count)++;
	else if (!k || near[--at].score >= one.score)
		return;
	for (; at && near[at - 1].score < one.score; at--)
		near[at] = near[at - 1];
	near[at] = one;
}

/* The scores with all, as they come. */
struct census {
	const struct novelty *nv;
	const struct words *w;
	struct lcs lcs;
	uint32_t *ids;           /* of the sequence that is looked at */
	size_t room;
	size_t k;
	struct near *near;
	size_t count;
	double sum;
};

static void take(struct census *c, size_t i, size_t lcs)
{
	const struct sequences *held = &c->nv->held;
	double f = rouge_f(lcs, sequences_length(held, i), c->w->count);
	if (c->count < c->k || (c->k && f > c->near[c->k - 1].score))
		insert_best(c->near, &c->count, c->k,
			    (struct near){ .score = f, .id = held->ids[i], .found = true });
	c->sum += f;
}

/* With the ith, word by word. */
static int take_long(struct census *c, size_t i)
{
	size_t n = sequences_length(&c->nv->held, i);
	if (mem_grow((void **)&c->ids, &c->room, n, sizeof(*c->ids)))
		return SOW_NOMEM;
	sequences_get(&c->nv->held, i, c->ids);
	int length = lcs_with(&c->lcs, c->ids, n);
	if (length < 0)
		return length;
	take(c, i, (size_t)length);
	return SOW_OK;
}

static int take_each(struct census *c)
{
	int status = SOW_OK;
	for (size_t i = 0; i < c->nv->held.count && !status; i++)
		status = take_long(c, i);
	return status;
}

static int take_swept(struct census *c)
{
	const struct novelty *nv = c->nv;
	struct lcs_sweep sweep;
	uint8_t lengths[LCS_SWEEP];
	size_t got, from = 0;
	int status = lcs_sweep_start(&sweep, &nv->all, c->w->ids, c->w->count);
	if (status)
		return status;
	while (!status && (got = lcs_sweep_next(&sweep, nv->kernel, lengths))) {
		for (size_t i = 0; i < got && !status; i++) {
			if (sequences_length(&nv->held, from + i) > LCS_MANY_LONGEST)
				status = take_long(c, from + i);
			else
				take(c, from + i, lengths[i]);
		}
		from += got;
	}
	lcs_sweep_end(&sweep);
	return status;
}

int novelty_nearest_few(const struct novelty *nv, const struct words *w, size_t k,
			struct near *near, size_t *count, double *mean)
{
	struct census c = { .nv = nv, .w = w, .k = k, .near = near };
	*count = 0;
	*mean = 0;
	int status = lcs_init(&c.lcs, w->ids, w->count);
	if (status)
		return status;
	status = nv->kind == NOVELTY_ALL ? take_swept(&c) : take_each(&c);
	lcs_release(&c.lcs);
	mem_free(c.ids);
	if (status)
		return status;
	*count = c.count;
	if (nv->held.count)
		*mean = c.sum / (double)nv->held.count;
	return SOW_OK;
}

/* -- many at a time ---------------------------------------------------------------------------- */

struct answer {
	struct hit best;
	size_t found;            /* 0 or 1 */
	uint32_t compared;
	int status;
};

struct batch {
	const struct novelty *nv;
	const struct words *w;
	size_t count;
	struct answer *answers;
	/* those that were added since the batch began */
	uint64_t *sketches;
	uint32_t *numbers;
	size_t added;
};

static void find_some(void *data, size_t item)
{
	struct batch *b = data;
	size_t end = (item + 1) * BATCH_ITEM;
	for (size_t i = item * BATCH_ITEM; i < end && i < b->count; i++) {
		struct answer *a = &b->answers[i];
		a->status = find(b->nv, &b->w[i], &a->best, 1, &a->found, &a->compared);
	}
}

/* Looks among the recent ones, too. They have higher numbers: only a better score counts. */
static int find_recent(const struct batch *b, const struct words *w, struct answer *a)
{
	const struct novelty *nv = b->nv;
	struct search q;
	struct reach own;
	const struct reach *reach = &own;
	struct hit hit;
	if (w->count < CACHED_REACH)
		reach = &nv->reach[w->count];
	else
		reach_of(&own, nv->threshold, w->count);
	search_start(&q, &nv->held, nv->kernel, w, &reach->sieve,
		     a->found ? a->best.score : nv->threshold, &hit, 1);
	search_among(&q, b->sketches, b->numbers, b->added);
	int status = search_end(&q);
	a->compared += q.compared;
	if (!status && q.best_count) {
		a->best = hit;
		a->found = 1;
	}
	return status;
}

static int confirm(struct novelty *nv, struct batch *b, size_t i, int64_t id, struct near *near)
{
	const struct words *w = &b->w[i];
	struct answer *a = &b->answers[i];
	int status = a->status;
	if (!status)
		status = find_recent(b, w, a);
	if (status)
		return status;
	*near = a->found ? near_of(nv, a->best) : (struct near){ .found = false };
	near->compared = a->compared;
	if (a->found)
		return SOW_OK;
	status = novelty_add(nv, w, id);
	if (status)
		return status;
	b->sketches[b->added] = sketch_of(w->ids, w->count);
	b->numbers[b->added++] = (uint32_t)(nv->held.count - 1);
	return SOW_OK;
}

int novelty_filter(struct novelty *nv, struct workers *crew, const struct words *w,
		   const int64_t *ids, size_t count, struct near *near, size_t *done)
{
	struct batch b = { .nv = nv, .w = w, .count = count };
	int status = SOW_NOMEM;
	*done = 0;
	b.answers = mem_alloc(count * sizeof(*b.answers));
	b.sketches = mem_alloc(count * sizeof(*b.sketches));
	b.numbers = mem_alloc(count * sizeof(*b.numbers));
	if (!b.answers || !b.sketches || !b.numbers)
		goto out;
	workers_run(crew, (count + BATCH_ITEM - 1) / BATCH_ITEM, find_some, &b);
	status = SOW_OK;
	while (*done < count) {
		status = confirm(nv, &b, *done, ids[*done], &near[*done]);
		if (status)
			break;
		++*done;
	}
out:
	mem_free(b.answers);
	mem_free(b.sketches);
	mem_free(b.numbers);
	return status;
}
