#include "cli/method_ranks.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "cli/console.h"
#include "cli/merge_runs.h"
#include "io/folder.h"
#include "ranks/ranks.h"

struct shards {
	struct ranks *ranks;
	struct arena *arena;
	const char *dir, *work;
	const char **runs;           /* by rank */
};

static int refuse(const struct command *c, const struct recipe *recipe)
{
	const struct recipe_step *step = &recipe->steps[0];
	if (!step->method->takes_input || recipe_asks(recipe, ~0u))
		return usage_error(c,
				   "does not run under MPI where a teacher is asked: start each process with --shard "
				   "K/N and its own run, and join them with sow merge");
	if (recipe->shard)
		return usage_error(c, "--shard: under MPI the processes share the input without it");
	if (step->n)
		return usage_error(c, "-n: under MPI all of the input is taken");
	if (step->input && strcmp(step->input, "-") == 0)
		return usage_error(c, "- is standard input, which one process reads");
	return -1;
}

static void name_shards(struct shards *s, const char *dir)
{
	size_t len = strlen(dir), count = ranks_count(s->ranks);
	struct buf path = BUF_INIT;
	while (len > 1 && dir[len - 1] == '/')
		len--;
	s->dir = arena_copy(s->arena, dir, len);
	buf_addf(&path, "%s.work", s->dir);
	s->work = arena_copystr(s->arena, path.data);
	s->runs = arena_alloc(s->arena, count * sizeof(*s->runs));
	for (size_t k = 0; k < count; k++) {
		buf_clear(&path);
		buf_addf(&path, "%s/%zu-of-%zu", s->work, k + 1, count);
		s->runs[k] = arena_copystr(s->arena, path.data);
	}
	buf_release(&path);
}

static int begin(const struct shards *s, struct sow_error *err)
{
	int status = SOW_OK;
	if (ranks_rank(s->ranks) == 0 && !folder_is_free(s->dir))
		status = error_set(err, SOW_USAGE, "%s: already exists; expected a new directory", s->dir);
	else if (ranks_rank(s->ranks) == 0)
		status = folder_make(s->work, err);
	return ranks_agree(s->ranks, status, err);
}

/* This rank's run; the first shows how its own goes. */
static int work(const struct shards *s, const struct recipe *recipe, bool quiet, struct run_outcome *outcome,
		struct sow_error *err)
{
	struct method_watch watch;
	method_watch(&watch, quiet || ranks_rank(s->ranks));
	int status = run_recipe(recipe, s->runs[ranks_rank(s->ranks)], &watch.hooks, outcome, err);
	method_unwatch(&watch);
	return ranks_agree(s->ranks, status, err);
}

/* What is shown at the end is of all. *stopped: of how many ranks the run is not done. */
static int add_up(const struct shards *s, struct run_outcome *outcome, uint64_t *stopped, struct sow_error *err)
{
	struct run_progress *p = &outcome->progress;
	int64_t *const counts[] = { &p->target, &p->done, &p->finished, &p->replies, &p->refused, &p->done_before };
	enum { COUNTS = sizeof(counts) / sizeof(*counts) };
	uint64_t sums[COUNTS + 1] = { outcome->end != RUN_DONE };
	for (size_t i = 0; i < COUNTS; i++)
		sums[i + 1] = (uint64_t)*counts[i];
	int status = ranks_allreduce(s->ranks, SOW_OK, sums, COUNTS + 1, err);
	for (size_t i = 0; i < COUNTS; i++)
		*counts[i] = (int64_t)sums[i + 1];
	*stopped = sums[0];
	return status;
}

/* Runs of another number of processes, and what else may be in the folder, stay. */
static int merge(const struct shards *s, struct sow_error *err)
{
	int status = SOW_OK;
	if (ranks_rank(s->ranks) == 0) {
		status = merge_runs(s->dir, s->runs, ranks_count(s->ranks), err);
		for (size_t k = 0; k < ranks_count(s->ranks) && !status; k++)
			folder_remove(s->runs[k]);
		if (!status)
			rmdir(s->work);
	}
	return ranks_agree(s->ranks, status, err);
}

static int carry_out(const struct shards *s, struct method_chosen *o, struct recipe *recipe)
{
	struct sow_error err = { 0 };
	struct run_outcome outcome = { .end = RUN_DONE };
	uint64_t stopped = 0;
	char shard[64];
	snprintf(shard, sizeof(shard), "%zu/%zu", ranks_rank(s->ranks) + 1, ranks_count(s->ranks));
	recipe->shard = shard;
	int status = begin(s, &err);
	if (!status)
		status = work(s, recipe, o->quiet, &outcome, &err);
	if (!status)
		status = add_up(s, &outcome, &stopped, &err);
	if (!status && stopped) {
		console_line("stopped at %lld of %lld inputs; the same command resumes",
			     (long long)outcome.progress.done, (long long)outcome.progress.target);
		return EXIT_UNFINISHED;
	}
	if (!status)
		status = merge(s, &err);
	if (status)
		return console_error(&err);
	return ranks_rank(s->ranks) ? EXIT_DONE : method_growing.show(o, recipe, &outcome);
}

int method_ranks(const struct command *c, struct method_chosen *o, struct recipe *recipe)
{
	struct sow_error err = { 0 };
	int exit = refuse(c, recipe);
	if (exit >= 0)
		return exit;
	struct shards s = { .ranks = ranks_join(&err), .arena = arena_new() };
	if (!s.ranks) {
		exit = console_error(&err);
	} else {
		name_shards(&s, o->dir);
		int status = o->log && ranks_rank(s.ranks) == 0 ? console_log_open(o->log, &err) : SOW_OK;
		status = ranks_agree(s.ranks, status, &err);
		exit = status ? console_error(&err) : carry_out(&s, o, recipe);
		if (console_log_close(&err) && exit == EXIT_DONE)
			exit = console_error(&err);
		ranks_leave(s.ranks);
	}
	arena_free(s.arena);
	return exit;
}
