/* main.c - the table of commands. */
#include <malloc.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/help.h"
#include "cli/manual.h"
#include "cli/method.h"
#include "cli/options.h"
#include "data/format.h"
#include "data/hub_read.h"
#include "ranks/ranks.h"
#include "sow/sow.h"

const char *program_name = "sow";

/* Behind those of the methods. */
static const struct command *const others[] = {
	&command_run,
	&command_check,
	&command_init,
	&command_plan,
	&command_status,
	&command_view,
	&command_review,
	&command_export,
	&command_push,
	&command_retry,
	&command_cancel,
	&command_merge,
	&command_convert,
	&command_stats,
	&command_report,
	&command_novel,
	&command_dedup,
	&command_decontaminate,
	&command_select,
	&command_tags,
	&command_mock,
	&command_model,
	&command_cache,
	&command_doctor,
};
#define OTHERS (sizeof(others) / sizeof(others[0]))

/* Methods with options of their own. */
static const struct command *const of_methods[] = { &command_evol };
#define METHODS_MAX 32

static struct command methods[METHODS_MAX];
static const struct command *commands[METHODS_MAX + OTHERS];
static size_t command_count;

/* In the overview each stands before the first of its commands. */
static const struct {
	const struct command *first;
	const char *title;
} groups[] = {
	{ &methods[0], "Grow data" },
	{ &command_status, "Look at a run, and take the data out" },
	{ &command_convert, "Work on records, of a file or a run" },
	{ &command_mock, "Else" },
};

static void gather_commands(void)
{
	const struct method *m;
	for (size_t i = 0; (m = method_at(i)) && !m->is_step_only && i < METHODS_MAX; i++) {
		const struct command *own = NULL;
		for (size_t k = 0; k < sizeof(of_methods) / sizeof(*of_methods); k++) {
			if (strcmp(of_methods[k]->method, m->name) == 0)
				own = of_methods[k];
		}
		methods[i] = method_command(m, own);
		commands[command_count++] = &methods[i];
	}
	for (size_t i = 0; i < OTHERS; i++)
		commands[command_count++] = others[i];
}

static const char *command_name(const void *data, size_t i)
{
	(void)data;
	return commands[i]->name;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static void print_overview(struct buf *out)
{
	buf_addstr(out, "usage: sow COMMAND [options] [DIR]\n\n"
			"Grows instruction data from a handful of seed tasks and a language model.\n\n");
	for (size_t i = 0; i < command_count; i++) {
		for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
			if (groups[g].first == commands[i])
				buf_addf(out, "%s%s\n", i ? "\n" : "", groups[g].title);
		}
		buf_addf(out, "  %-15s %s\n", commands[i]->name, commands[i]->summary);
	}
	buf_addstr(out, "\nHelp\n"
			"  help COMMAND    options and an example\n"
			"  help teachers   options of every command that asks a model\n"
			"  help formats    what convert and export write\n\n"
			"Example\n"
			"  sow self-instruct -n 20 -o demo\n"
			"  sow export demo --format alpaca --jsonl -o demo.jsonl\n\n"
			"Without --teacher a model in the program itself answers: no key, no server,\n"
			"no GPU. `sow model` lists them and has a larger one answer.\n");
}

/* For whoever types the name alone, to see what it is. */
static void print_first_steps(struct buf *out)
{
	buf_addstr(out,
		   "sow grows instruction data for fine-tuning from seed tasks and a model.\n\n"
		   "See it work, with the small model that it brings (no key, no server, no GPU):\n"
		   "  sow self-instruct -n 5 -o demo\n"
		   "  sow export demo --format alpaca --jsonl -o demo.jsonl\n\n"
		   "Then with a model that writes well, on any OpenAI-compatible server:\n"
		   "  sow self-instruct --topic cooking --teacher https://HOST/v1 --model NAME \\\n"
		   "      -n 100 -o run\n"
		   "  sow report run -o run.html\n\n"
		   "With data you have, JSON, CSV or chats:\n"
		   "  sow stats data.jsonl\n"
		   "  sow dedup data.jsonl -o unique.jsonl\n\n"
		   "sow help lists all commands; sow COMMAND --help has options and an example.\n");
}

