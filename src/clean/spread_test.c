#include "clean/spread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "clean/contamination.h"
#include "clean/dedup.h"
#include "clean/novel_ranks.h"
#include "io/folder.h"
#include "io/outfile.h"
#include "ranks/ranks_threads.h"

/* Ranks that are threads; under mpirun tests/mpi compares the program. */

#define NAME 512

static struct buf scratch = BUF_INIT;
static char in[NAME], against[NAME];

/* How far a rank's files are written. */
struct kept {
	bool is;
	size_t room;                 /* so many pieces more, and then the disk is full; 0: as many as there are */
	struct spread_progress progress;
};

/* What a test asks for, of one process and of ranks. */
struct task {
	struct clean_options clean;
	const struct dedup_options *dedup;
	const struct novel_options *novel;
	const struct contamination_options *contamination;
	const char *checkpoints;     /* their folder */
	uint8_t key;
	struct kept *kept;           /* of each rank, or NULL */
	uint64_t piece;
	size_t full;                 /* from this rank on what is kept cannot be written; 0: it can */
	char told[NAME];             /* that it resumes */
	int status;                  /* that is expected */
	char message[SOW_ERROR_MAX];
	struct clean_counts counts;
};

/* Assertions of cmocka are for the thread that started the test. */
static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void name_file(char path[NAME], const char *what, size_t rank)
{
	snprintf(path, NAME, "%s/%s-%zu", scratch.data, what, rank);
}

static int run(const struct task *t, struct spread *s, const struct clean_options *o, struct workers *crew,
	       struct clean_counts *counts, struct sow_error *err)
{
	int status;
	if (t->dedup) {
		struct dedup_options d = *t->dedup;
		d.clean = *o;
		return s ? dedup_spread(s, &d, crew, counts, err) : dedup_run(&d, crew, counts, err);
	}
	if (t->novel) {
		struct novel_options n = *t->novel;
		n.clean = *o;
		return s ? novel_ranks_run(s, &n, crew, counts, err) : novel_run(&n, crew, counts, err);
	}
	struct contamination_options c = *t->contamination;
	struct contamination_counts all = { .items = 0 };
	c.clean = *o;
	status = s ? contamination_spread(s, &c, crew, &all, err) : contamination_run(&c, crew, &all, err);
	*counts = all.lines;
	return status;
}

static void note_told(void *data, const char *message)
{
	struct task *t = data;
	snprintf(t->told, sizeof(t->told), "%s", message);
}

static bool load_kept(void *data, struct spread_progress *p)
{
	const struct kept *kept = data;
	if (kept->is)
		*p = kept->progress;
	return kept->is;
}

static int save_kept(void *data, const struct spread_progress *p, struct sow_error *err)
{
	struct kept *kept = data;
	kept->is = true;
	kept->progress = *p;
	return kept->room && --kept->room == 0 ? error_set(err, SOW_IO, "/dev/full: No space left on device") : SOW_OK;
}

static void be_rank(struct ranks *r, void *data)
{
	struct task *t = data;
	size_t rank = ranks_rank(r);
	struct arena *a = arena_new();
	struct input_files files;
	struct parts parts;
	struct clean_counts counts = { 0 };
	struct sow_error err = { 0 };
	char out[NAME], why[NAME];
	const char *const paths[] = { in };
	name_file(out, "out", ranks_rank(r));
	name_file(why, "why", ranks_rank(r));
	expect(a && !input_files_list(&files, paths, 1, a, &err));
	expect(!parts_divide(&parts, &files, ranks_rank(r), ranks_count(r), NULL, a, &err));
	struct spread s = {
		.ranks = r, .parts = &parts, .tell = rank ? NULL : note_told, .tell_data = t,
		.checkpoints = { .folder = t->checkpoints, .name = "decided", .key = { .bytes = { t->key } },
				 .rank = rank },
	};
	struct spread_keeper keeper = { load_kept, save_kept, t->kept ? &t->kept[rank] : NULL };
	if (t->kept)
		s.keeper = &keeper;
	s.piece = t->piece;
	struct clean_options o = t->clean;
	o.out = t->full && rank >= t->full ? "/dev/full" : out;
	o.explain = why;
	struct workers *crew = workers_new(ranks_rank(r) % 2 + 1);
	expect(run(t, &s, &o, crew, &counts, &err) == t->status);
	if (t->status)
		expect(strcmp(err.text, t->message) == 0);
	else
		expect(counts.records == t->counts.records && counts.kept == t->counts.kept &&
		       counts.removed == t->counts.removed && counts.bad == t->counts.bad);
	workers_free(crew);
	spread_release(&s);
	arena_free(a);
}

