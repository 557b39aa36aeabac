#include "cli/options.h"

#include <popt.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "cli/console.h"
#include "cli/help.h"
#include "data/hub_read.h"

struct parser {
	const struct command *command;
	void *values;
	struct recipe *recipe;
	struct arguments *args;
	const struct option *options[OPTIONS_MAX];
	size_t option_count;
	struct poptOption table[OPTIONS_MAX + 1]; /* the same in the same order, and an end */
};

void arguments_release(struct arguments *args)
{
	arena_free(args->arena);
	*args = (struct arguments){ 0 };
}

static const struct method *method_of(const struct command *c)
{
	return c->method ? method_find(c->method) : NULL;
}

static bool takes(const struct command *c, const struct option *o)
{
	return c->method || (c->runs_recipe && o->scope == OPTION_OF_RUN && (!o->identity || o->per_run));
}

size_t options_list(const struct command *c, const struct option *list[OPTIONS_MAX])
{
	static const struct option help = { "help", 'h', OPTION_FLAG, 0, NULL, "this page" };
	const struct option *all[RECIPE_OPTIONS_MAX];
	size_t count = 0, all_count = recipe_options(method_of(c), all);
	for (size_t i = 0; i < c->option_count; i++)
		list[count++] = &c->options[i];
	for (size_t i = 0; i < all_count; i++) {
		if (takes(c, all[i]))
			list[count++] = all[i];
	}
	list[count++] = &help;
	return count;
}

const char *options_default(const struct command *c, const struct option *o)
{
	return o->scope == OPTION_OF_COMMAND ? o->fallback : recipe_default(o, method_of(c));
}

static void fill_table(struct parser *p)
{
	p->option_count = options_list(p->command, p->options);
	for (size_t i = 0; i < p->option_count; i++) {
		const struct option *o = p->options[i];
		p->table[i] = (struct poptOption){
			.longName = o->name, .shortName = o->letter, .val = (int)i + 1,
			.argInfo = o->type == OPTION_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING,
		};
	}
}

/* -1 on success, or an exit status. */
static int set_defaults(struct parser *p)
{
	struct sow_error err = { 0 };
	for (size_t i = 0; i < p->command->option_count; i++) {
		const struct option *o = &p->command->options[i];
		if (o->fallback && option_reset(o, o->fallback, p->values, p->args->arena, &err))
			return console_error(&err);
	}
	return -1;
}

static int show_help(const struct command *c)
{
	struct buf page = BUF_INIT;
	help_print(c, &page);
	int status = console_data(&page);
	buf_release(&page);
	return status;
}

static int take(struct parser *p, const struct option *o, const char *given)
{
	struct sow_error err = { 0 };
	if (o == p->options[p->option_count - 1])
		return show_help(p->command);
	const char *text = o->type == OPTION_FLAG ? "yes" : given ? given : "";
	int status = o->scope == OPTION_OF_COMMAND
			     ? option_set(o, p->values, text, p->args->arena, &err)
			     : recipe_set(p->recipe, o, text, &err);
	return status ? usage_error(p->command, "%s%s: %s", o->name[1] ? "--" : "-", o->name, err.text)
		      : -1;
}

static const char *row_name(const void *data, size_t i)
{
	return ((const struct poptOption *)data)[i].longName;
}

static int unknown(const struct parser *p, const char *option)
{
	char name[64] = "";
	const char *bare = option + strspn(option, "-");
	if (strncmp(option, "--", 2) == 0 && strcspn(bare, "=") < sizeof(name))
		memcpy(name, bare, strcspn(bare, "="));
	const char *near = *name ? nearest_name(name, row_name, p->table, p->option_count) : NULL;
	if (near)
		return usage_error(p->command, "unknown option '%s'; did you mean '--%s'?", option,
				   near);
	return usage_error(p->command, "unknown option '%s'; see sow %s --help", option,
			   p->command->name);
}

static int refuse(const struct parser *p, poptContext popt, int why)
{
	const char *option = poptBadOption(popt, POPT_BADOPTION_NOALIAS);
	if (why == POPT_ERROR_BADOPT)
		return unknown(p, option);
	if (why == POPT_ERROR_NOARG)
		return usage_error(p->command, "%s: missing its value; see sow %s --help", option,
				   p->command->name);
	if (why == POPT_ERROR_UNWANTEDARG)
		return usage_error(p->command, "%s: takes no value", option);
	return usage_error(p->command, "%s: %s", option, poptStrerror(why));
}

