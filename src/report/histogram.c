#include "report/histogram.h"

#include <inttypes.h>
#include <stdio.h>

#define BAR 30  /* columns of the longest bar */
#define BARS 40 /* in a picture */

/* The last length of each range; the one after them is open. */
static const int64_t ends[] = { 0, 2, 5, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500, 999 };
#define RANGES (sizeof(ends) / sizeof(ends[0]) + 1)

void histogram_add(struct histogram *h, size_t words)
{
	h->count[words < HISTOGRAM_MAX ? words : HISTOGRAM_MAX]++;
	h->total++;
	h->words += (int64_t)words;
	if ((int64_t)words > h->longest)
		h->longest = (int64_t)words;
}

int64_t histogram_quantile(const struct histogram *h, double share)
{
	double want = share * (double)h->total;
	int64_t seen = 0;
	for (int64_t i = 0; i < HISTOGRAM_MAX; i++) {
		seen += h->count[i];
		if (seen && (double)seen >= want)
			return i;
	}
	return h->longest;
}

static int64_t first_of(size_t range)
{
	return range ? ends[range - 1] + 1 : 0;
}

static int64_t in_range(const struct histogram *h, size_t range)
{
	int64_t sum = 0, last = range + 1 < RANGES ? ends[range] : HISTOGRAM_MAX;
	for (int64_t i = first_of(range); i <= last; i++)
		sum += h->count[i];
	return sum;
}

static const char *range_label(size_t range, struct figures *f)
{
	char name[32];
	if (range + 1 == RANGES)
		snprintf(name, sizeof(name), "%" PRId64 " +", first_of(range));
	else if (first_of(range) == ends[range])
		snprintf(name, sizeof(name), "%" PRId64, ends[range]);
	else
		snprintf(name, sizeof(name), "%" PRId64 "-%" PRId64, first_of(range), ends[range]);
	return figures_words(f, "%9s", name);
}

static const char *bar(int64_t n, int64_t most)
{
	static const char full[] = "##############################";
	int64_t columns = (n * BAR + most - 1) / most;
	return n ? full + BAR - columns : NULL;
}

/* Text shows the ranges from the first to the last that is not empty. */
static void ranges_figures(const struct histogram *h, struct figures *f)
{
	int64_t most = 0;
	size_t first = RANGES, last = 0;
	for (size_t i = 0; i < RANGES; i++) {
		int64_t n = in_range(h, i);
		most = n > most ? n : most;
		first = n && first == RANGES ? i : first;
		last = n ? i : last;
	}
	figures_array(f, "ranges", NULL);
	for (size_t i = 0; i < RANGES; i++) {
		bool is_shown = i >= first && i <= last;
		int64_t n = in_range(h, i);
		figures_object(f, NULL, NULL);
		figures_count(f, "from", NULL, first_of(i));
		if (i + 1 < RANGES)
			figures_count(f, "to", NULL, ends[i]);
		struct figure *x = figures_count(f, "count", is_shown ? range_label(i, f) : NULL, n);
		x->of = h->total;
		x->note = most ? bar(n, most) : NULL;
		figures_end(f);
	}
	figures_end(f);
}

/* Bars of equal widths, for a picture: up to a length that few texts exceed; the last holds the rest. */
static void bars_figures(const struct histogram *h, struct figures *f)
{
	int64_t end = histogram_quantile(h, 0.99) + 1;
	int64_t width = (end + BARS - 1) / BARS, from = 0;
	int64_t sums[HISTOGRAM_MAX + 1];
	size_t count = 0;
	for (; from <= HISTOGRAM_MAX && h->total; count++) {
		int64_t to = from + width < end ? from + width : HISTOGRAM_MAX + 1;
		sums[count] = 0;
		for (; from < to; from++)
			sums[count] += from <= HISTOGRAM_MAX ? h->count[from] : 0;
	}
	figures_count(f, "bar_width", NULL, width);
	figures_list(f, "bars", sums, count);
}

void histogram_figures(const struct histogram *h, const char *key, const char *title,
		       struct figures *f)
{
	int64_t median = histogram_quantile(h, 0.5), p90 = histogram_quantile(h, 0.9);
	const char *heading = !h->total ? figures_words(f, "%s, in words: none", title)
		: figures_words(f, "%s, in words: median %" PRId64 ", nine in ten up to %" PRId64
				   ", longest %" PRId64, title, median, p90, h->longest);
	figures_object(f, key, heading)->layout = (struct figure_layout){ 2, 9, 12 };
	figures_count(f, "count", NULL, h->total);
	figures_count(f, "words", NULL, h->words);
	figures_count(f, "median", NULL, median);
	figures_count(f, "p90", NULL, p90);
	figures_count(f, "p99", NULL, histogram_quantile(h, 0.99));
	figures_count(f, "longest", NULL, h->longest);
	bars_figures(h, f);
	ranges_figures(h, f);
	figures_end(f);
}
