#include "cli/options.h"

#include <inttypes.h>
#include <popt.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "cli/help.h"
#include "cli/talk.h"

struct parser {
	const struct command *command;
	void *values;
	struct recipe *recipe;
	struct arguments *args;
	struct poptOption *table;    /* options, fields, help, end */
	const struct field **fields; /* of the recipe, that the method has */
	size_t field_count;
};

void arguments_release(struct arguments *args)
{
	arena_free(args->arena);
	*args = (struct arguments){ 0 };
}

/* -- the table for popt ----------------------------------------------------------------- */

static void add_row(struct poptOption *row, const char *name, char letter, bool flag, size_t number)
{
	row->longName = name;
	row->shortName = letter;
	row->argInfo = flag ? POPT_ARG_NONE : POPT_ARG_STRING;
	row->val = (int)number + 1;
}

bool option_is_field(const struct command *c, const struct field *f)
{
	if (c->method)
		return field_fits(f, method_find(c->method));
	return c->runs_recipe && f->scope == FIELD_OF_RUN && f->kind == FIELD_OPERATION;
}

/* Rows keep their place: the number of an option, then fields, then --help. */
static bool make_table(struct parser *p)
{
	const struct command *c = p->command;
	size_t n = 0;
	size_t most = p->recipe ? recipe_field_count : 0;
	p->table = arena_array(p->args->arena, c->option_count + most + 2, sizeof(*p->table));
	p->fields = arena_array(p->args->arena, most, sizeof(struct field *));
	if (!p->table || !p->fields)
		return false;
	for (size_t i = 0; i < c->option_count; i++, n++) {
		const struct option *o = &c->options[i];
		add_row(&p->table[n], o->name, o->letter, o->type == OPTION_FLAG, n);
	}
	for (size_t i = 0; i < most; i++) {
		const struct field *f = &recipe_fields[i];
		if (!option_is_field(c, f))
			continue;
		add_row(&p->table[n], f->name, f->letter, f->type == FIELD_FLAG, n);
		p->fields[p->field_count++] = f;
		n++;
	}
	add_row(&p->table[n], "help", 'h', true, n);
	return true;
}

static size_t row_count(const struct parser *p)
{
	return p->command->option_count + p->field_count + 1;
}

/* -- one option ----------------------------------------------------------------------------- */

static int set_int(struct parser *p, const struct option *o, int64_t *value, const char *text)
{
	char *end;
	long long n = strtoll(text, &end, 10);
	if (*end || end == text || n < o->least || n > o->most)
		return talk_wrong(p->command, "%s%s: expected a whole number from %" PRId64 " to %"
				  PRId64 ", not '%s'", o->name[1] ? "--" : "-", o->name, o->least,
				  o->most, text);
	*value = n;
	return -1;
}

static int set_number(struct parser *p, const struct option *o, double *value, const char *text)
{
	char *end;
	double x = strtod(text, &end);
	if (*end || end == text || !(x >= (double)o->least && x <= (double)o->most))
		return talk_wrong(p->command, "--%s: expected a number from %" PRId64 " to %" PRId64
				  ", not '%s'", o->name, o->least, o->most, text);
	*value = x;
	return -1;
}

static int add_item(struct parser *p, struct list *list, const char *text)
{
	const char **items = arena_array(p->args->arena, list->count + 1, sizeof(*items));
	struct sow_error err = { 0 };
	if (!items) {
		error_nomem(&err);
		return talk_error(&err);
	}
	for (size_t i = 0; i < list->count; i++)
		items[i] = list->items[i];
	items[list->count++] = text;
	list->items = items;
	return -1;
}

static int set_option(struct parser *p, const struct option *o, const char *text)
{
	void *value = (char *)p->values + o->offset;
	switch (o->type) {
	case OPTION_TEXT:
		if (!*text)
			return talk_wrong(p->command, "--%s: expected %s, not an empty text",
					  o->name, o->value);
		*(const char **)value = text;
		return -1;
	case OPTION_FLAG:
		*(bool *)value = true;
		return -1;
	case OPTION_INT:
		return set_int(p, o, value, text);
	case OPTION_NUMBER:
		return set_number(p, o, value, text);
	case OPTION_LIST:
		return add_item(p, value, text);
	}
	return -1;
}

