#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/merge_runs.h"
#include "cli/options.h"

struct chosen {
	const char *dir;
};

static const struct option options[] = {
	{ "output", 'o', OPTION_TEXT, offsetof(struct chosen, dir), "DIR", "directory of the new run" },
};

static int run(const struct command *c, void *values, const struct arguments *args)
{
	const struct chosen *o = values;
	struct sow_error err = { 0 };
	if (!o->dir)
		return usage_error(c, "missing -o DIR: where the new run is to live");
	size_t len = strlen(o->dir);
	while (len > 1 && o->dir[len - 1] == '/')
		len--;
	const char *dir = arena_copy(args->arena, o->dir, len);
	if (merge_runs(dir, args->operands, args->operand_count, &err))
		return console_error(&err);
	console_line("%s: a run of %zu shards", dir, args->operand_count);
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
