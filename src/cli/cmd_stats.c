#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "base/error.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/rank_job.h"
#include "cli/record_input.h"
#include "data/records.h"
#include "io/folder.h"
#include "report/review_figures.h"
#include "report/run_stats.h"
#include "report/scores.h"
#include "report/stats.h"
#include "report/status.h"
#include "report/structure.h"
#include "run/open_records.h"

struct chosen {
	struct record_input input;
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
	RECORD_INPUT_OPTIONS(struct chosen, input),
};

struct counting {
	struct chosen *o;
	struct rank_job *t;
	struct stats *stats;
	struct structure *structure; /* NULL: not asked for */
	struct arena *arena;
	const char *name;
	struct records *records;     /* of a file, else */
	struct store *store;         /* of a run, and what it took */
	struct run_stats run;
	struct facts facts;          /* of the file, once it is read */
};

static int add_task(void *data, const struct record *task)
{
	struct counting *c = data;
	int status = stats_add(c->stats, task);
	if (!status && c->structure)
		structure_add(c->structure, task->instruction);
	return status;
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
		figures_count(&f, "bad_records", NULL, (int64_t)c->facts.bad);
	stats_figures(c->stats, &f);
	if (c->store)
		run_stats_figures(&c->run, &f);
	if (c->structure)
		structure_figures(structure_result(c->structure), &f);
	const char *reviewed = c->t->has_parts ? c->t->files.list[0].path : c->name;
	int status = c->t->parts.several ? SOW_OK : review_figures(reviewed, c->store != NULL, &f, err);
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
	if (c->structure)
		structure_finish(c->structure, (size_t)c->o->threads);
	if (c->records) {
		records_facts(c->records, &c->facts);
		record_input_tell(c->records, false);
	}
	return show(c, out, err);
}

/* With other ranks: each hash of a text is counted by one of them, the rest by rank 0. */

static int swap_hashes(struct counting *c, struct sow_error *err)
{
	struct ranks *r = c->t->ranks;
	size_t n = ranks_count(r);
	struct buf *bufs = ranks_buffers(r);
	int status = SOW_OK;
	for (int which = 0; which < STATS_SETS && !status; which++) {
		stats_hashes_out(c->stats, (enum stats_set)which, bufs, n);
		status = ranks_alltoall(r, SOW_OK, bufs, bufs + n, err);
		if (!status)
			stats_hashes_in(c->stats, (enum stats_set)which, bufs + n, n);
	}
	ranks_buffers_free(r, bufs);
	return status;
}

/* Rank 0 has the stats of all afterwards, and the others none. */
static int gather_stats(struct counting *c, struct sow_error *err)
{
	struct buf own = { .data = buf_empty, .cap = SIZE_MAX / 2 }, all = own; /* numbers of all records */
	int status = swap_hashes(c, err);
	if (status)
		return status;
	stats_finish(c->stats);
	if (stats_save(c->stats, &own))
		status = error_set(err, SOW_TOOBIG, "%s: the fields of its records have numbers of more than %d names; "
				   "start it as one process", c->name, SCORES_PART_MOST);
	stats_free(c->stats);
	c->stats = stats_new(1);
	status = ranks_gather(c->t->ranks, status, &own, &all, err);
	struct view rest = view_from(all.data, all.len);
	while (!status && rest.len)
		status = stats_add_saved(c->stats, &rest);
	buf_release(&own);
	buf_release(&all);
	return status;
}

static int count_spread(struct counting *c, int status, struct buf *out, struct sow_error *err)
{
	if (!status)
		status = count_file(c, err);
	status = record_input_end(&c->o->input, c->t, c->records, status, &c->facts, err);
	if (!status)
		status = gather_stats(c, err);
	if (status || ranks_rank(c->t->ranks))
		return status;
	record_input_tell_facts(&c->facts, c->t->in, false);
	return show(c, out, err);
}

static int open_all(struct counting *c, struct sow_error *err)
{
	struct rank_job *t = c->t;
	c->arena = arena_new();
	c->name = t->in;
	if (!t->has_parts && folder_is(t->in))
		c->store = open_run(t->in, err);
	else
		c->records = record_input_open(&c->o->input, t, err);
	c->stats = (rank_job_is_spread(t) ? stats_new_part : stats_new)(c->o->threads > 1);
	if (!c->store && !c->records)
		return err->status;
	if (c->records)
		c->name = records_name(c->records);
	if (c->o->structure)
		c->structure = structure_new((size_t)c->o->sample, err);
	return c->o->structure && !c->structure ? (int)err->status : SOW_OK;
}

static int count(struct chosen *o, struct rank_job *t)
{
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	struct counting counting = { .o = o, .t = t };
	if (!o->threads)
		o->threads = t->threads ? (int64_t)t->threads : (int64_t)cpu_cores();
	int status = open_all(&counting, &err);
	if (rank_job_is_spread(t))
		status = count_spread(&counting, status, &out, &err);
	else if (!status)
		status = count_and_show(&counting, &out, &err);
	status = ranks_agree(t->ranks, status, &err);
	int exit = status ? console_error(&err) : ranks_rank(t->ranks) ? EXIT_DONE : console_data(&out);
	records_close(counting.records);
	store_close(counting.store);
	stats_free(counting.stats);
	structure_free(counting.structure);
	arena_free(counting.arena);
	buf_release(&out);
	return exit;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	struct rank_job t;
	size_t rank;
	int exit = record_input_check(c, &o->input, args->operand, args->arena);
	if (exit < 0 && o->structure && ranks_announced(&rank) > 1)
		return usage_error(c, "--structure parses a sample, which one process does; start it as one");
	const struct rank_job_files files = {
		.prints = true, .threads = o->threads,
		.values = { .columns = o->input.options.columns, .delimiter = o->input.options.delimiter },
	};
	if (exit < 0)
		exit = rank_job_start(&t, &files, args);
	if (exit >= 0)
		return exit;
	exit = count(o, &t);
	rank_job_stop(&t);
	return exit;
}

const struct command command_stats = {
	.name = "stats",
	.summary = "count lengths, duplicates, languages and more",
	.usage = "DIR|FILE… [--json] [--structure] [--skip-bad]",
	.about = "Takes the tasks that export gives of a run, and tells what they took besides: "
		 "requests, tokens, money and time, what was rejected and why, and what share was "
		 "accepted by stage and over time. Or reads the records of a file: JSON of any "
		 "shape, Parquet, CSV, TSV, plain text; .gz, .zst and UTF-16 as they are, - is "
		 "standard input. Shows the paper's Table 1 beside the paper's own figures, "
		 "lengths, exact duplicates, outputs that are empty, cut or refused, instances "
		 "and turns, languages and scripts. A bad record stops it, with its place. Several "
		 "files, and the files of a folder, are one input; under mpirun or srun the processes share "
		 "the work, and the first shows what one process shows.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "DIR or FILE",
	.operand_many = true,
	.ranks = true,
	.example = "sow stats demo\n"
		   "sow stats alpaca_data.json\n"
		   "mpirun -n 16 sow stats docs/",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
