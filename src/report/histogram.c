#include "report/histogram.h"

#include <inttypes.h>
#include <stdio.h>

#include "terminal/readable.h"

#define BAR 30  /* columns of the longest */
#define BARS 40 /* in a picture */

/* The last length of each range; the one behind them has no end. */
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

static void print_range(struct buf *out, size_t range, int64_t n, int64_t most, int64_t total)
{
	char name[32], count[32];
	struct buf text = BUF_INIT;
	if (range + 1 == RANGES)
		snprintf(name, sizeof(name), "%" PRId64 " +", first_of(range));
	else if (first_of(range) == ends[range])
		snprintf(name, sizeof(name), "%" PRId64, ends[range]);
	else
		snprintf(name, sizeof(name), "%" PRId64 "-%" PRId64, first_of(range), ends[range]);
	readable_count(&text, n);
	snprintf(count, sizeof(count), "%s", text.data);
	buf_release(&text);
	buf_addf(out, "  %9s %12s %6.1f %%  ", name, count, 100 * (double)n / (double)total);
	int64_t bar = (n * BAR + most - 1) / most;
	for (int64_t i = 0; i < bar; i++)
		buf_addch(out, '#');
	while (out->len && out->data[out->len - 1] == ' ')
		buf_cut(out, out->len - 1);
	buf_addch(out, '\n');
}

int histogram_print(const struct histogram *h, const char *title, struct buf *out)
{
	int64_t most = 0;
	size_t first = RANGES, last = 0;
	buf_addf(out, "%s, in words", title);
	if (!h->total)
		return buf_addstr(out, ": none\n");
	buf_addf(out, ": median %" PRId64 ", nine in ten up to %" PRId64 ", longest %" PRId64 "\n",
		 histogram_quantile(h, 0.5), histogram_quantile(h, 0.9), h->longest);
	for (size_t i = 0; i < RANGES; i++) {
		int64_t n = in_range(h, i);
		most = n > most ? n : most;
		first = n && first == RANGES ? i : first;
		last = n ? i : last;
	}
	for (size_t i = first; i <= last; i++)
		print_range(out, i, in_range(h, i), most, h->total);
	return out->status;
}

/* Bars of equal widths, for a picture: up to what nearly all do not pass, the last with the rest. */
static void bars_json(const struct histogram *h, struct json_out *out)
{
	int64_t end = histogram_quantile(h, 0.99) + 1;
	int64_t width = (end + BARS - 1) / BARS;
	int64_t from = 0;
	json_out_integer(out, "bar_width", width);
	json_out_array(out, "bars");
	while (from <= HISTOGRAM_MAX && h->total) {
		int64_t sum = 0, to = from + width < end ? from + width : HISTOGRAM_MAX + 1;
		for (int64_t i = from; i < to; i++)
			sum += i <= HISTOGRAM_MAX ? h->count[i] : 0;
		json_out_integer(out, NULL, sum);
		from = to;
	}
	json_out_end(out);
}

void histogram_json(const struct histogram *h, const char *key, struct json_out *out)
{
	json_out_object(out, key);
	json_out_integer(out, "count", h->total);
	json_out_integer(out, "words", h->words);
	json_out_integer(out, "median", histogram_quantile(h, 0.5));
	json_out_integer(out, "p90", histogram_quantile(h, 0.9));
	json_out_integer(out, "p99", histogram_quantile(h, 0.99));
	json_out_integer(out, "longest", h->longest);
	bars_json(h, out);
	json_out_array(out, "ranges");
	for (size_t i = 0; i < RANGES; i++) {
		json_out_object(out, NULL);
		json_out_integer(out, "from", first_of(i));
		if (i + 1 < RANGES)
			json_out_integer(out, "to", ends[i]);
		json_out_integer(out, "count", in_range(h, i));
		json_out_end(out);
	}
	json_out_end(out);
	json_out_end(out);
}
