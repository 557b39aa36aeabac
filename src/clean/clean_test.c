#include "clean/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "clean/dedup.h"
#include "clean/novel.h"
#include "io/folder.h"
#include "io/infile.h"
#include "io/json.h"

#define LINES (5 * CLEAN_BATCH + 100)
#define BLANK(i) ((i) % 10 == 3)
#define BAD(i) ((i) % 100 == 57)

static const size_t threads[] = { 1, 2, 7 };
static const char *const text_field[] = { "text" };
static struct buf scratch = BUF_INIT;
static char in[160], out[160], explained[160];
static struct sow_error err;

static void write_file(const char *path, const struct buf *b)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b->data, 1, b->len, f), b->len);
	assert_int_equal(fclose(f), 0);
}

static void read_file(const char *path, struct buf *b)
{
	buf_clear(b);
	assert_int_equal(infile_whole(path, b, &err), SOW_OK);
}

/* Lines of five words; each third says nearly what an earlier one does, up to some batches
 * before it. */
static int set_up(void **state)
{
	(void)state;
	err = (struct sow_error){ 0 };
	assert_int_equal(folder_scratch(&scratch, &err), SOW_OK);
	snprintf(in, sizeof(in), "%s/in.jsonl", scratch.data);
	snprintf(out, sizeof(out), "%s/out.jsonl", scratch.data);
	snprintf(explained, sizeof(explained), "%s/why.jsonl", scratch.data);
	struct buf b = BUF_INIT;
	for (int i = 1; i <= LINES; i++) {
		int of = i % 3 ? i : i * 7 % 3001;
		if (BAD(i))
			buf_addstr(&b, "{\"text\": 5");
		else if (!BLANK(i))
			buf_addf(&b, "{\"text\": \"a%d b%d c%d d%d %s%d\"}", of, of % 97, of % 89,
				 of % 83, i % 2 ? "e" : "f", of % 7);
		buf_addch(&b, '\n');
	}
	write_file(in, &b);
	buf_release(&b);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_remove(scratch.data);
	buf_release(&scratch);
	return 0;
}

/* A job of our own */

struct numbers {
	size_t of[CLEAN_SLOTS];      /* what prepare leaves */
	size_t last, lines;
	size_t wrong;                /* counted, since another thread may see it */
	size_t fails_at;             /* line; 0: none */
};

static int note_number(void *data, struct clean_line *line, struct sow_error *wrong)
{
	(void)wrong;
	((struct numbers *)data)->of[line->slot] = line->number;
	return SOW_OK;
}

static int check_numbers(void *data, struct workers *crew, struct clean_line **lines, size_t count,
			 struct sow_error *error)
{
	struct numbers *n = data;
	(void)crew;
	for (size_t i = 0; i < count; i++) {
		size_t number = lines[i]->number;
		n->wrong += n->of[lines[i]->slot] != number || number <= n->last;
		n->last = number;
		n->lines++;
		lines[i]->removed = number % 2;
		lines[i]->reason = "odd";
		if (number == n->fails_at) {
			*error = (struct sow_error){ .status = SOW_INVALID };
			return SOW_INVALID;
		}
	}
	return SOW_OK;
}

static struct clean_options options(void)
{
	return (struct clean_options){ .in = in, .out = out, .explain = explained,
				       .fields = text_field, .field_count = 1, .skip_bad = true };
}

static int run_numbers(struct numbers *n, const struct clean_options *o, size_t count,
		       bool uses_crew, struct clean_counts *counts)
{
	struct clean_job job = { .data = n, .prepare = note_number, .decide = check_numbers,
				 .uses_crew = uses_crew };
	struct workers *crew = workers_new(count);
	assert_non_null(crew);
	int status = clean_run(o, &job, crew, counts, &err);
	workers_free(crew);
	assert_int_equal(n->wrong, 0);
	return status;
}

