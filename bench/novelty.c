/* novelty SENTENCES [ascii|unicode] - how the novelty index grows, on one core.
 *
 * Reads the file once, line by line; keeps each line whose ROUGE-L F1 with every line kept
 * before is at most 0.7. Prints tables with tabs, a row at 1,875 lines and at each doubling
 * (so at 30,000), and at the end:
 *
 *     lines        how many were asked for so far
 *     seconds      processor time so far, tokenizing and all
 *     kept         the share of them, in percent
 *     compared     the mean number of sequences a line was compared with in full
 *
 * Then what was kept is put into new indexes: one for questions above the threshold, and one
 * for those below it as well, one by one, and in the last row all at once, as a run does that
 * goes on:
 *
 *     sequences    that it holds
 *     seconds      processor time so far, without tokenizing
 *     bytes        that it has taken, by sequence; and by word, without 32 a sequence
 *
 * Last, some hundred lines ask for their ten nearest of all.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/infile.h"
#include "text/novelty.h"

#define THRESHOLD 0.7
#define FIRST_ROW 1875
#define ASKED 200
#define NEAREST 10

/* What was kept: the words of all, and where each ends. */
struct kept {
	uint32_t *words;
	size_t used, room;
	size_t *ends;
	size_t count, end_room;
};

static void must(bool ok)
{
	if (!ok) {
		fprintf(stderr, "novelty: out of memory, or the file cannot be read\n");
		exit(1);
	}
}

static double seconds(int64_t time)
{
	return (double)time / CLOCK_SECOND;
}

static void keep(struct kept *k, const struct words *w)
{
	mem_grow(&k->words, &k->room, k->used + w->count);
	mem_grow(&k->ends, &k->end_room, k->count + 1);
	if (w->count)
		memcpy(k->words + k->used, w->ids, w->count * sizeof(*w->ids));
	k->used += w->count;
	k->ends[k->count++] = k->used;
}

static struct words kept_words(const struct kept *k, size_t i)
{
	size_t start = i ? k->ends[i - 1] : 0;
	return (struct words){ .ids = k->words + start, .count = k->ends[i] - start };
}

/* Asking and adding in turn */

struct tally {
	size_t lines;
	double compared;
	int64_t start;
};

static void ask(struct tally *t, struct novelty *nv, const struct words *w, struct kept *k)
{
	struct neighbour near;
	must(!novelty_nearest(nv, w, &near));
	t->compared += near.compared;
	t->lines++;
	if (!near.found) {
		must(!novelty_add(nv, w, (int64_t)t->lines));
		keep(k, w);
	}
}

static void print_row(const struct tally *t, const struct kept *k)
{
	printf("%zu\t%.3f\t%.2f\t%.3f\n", t->lines, seconds(clock_thread() - t->start),
	       100 * (double)k->count / (double)t->lines, t->compared / (double)t->lines);
}

static void filter(const char *path, struct vocabulary *v, struct kept *k)
{
	struct novelty *nv = novelty_new(THRESHOLD, NOVELTY_ABOVE);
	struct words w = WORDS_INIT;
	struct sow_error err;
	struct view line;
	size_t row = FIRST_ROW;
	struct infile *in = infile_open(path, &err);
	must(nv && in);
	printf("lines\tseconds\tkept\tcompared\n");
	struct tally t = { .start = clock_thread() };
	while (infile_line(in, &line, &err) > 0) {
		must(words_of(&w, v, line.p, line.len) >= 0);
		ask(&t, nv, &w, k);
		if (t.lines == row) {
			print_row(&t, k);
			row *= 2;
		}
	}
	if (t.lines * 2 != row)
		print_row(&t, k);
	infile_close(in);
	words_release(&w);
	novelty_free(nv);
}

/* What was kept, in new indexes */

static size_t allocated(void)
{
	struct mallinfo2 m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

static void print_held(const struct kept *k, size_t count, int64_t start, size_t before,
		       const char *how)
{
	double bytes = (double)(allocated() - before), held = (double)count;
	printf("%zu\t%.3f\t%.1f\t%.2f%s\n", count, seconds(clock_thread() - start), bytes / held,
	       (bytes - 32 * held) / (double)k->ends[count - 1], how);
}

static void load(const struct kept *k, enum novelty_kind kind)
{
	size_t before = allocated();
	struct novelty *nv = novelty_new(THRESHOLD, kind);
	must(nv != NULL);
	int64_t start = clock_thread();
	novelty_begin_bulk(nv);
	for (size_t i = 0; i < k->count; i++) {
		struct words w = kept_words(k, i);
		must(!novelty_add(nv, &w, (int64_t)i));
	}
	must(!novelty_end_bulk(nv, NULL));
	print_held(k, k->count, start, before, "\tat once");
	novelty_free(nv);
}

static struct novelty *build(const struct kept *k, enum novelty_kind kind)
{
	size_t before = allocated(), row = FIRST_ROW;
	struct novelty *nv = novelty_new(THRESHOLD, kind);
	must(nv != NULL);
	printf("\nsequences\tseconds\tbytes/sequence\t(bytes-32)/word\t%s\n",
	       kind == NOVELTY_ALL ? "NOVELTY_ALL" : "NOVELTY_ABOVE");
	int64_t start = clock_thread();
	for (size_t i = 0; i < k->count; i++) {
		struct words w = kept_words(k, i);
		must(!novelty_add(nv, &w, (int64_t)i));
		if (i + 1 != row && i + 1 != k->count)
			continue;
		print_held(k, i + 1, start, before, "");
		row *= 2;
	}
	load(k, kind);
	return nv;
}

static void ask_below(const struct novelty *nv, const struct kept *k, const char *kind)
{
	int64_t start = clock_thread();
	for (size_t i = 0; i < ASKED; i++) {
		struct words w = kept_words(k, i * k->count / ASKED);
		struct neighbour near[NEAREST];
		double mean;
		size_t count;
		must(!novelty_nearest_few(nv, &w, NEAREST, near, &count, &mean));
	}
	printf("%d nearest of all, %s: %.3f ms\n", NEAREST, kind,
	       1000 * seconds(clock_thread() - start) / ASKED);
}

int main(int argc, char **argv)
{
	bool ascii = argc == 3 && strcmp(argv[2], "ascii") == 0;
	if (argc < 2 || argc > 3 || (argc == 3 && !ascii && strcmp(argv[2], "unicode") != 0)) {
		fprintf(stderr, "usage: novelty SENTENCES [ascii|unicode]\n");
		return 2;
	}
	struct kept kept = { .count = 0 };
	struct vocabulary *v = vocabulary_new(ascii ? WORDS_ASCII : WORDS_UNICODE);
	must(v != NULL);
	filter(argv[1], v, &kept);
	must(kept.count > 0);
	struct novelty *above = build(&kept, NOVELTY_ABOVE), *all = build(&kept, NOVELTY_ALL);
	printf("\n");
	ask_below(all, &kept, "NOVELTY_ALL");
	ask_below(above, &kept, "NOVELTY_ABOVE");
	novelty_free(above);
	novelty_free(all);
	vocabulary_free(v);
	mem_free(kept.words);
	mem_free(kept.ends);
	return fflush(stdout) || ferror(stdout);
}
