/* The verb and the noun of 200 sentences against labels.tsv, which was written by hand before
 * anything could parse them: at least 90 % of the pairs found must be right, and at least half
 * of the sentences that have one be found. Both are printed.
 *
 * Two of the three sources are not in the tree: without $SOW_SHARED_DATA our own alone count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/records.h"
#include "io/hash.h"
#include "io/infile.h"
#include "text/verb_noun.h"

struct row {
	struct view source, hash, verb, noun;
	size_t number;
};

struct score {
	size_t sentences, labelled, found, right;
};

static struct arena *arena;
static struct sow_error err;

/* The nth line that says something, or the nth task's instruction; empty if not there. */
static struct view text_of(const struct row *row)
{
	static struct {
		const char *name, *file;
		bool own, tried;
		struct record_list tasks;
	} sources[] = {
		{ "own", "data/seed_tasks.jsonl", true, false, RECORD_LIST_INIT },
		{ "released", "seed_tasks.jsonl", false, false, RECORD_LIST_INIT },
		{ "sentences", "sentences.txt.zst", false, false, RECORD_LIST_INIT },
	};
	for (size_t i = 0; i < 3; i++) {
		const char *root = getenv(sources[i].own ? "SOW_SOURCE_ROOT" : "SOW_SHARED_DATA");
		char path[512];
		if (!view_eqstr(row->source, sources[i].name) || !root)
			continue;
		snprintf(path, sizeof(path), "%s/%s", root, sources[i].file);
		if (!sources[i].tried && record_list_read(&sources[i].tasks, arena, path, NULL, &err))
			fail_msg("%s", err.text);
		sources[i].tried = true;
		assert_true(row->number < sources[i].tasks.count);
		return sources[i].tasks.list[row->number].instruction;
	}
	return view_of("");
}

static void same_text(const struct row *row, struct view text)
{
	struct hash hash;
	char hex[HASH_HEX_SIZE];
	hash_bytes(text.p, text.len, &hash);
	hash_hex(&hash, hex);
	if (strncmp(hex, row->hash.p, 16) != 0)
		fail_msg("%.*s %zu is another text than the one that was labelled: %.*s",
			 VIEW_ARG(row->source), row->number, VIEW_ARG(text));
}

static void judge(struct verb_noun *v, const struct row *row, struct score *score)
{
	struct verb_noun_pair pair;
	struct view text = text_of(row);
	if (!text.len)
		return;
	same_text(row, text);
	bool found = verb_noun_of(v, text, &pair) == GRAMMAR_FOUND;
	bool right = found && view_eqstr(row->verb, pair.verb) && view_eqstr(row->noun, pair.noun);
	score->sentences++;
	score->labelled += !view_eqstr(row->verb, "-");
	score->found += found;
	score->right += right;
	if (found && !right)
		printf("# %.*s %zu: %s %s, not %.*s %.*s\n", VIEW_ARG(row->source), row->number,
		       pair.verb, pair.noun, VIEW_ARG(row->verb), VIEW_ARG(row->noun));
}

static struct view column(struct view *line)
{
	size_t tab = view_find(*line, 0, "\t");
	struct view v = view_sub(*line, 0, tab);
	*line = view_sub(*line, tab == VIEW_NONE ? line->len : tab + 1, line->len);
	return v;
}

static void against_labels(void **state)
{
	(void)state;
	char path[512];
	struct score score = { 0 };
	struct view line;
	struct verb_noun *v = verb_noun_new(&err);
	if (!v) {
		printf("# skipped: %s\n", err.text);
		skip();
	}
	arena = arena_new();
	snprintf(path, sizeof(path), "%s/tests/structure/labels.tsv", getenv("SOW_SOURCE_ROOT"));
	struct infile *in = infile_open(path, &err);
	assert_non_null(in);
	while (infile_line(in, &line, &err) > 0) {
		struct row row;
		if (view_starts(line, "#"))
			continue;
		row.source = column(&line);
		row.number = (size_t)atol(line.p);
		column(&line);
		row.hash = column(&line);
		row.verb = column(&line);
		row.noun = column(&line);
		judge(v, &row, &score);
	}
	infile_close(in);
	printf("# %zu sentences, %zu with a verb and its object\n", score.sentences, score.labelled);
	printf("# found %zu (%.1f %% of all), right %zu\n", score.found,
	       100 * (double)score.found / (double)score.sentences, score.right);
	printf("# precision %.1f %%, coverage %.1f %%\n",
	       100 * (double)score.right / (double)score.found,
	       100 * (double)score.right / (double)score.labelled);
	assert_true(score.right * 10 >= score.found * 9);
	assert_true(score.right * 2 >= score.labelled);
	verb_noun_free(v);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(against_labels) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