static void test_order_and_slots(void **state)
{
	(void)state;
	struct buf first = BUF_INIT, again = BUF_INIT;
	size_t good = 0, bad = 0, even = 0;
	for (int i = 1; i <= LINES; i++) {
		good += !BLANK(i) && !BAD(i);
		even += !BLANK(i) && !BAD(i) && i % 2 == 0;
		bad += BAD(i);
	}
	for (size_t t = 0; t < 6; t++) {
		struct numbers n = { .last = 0 };
		struct clean_counts counts = { 0 };
		struct clean_options o = options();
		assert_int_equal(run_numbers(&n, &o, threads[t / 2], t % 2, &counts), SOW_OK);
		assert_int_equal(n.lines, good);
		assert_int_equal(counts.records, good);
		assert_int_equal(counts.kept, even);
		assert_int_equal(counts.removed, good - even);
		assert_int_equal(counts.bad, bad);
		read_file(explained, t ? &again : &first);
		assert_true(!t || strcmp(first.data, again.data) == 0);
	}
	buf_release(&first);
	buf_release(&again);
}

/* Wherever it fails, it says so, and no file appears. */
static void test_failures(void **state)
{
	(void)state;
	static const size_t at[] = { 1, CLEAN_BATCH, 3 * CLEAN_BATCH + 7, LINES };
	for (size_t t = 0; t < 24; t++) {
		struct numbers n = { .fails_at = at[t % 4] };
		struct clean_counts counts = { 0 };
		struct clean_options o = options();
		assert_int_equal(run_numbers(&n, &o, threads[t / 8], t / 4 % 2, &counts),
				 SOW_INVALID);
		assert_int_equal(n.last, n.fails_at);
		assert_int_equal(counts.records, 0);
		assert_int_not_equal(access(out, F_OK), 0);
		assert_int_not_equal(access(explained, F_OK), 0);
	}
	for (size_t t = 0; t < 3; t++) {
		struct numbers n = { .last = 0 };
		struct clean_counts counts = { 0 };
		struct clean_options o = options();
		o.skip_bad = false;
		assert_int_equal(run_numbers(&n, &o, threads[t], false, &counts), SOW_INVALID);
		assert_non_null(strstr(err.text, "in.jsonl:57:"));
		assert_int_not_equal(access(out, F_OK), 0);
	}
}

/* What cannot be written is noticed long before the end. */
static void test_full_disk(void **state)
{
	(void)state;
	for (size_t t = 0; t < 3; t++) {
		struct numbers n = { .last = 0 };
		struct clean_counts counts = { 0 };
		struct clean_options o = options();
		o.out = "/dev/full";
		assert_int_equal(run_numbers(&n, &o, threads[t], false, &counts), SOW_IO);
		assert_string_equal(err.text, "/dev/full: No space left on device");
		assert_in_range(n.last, 1, LINES - CLEAN_BATCH);
		assert_int_not_equal(access(explained, F_OK), 0);
		n = (struct numbers){ .last = 0 };
		o.out = out;
		o.explain = "/dev/full";
		assert_int_equal(run_numbers(&n, &o, threads[t], false, &counts), SOW_IO);
		assert_string_equal(err.text, "/dev/full: No space left on device");
		assert_int_not_equal(access(out, F_OK), 0);
	}
}

static void test_two_files(void **state)
{
	(void)state;
	struct numbers n = { .last = 0 };
	struct clean_counts counts = { 0 };
	struct clean_options o = options();
	o.explain = out;
	assert_int_equal(run_numbers(&n, &o, 1, false, &counts), SOW_USAGE);
	assert_int_equal(n.lines, 0);
	assert_int_not_equal(access(out, F_OK), 0);
}

/* The methods, over several batches */

struct method {
	const char *name;
	enum dedup_method method;
	enum dedup_keep keep;
	bool novel;
};

static int run_method(const struct method *m, struct workers *crew, struct clean_counts *counts)
{
	struct novel_options n = { .clean = options(), .threshold = 0.7 };
	struct dedup_options d = { .clean = options(), .method = m->method, .keep = m->keep,
				   .shingle = 1, .threshold = 0.6 };
	return m->novel ? novel_run(&n, crew, counts, &err) : dedup_run(&d, crew, counts, &err);
}

