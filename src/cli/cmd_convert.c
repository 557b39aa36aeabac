#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/publish.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "run/open_records.h"

struct chosen {
	struct publishing publish;
	struct reading reading;
};

static const struct option options[] = {
	PUBLISHING_OPTIONS(struct chosen, publish),
	READING_OPTIONS(struct chosen, reading),
};

static int convert_all(struct chosen *o, struct records *r, struct arena *a, struct sow_error *err)
{
	struct record record;
	int status;
	while ((status = records_next(r, a, &record, err)) > 0) {
		status = publishing_add(&o->publish, &record, err);
		if (status)
			return status;
		arena_clear(a);
	}
	return status;
}

/* The name alone: a card goes to others, and is silent about folders here. */
static const char *base_name(const char *path)
{
	const char *base = path;
	for (; *path; path++)
		base = *path == '/' ? path + 1 : base;
	return base;
}

static int convert(struct chosen *o, const char *path, struct arena *a, struct sow_error *err)
{
	struct records *r = open_records(path, &o->reading.options, err);
	if (!r)
		return err->status;
	struct card facts = { .source = base_name(records_name(r)) };
	int status = publishing_open(&o->publish, err);
	if (!status)
		status = convert_all(o, r, a, err);
	if (!status)
		status = publishing_finish(&o->publish, &facts, err);
	if (!status)
		reading_tell(r, o->publish.quiet);
	records_close(r);
	return status;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct chosen o = { 0 };
	struct arguments args;
	struct sow_error err = { 0 };
	int exit = options_parse(c, &o, NULL, argc, argv, &args);
	if (exit >= 0)
		return exit;
	exit = publishing_check(c, &o.publish);
	if (exit < 0)
		exit = reading_check(c, &o.reading, args.arena);
	if (exit < 0) {
		struct arena *a = arena_new();
		int status = a ? convert(&o, args.operand, a, &err) : error_nomem(&err);
		exit = status ? talk_error(&err) : EXIT_DONE;
		publishing_release(&o.publish);
		arena_free(a);
	}
	arguments_release(&args);
	return exit;
}

const struct command command_convert = {
	.name = "convert",
	.summary = "turn a file of tasks into another format, split and shuffled",
	.usage = "FILE --format F [-o FILE] [options]",
	.about = "Reads tasks in any format that export writes, as JSON or JSON lines, or plain text "
		 "with one instruction a line; .gz and .zst as they are, - is standard input. Writes "
		 "them in the format asked for. A bad record stops it, with its place; a file appears "
		 "whole or not at all.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.operand = "FILE",
	.example = "sow convert alpaca_data.json --format messages -o chat.jsonl --validation 0.05\n"
		   "sow convert chat.jsonl --format messages --layout hf -o chat --licence cc-by-4.0",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
