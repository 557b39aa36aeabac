#include "text/novelty/search.h"

#include <string.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/novelty/prefix_bounds.h"
#include "text/rouge.h"

#define NOBODY UINT32_MAX

void search_start(struct search *s, const struct sequences *held, const struct kernel *kernel,
		  const struct words *words, const struct sieve *sieve, double bar,
		  struct hit *best, size_t best_most)
{
	s->held = held;
	s->kernel = kernel;
	s->words = words;
	s->sieve = sieve;
	s->sketch = sketch_of(words->ids, words->count);
	s->bar = bar;
	s->best = best;
	s->best_count = 0;
	s->best_most = best_most;
	s->status = SOW_OK;
	s->compared = 0;
	s->ready = false;
	s->wide = s->other_wide = NULL;
	s->other = s->other_short;
	s->other_room = SEARCH_SHORT;
	s->waiting_count = 0;
	memset(s->seen, 0xFF, sizeof(s->seen)); /* NOBODY */
}

/* What only a query with candidates needs. */
static int make_ready(struct search *s)
{
	const struct words *w = s->words;
	s->wide_size = sketch_wide_size(w->count);
	if (s->wide_size) {
		s->wide = mem_try_alloc(2 * s->wide_size * sizeof(*s->wide));
		if (!s->wide)
			return SOW_NOMEM;
		s->other_wide = s->wide + s->wide_size;
		sketch_wide(s->wide, s->wide_size, w->ids, w->count);
	}
	int status = lcs_init(&s->lcs, w->ids, w->count);
	s->ready = !status;
	return status;
}

/* False if s->other, of `m` words, has fewer than `needed` in common with the query. */
static bool wide_may(struct search *s, size_t m, size_t needed)
{
	size_t missing, other_missing;
	if (!s->wide_size)
		return true;
	sketch_wide(s->other_wide, s->wide_size, s->other, m);
	sketch_wide_missing(s->wide, s->other_wide, s->wide_size, &missing, &other_missing);
	return s->words->count - missing >= needed && m - other_missing >= needed;
}

static int reserve_other(struct search *s, size_t length)
{
	if (length <= s->other_room)
		return SOW_OK;
	uint32_t *array = s->other == s->other_short ? NULL : s->other;
	size_t room = array ? s->other_room : 0;
	if (mem_try_grow(&array, &room, length))
		return SOW_NOMEM;
	s->other = array;
	s->other_room = room;
	return SOW_OK;
}

static bool before(const struct hit *a, const struct hit *b)
{
	return a->score > b->score || (a->score == b->score && a->number < b->number);
}

/* Puts it in its place among the best, if it has one. */
static void insert(struct search *s, struct hit one)
{
	size_t at = s->best_count;
	for (size_t i = 0; i < s->best_count; i++) {
		if (s->best[i].number == one.number)
			return;
	}
	if (at < s->best_most)
		s->best_count++;
	else if (!before(&one, &s->best[--at]))
		return;
	for (; at && before(&one, &s->best[at - 1]); at--)
		s->best[at] = s->best[at - 1];
	s->best[at] = one;
	if (s->best_count == s->best_most)
		s->bar = s->best[s->best_most - 1].score;
}

static void judge(struct search *s, uint32_t number)
{
	size_t n = s->words->count, m = sequences_length(s->held, number);
	size_t needed = common_needed(s->bar, n, m);
	if (needed > n || needed > m)
		return;
	if ((!s->ready && make_ready(s)) || reserve_other(s, m)) {
		s->status = SOW_NOMEM;
		return;
	}
	sequences_get(s->held, number, s->other);
	if (!wide_may(s, m, needed))
		return;
	int length = lcs_with(&s->lcs, s->other, m);
	s->compared++;
	if (length < 0) {
		s->status = length;
		return;
	}
	if ((size_t)length < needed)
		return;
	struct hit one = { rouge_f((size_t)length, m, n), number };
	if (s->best_count == s->best_most ? one.score >= s->bar : one.score > s->bar)
		insert(s, one);
}

static void judge_waiting(struct search *s)
{
	for (size_t i = 0; i < s->waiting_count; i++)
		sequences_prefetch(s->held, s->waiting[i]);
	for (size_t i = 0; i < s->waiting_count && !s->status; i++)
		judge(s, s->waiting[i]);
	s->waiting_count = 0;
}

/* A failed addition left a number that no sequence has. */
static void wait_for(struct search *s, uint32_t number)
{
	uint32_t *seen = &s->seen[number % SEARCH_SEEN];
	if (*seen == number || number >= s->held->count)
		return;
	*seen = number;
	__builtin_prefetch(&s->held->places[number]);
	s->waiting[s->waiting_count++] = number;
	if (s->waiting_count == SEARCH_WAITING)
		judge_waiting(s);
}

void search_among(struct search *s, const uint64_t *sketches, const uint32_t *numbers,
		  size_t count)
{
	const size_t step = sizeof(s->hits) / sizeof(s->hits[0]);
	for (size_t from = 0; from < count; from += step) {
		size_t n = count - from < step ? count - from : step;
		n = s->kernel->sift(s->sieve, s->sketch, sketches + from, n, s->hits);
		for (size_t i = 0; i < n; i++)
			wait_for(s, numbers[from + s->hits[i]]);
	}
}

int search_end(struct search *s)
{
	judge_waiting(s);
	if (s->ready)
		lcs_release(&s->lcs);
	mem_free(s->wide);
	if (s->other != s->other_short)
		mem_free(s->other);
	return s->status;
}