static void test_threads_change_nothing(void **state)
{
	(void)state;
	static const struct method methods[] = {
		{ "exact", DEDUP_EXACT, DEDUP_FIRST, false },
		{ "exact, longest", DEDUP_EXACT, DEDUP_LONGEST, false },
		{ "minhash", DEDUP_MINHASH, DEDUP_FIRST, false },
		{ "minhash, longest", DEDUP_MINHASH, DEDUP_LONGEST, false },
		{ "novel", DEDUP_EXACT, DEDUP_FIRST, true },
	};
	struct buf kept[2] = { BUF_INIT, BUF_INIT }, why[2] = { BUF_INIT, BUF_INIT };
	for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++) {
		for (size_t t = 0; t < 3; t++) {
			struct clean_counts counts = { 0 };
			struct workers *crew = workers_new(threads[t]);
			assert_int_equal(run_method(&methods[m], crew, &counts), SOW_OK);
			workers_free(crew);
			assert_true(counts.removed > 200 && counts.kept > 2000);
			read_file(out, &kept[t > 0]);
			read_file(explained, &why[t > 0]);
			if (t && (strcmp(kept[0].data, kept[1].data) != 0 ||
				  strcmp(why[0].data, why[1].data) != 0))
				fail_msg("%s: %zu threads", methods[m].name, threads[t]);
		}
	}
	for (size_t i = 0; i < 2; i++) {
		buf_release(&kept[i]);
		buf_release(&why[i]);
	}
}

/* Told of the first bad line on the second reading, when the records are judged by the first. */
static void write_on(void *data, const char *message)
{
	(void)message;
	FILE *f = fopen(data, "a");
	fputs("{\"text\": \"one more\"}\n", f);
	fclose(f);
}

static void test_changed_meanwhile(void **state)
{
	(void)state;
	struct dedup_options d = { .clean = options(), .keep = DEDUP_LONGEST, .shingle = 1,
				   .threshold = 0.7 };
	d.clean.tell = write_on;
	d.clean.tell_data = in;
	for (size_t i = 0; i < 2; i++) {
		struct clean_counts counts = { 0 };
		d.method = i ? DEDUP_MINHASH : DEDUP_EXACT;
		assert_int_equal(dedup_run(&d, NULL, &counts, &err), SOW_INVALID);
		assert_non_null(strstr(err.text, "changed while it was read"));
		assert_int_not_equal(access(out, F_OK), 0);
	}
	d.clean.tell = NULL;
	d.clean.in = "/dev/null";
	struct clean_counts counts = { 0 };
	assert_int_equal(dedup_run(&d, NULL, &counts, &err), SOW_USAGE);
	assert_non_null(strstr(err.text, "/dev/null can be read once only"));
}

/* A run of which each reading has one task more, or not. */
static struct {
	size_t left, readings;
	bool grows;
} tasks;

static int next_task(void *data, struct arena *a, struct record *record, struct sow_error *error)
{
	(void)data;
	(void)a;
	(void)error;
	if (!tasks.left)
		return 0;
	*record = (struct record)RECORD_INIT;
	record->id = view_of("task");
	record->instruction = view_of(tasks.left-- % 2 ? "Name a river." : "name a river");
	return 1;
}

static void close_tasks(void *data)
{
	(void)data;
}

static struct records *open_tasks(const char *dir, const struct records_options *o,
				  struct sow_error *error)
{
	const struct records_source s = { &tasks, next_task, close_tasks };
	(void)o;
	tasks.left = 3 + (tasks.grows ? tasks.readings : 0);
	tasks.readings++;
	return records_of(dir, &s, error);
}

static void test_runs(void **state)
{
	(void)state;
	struct buf why = BUF_INIT;
	for (size_t i = 0; i < 4; i++) {
		struct clean_counts counts = { 0 };
		struct dedup_options d = { .clean = options(), .keep = DEDUP_LONGEST, .shingle = 1,
					   .threshold = 0.7, .method = i % 2 };
		d.clean.in = scratch.data;
		d.clean.field_count = 0;
		d.clean.open_run = open_tasks;
		tasks.readings = 0;
		tasks.grows = i > 1;
		int status = dedup_run(&d, NULL, &counts, &err);
		assert_int_equal(tasks.readings, 2);
		if (tasks.grows) {
			assert_int_equal(status, SOW_INVALID);
			assert_non_null(strstr(err.text, "changed while it was read"));
			assert_int_equal(counts.records, 0);
			continue;
		}
		assert_int_equal(status, SOW_OK);
		assert_int_equal(counts.records, 3);
		assert_int_equal(counts.kept, 1);
		read_file(explained, &why);
		assert_non_null(strstr(why.data, "{\"record\":1,\"kept\":true"));
		assert_null(strstr(why.data, "line"));
		assert_int_equal(remove(out), 0);
		assert_int_equal(remove(explained), 0);
	}
	buf_release(&why);
}

