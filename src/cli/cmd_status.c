#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/look.h"
#include "cli/options.h"
#include "cli/talk.h"
#include "method/rules.h"
#include "report/status.h"

struct chosen {
	bool json;
};

static const struct option options[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct chosen, json), NULL, "as one JSON object", 0, 0 },
};

static int look(struct store *s, struct arena *a, const char *dir, bool json, struct buf *out,
		struct sow_error *err)
{
	struct run_status st;
	int status = run_status_read(&st, s, a, err);
	if (status)
		return status;
	if (json)
		return run_status_json(&st, dir, out, err);
	return run_status_print(&st, program_name, dir, rule_why, out) ? error_nomem(err) : SOW_OK;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct chosen o = { 0 };
	struct arguments args;
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	int exit = options_parse(c, &o, NULL, argc, argv, &args);
	if (exit >= 0)
		return exit;
	struct store *s = look_open(args.operand, &err);
	int status = s ? look(s, args.arena, args.operand, o.json, &out, &err) : (int)err.status;
	exit = status ? talk_error(&err) : talk_data(&out);
	store_close(s);
	buf_release(&out);
	arguments_release(&args);
	return exit;
}

const struct command command_status = {
	.name = "status",
	.summary = "how far a run is, what it dropped and why",
	.usage = "DIR [--json]",
	.about = "Shows the recipe and the settings of a run, how far it is and how to go on, its "
		 "replies and tokens, what was rejected by which rule, and what the teacher "
		 "refused. Only reads, and works while the run is under way.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.operand = "DIR",
	.example = "sow status demo",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
