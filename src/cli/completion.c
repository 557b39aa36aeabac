#include "cli/manual.h"

#include <string.h>

#include "cli/options.h"
#include "data/format.h"

/* The values that an option takes, separated by blanks; empty: anything. */
static void add_choices(struct buf *out, const struct option *o)
{
	if (strcmp(o->name, "format") == 0) {
		for (size_t i = 0; i < format_count; i++)
			buf_addf(out, "%s%s", i ? " " : "", formats[i].name);
	} else if (o->choices) {
		for (const char *p = o->choices; *p; p++)
			buf_addch(out, *p == '|' ? ' ' : *p);
	}
}

static void add_words(struct buf *out, const struct command *c)
{
	const struct option *list[OPTIONS_MAX];
	size_t count = options_list(c, list);
	for (size_t i = 0; i < count; i++) {
		if (list[i]->name[1])
			buf_addf(out, " --%s", list[i]->name);
		if (list[i]->letter)
			buf_addf(out, " -%c", list[i]->letter);
	}
}

/* A case for each option that has choices, of whatever command: they agree on what those are. */
static void add_bash_choices(struct buf *out, const struct command *c)
{
	const struct option *list[OPTIONS_MAX];
	size_t count = options_list(c, list);
	for (size_t i = 0; i < count; i++) {
		struct buf choices = BUF_INIT;
		add_choices(&choices, list[i]);
		if (choices.len) {
			buf_addf(out, "\t%s:--%s", c->name, list[i]->name);
			if (list[i]->letter)
				buf_addf(out, "|%s:-%c", c->name, list[i]->letter);
			buf_addf(out, ") words='%s' ;;\n", choices.data);
		}
		buf_release(&choices);
	}
}

void completion_bash(const struct command *const *commands, size_t count, struct buf *out)
{
	buf_addstr(out, "# bash completion for sow; written by the build\n"
			"_sow() {\n"
			"\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
			"\tlocal command=${COMP_WORDS[1]} words=\n"
			"\tCOMPREPLY=()\n"
			"\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
			"\t\twords='");
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s ", commands[i]->name);
	buf_addstr(out, "help --help --version'\n"
			"\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
			"\t\treturn\n"
			"\tfi\n"
			"\tif [ \"$command\" = help ]; then\n"
			"\t\twords='");
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s ", commands[i]->name);
	buf_addstr(out, "'\n\tfi\n\tcase $command:$before in\n");
	for (size_t i = 0; i < count; i++)
		add_bash_choices(out, commands[i]);
	buf_addstr(out, "\tesac\n"
			"\tif [ -z \"$words\" ]; then\n"
			"\t\t[[ $word == -* ]] || return # a file, by the shell's default\n"
			"\t\tcase $command in\n");
	for (size_t i = 0; i < count; i++) {
		buf_addf(out, "\t\t%s) words='", commands[i]->name);
		add_words(out, commands[i]);
		buf_addstr(out, "' ;;\n");
	}
	buf_addstr(out, "\t\tesac\n"
			"\tfi\n"
			"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
			"}\n"
			"complete -o default -F _sow sow\n");
}

/* Inside '…' and the [ ] and : of an _arguments specification. */
static void add_zsh_text(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			buf_addstr(out, "'\\''");
		else if (strchr("[]:\\", *text))
			buf_addf(out, "\\%c", *text);
		else
			buf_addch(out, *text);
	}
}

static void add_zsh_option(struct buf *out, const struct option *o)
{
	struct buf choices = BUF_INIT;
	const char *value = option_value(o);
	buf_addstr(out, "\t\t'");
	if (o->letter && o->name[1])
		buf_addf(out, "(-%c --%s)'{-%c,--%s}'", o->letter, o->name, o->letter,
			 o->name);
	else
		buf_addf(out, "%s%s", o->name[1] ? "--" : "-", o->name);
	buf_addch(out, '[');
	add_zsh_text(out, o->help);
	buf_addch(out, ']');
	if (value) {
		add_choices(&choices, o);
		buf_addch(out, ':');
		add_zsh_text(out, value);
		if (choices.len)
			buf_addf(out, ":(%s)", choices.data);
		else
			buf_addstr(out, ":_files");
	}
	buf_addstr(out, "' \\\n");
	buf_release(&choices);
}

static void add_zsh_command(struct buf *out, const struct command *c)
{
	const struct option *list[OPTIONS_MAX];
	size_t count = options_list(c, list);
	buf_addf(out, "\t%s)\n\t\t_arguments -s \\\n", c->name);
	for (size_t i = 0; i < count; i++)
		add_zsh_option(out, list[i]);
	buf_addf(out, "\t\t'%s' ;;\n", c->operand ? "1:operand:_files" : "*: :_files");
}

void completion_zsh(const struct command *const *commands, size_t count, struct buf *out)
{
	buf_addstr(out, "#compdef sow\n"
			"# zsh completion for sow; written by the build\n"
			"local -a commands\n"
			"commands=(\n");
	for (size_t i = 0; i < count; i++) {
		buf_addf(out, "\t'%s:", commands[i]->name);
		add_zsh_text(out, commands[i]->summary);
		buf_addstr(out, "'\n");
	}
	buf_addstr(out, "\t'help:options and an example of a command'\n"
			")\n"
			"if (( CURRENT == 2 )) || [[ $words[2] == help ]]; then\n"
			"\t_describe command commands\n"
			"\treturn\n"
			"fi\n"
			"local command=$words[2]\n"
			"shift words\n"
			"(( CURRENT-- ))\n"
			"case $command in\n");
	for (size_t i = 0; i < count; i++)
		add_zsh_command(out, commands[i]);
	buf_addstr(out, "esac\n");
}