static void append(const char *path, struct buf *to)
{
	struct sow_error err = { 0 };
	assert_int_equal(infile_whole(path, to, &err), SOW_OK);
}

/* What ranks write, one behind the other, is what one process writes; and they fail with its words. */
static void same_of(struct task *t, size_t count)
{
	struct buf want = BUF_INIT, want_why = BUF_INIT, got = BUF_INIT;
	struct sow_error err = { 0 };
	char out[NAME], why[NAME];
	name_file(out, "one", 0);
	name_file(why, "one-why", 0);
	t->clean.in = in;
	struct clean_options o = t->clean;
	o.out = out;
	o.explain = why;
	t->counts = (struct clean_counts){ 0 };
	t->status = run(t, NULL, &o, NULL, &t->counts, &err);
	memcpy(t->message, err.text, sizeof(t->message));
	if (!t->status) {
		append(out, &want);
		append(why, &want_why);
		assert_true(t->counts.removed > 5 && t->counts.kept > 5);
	}
	ranks_threads(count, be_rank, t);
	for (size_t which = 0; which < 2 && !t->status; which++) {
		buf_clear(&got);
		for (size_t k = 0; k < count; k++) {
			name_file(out, which ? "why" : "out", k);
			append(out, &got);
		}
		assert_string_equal(got.data, which ? want_why.data : want.data);
	}
	buf_release(&want);
	buf_release(&want_why);
	buf_release(&got);
}

static void same(struct task *t)
{
	same_of(t, 2);
	same_of(t, 5);
}

/* Texts of few words: many are copies of one before, with some of them changed, so that groups are
 * large, and hold some that are kept and some that are not. The vector is the first words' numbers. */
static void write_texts(const char *path, uint64_t seed, size_t count, size_t words, bool broken)
{
	enum { LENGTH = 24, VECTOR = 8 };
	struct draw d = draw_start(seed, DRAW_MINHASH, 1);
	struct sow_error err = { 0 };
	struct buf line = BUF_INIT;
	uint16_t (*texts)[LENGTH] = mem_zalloc(count * sizeof(*texts));
	struct outfile *out = outfile_open(path, &err);
	assert_true(texts && out);
	for (size_t i = 0; i < count; i++) {
		size_t changes = i && draw_below(&d, 3) ? draw_below(&d, 14) : LENGTH * 4;
		if (i)
			memcpy(texts[i], texts[draw_below(&d, i)], sizeof(*texts));
		for (size_t c = 0; c < changes; c++)
			texts[i][draw_below(&d, LENGTH)] = (uint16_t)draw_below(&d, words);
		buf_clear(&line);
		buf_addf(&line, "%s{\"n\":%zu,\"instruction\":\"", draw_below(&d, 9) ? "" : "\n", (size_t)draw_below(&d, 4));
		for (size_t w = 0; w < LENGTH - i % 3; w++)
			buf_addf(&line, "w%u ", texts[i][w]);
		buf_addstr(&line, "\",\"v\":[");
		for (size_t w = 0; w < VECTOR; w++)
			buf_addf(&line, "%s%u", w ? "," : "", texts[i][w]);
		buf_addstr(&line, "]}\n");
		if (broken && i == count * 2 / 3)
			buf_addstr(&line, "{\"instruction\":\n");
		outfile_write(out, line.data, line.len);
	}
	assert_int_equal(outfile_finish(out, &err), SOW_OK);
	buf_release(&line);
	mem_free(texts);
}

