#include "text/novelty/index.h"

#include "base/mem.h"
#include "sow/sow.h"

#define FIRST_ORDER 256   /* sequences before the order of words is learnt for the first time */
#define SHARES_MOST 8     /* threads that learn it */
#define SHARE_LEAST 20000 /* sequences worth a thread */

static int shards_init(struct postings *shards[INDEX_SHARDS])
{
	for (size_t i = 0; i < INDEX_SHARDS; i++) {
		shards[i] = postings_new();
		if (!shards[i])
			return SOW_NOMEM;
	}
	return SOW_OK;
}

static void shards_release(struct postings *shards[INDEX_SHARDS])
{
	for (size_t i = 0; i < INDEX_SHARDS; i++)
		postings_free(shards[i]);
}

struct novelty *novelty_new(double threshold, enum novelty_kind kind)
{
	struct novelty *nv = mem_try_zalloc(sizeof(*nv));
	if (!nv)
		return NULL;
	nv->threshold = threshold;
	nv->kind = kind;
	nv->kernel = kernel_fastest();
	nv->next_order = FIRST_ORDER;
	for (size_t n = 0; n < INDEX_BOUNDS; n++)
		prefix_bounds_of(&nv->bounds[n], threshold, n);
	if (shards_init(nv->postings)) {
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
	shards_release(nv->postings);
	word_order_release(&nv->word_order);
	lcs_many_release(&nv->all);
	mem_free(nv);
}

size_t novelty_count(const struct novelty *nv)
{
	return nv->held.count;
}

const struct prefix_bounds *index_prefix_bounds(const struct novelty *nv, size_t n,
						struct prefix_bounds *own)
{
	if (n < INDEX_BOUNDS)
		return &nv->bounds[n];
	prefix_bounds_of(own, nv->threshold, n);
	return own;
}

/* Words by rarity */

/* The words of a sequence, rarest first, and its prefix bounds. */
struct sorted {
	const struct prefix_bounds *bounds;
	struct prefix_bounds own;
	uint64_t *words, few[SEARCH_SHORT];
};

static int sorted_init(struct sorted *s, const struct novelty *nv, const struct word_order *r,
		       const uint32_t *ids, size_t n)
{
	s->words = n <= SEARCH_SHORT ? s->few : mem_try_alloc(n * sizeof(*s->words));
	if (!s->words)
		return SOW_NOMEM;
	s->bounds = index_prefix_bounds(nv, n, &s->own);
	word_order_sort(r, ids, n, s->words);
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

/* Adding */

static int post(struct postings *const *shards, const struct sorted *s, uint64_t sketch, uint32_t number)
{
	int status = SOW_OK;
	for (size_t i = 0; i < s->bounds->prefix && !status; i++) {
		uint32_t word = word_order_word(s->words[i]);
		if (!repeats(s, i))
			status = postings_add(shards[word % INDEX_SHARDS], word / INDEX_SHARDS, sketch,
					      i >= s->bounds->early, number);
	}
	return status;
}

int index_post(struct novelty *nv, size_t shard, const struct index_prefix *prefix, uint64_t sketch,
	       uint32_t number)
{
	int status = SOW_OK;
	for (size_t i = 0; i < prefix->count && !status; i++) {
		uint32_t word = prefix->words[i];
		if (word % INDEX_SHARDS == shard)
			status = postings_add(nv->postings[shard], word / INDEX_SHARDS, sketch,
					      i >= prefix->early, number);
	}
	return status;
}

/* Sequences from..upto-1, and what one thread makes of them. */
struct share {
	const struct novelty *nv;
	uint32_t from, upto;
	uint32_t *frequencies;   /* of every word */
	const struct word_order *order;
	struct postings *postings[INDEX_SHARDS];
	int status;
};

/* Calls `each` with every sequence of a share, until it fails. */
static int each_held(struct share *s, int (*each)(struct share *s, const uint32_t *ids, size_t n,
						  uint32_t number))
{
	const struct sequences *held = &s->nv->held;
	uint32_t *ids = NULL;
	size_t room = 0;
	int status = SOW_OK;
	for (uint32_t i = s->from; i < s->upto && !status; i++) {
		size_t n = sequences_length(held, i);
		status = mem_try_grow(&ids, &room, n);
		if (!status) {
			sequences_get(held, i, ids);
			status = each(s, ids, n, i);
		}
	}
	mem_free(ids);
	return status;
}

static int count_words(struct share *s, const uint32_t *ids, size_t n, uint32_t number)
{
	(void)number;
	for (size_t i = 0; i < n; i++)
		s->frequencies[ids[i]]++;
	return SOW_OK;
}

static int post_words(const struct novelty *nv, const struct word_order *r, struct postings *const *shards,
		      const uint32_t *ids, size_t n, uint32_t number)
{
	struct sorted s;
	int status = sorted_init(&s, nv, r, ids, n);
	if (status)
		return status;
	status = post(shards, &s, sketch_of(ids, n), number);
	sorted_release(&s);
	return status;
}

static int post_held(struct share *s, const uint32_t *ids, size_t n, uint32_t number)
{
	return post_words(s->nv, s->order, s->postings, ids, n, number);
}

static void count_share(void *data, size_t item)
{
	struct share *s = (struct share *)data + item;
	s->frequencies = mem_try_zalloc(s->nv->vocabulary * sizeof(*s->frequencies));
	s->status = s->frequencies ? each_held(s, count_words) : SOW_NOMEM;
}

static void post_share(void *data, size_t item)
{
	struct share *s = (struct share *)data + item;
	s->status = shards_init(s->postings);
	if (!s->status)
		s->status = each_held(s, post_held);
}

/* The postings of one shard that the threads have made. */
struct joining {
	struct share *shares;
	size_t count;
	int status[INDEX_SHARDS];
};

static void join_shard(void *data, size_t item)
{
	struct joining *j = data;
	struct postings *made[SHARES_MOST];
	for (size_t i = 0; i < j->count; i++)
		made[i] = j->shares[i].postings[item];
	j->status[item] = postings_join(made, j->count);
}

/* All into the first's. A single one may stay uncompacted where memory is short. */
static int join_shares(struct workers *crew, struct share *shares, size_t count)
{
	struct joining j = { .shares = shares, .count = count };
	workers_run(crew, INDEX_SHARDS, join_shard, &j);
	for (size_t i = 0; i < INDEX_SHARDS && count > 1; i++) {
		if (j.status[i])
			return j.status[i];
	}
	return SOW_OK;
}

static int run_shares(struct workers *crew, struct share *shares, size_t count,
		      void (*work)(void *data, size_t item))
{
	workers_run(crew, count, work, shares);
	for (size_t i = 0; i < count; i++) {
		if (shares[i].status)
			return shares[i].status;
	}
	return SOW_OK;
}

static int learn(struct workers *crew, struct share *shares, size_t count, struct word_order *r)
{
	size_t words = shares->nv->vocabulary;
	int status = run_shares(crew, shares, count, count_share);
	for (size_t i = 1; i < count && !status; i++) {
		for (size_t w = 0; w < words; w++)
			shares->frequencies[w] += shares[i].frequencies[w];
	}
	if (!status)
		status = word_order_learn(r, shares->frequencies, words);
	for (size_t i = 0; i < count; i++) {
		mem_free(shares[i].frequencies);
		shares[i].order = r;
	}
	return status;
}

static size_t share_out(const struct novelty *nv, struct workers *crew, struct share *shares)
{
	size_t count = workers_count(crew), held = nv->held.count;
	if (count > SHARES_MOST)
		count = SHARES_MOST;
	if (held < count * SHARE_LEAST)
		count = held / SHARE_LEAST + 1;
	for (size_t i = 0; i < count; i++)
		shares[i] = (struct share){ .nv = nv, .from = (uint32_t)(held * i / count),
					    .upto = (uint32_t)(held * (i + 1) / count) };
	return count;
}

/* Orders words anew, and posts every sequence by that order. On failure nothing changes. */
static int learn_again(struct novelty *nv, struct workers *crew)
{
	struct share shares[SHARES_MOST];
	struct word_order order = WORD_ORDER_INIT;
	size_t count = share_out(nv, crew, shares);
	int status = learn(crew, shares, count, &order);
	if (!status)
		status = run_shares(crew, shares, count, post_share);
	if (!status)
		status = join_shares(crew, shares, count);
	if (!status) {
		struct word_order old = nv->word_order;
		nv->word_order = order;
		order = old;
		for (size_t i = 0; i < INDEX_SHARDS; i++) {
			struct postings *had = nv->postings[i];
			nv->postings[i] = shares[0].postings[i];
			shares[0].postings[i] = had;
		}
	}
	word_order_release(&order);
	for (size_t i = 0; i < count; i++)
		shards_release(shares[i].postings);
	nv->next_order = nv->held.count < FIRST_ORDER / 2 ? FIRST_ORDER : nv->held.count * 2;
	return status;
}

int index_hold(struct novelty *nv, const struct words *w, int64_t id)
{
	int status = sequences_add(&nv->held, w->ids, w->count, id);
	if (!status && nv->kind == NOVELTY_ALL) {
		status = lcs_many_add(&nv->all, w->ids, w->count);
		if (status)
			sequences_drop_last(&nv->held);
	}
	if (status)
		return status;
	for (size_t i = 0; i < w->count; i++) {
		if (w->ids[i] >= nv->vocabulary)
			nv->vocabulary = (size_t)w->ids[i] + 1;
	}
	return SOW_OK;
}

void index_drop_last(struct novelty *nv, const struct words *w)
{
	sequences_drop_last(&nv->held);
	if (nv->kind == NOVELTY_ALL)
		lcs_many_drop_last(&nv->all, w->ids, w->count);
}

void index_order(struct novelty *nv, struct workers *crew)
{
	if (nv->held.count >= nv->next_order && !nv->loading)
		learn_again(nv, crew); /* or the old order serves on: any is right */
}

/* A failed addition leaves postings, as index_drop_last does. */
int novelty_add(struct novelty *nv, const struct words *w, int64_t id)
{
	int status = SOW_OK;
	if (!nv->loading)
		status = post_words(nv, &nv->word_order, nv->postings, w->ids, w->count,
				    (uint32_t)nv->held.count);
	if (!status)
		status = index_hold(nv, w, id);
	if (!status)
		index_order(nv, NULL);
	return status;
}

void novelty_begin_bulk(struct novelty *nv)
{
	nv->loading = true;
}

int novelty_end_bulk(struct novelty *nv, struct workers *crew)
{
	int status = nv->loading ? learn_again(nv, crew) : SOW_OK;
	nv->loading = status != SOW_OK;
	return status;
}

/* Asking */

static void search_runs(struct search *q, struct run r, const struct postings *p)
{
	for (; r.count; r = postings_next(p, &r))
		search_among(q, r.sketches, r.numbers, r.count);
}

static void search_postings(struct search *q, const struct novelty *nv, const struct sorted *s)
{
	const struct prefix_bounds *bounds = s->bounds;
	for (size_t i = 0; i < bounds->prefix; i++) {
		uint32_t word = word_order_word(s->words[i]);
		postings_prefetch(nv->postings[word % INDEX_SHARDS], word / INDEX_SHARDS);
	}
	for (size_t i = 0; i < bounds->prefix; i++) {
		uint32_t word = word_order_word(s->words[i]);
		const struct postings *p = nv->postings[word % INDEX_SHARDS];
		for (size_t c = 0; c < POSTING_CLASSES && postings_split(p, word / INDEX_SHARDS); c++) {
			if (bounds->visits[c] > i)
				postings_prefetch_run(p, word / INDEX_SHARDS, c);
		}
	}
	for (size_t i = 0; i < bounds->prefix; i++) {
		uint32_t word = word_order_word(s->words[i]);
		const struct postings *p = nv->postings[word % INDEX_SHARDS];
		word /= INDEX_SHARDS;
		if (repeats(s, i))
			continue;
		if (!postings_split(p, word)) {
			search_runs(q, postings_first(p, word, 0), p);
			continue;
		}
		for (size_t c = 0; c < POSTING_CLASSES; c++) {
			if (bounds->visits[c] > i)
				search_runs(q, postings_first(p, word, c), p);
		}
	}
}

static void note_prefix(const struct sorted *s, struct index_prefix *prefix)
{
	prefix->count = prefix->early = 0;
	for (size_t i = 0; i < s->bounds->prefix; i++) {
		if (!repeats(s, i))
			prefix->words[prefix->count++] = word_order_word(s->words[i]);
		if (i < s->bounds->early)
			prefix->early = prefix->count;
	}
}

int index_find(const struct novelty *nv, const struct words *w, struct hit *best, size_t k,
	       size_t *count, uint32_t *compared, struct index_prefix *prefix)
{
	struct search q;
	struct sorted s;
	*count = *compared = 0;
	if (!k)
		return SOW_OK;
	int status = sorted_init(&s, nv, &nv->word_order, w->ids, w->count);
	if (status)
		return status;
	search_start(&q, &nv->held, nv->kernel, w, &s.bounds->sieve, nv->threshold, best, k);
	search_postings(&q, nv, &s);
	status = search_end(&q);
	if (!status)
		*count = q.best_count;
	*compared = q.compared;
	if (prefix)
		note_prefix(&s, prefix);
	sorted_release(&s);
	return status;
}

struct neighbour index_neighbour(const struct novelty *nv, struct hit hit)
{
	return (struct neighbour){ .score = hit.score, .id = nv->held.ids[hit.number], .found = true };
}

int novelty_nearest(const struct novelty *nv, const struct words *w, struct neighbour *near)
{
	struct hit best;
	size_t count;
	uint32_t compared;
	int status = index_find(nv, w, &best, 1, &count, &compared, NULL);
	*near = count ? index_neighbour(nv, best) : (struct neighbour){ .found = false };
	near->compared = compared;
	return status;
}

int novelty_above(const struct novelty *nv, const struct words *w, size_t k, struct neighbour *near,
		  size_t *count)
{
	size_t most = k < nv->held.count ? k : nv->held.count;
	*count = 0;
	struct hit *best = mem_try_alloc(most * sizeof(*best));
	if (!best)
		return SOW_NOMEM;
	uint32_t compared;
	int status = index_find(nv, w, best, most, count, &compared, NULL);
	for (size_t i = 0; i < *count; i++)
		near[i] = index_neighbour(nv, best[i]);
	mem_free(best);
	return status;
}