static int set_field(struct parser *p, const struct field *f, const char *text)
{
	struct sow_error err = { 0 };
	int status = recipe_set(p->recipe, f, text, &err);
	if (status == SOW_NOMEM)
		return talk_error(&err);
	return status ? talk_wrong(p->command, "%s%s: %s", f->name[1] ? "--" : "-", f->name, err.text)
		      : -1;
}

static int show_help(const struct command *c)
{
	struct buf page = BUF_INIT;
	help_print(c, &page);
	int status = talk_data(&page);
	buf_release(&page);
	return status;
}

static int take(struct parser *p, size_t number, char *given)
{
	const struct command *c = p->command;
	const char *text = arena_copystr(p->args->arena, given ? given : "");
	free(given);
	if (!text) {
		struct sow_error err = { 0 };
		error_nomem(&err);
		return talk_error(&err);
	}
	if (number < c->option_count)
		return set_option(p, &c->options[number], text);
	number -= c->option_count;
	if (number < p->field_count)
		return set_field(p, p->fields[number],
				 p->fields[number]->type == FIELD_FLAG ? "yes" : text);
	return show_help(c);
}

/* -- what popt does not like ----------------------------------------------------------------- */

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
	const char *near = *name ? nearest_name(name, row_name, p->table, row_count(p)) : NULL;
	if (near)
		return talk_wrong(p->command, "unknown option '%s'; did you mean '--%s'?", option,
				  near);
	return talk_wrong(p->command, "unknown option '%s'; see sow %s --help", option,
			  p->command->name);
}

static int refuse(const struct parser *p, poptContext popt, int why)
{
	const char *option = poptBadOption(popt, POPT_BADOPTION_NOALIAS);
	if (why == POPT_ERROR_BADOPT)
		return unknown(p, option);
	if (why == POPT_ERROR_NOARG)
		return talk_wrong(p->command, "%s: missing its value; see sow %s --help", option,
				  p->command->name);
	if (why == POPT_ERROR_UNWANTEDARG)
		return talk_wrong(p->command, "%s: takes no value", option);
	return talk_wrong(p->command, "%s: %s", option, poptStrerror(why));
}

static int take_operand(const struct parser *p, poptContext popt)
{
	const struct command *c = p->command;
	const char *first = poptGetArg(popt);
	const char *second = c->operand_more && first ? poptGetArg(popt) : NULL;
	const char *extra = c->operand && first ? poptGetArg(popt) : first;
	if (extra)
		return talk_wrong(c, "unexpected argument '%s'; see sow %s --help", extra, c->name);
	if (!c->operand)
		return -1;
	if (!first)
		first = c->operand_default;
	if (!first || !*first)
		return talk_wrong(c, "missing %s; usage: sow %s %s", c->operand, c->name, c->usage);
	p->args->operand = arena_copystr(p->args->arena, first);
	p->args->more = second ? arena_copystr(p->args->arena, second) : NULL;
	struct sow_error err = { 0 };
	error_nomem(&err);
	return p->args->operand && (p->args->more || !second) ? -1 : talk_error(&err);
}

static int parse(struct parser *p, int argc, char **argv)
{
	struct sow_error err = { 0 };
	error_nomem(&err);
	if (!p->args->arena || !make_table(p))
		return talk_error(&err);
	poptContext popt = poptGetContext("sow", argc, (const char **)(void *)argv, p->table, 0);
	if (!popt)
		return talk_error(&err);
	int exit = -1, number = 0;
	while (exit < 0 && (number = poptGetNextOpt(popt)) > 0)
		exit = take(p, (size_t)number - 1, poptGetOptArg(popt));
	if (exit < 0 && number < -1)
		exit = refuse(p, popt, number);
	if (exit < 0)
		exit = take_operand(p, popt);
	poptFreeContext(popt);
	return exit;
}

int options_parse(const struct command *c, void *values, struct recipe *recipe, int argc,
		  char **argv, struct arguments *args)
{
	*args = (struct arguments){ .arena = arena_new() };
	struct parser p = { .command = c, .values = values, .recipe = recipe, .args = args };
	int exit = parse(&p, argc, argv);
	if (exit >= 0)
		arguments_release(args);
	return exit;
}
