#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/writing.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "io/folder.h"
#include "run/open_records.h"

struct chosen {
	struct writing writing;
	struct reading reading;
};

static const struct option options[] = {
	WRITING_OPTIONS(struct chosen, writing),
	READING_OPTIONS(struct chosen, reading),
};

static int convert_all(struct chosen *o, struct records *r, struct arena *a, struct sow_error *err)
{
	struct record record;
	int status;
	while ((status = records_next(r, a, &record, err)) > 0) {
		status = writing_add(&o->writing, &record, err);
		if (status)
			return status;
		arena_clear(a);
	}
	return status;
}

static int convert(struct chosen *o, const char *path, struct arena *a, struct sow_error *err)
{
	o->reading.options.objects = format_find(o->writing.format)->any;
	struct records *r = open_records(path, &o->reading.options, err);
	if (!r)
		return err->status;
	const struct card facts = { .source = records_name(r) };
	int status = writing_review(&o->writing, path, folder_is(path), err);
	if (!status)
		status = writing_open(&o->writing, err);
	if (!status)
		status = convert_all(o, r, a, err);
	if (!status)
		writing_say_review(&o->writing, !folder_is(path));
	if (!status)
		status = writing_finish(&o->writing, &facts, err);
	if (!status)
		reading_tell(r, o->writing.quiet);
	records_close(r);
	return status;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	struct sow_error err = { 0 };
	int exit = writing_check(c, &o->writing);
	if (exit < 0)
		exit = reading_check(c, &o->reading, args->operand, args->arena);
	if (exit < 0) {
		struct arena *a = arena_new();
		int status = convert(o, args->operand, a, &err);
		exit = status ? talk_error(&err) : EXIT_DONE;
		arena_free(a);
	}
	writing_release(&o->writing);
	return exit;
}

const struct command command_convert = {
	.name = "convert",
	.summary = "write records in another format, split and shuffled",
	.usage = "FILE --format F [-o FILE] [options]",
	.about = "Reads the records of a file (JSON of any shape, Parquet, CSV, TSV, plain text) or of a "
		 "run; .gz, .zst and UTF-16 as they are, - is standard input. Writes them in the format "
		 "asked for, with all they have besides; what the format has no place for is left out, "
		 "and told by name and count. A bad record stops it, with its place; a file appears "
		 "whole or not at all.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "FILE",
	.example = "sow convert alpaca_data.json --format messages -o chat.jsonl --validation 0.05\n"
		   "sow convert train.parquet --format alpaca -o train.csv\n"
		   "sow convert chat.jsonl --format messages --layout hf -o chat --licence cc-by-4.0",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