static int take_operands(const struct parser *p, poptContext popt, const char *first)
{
	const char **given = poptGetArgs(popt);
	size_t count = 1;
	while (given && given[count - 1])
		count++;
	const char **list = arena_alloc(p->args->arena, count * sizeof(*list));
	for (size_t i = 0; i < count; i++) {
		const char *one = i ? given[i - 1] : first;
		if (!*one)
			return usage_error(p->command, "an empty %s; usage: sow %s %s", p->command->operand,
					   p->command->name, p->command->usage);
		list[i] = arena_copystr(p->args->arena, one);
	}
	p->args->operand = list[0];
	p->args->operands = list;
	p->args->operand_count = count;
	return -1;
}

static int take_operand(const struct parser *p, poptContext popt)
{
	const struct command *c = p->command;
	const char *first = poptGetArg(popt);
	const char *second = c->operand_more && first ? poptGetArg(popt) : NULL;
	if (c->operand_many && first)
		return take_operands(p, popt, first);
	const char *extra = c->operand && first ? poptGetArg(popt) : first;
	if (extra)
		return usage_error(c, "unexpected argument '%s'; see sow %s --help", extra, c->name);
	if (!c->operand)
		return -1;
	if (!first)
		first = c->operand_default;
	if (!first || !*first)
		return usage_error(c, "missing %s; usage: sow %s %s", c->operand, c->name, c->usage);
	p->args->operand = arena_copystr(p->args->arena, first);
	p->args->more = second ? arena_copystr(p->args->arena, second) : NULL;
	return -1;
}

static int parse(struct parser *p, int argc, char **argv)
{
	int exit = set_defaults(p), number = 0;
	if (exit >= 0)
		return exit;
	fill_table(p);
	poptContext popt = poptGetContext("sow", argc, (const char **)(void *)argv, p->table, 0);
	if (!popt)
		return console_nomem();
	while (exit < 0 && (number = poptGetNextOpt(popt)) > 0) {
		char *given = poptGetOptArg(popt);
		exit = take(p, p->options[number - 1], given);
		free(given);
	}
	if (exit < 0 && number < -1)
		exit = refuse(p, popt, number);
	if (exit < 0)
		exit = take_operand(p, popt);
	poptFreeContext(popt);
	return exit;
}

static bool is_quiet(const struct command *c, const void *values)
{
	for (size_t i = 0; i < c->option_count; i++) {
		const struct option *o = &c->options[i];
		if (o->type == OPTION_FLAG && strcmp(o->name, "quiet") == 0)
			return *(const bool *)((const char *)values + o->offset);
	}
	return false;
}

int options_parse(const struct command *c, void *values, struct recipe *recipe, int argc,
		  char **argv, struct arguments *args)
{
	*args = (struct arguments){ .arena = arena_new(), .argc = argc, .argv = argv };
	struct parser p = { .command = c, .values = values, .recipe = recipe, .args = args };
	int exit = parse(&p, argc, argv);
	if (exit >= 0)
		arguments_release(args);
	else if (is_quiet(c, values))
		hub_watch(NULL, NULL);
	return exit;
}

int options_unknown(const struct command *c, const char *option, const char *given,
		    const char *(*name)(const void *data, size_t i), const void *data, size_t count)
{
	const char *near = nearest_name(given, name, data, count);
	struct buf names = BUF_INIT;
	if (near)
		return usage_error(c, "--%s: unknown '%s'; did you mean '%s'?", option, given, near);
	for (size_t i = 0; i < count; i++)
		buf_addf(&names, "%s%s", i ? ", " : "", name(data, i));
	int exit = usage_error(c, "--%s: expected one of %s, not '%s'", option, names.data, given);
	buf_release(&names);
	return exit;
}

int options_call(const struct command *c, int argc, char **argv)
{
	struct arguments args;
	if (c->start)
		return c->start(c, argc, argv);
	void *values = mem_zalloc(c->values);
	int exit = options_parse(c, values, NULL, argc, argv, &args);
	if (exit < 0) {
		exit = c->run(c, values, &args);
		arguments_release(&args);
	}
	mem_free(values);
	return exit;
}
