/* Any bytes as sequences of words, added and asked for in turn: the index and the scan say
 * the same. The first two bytes are the threshold, a fraction, so that scores meet it. */
#include "check.h"
#include "text/novelty/scan_test.h"

#define MOST_WORDS 100
#define MOST_SEQUENCES 600
#define FEW 5

struct bytes {
	const uint8_t *at, *end;
};

static unsigned next(struct bytes *b)
{
	return b->at < b->end ? *b->at++ : 0;
}

static bool same(const struct neighbour *a, size_t a_count, const struct neighbour *b, size_t b_count)
{
	for (size_t i = 0; i < a_count && a_count == b_count; i++) {
		if (a[i].score != b[i].score || a[i].id != b[i].id || !a[i].found)
			return false;
	}
	return a_count == b_count;
}

static void check_one(const struct novelty *nv, const struct novelty *all,
		      const struct scan *scan, double threshold, const struct words *w)
{
	struct neighbour want[FEW], got[FEW];
	double mean, got_mean;
	size_t count, wanted = scan_above(scan, threshold, w, FEW, want, &mean);
	CHECK(novelty_above(nv, w, FEW, got, &count) == SOW_OK);
	CHECK(same(got, count, want, wanted));
	CHECK(novelty_nearest(all, w, got) == SOW_OK);
	CHECK(same(got, got[0].found, want, wanted > 0));
	wanted = scan_above(scan, -1, w, FEW, want, &mean);
	CHECK(novelty_nearest_few(all, w, FEW, got, &count, &got_mean) == SOW_OK);
	CHECK(same(got, count, want, wanted) && mean == got_mean);
}

/* A sequence of the bytes that come next, or a held one with a word changed. */
static void read_words(struct bytes *b, const struct scan *scan, struct words *w)
{
	unsigned length = next(b);
	w->count = 0;
	if (length < 128 || !scan->count) {
		while (w->count < length % MOST_WORDS && b->at < b->end)
			w->ids[w->count++] = next(b);
		return;
	}
	const struct words *from = &scan->w[next(b) % scan->count];
	for (; w->count < from->count; w->count++)
		w->ids[w->count] = from->ids[w->count];
	if (w->count)
		w->ids[next(b) % w->count] = next(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, data + size };
	unsigned over = next(&b) % 20, under = next(&b) % 20 + 1;
	double threshold = over < under ? (double)over / under : 1;
	struct novelty *nv = novelty_new(threshold, NOVELTY_ABOVE);
	struct novelty *all = novelty_new(threshold, NOVELTY_ALL);
	struct scan scan = SCAN_INIT;
	uint32_t ids[MOST_WORDS];
	struct words w = { .ids = ids };
	CHECK(nv && all);
	while (b.at < b.end && scan.count < MOST_SEQUENCES) {
		read_words(&b, &scan, &w);
		check_one(nv, all, &scan, threshold, &w);
		int64_t id = (int64_t)scan.count * 3;
		if (scan.count % 7 == 3)
			novelty_begin_bulk(nv);
		scan_add(&scan, &w, id);
		CHECK(novelty_add(nv, &w, id) == SOW_OK && novelty_add(all, &w, id) == SOW_OK);
		CHECK(novelty_end_bulk(nv, NULL) == SOW_OK);
	}
	scan_release(&scan);
	novelty_free(nv);
	novelty_free(all);
	return 0;
}