static void test_dedup(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 3; seed++) {
		write_texts(in, seed, 400, seed % 2 ? 30 : 200, false);
		for (enum dedup_keep keep = DEDUP_FIRST; keep <= DEDUP_BEST; keep++) {
			struct dedup_options exact = { .keep = keep, .method = DEDUP_EXACT };
			struct dedup_options near = {
				.keep = keep, .method = DEDUP_MINHASH, .shingle = 1, .threshold = 0.6,
				.bands = seed ? 40 : 8, .rows = seed ? 2 : 1,
			};
			struct task t = { .dedup = &near };
			t.clean.score_field = keep == DEDUP_BEST ? "n" : NULL;
			same(&t);
			if (keep != DEDUP_LONGEST)
				continue;
			t.dedup = &exact;
			same(&t);
		}
	}
}

static void test_novel(void **state)
{
	(void)state;
	const char *const files[] = { against };
	write_texts(against, 10, 60, 100, false);
	for (uint64_t seed = 0; seed < 2; seed++) {
		write_texts(in, seed, 1500, 100, false);
		struct novel_options o = { .threshold = 0.5 + 0.1 * (double)seed, .against = files,
					   .against_count = seed };
		o.against_count = seed > 0;
		struct task t = { .novel = &o };
		same(&t);
	}
}

static void test_contamination(void **state)
{
	(void)state;
	const char *const files[] = { against };
	write_texts(in, 3, 400, 200, false);
	write_texts(against, 3, 20, 200, false); /* the first of them */
	struct contamination_options o = { .against = files, .against_count = 1, .rules = { true }, .share = 0.5 };
	struct task t = { .contamination = &o };
	same(&t);
}

/* A record that cannot be read is told with its line, or left out. */
static void test_broken(void **state)
{
	(void)state;
	struct dedup_options d = { .method = DEDUP_MINHASH, .shingle = 1, .threshold = 0.6, .bands = 40, .rows = 2 };
	struct novel_options n = { .threshold = 0.6 };
	struct task tasks[] = { { .dedup = &d }, { .novel = &n } };
	write_texts(in, 4, 300, 60, true);
	for (size_t i = 0; i < 2; i++) {
		same(&tasks[i]);
		assert_int_equal(tasks[i].status, SOW_INVALID);
		tasks[i].clean.skip_bad = true;
		same(&tasks[i]);
		assert_int_equal(tasks[i].status, SOW_OK);
		assert_int_equal(tasks[i].counts.bad, 1);
	}
}

static void same_told(struct task *t, size_t count, const char *told)
{
	t->told[0] = '\0';
	same_of(t, count);
	assert_string_equal(t->told, told);
}

static void fail_from(struct task *t, size_t rank, size_t count)
{
	t->clean.in = in;
	t->full = rank;
	t->status = SOW_IO;
	snprintf(t->message, sizeof(t->message), "/dev/full: No space left on device");
	ranks_threads(count, be_rank, t);
	t->full = 0;
}

/* What was decided before the disk was full is not decided again, if it is of the same job and whole. */
static void test_resume(void **state)
{
	(void)state;
	struct dedup_options exact = { .method = DEDUP_EXACT };
	struct dedup_options near = { .method = DEDUP_MINHASH, .shingle = 1, .threshold = 0.6, .bands = 40, .rows = 2 };
	struct dedup_options semantic = { .method = DEDUP_SEMANTIC, .threshold = 0.95, .source = { .field = "v" } };
	struct novel_options novel = { .threshold = 0.6 };
	struct task tasks[] = { { .dedup = &exact }, { .dedup = &near }, { .dedup = &semantic }, { .novel = &novel } };
	char folder[NAME], gone[NAME + 32];
	write_texts(in, 5, 900, 60, false);
	for (size_t i = 0; i < sizeof(tasks) / sizeof(*tasks); i++) {
		struct task *t = &tasks[i];
		name_file(folder, "work", i);
		assert_int_equal(folder_make(folder, NULL), SOW_OK);
		t->checkpoints = folder;
		fail_from(t, 2, 3);
		same_told(t, 3, t->dedup ? "every record is decided" : "2 of 3 parts are decided");
		snprintf(gone, sizeof(gone), "%s/decided-00001", folder);
		assert_int_equal(remove(gone), 0);
		same_told(t, 3, t->dedup ? "" : "1 of 3 parts are decided");
		t->key = 1;
		same_told(t, 3, "");
	}
}

