#include "cli/rows.h"

#include <string.h>

#include "cli/options.h"
#include "run/recipe.h"

static void from_option(const struct option *o, struct option_row *row)
{
	*row = (struct option_row){ .name = o->name, .letter = o->letter, .help = o->help,
				    .value = o->type == OPTION_FLAG ? NULL : o->value };
}

static void from_field(const struct field *f, struct option_row *row)
{
	bool flag = f->type == FIELD_FLAG;
	*row = (struct option_row){ .name = f->name, .letter = f->letter, .help = f->help,
				    .value = flag ? NULL : f->choices ? f->choices : f->value,
				    .choices = f->choices, .fallback = flag ? NULL : f->fallback };
}

bool option_told(const char *help, const char *fallback)
{
	const char *open = strrchr(help, '(');
	size_t len = fallback ? strlen(fallback) : 0;
	return !len || (open && strncmp(open + 1, fallback, len) == 0 && open[1 + len] == ':');
}

/* The ith field that the command takes, NULL if there are fewer. */
static const struct field *field_at(const struct command *c, size_t i)
{
	for (size_t at = 0; at < recipe_field_count; at++) {
		if (option_is_field(c, &recipe_fields[at]) && i-- == 0)
			return &recipe_fields[at];
	}
	return NULL;
}

static size_t count_fields(const struct command *c)
{
	size_t count = 0;
	for (size_t i = 0; i < recipe_field_count; i++)
		count += option_is_field(c, &recipe_fields[i]);
	return count;
}

bool option_row(const struct command *c, size_t i, struct option_row *row)
{
	size_t fields = count_fields(c);
	if (i < c->option_count)
		from_option(&c->options[i], row);
	else if (i < c->option_count + fields)
		from_field(field_at(c, i - c->option_count), row);
	else
		*row = (struct option_row){ .name = "help", .letter = 'h', .help = "this page" };
	return i <= c->option_count + fields;
}
