#include "cli/manual.h"

#include <string.h>

#include "cli/options.h"
#include "sow/sow.h"

/* Text in scdoc: its marks escaped, also where they only count at a line's start. */
static void add_text(struct buf *out, const char *text)
{
	bool starts = true;
	for (; *text; text++) {
		if (strchr("*_\\`", *text) || (starts && strchr("#-+|[]<>.'", *text)))
			buf_addch(out, '\\');
		buf_addch(out, *text);
		starts = *text == '\n';
	}
}

static void add_option(struct buf *out, const struct command *c, const struct option *o)
{
	const char *value = option_value(o);
	struct buf text = BUF_INIT;
	if (o->letter)
		buf_addf(out, "*-%c*", o->letter);
	if (o->name[1]) {
		buf_addstr(out, o->letter ? ", *--" : "*--");
		add_text(out, o->name);
		buf_addch(out, '*');
	}
	if (value) {
		buf_addch(out, ' ');
		add_text(out, value);
	}
	buf_addstr(out, "\n\t");
	option_describe(o, options_default(c, o), &text);
	add_text(out, text.data);
	buf_addstr(out, "\n\n");
	buf_release(&text);
}

static void add_block(struct buf *out, const char *text)
{
	buf_addf(out, "```\n%s\n```\n", text);
}

static void add_title(struct buf *out, const char *name, const char *command)
{
	buf_addf(out, "%s%s%s(1) \"sow %s\" \"sow\"\n\n", name, command ? "-" : "",
		 command ? command : "", sow_version());
}

void manual_command(const struct command *c, struct buf *out)
{
	const struct option *list[OPTIONS_MAX];
	size_t count = options_list(c, list);
	add_title(out, "sow", c->name);
	buf_addf(out, "# NAME\n\nsow-%s - ", c->name);
	add_text(out, c->summary);
	buf_addf(out, "\n\n# SYNOPSIS\n\n*sow %s* ", c->name);
	add_text(out, c->usage);
	buf_addstr(out, "\n\n# DESCRIPTION\n\n");
	add_text(out, c->about);
	buf_addstr(out, "\n\n# OPTIONS\n\n");
	for (size_t i = 0; i < count; i++)
		add_option(out, c, list[i]);
	buf_addstr(out, "# EXAMPLE\n\n");
	add_block(out, c->example);
	buf_addstr(out, "\n# EXIT STATUS\n\n");
	add_text(out, c->exits);
	buf_addstr(out, "\n\n# SEE ALSO\n\n*sow*(1)\n");
}

void manual_overview(const struct command *const *commands, size_t count, struct buf *out)
{
	add_title(out, "sow", NULL);
	buf_addstr(out, "# NAME\n\nsow - grow instruction data from a handful of seed tasks\n\n"
			"# SYNOPSIS\n\n*sow* _COMMAND_ [options] [operand]\n\n"
			"# DESCRIPTION\n\n");
	add_text(out, "sow gives a handful of seed tasks to a language model, the teacher, and gives "
		      "back a clean, deduplicated, explained data set to fine-tune a model on. "
		      "Without --teacher a small model in the program itself answers: no key, no "
		      "server, no GPU.\n\n"
		      "Data goes to standard output, everything else to standard error. A file name of "
		      "- is a standard stream; names that end in .gz or .zst are compressed. Nothing "
		      "that was paid for is lost: every reply is on disk before it is used, and the "
		      "same command resumes where one was stopped.\n\n");
	buf_addstr(out, "# COMMANDS\n\n");
	for (size_t i = 0; i < count; i++) {
		buf_addf(out, "*sow-%s*(1)\n\t", commands[i]->name);
		add_text(out, commands[i]->summary);
		buf_addstr(out, "\n\n");
	}
	buf_addstr(out, "# EXAMPLE\n\n");
	add_block(out, "sow self-instruct -n 20 -o demo\n"
		       "sow status demo\n"
		       "sow export demo --format alpaca -o demo.jsonl\n"
		       "sow stats demo.jsonl");
	buf_addstr(out, "\n# EXIT STATUS\n\n"
			"0 done, 1 failed, 2 wrong usage, 3 stopped early and can be resumed\n\n"
			"# ENVIRONMENT\n\n"
			"*XDG\\_CACHE\\_HOME*\n\twhere the default model and the cache of replies "
			"are, in a folder _sow_; \\~/.cache if it is not set\n\n"
			"*SOW\\_DEPS*\n\twhere the default model is looked for and fetched to\n");
}
