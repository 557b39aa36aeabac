#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/talk.h"
#include "io/folder.h"
#include "report/status.h"
#include "run/open_records.h"
#include "store/merge.h"
#include "verdicts/verdicts.h"

struct chosen {
	const char *dir;
};

static const struct option options[] = {
	{ "output", 'o', OPTION_TEXT, offsetof(struct chosen, dir), "DIR", "directory of the new run" },
};

/* What a shard has not asked yet the whole could not ask either: it goes on behind the last ticket. */
static int check_done(const char *dir, struct sow_error *err)
{
	struct run_status st;
	struct arena *a = arena_new();
	struct store *s = open_run(dir, err);
	int status = s ? run_status_read(&st, s, a, err) : (int)err->status;
	if (!status && !run_status_done(&st))
		status = error_set(err, SOW_INVALID, "%s: is not done; the command that began it resumes it", dir);
	store_close(s);
	arena_free(a);
	return status;
}

/* In a folder beside it, which gets its name when all is there. */
static int merge(const char *dir, const struct arguments *args, struct sow_error *err)
{
	struct buf beside = BUF_INIT;
	int status = SOW_OK;
	if (!folder_is_free(dir))
		return error_set(err, SOW_USAGE, "%s: is there already; expected a new directory", dir);
	for (size_t i = 0; i < args->operand_count && !status; i++)
		status = check_done(args->operands[i], err);
	if (!status)
		status = folder_make_beside(dir, &beside, err);
	if (!status)
		status = store_merge(beside.data, args->operands, args->operand_count, err);
	if (!status)
		status = verdicts_merge(beside.data, args->operands, args->operand_count, err);
	if (!status)
		status = folder_rename(beside.data, dir, err);
	if (status && beside.len)
		folder_remove(beside.data);
	buf_release(&beside);
	return status;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	const struct chosen *o = values;
	struct sow_error err = { 0 };
	if (!o->dir)
		return talk_wrong(c, "missing -o DIR: where the new run is to live");
	size_t len = strlen(o->dir);
	while (len > 1 && o->dir[len - 1] == '/')
		len--;
	const char *dir = arena_copy(args->arena, o->dir, len);
	if (merge(dir, args, &err))
		return talk_error(&err);
	talk_line("%s: a run of %zu shards", dir, args->operand_count);
	return EXIT_DONE;
}

const struct command command_merge = {
	.name = "merge",
	.summary = "make one run of those that worked on a shard each",
	.usage = "RUN... -o DIR",
	.about = "Takes all N runs of one recipe that were begun with --shard 1/N to N/N, each done, and "
		 "writes one run, which status, report, export and the others take as if one command had worked "
		 "on the whole input. Runs of other recipes, a missing shard or one that is there twice are "
		 "refused. What people decided in a review comes along.",
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.values = sizeof(struct chosen),
	.operand = "RUN",
	.operand_many = true,
	.example = "sow respond -i prompts.jsonl --shard 1/2 -o part-1\n"
		   "sow respond -i prompts.jsonl --shard 2/2 -o part-2\n"
		   "sow merge part-1 part-2 -o answers",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
