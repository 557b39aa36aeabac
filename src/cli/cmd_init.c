#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/starter.h"
#include "cli/talk.h"
#include "io/outfile.h"

struct chosen {
	const char *method;
};

static const struct option options[] = {
	{ "method", 'm', OPTION_TEXT, offsetof(struct chosen, method), "NAME",
	  "of its step", .fallback = "self-instruct" },
};

static const char *method_name(const void *data, size_t i)
{
	(void)data;
	return method_at(i)->name;
}

static int unknown(const struct command *c, const char *name)
{
	size_t count = 0;
	while (method_at(count))
		count++;
	return options_unknown(c, "method", name, method_name, NULL, count);
}

static int write_file(const char *path, const struct buf *text)
{
	struct sow_error err = { 0 };
	if (buf_failed(text))
		return talk_nomem();
	if (access(path, F_OK) == 0) {
		error_set(&err, SOW_USAGE, "%s is there already, and stays as it is", path);
		return talk_error(&err);
	}
	struct outfile *out = outfile_open(path, &err);
	if (out)
		outfile_write(out, text->data, text->len);
	if (!out || outfile_finish(out, &err))
		return talk_error(&err);
	talk_line("%s: a recipe to start from; sow check %s, sow run %s -o DIR", path, path, path);
	return EXIT_DONE;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	const struct chosen *o = values;
	struct buf text = BUF_INIT;
	const struct method *m = method_find(o->method);
	if (!m)
		return unknown(c, o->method);
	starter_print(m, &text);
	int exit = strcmp(args->operand, "-") == 0 ? talk_data(&text)
						   : write_file(args->operand, &text);
	buf_release(&text);
	return exit;
}

const struct command command_init = {
	.name = "init",
	.summary = "write a recipe to start from",
	.usage = "[--method NAME] [FILE]",
	.about = "Writes a recipe of one step that is ready to run, with every other setting as a "
		 "remark: what it means and what it is if nobody says. FILE is recipe.yaml if none is "
		 "given, - is standard output; one that is there already is not written over.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "FILE",
	.operand_default = "recipe.yaml",
	.example = "sow init\n"
		   "sow init --method respond answers.yaml",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