/* A rank whose files are whole writes nothing: here it could not. */
static void test_written(void **state)
{
	(void)state;
	const char *const files[] = { against };
	struct dedup_options near = { .method = DEDUP_MINHASH, .shingle = 1, .threshold = 0.6, .bands = 40, .rows = 2 };
	struct contamination_options rules = { .against = files, .against_count = 1, .rules = { true }, .share = 0.5 };
	struct contamination_options meaning = { .against = files, .against_count = 1, .semantic = true,
						 .source = { .field = "v" }, .threshold = 0.97 };
	struct task tasks[] = { { .dedup = &near }, { .contamination = &rules }, { .contamination = &meaning } };
	write_texts(in, 6, 500, 60, true);
	write_texts(against, 6, 20, 60, false);
	for (size_t i = 0; i < sizeof(tasks) / sizeof(*tasks); i++) {
		struct task *t = &tasks[i];
		struct kept kept[3] = { { .is = false } };
		t->clean.skip_bad = true;
		t->kept = kept;
		same_told(t, 3, "");
		assert_true(kept[0].is && kept[1].is && kept[2].is);
		kept[0].is = false;
		t->full = 1;
		same_told(t, 3, "2 of 3 parts are written");
		kept[1].is = false;
		fail_from(t, 1, 3);
		assert_true(kept[0].is && !kept[1].is);
	}
}

static void append_to(const char *what, size_t rank, const char *text)
{
	char path[NAME];
	name_file(path, what, rank);
	FILE *file = fopen(path, "a");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* The disk was full behind some pieces: the others go behind these, and in place of what was begun. */
static void test_pieces(void **state)
{
	(void)state;
	const char *const files[] = { against };
	struct dedup_options near = { .method = DEDUP_MINHASH, .shingle = 1, .threshold = 0.6, .bands = 40, .rows = 2 };
	struct contamination_options rules = { .against = files, .against_count = 1, .rules = { true }, .share = 0.5 };
	struct task tasks[] = { { .dedup = &near }, { .contamination = &rules } };
	write_texts(in, 7, 900, 60, true);
	write_texts(against, 7, 20, 60, false);
	for (size_t i = 0; i < 2; i++) {
		struct task *t = &tasks[i];
		struct kept kept[3] = { { .room = 2 }, { .room = 9 }, { .room = 0 } };
		t->clean.skip_bad = true;
		t->kept = kept;
		t->piece = 3000;
		fail_from(t, 0, 3);
		assert_int_equal(kept[0].progress.pieces, 2);
		assert_int_equal(kept[1].progress.pieces, 9);
		assert_true(kept[2].progress.whole && kept[2].progress.pieces > 9);
		append_to("out", 0, "{\"instruction\": \"begun");
		append_to("why", 1, "{");
		kept[0].room = kept[1].room = 0;
		same_told(t, 3, "1 of 3 parts are written, and 11 pieces of others");
	}
}

static int begin(void **state)
{
	(void)state;
	if (folder_scratch(&scratch, NULL))
		return 1;
	snprintf(in, sizeof(in), "%s/in.jsonl", scratch.data);
	snprintf(against, sizeof(against), "%s/against.jsonl", scratch.data);
	return 0;
}

static int end(void **state)
{
	(void)state;
	folder_remove(scratch.data);
	buf_release(&scratch);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dedup),
		cmocka_unit_test(test_novel),
		cmocka_unit_test(test_contamination),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_pieces),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
