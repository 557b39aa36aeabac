#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/look.h"
#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/talk.h"
#include "data/format.h"

struct chosen {
	const char *format, *out;
	bool jsonl, all, quiet;
	int64_t n;
};

#define AT(field) offsetof(struct chosen, field)

static const struct option options[] = {
	{ "format", 'f', OPTION_TEXT, AT(format), "F",
	  "self-instruct: a task a line, always JSONL; alpaca: instruction, input, output; "
	  "messages: OpenAI's chat data; sharegpt: conversations of human and gpt", 0, 0 },
	{ "out", 'o', OPTION_TEXT, AT(out), "FILE",
	  "where to; .gz and .zst compress, - is standard output (the default)", 0, 0 },
	{ "jsonl", 0, OPTION_FLAG, AT(jsonl), NULL, "a record a line instead of one JSON array",
	  0, 0 },
	{ "all", 0, OPTION_FLAG, AT(all), NULL,
	  "every finished task, not only as many as the run's -n", 0, 0 },
	{ "n", 'n', OPTION_INT, AT(n), "N", "the first N tasks", 1, INT64_MAX },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "do not say how many went where", 0, 0 },
};

struct export {
	struct format_writer *writer;
	int64_t tasks;
	bool broken;                 /* the writer failed, and knows why */
};

static int add_task(void *data, const struct task *task)
{
	struct export *x = data;
	int status = format_write(x->writer, task);
	x->broken = status != SOW_OK;
	x->tasks += !status;
	return status;
}

static void say_done(const struct chosen *o, const struct export *x, size_t records,
		     const struct store_counts *counts)
{
	bool jsonl = o->jsonl || format_find(o->format)->tasks;
	if (o->quiet || strcmp(o->out, "-") == 0)
		return;
	talk_line("%s: %zu %s of %" PRId64 " %s (%s, %s)", o->out, records,
		  records == 1 ? "record" : "records", x->tasks, x->tasks == 1 ? "task" : "tasks",
		  o->format, jsonl ? "JSONL" : "JSON");
	if (!counts->inputs && counts->finished < counts->target)
		talk_line("the run has %" PRId64 " of %" PRId64 " tasks so far", counts->finished,
			  counts->target);
}

static int export_run(struct store *s, const struct chosen *o, struct sow_error *err)
{
	struct store_counts counts;
	struct export x = { 0 };
	int status = store_count(s, 0, &counts, err);
	if (status)
		return status;
	const struct task_range range = {
		.limit = o->n ? o->n : o->all || counts.inputs ? 0 : counts.target,
	};
	x.writer = format_open(format_find(o->format), o->out, o->jsonl, err);
	if (!x.writer)
		return err->status;
	status = store_each_task(s, &range, add_task, &x, err);
	size_t records = format_written(x.writer);
	if (status && !x.broken)
		format_drop(x.writer);
	else
		status = format_finish(x.writer, err);
	if (!status)
		say_done(o, &x, records, &counts);
	return status;
}

static const char *format_name(const void *data, size_t i)
{
	(void)data;
	return formats[i].name;
}

/* -1 if the options make sense together. */
static int check(const struct command *c, const struct chosen *o)
{
	struct buf names = BUF_INIT;
	int exit = -1;
	for (size_t i = 0; i < format_count; i++)
		buf_addf(&names, "%s%s", i ? ", " : "", formats[i].name);
	if (!o->format) {
		exit = talk_wrong(c, "missing --format F: one of %s", names.data);
	} else if (!format_find(o->format)) {
		const char *near = nearest_name(o->format, format_name, NULL, format_count);
		exit = near ? talk_wrong(c, "--format: unknown '%s'; did you mean '%s'?", o->format,
					 near)
			    : talk_wrong(c, "--format: expected one of %s, not '%s'", names.data,
					 o->format);
	} else if (o->n && o->all) {
		exit = talk_wrong(c, "expected -n or --all, not both");
	}
	buf_release(&names);
	return exit;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct chosen o = { .out = "-" };
	struct arguments args;
	struct sow_error err = { 0 };
	int exit = options_parse(c, &o, NULL, argc, argv, &args);
	if (exit >= 0)
		return exit;
	/* without a format: those that the recipe asks for */
	if (!o.format && !o.jsonl && !o.all && !o.n && strcmp(o.out, "-") == 0)
		exit = outputs_export_again(args.operand, o.quiet);
	if (exit < 0 || exit == EXIT_WRONG_USAGE)
		exit = check(c, &o);
	if (exit < 0) {
		struct store *s = look_open(args.operand, &err);
		int status = s ? export_run(s, &o, &err) : (int)err.status;
		exit = status ? talk_error(&err) : EXIT_DONE;
		store_close(s);
	}
	arguments_release(&args);
	return exit;
}

const struct command command_export = {
	.name = "export",
	.summary = "take the tasks out of a run, in a format to train on",
	.usage = "DIR [--format F [--jsonl] [--all | -n N] [-o FILE]]",
	.about = "Writes the finished tasks of a run: the first as many as its -n, in their order, "
		 "so that the same run gives the same bytes. A file appears whole or not at all. "
		 "Works while the run is under way. Without --format, the outputs of the run's "
		 "recipe are written again.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.operand = "DIR",
	.example = "sow export demo --format alpaca --jsonl -o demo.jsonl.zst",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
