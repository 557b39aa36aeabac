#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "base/error.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "data/records.h"
#include "io/folder.h"
#include "report/review_figures.h"
#include "report/run_stats.h"
#include "report/stats.h"
#include "report/status.h"
#include "report/structure.h"
#include "run/open_records.h"

struct chosen {
	struct reading reading;
	bool json, structure;
	int64_t sample, threads;
};

static const struct option options[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct chosen, json), NULL, "as one JSON object" },
	{ "structure", 0, OPTION_FLAG, offsetof(struct chosen, structure), NULL,
	  "also which verbs the instructions begin with, and of what nouns, as in the paper's "
	  "figure; English only, 15 ms an instruction and core" },
	{ "sample", 0, OPTION_INT, offsetof(struct chosen, sample), "N",
	  "parse N instructions for it, chosen at random", 1, INT64_MAX, .fallback = "10000" },
	{ "threads", 0, OPTION_INT, offsetof(struct chosen, threads), "N",
	  "cores to use", 1, 1024, .unsaid = "all" },
	READING_OPTIONS(struct chosen, reading),
};

struct counting {
	struct chosen *o;
	struct stats *stats;
	struct structure *structure; /* NULL: not asked for */
	struct arena *arena;
	const char *name;
	struct records *records;     /* of a file, else */
	struct store *store;         /* of a run, and what it took */
	struct run_stats run;
};

static int add_task(void *data, const struct record *task)
{
	struct counting *c = data;
	int status = stats_add(c->stats, task);
	return !status && c->structure ? structure_add(c->structure, task->instruction) : status;
}

static int count_file(struct counting *c, struct sow_error *err)
{
	struct record record;
	int status;
	while ((status = records_next(c->records, c->arena, &record, err)) > 0) {
		if (add_task(c, &record))
			return error_nomem(err);
		arena_clear(c->arena);
	}
	return status;
}

/* The tasks that export gives, then what they took. */
static int count_run(struct counting *c, struct sow_error *err)
{
	struct store_counts counts;
	int status = store_count(c->store, 0, &counts, err);
	if (status)
		return status;
	const struct task_range range = { .limit = run_status_limit(&counts) };
	status = store_each_task(c->store, &range, add_task, c, err);
	if (status == SOW_NOMEM)
		return error_nomem(err);
	return status ? status : run_stats_read(&c->run, c->store, c->arena, err);
}

static int show(const struct counting *c, struct buf *out, struct sow_error *err)
{
	struct figures f;
	figures_init(&f);
	figures_object(&f, NULL, c->name);
	figures_text(&f, c->store ? "dir" : "file", NULL, view_of(c->name));
	if (!c->store)
		figures_count(&f, "bad_records", NULL, (int64_t)records_bad(c->records));
	stats_figures(c->stats, &f);
	if (c->store)
		run_stats_figures(&c->run, &f);
	if (c->structure)
		structure_figures(structure_result(c->structure), &f);
	int status = review_figures(c->name, c->store != NULL, &f, err);
	figures_end(&f);
	if (!status)
		status = figures_show(&f, c->o->json, out, err);
	figures_release(&f);
	return status == SOW_INVALID
		? error_set(err, SOW_USAGE, "%s: expected a name in UTF-8", c->name) : status;
}

static int count_and_show(struct counting *c, struct buf *out, struct sow_error *err)
{
	int status = c->store ? count_run(c, err) : count_file(c, err);
	if (status)
		return status;
	stats_finish(c->stats);
	if (c->structure && structure_finish(c->structure, (size_t)c->o->threads))
		return error_nomem(err);
	if (c->records)
		reading_tell(c->records, false);
	return show(c, out, err);
}

static int open_all(struct counting *c, const char *path, struct sow_error *err)
{
	c->stats = stats_new(c->o->threads > 1);
	c->arena = arena_new();
	if (!c->stats)
		return error_nomem(err);
	if (folder_is(path))
		c->store = open_run(path, err);
	else
		c->records = open_records(path, &c->o->reading.options, err);
	if (!c->store && !c->records)
		return err->status;
	c->name = c->store ? path : records_name(c->records);
	if (c->o->structure)
		c->structure = structure_new((size_t)c->o->sample, err);
	return c->o->structure && !c->structure ? (int)err->status : SOW_OK;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	int exit = reading_check(c, &o->reading, args->operand, args->arena);
	if (exit >= 0)
		return exit;
	o->threads = o->threads ? o->threads : (int64_t)cpu_cores();
	struct counting counting = { .o = o };
	int status = open_all(&counting, args->operand, &err);
	if (!status)
		status = count_and_show(&counting, &out, &err);
	exit = status ? talk_error(&err) : talk_data(&out);
	records_close(counting.records);
	store_close(counting.store);
	stats_free(counting.stats);
	structure_free(counting.structure);
	arena_free(counting.arena);
	buf_release(&out);
	return exit;
}

const struct command command_stats = {
	.name = "stats",
	.summary = "count lengths, duplicates, languages and more",
	.usage = "DIR|FILE [--json] [--structure] [--skip-bad]",
	.about = "Takes the tasks that export gives of a run, and tells what they took besides: "
		 "requests, tokens, money and time, what was rejected and why, and what share was "
		 "accepted by stage and over time. Or reads the records of a file: JSON of any "
		 "shape, Parquet, CSV, TSV, plain text; .gz, .zst and UTF-16 as they are, - is "
		 "standard input. Shows the paper's Table 1 beside the paper's own figures, "
		 "lengths, exact duplicates, outputs that are empty, cut or refused, instances "
		 "and turns, languages and scripts. A bad record stops it, with its place.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "DIR or FILE",
	.example = "sow stats demo\n"
		   "sow stats alpaca_data.json",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