/* What --format takes. */
static void print_formats(struct buf *out)
{
	buf_addstr(out, "Formats that convert and export write; any of them is read.\n\n");
	for (size_t i = 0; i < format_count; i++)
		buf_addf(out, "  %-25s%s%s\n", formats[i].name, formats[i].help,
			 formats[i].strict ? " (*)" : "");
	buf_addstr(out, "\nWhat a record has besides is written as further members, but for (*), whose\n"
			"consumer takes none: there it is left out, and told by name and count.\n"
			"\nhf:OWNER/NAME[@REVISION][/PATH][:SPLIT] is also read: a data set on the Hugging\n"
			"Face Hub, of which PATH is a file, a folder or a configuration.\n"
			"\nA file is what its name says: .jsonl, .json (one array), .parquet, .csv or\n"
			".tsv; .gz and .zst compress all but Parquet. In Parquet a list of turns is a\n"
			"list of structs, and what is of no one type is JSON; in a cell of a CSV lists\n"
			"and objects are JSON.\n");
}

static void print_version(struct buf *out)
{
	buf_addf(out, "sow %s\n", sow_version());
}

static int show(void (*print)(struct buf *out))
{
	struct buf out = BUF_INIT;
	print(&out);
	int status = console_data(&out);
	buf_release(&out);
	return status;
}

static int unknown(const char *name)
{
	const char *near = name[0] == '-' ? NULL : nearest_name(name, command_name, NULL, command_count);
	if (near)
		console_line("unknown command '%s'; did you mean '%s'?", name, near);
	else
		console_line("unknown %s '%s'; see sow help", name[0] == '-' ? "option" : "command",
			     name);
	return EXIT_WRONG_USAGE;
}

static bool is(const char *word, const char *a, const char *b)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* For the build; see manual.h. */
static int show_for_build(const char *what, const char *name)
{
	struct buf out = BUF_INIT;
	const struct command *c = strcmp(what, "--man") == 0 && name ? find(name) : NULL;
	bool man = strcmp(what, "--man") == 0;
	if (man ? name && !c : !name || !is(name, "bash", "zsh")) {
		console_line("%s: expected %s", what, man ? "a command" : "bash or zsh");
		return EXIT_WRONG_USAGE;
	}
	if (c)
		manual_command(c, &out);
	else if (man)
		manual_overview(commands, command_count, &out);
	else
		(*name == 'b' ? completion_bash : completion_zsh)(commands, command_count, &out);
	int status = console_data(&out);
	buf_release(&out);
	return status;
}

static int help(int argc, char **argv)
{
	char *help_arguments[] = { argc > 1 ? argv[1] : NULL, (char[]){ "--help" }, NULL };
	if (argc < 2 || is(argv[1], "help", "--help"))
		return show(print_overview);
	if (is(argv[1], "--man", "--completion"))
		return show_for_build(argv[1], argc > 2 ? argv[2] : NULL);
	if (is(argv[1], "formats", "format"))
		return show(print_formats);
	if (is(argv[1], "teachers", "teacher"))
		return show(help_print_teachers);
	const struct command *c = find(argv[1]);
	return c ? options_call(c, 2, help_arguments) : unknown(argv[1]);
}

static int carry_out(int argc, char **argv)
{
	if (argc < 2 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return show(print_first_steps);
	if (argc < 2) {
		console_line("expected a command; see sow help");
		return EXIT_WRONG_USAGE;
	}
	if (is(argv[1], "--version", "version"))
		return show(print_version);
	if (is(argv[1], "--help", "-h"))
		return show(print_overview);
	if (is(argv[1], "help", "help"))
		return help(argc - 1, argv + 1);
	const struct command *c = find(argv[1]);
	const struct method *m = c && c->method ? method_find(c->method) : NULL;
	bool ranks = c && (c->ranks || (m && m->takes_input)); /* of methods method_ranks.c refuses some */
	if (c && !ranks && ranks_announced(&(size_t){ 0 }) > 1) /* each would do the same work */
		return usage_error(c, "does not run under MPI yet; start it as one process");
	return c ? options_call(c, argc - 1, argv + 1) : unknown(argv[1]);
}

static void tell_line(const char *text)
{
	console_line("%s", text);
}

int main(int argc, char **argv)
{
	size_t rank;
	console_start();
	ranks_announced(&rank);
	if (rank)
		console_mute();
	hub_watch(tell_line, console_live);
	gather_commands();
	/* Large arrays grow in place and go back to the system: no holes where they were. */
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	/* CLD2 takes and frees 200 kB for each text: not from the system and back each time. */
	mallopt(M_TRIM_THRESHOLD, 2 << 20);
	if (argc > 0 && argv[0][0])
		program_name = argv[0];
	int status = carry_out(argc, argv);
	/* Whoever started them ends all when one has failed, before rank 0 may have said why. */
	return console_end(rank && status == EXIT_WRONG_USAGE ? EXIT_DONE : status);
}