/* Is the question of the record this text? Then one with that instruction is its duplicate. */
static bool is_same(const char *record, const char *text)
{
	struct buf b = BUF_INIT, json = BUF_INIT;
	struct clean_counts counts = { 0 };
	struct dedup_options d = { .clean = options(), .same = DEDUP_BYTES };
	json_escape(&json, view_of(text));
	buf_addf(&b, "%s\n{\"instruction\": \"%s\"}\n", record, json.data);
	d.clean.field_count = 0;
	d.clean.skip_bad = false;
	write_file(in, &b);
	assert_int_equal(dedup_run(&d, NULL, &counts, &err), SOW_OK);
	buf_release(&b);
	buf_release(&json);
	return counts.removed == 1;
}

static void test_question(void **state)
{
	(void)state;
	static const struct {
		const char *record, *text;
	} cases[] = {
		{ "{\"instruction\": \"a\", \"input\": \"b\", \"output\": \"c\"}", "a\nb" },
		{ "{\"instruction\": \"a\", \"input\": \"\", \"output\": {\"x\": 1}}", "a" },
		{ "{\"instruction\": \"a\", \"input\": null}", "a" },
		{ "{\"instruction\": \"\", \"input\": \"b\"}", "b" },
		{ "{\"instruction\": \"a\", \"context\": \"b\"}", "a\nb" },
		{ "{\"question\": \"a\", \"answer\": 5}", "a" },
		{ "{\"instruction\": 1.50}", "1.50" },
		{ "{\"instruction\": \"a\", \"instances\": [{\"input\": \"b\", \"output\": \"c\"},"
		  "{\"input\": \"b\", \"output\": \"d\"}]}", "a\nb" },
		{ "{\"messages\": [{\"role\": \"system\", \"content\": \"s\"}, {\"role\": \"user\", "
		  "\"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"x\"}, {\"role\": "
		  "\"user\", \"content\": \"b\"}]}", "a\nb" },
		{ "\"a\"", "a" },
		{ "{\"instruction\": \"\\ud83d\"}", "\xEF\xBF\xBD" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!is_same(cases[i].record, cases[i].text))
			fail_msg("%s is not compared as %s", cases[i].record, cases[i].text);
	}
}

static void test_too_many_words(void **state)
{
	(void)state;
	char many[160];
	const char *against[] = { many };
	struct buf b = BUF_INIT;
	struct clean_counts counts = { 0 };
	struct novel_options n = { .clean = options(), .threshold = 0.7, .against = against,
				   .against_count = 1 };
	snprintf(many, sizeof(many), "%s/many", scratch.data);
	buf_addstr(&b, "few\n");
	for (int i = 0; i <= WORDS_MAX; i++)
		buf_addstr(&b, "a ");
	write_file(many, &b);
	buf_release(&b);
	n.clean.plain = true;
	n.clean.skip_bad = false;
	assert_int_equal(novel_run(&n, NULL, &counts, &err), SOW_TOOBIG);
	assert_non_null(strstr(err.text, "/many:2: more than 1000000 words"));
	n.against_count = 0;
	n.clean.in = many;
	n.clean.out = NULL;
	err = (struct sow_error){ 0 };
	assert_int_equal(novel_run(&n, NULL, &counts, &err), SOW_TOOBIG);
	assert_non_null(strstr(err.text, "/many:2: more than 1000000 words"));
	n.clean.skip_bad = true;
	assert_int_equal(novel_run(&n, NULL, &counts, &err), SOW_OK);
	assert_int_equal(counts.kept, 1);
	assert_int_equal(counts.bad, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order_and_slots, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failures, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changed_meanwhile, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_question, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_many_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_threads_change_nothing, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
