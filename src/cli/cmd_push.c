#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/run_export.h"
#include "data/hub.h"
#include "io/folder.h"
#include "run/open_records.h"

struct chosen {
	const char *format, *licence, *title, *message, *ca_file;
	bool is_private, quiet;
};

static const struct option options[] = {
	{ "private", 0, OPTION_FLAG, offsetof(struct chosen, is_private), NULL,
	  "make the repository a private one, where there is none", 0, 0 },
	{ "message", 'm', OPTION_TEXT, offsetof(struct chosen, message), "TEXT",
	  "of the commit (default: Upload data)", 0, 0 },
	{ "format", 'f', OPTION_TEXT, offsetof(struct chosen, format), "F",
	  "of a run: what a line is, as export has it (default: messages)", 0, 0 },
	{ "licence", 0, OPTION_TEXT, offsetof(struct chosen, licence), "ID",
	  "of a run: for its card, as the hub names it", 0, 0 },
	{ "title", 0, OPTION_TEXT, offsetof(struct chosen, title), "TEXT",
	  "of a run: for its card (default: NAME)", 0, 0 },
	{ "ca-file", 0, OPTION_TEXT, offsetof(struct chosen, ca_file), "FILE",
	  "certificates to trust, in PEM (default: the system's)", 0, 0 },
	{ "quiet", 'q', OPTION_FLAG, offsetof(struct chosen, quiet), NULL, "say nothing on success", 0,
	  0 },
};

static void tell(void *data, const char *line)
{
	const struct chosen *o = data;
	if (!o->quiet)
		console_line("%s", line);
}

static int push_folder(struct chosen *o, const char *folder, const char *repository,
		       struct sow_error *err)
{
	struct buf token = BUF_INIT;
	struct hub_pushed pushed;
	int status = hub_token(&token, err);
	const struct hub_options hub = { .repository = repository, .folder = folder,
					 .token = token.data, .summary = o->message,
					 .ca_file = o->ca_file, .is_private = o->is_private,
					 .tell = tell, .data = o };
	if (!status)
		status = hub_push(&hub, &pushed, err);
	buf_release(&token);
	if (!status && !o->quiet && pushed.there)
		console_line("%zu of %zu large files were there", pushed.there, pushed.sent + pushed.there);
	if (!status && !o->quiet)
		console_line("%s: %zu %s", pushed.url, pushed.files, pushed.files == 1 ? "file" : "files");
	return status;
}

/* A run becomes a folder first, as export --layout hf would make it. */
static int push_run(struct chosen *o, const char *dir, const char *repository,
		    struct sow_error *err)
{
	struct buf scratch = BUF_INIT, path = BUF_INIT;
	int status = folder_scratch(&scratch, err);
	if (status)
		return status;
	buf_addf(&path, "%s/set", scratch.data);
	const struct run_export_folder f = { .path = path.data, .format = o->format,
					     .licence = o->licence,
					     .title = o->title ? o->title : folder_base_name(repository) };
	status = run_export_make_folder(dir, &f, err);
	if (!status)
		status = push_folder(o, path.data, repository, err);
	folder_remove(scratch.data);
	buf_release(&scratch);
	buf_release(&path);
	return status;
}

static int check(const struct command *c, struct chosen *o, const struct arguments *args)
{
	const char *of_run = o->format ? "format" : o->licence ? "licence" : o->title ? "title" : NULL;
	if (!args->more)
		return usage_error(c, "missing OWNER/NAME, the repository on the Hub");
	if (!folder_is(args->operand))
		return usage_error(c, "%s: expected a run, or a folder as export --layout hf makes it",
				   args->operand);
	if (of_run && !run_exists(args->operand))
		return usage_error(c, "--%s: expected with a run, and %s is none", of_run, args->operand);
	return o->format ? record_output_check_format(c, o->format) : -1;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	struct sow_error err = { 0 };
	int exit = check(c, o, args);
	if (exit >= 0)
		return exit;
	o->format = o->format ? o->format : "messages";
	int status = (run_exists(args->operand) ? push_run : push_folder)(o, args->operand, args->more,
									  &err);
	return status ? console_error(&err) : EXIT_DONE;
}

const struct command command_push = {
	.name = "push",
	.summary = "put a run or a folder on the Hugging Face Hub",
	.usage = "RUN|DIR OWNER/NAME [--private] [options]",
	.about = "Uploads the files of a folder, such as export --layout hf makes, to a data set "
		 "on the Hub, in one commit: others see all of them or none. A run is exported "
		 "first, in Parquet with a card. Large files that the Hub has by now are not sent "
		 "again, so that the same command resumes a push that was stopped. The "
		 "token is that of HF_TOKEN, or of `hf auth login`; HF_ENDPOINT names another Hub.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "DIR",
	.operand_more = "OWNER/NAME",
	.example = "sow push demo ada/cooking --private\n"
		   "sow export demo -f trl --layout hf -o cooking && sow push cooking ada/cooking",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
