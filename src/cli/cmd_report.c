#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/cpu.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/record_input.h"
#include "io/folder.h"
#include "report/report.h"
#include "run/open_records.h"

struct chosen {
	struct record_input input;
	const char *out, *seeds, *vectors, *vector, *selection;
	bool quiet;
	int64_t records, parse, threads;
};

#define AT(field) offsetof(struct chosen, field)

static const struct option options[] = {
	{ "out", 'o', OPTION_TEXT, AT(out), "FILE",
	  "where to; - is standard output", .fallback = "report.html" },
	{ "seeds", 0, OPTION_TEXT, AT(seeds), "FILE",
	  "tasks written by people, to tell how new the instructions are",
	  .unsaid = "the run's seeds; of a file, the 175 built in" },
	{ "records", 0, OPTION_INT, AT(records), "N",
	  "records to show, chosen at random, and rejects; fewer if they are long", 0, 5000,
	  .fallback = "400" },
	{ "parse", 0, OPTION_INT, AT(parse), "N",
	  "parse N instructions for verbs and nouns, 15 ms each and core; English only; 0: none",
	  0, INT64_MAX, .fallback = "2000" },
	{ "vectors", 0, OPTION_TEXT, AT(vectors), "FILE.npy",
	  "of a file: a map of its records, by a vector each in their order, as NumPy writes it" },
	{ "vector", 0, OPTION_TEXT, AT(vector), "FIELD", "the vectors are in this field of the records" },
	{ "selection", 0, OPTION_TEXT, AT(selection), "FILE",
	  "what was selected is marked on the map: what sow select --explain wrote" },
	{ "threads", 0, OPTION_INT, AT(threads), "N", "cores to use", 1, 1024,
	  .unsaid = "all" },
	RECORD_INPUT_OPTIONS(struct chosen, input),
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "do not say where it is" },
};

static int write_run(const struct report_options *o, const char *dir, const char *out,
		     struct sow_error *err)
{
	struct store *s = open_run(dir, err);
	int status = s ? report_run(s, o, out, err) : (int)err->status;
	store_close(s);
	return status;
}

static int write_file(const struct chosen *c, struct report_options *o, const char *path,
		      struct sow_error *err)
{
	struct records *in = open_records(path, &c->input.options, err);
	if (!in)
		return err->status;
	o->name = records_name(in);
	int status = report_records(in, o, c->out, err);
	if (!status)
		record_input_tell(in, c->quiet);
	records_close(in);
	return status;
}

static void say_where(const char *out)
{
	struct stat st;
	if (stat(out, &st) == 0 && S_ISREG(st.st_mode))
		console_line("%s: %.1f MB; open it in a browser", out, (double)st.st_size / 1e6);
}

static int check(const struct command *c, const struct chosen *o, const char *path)
{
	if (o->vectors && o->vector)
		return usage_error(c, "expected --vectors or --vector, not both");
	if (o->selection && !o->vectors && !o->vector)
		return usage_error(c, "--selection is marked on a map: also expected --vectors or --vector");
	if ((o->vectors || o->vector) && folder_is(path))
		return usage_error(c, "--%s: expected a file, not a run; sow export makes one of it",
				   o->vectors ? "vectors" : "vector");
	return -1;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	const char *path = args->operand;
	struct sow_error err = { 0 };
	int exit = record_input_check(c, &o->input, path, args->arena);
	if (exit >= 0)
		return exit;
	const struct vectors_source from = { .file = o->vectors, .field = o->vector };
	exit = check(c, o, path);
	if (exit >= 0)
		return exit;
	struct report_options report = {
		.vectors = o->vectors || o->vector ? &from : NULL, .selection = o->selection,
		.name = path, .path = path, .seeds = o->seeds, .records = (size_t)o->records,
		.parse = (size_t)o->parse,
		.threads = o->threads ? (size_t)o->threads : cpu_cores(),
	};
	int status = folder_is(path) ? write_run(&report, path, o->out, &err)
				     : write_file(o, &report, path, &err);
	if (!status && !o->quiet)
		say_where(o->out);
	return status ? console_error(&err) : EXIT_DONE;
}

const struct command command_report = {
	.name = "report",
	.summary = "make one page to look at in a browser",
	.usage = "DIR|FILE [-o report.html]",
	.about = "Writes one HTML file that needs no network: how many tasks, how new, how long, of "
		 "what kinds, with charts and their numbers; of a run also what was rejected and why, "
		 "beside its nearest neighbour, acceptance and cost over time, where each record comes "
		 "from, and the recipe; with vectors a map of the set. Records are shown by a sample that can be searched. It stays "
		 "under 5 MB for a million records.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "DIR|FILE",
	.example = "sow report demo -o demo.html\nsow report alpaca_data.json --seeds mine.jsonl",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
