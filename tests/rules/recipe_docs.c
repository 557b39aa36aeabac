/* recipe_docs.c - does docs/guide/recipes.md have every option as the program has it?
 *
 *     recipe-docs docs/guide/recipes.md            0 if it does; else the first line that differs
 *     recipe-docs --write docs/guide/recipes.md    writes the tables anew
 *
 * Between a line "<!-- SCOPE: … -->" and "<!-- end -->" stands a table made from the rows of options.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/view.h"
#include "io/infile.h"
#include "io/outfile.h"
#include "run/recipe.h"

static const struct {
	const char *mark;
	enum option_scope scope;
} tables[] = {
	{ "<!-- whole recipe -->", OPTION_OF_RUN },
	{ "<!-- step -->", OPTION_OF_STEP },
	{ "<!-- teacher -->", OPTION_OF_TEACHER },
};

/* A bar would end the cell. */
static void add_cell(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_addf(out, "%s%c", *text == '|' ? "\\" : "", *text);
}

static const char *fallback_of(const struct option *o, const struct method *m)
{
	const char *fallback = recipe_default(o, m);
	return o->type == OPTION_FLAG ? "no" : fallback ? fallback : "";
}

static const char *paper_of(const struct option *o, const struct method *m)
{
	const struct taken_option *t = method_takes(m, o->name);
	return !t || !t->paper ? "" : *t->paper ? t->paper : "none";
}

static bool takes(const struct method *m, const struct option *o)
{
	const struct option *list[RECIPE_OPTIONS_MAX];
	size_t count = recipe_options(m, list);
	for (size_t i = 0; i < count; i++) {
		if (list[i] == o)
			return true;
	}
	return false;
}

/* The ith method's value with the names of all that have it, at the first of them; 1 if it did. */
static size_t add_value(struct buf *out, const struct option *o, const struct method **list,
			size_t count, size_t i,
			const char *(*of)(const struct option *o, const struct method *m), size_t said)
{
	const char *value = of(o, list[i]);
	for (size_t k = 0; k < i; k++) {
		if (strcmp(of(o, list[k]), value) == 0)
			return 0;
	}
	if (!*value)
		return 0;
	buf_addf(out, "%s%s (%s", said ? ", " : "", value, list[i]->name);
	for (size_t k = i + 1; k < count; k++) {
		if (strcmp(of(o, list[k]), value) == 0)
			buf_addf(out, ", %s", list[k]->name);
	}
	buf_addch(out, ')');
	return 1;
}

/* What `of` says of each method that has the option, once where all agree. */
static void add_by_method(struct buf *out, const struct option *o,
			  const char *(*of)(const struct option *o, const struct method *m))
{
	const struct method *list[16];
	size_t count = 0;
	for (size_t i = 0; method_at(i) && count < 16; i++) {
		if (takes(method_at(i), o))
			list[count++] = method_at(i);
	}
	bool agree = true;
	for (size_t i = 1; i < count; i++)
		agree = agree && strcmp(of(o, list[i]), of(o, list[0])) == 0;
	if (agree)
		add_cell(out, of(o, list[0]));
	for (size_t i = 0, said = 0; i < count && !agree; i++)
		said += add_value(out, o, list, count, i, of, said);
}

static void add_methods(struct buf *out, const struct option *o)
{
	struct buf names = BUF_INIT;
	const char *without = NULL;
	size_t missing = 0;
	for (size_t i = 0; method_at(i); i++) {
		if (takes(method_at(i), o))
			buf_addf(&names, "%s%s", names.len ? ", " : "", method_at(i)->name);
		else
			without = method_at(i)->name, missing++;
	}
	if (missing > 1)
		buf_addf(out, "%s | ", names.data);
	else
		buf_addf(out, missing ? "all but %s | " : "all | ", without);
	buf_release(&names);
}

static void add_row(struct buf *out, const struct option *o)
{
	struct buf help = BUF_INIT;
	buf_addf(out, "| `%s` | ", o->name);
	add_cell(out, o->type == OPTION_FLAG ? "yes or no" : option_value(o));
	buf_addf(out, "%s | ", o->type == OPTION_LIST ? ", or a list" : "");
	if (recipe_is_of_step(o)) {
		add_by_method(out, o, fallback_of);
		buf_addstr(out, " | ");
		add_by_method(out, o, paper_of);
		buf_addstr(out, " | ");
		add_methods(out, o);
	} else {
		buf_addf(out, "%s | ", fallback_of(o, NULL));
	}
	buf_addf(out, "%s | ", o->identity ? "yes" : "");
	option_describe(o, recipe_default(o, NULL) ? "" : NULL, &help);
	add_cell(out, help.data);
	buf_addstr(out, " |\n");
	buf_release(&help);
}

static void add_table(struct buf *out, enum option_scope scope)
{
	const struct option *list[RECIPE_OPTIONS_MAX];
	size_t count = recipe_options(NULL, list);
	bool of_step = scope == OPTION_OF_STEP;
	buf_addf(out, "| name | value | default |%s fixed | |\n",
		 of_step ? " the paper's | methods |" : "");
	buf_addf(out, "|---|---|---|%s---|---|\n", of_step ? "---|---|" : "");
	for (size_t i = 0; i < count; i++) {
		if (recipe_is_of_step(list[i]) ? of_step : list[i]->scope == scope)
			add_row(out, list[i]);
	}
}

/* `page` with its tables as they should be. */
static int make_page(struct view page, struct buf *out)
{
	struct view line;
	size_t made = 0;
	bool skips = false;
	while (view_line(&page, &line)) {
		skips = skips && !view_eqstr(line, "<!-- end -->");
		if (skips)
			continue;
		buf_addf(out, "%.*s\n", VIEW_ARG(line));
		for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
			if (!view_eqstr(line, tables[i].mark))
				continue;
			add_table(out, tables[i].scope);
			skips = true;
			made++;
		}
	}
	return made == sizeof(tables) / sizeof(*tables) && !skips ? 0 : -1;
}

static int tell_difference(const char *path, struct view is, struct view should)
{
	struct view a, b;
	for (size_t n = 1; is.len || should.len; n++) {
		a = b = view_of("(nothing)");
		(void)view_line(&is, &a);
		(void)view_line(&should, &b);
		if (!view_eq(a, b)) {
			printf("%s:%zu: is\n%.*s\nand should be (recipe-docs --write %s)\n%.*s\n", path, n,
			       VIEW_ARG(a), path, VIEW_ARG(b));
			return 1;
		}
	}
	return 0;
}

static int write_page(const char *path, const struct buf *page)
{
	struct sow_error err = { 0 };
	struct outfile *out = outfile_open(path, &err);
	if (out)
		outfile_write(out, page->data, page->len);
	if (out && !outfile_finish(out, &err))
		return 0;
	fprintf(stderr, "recipe-docs: %s\n", err.text);
	return 1;
}

int main(int argc, char **argv)
{
	bool writes = argc == 3 && strcmp(argv[1], "--write") == 0;
	const char *path = argv[argc - 1];
	struct sow_error err = { 0 };
	struct buf page = BUF_INIT, made = BUF_INIT;
	if (argc != 2 + writes || infile_whole(path, &page, &err)) {
		fprintf(stderr, "recipe-docs: %s\n", err.text);
		return 2;
	}
	int failed = make_page(view_from(page.data, page.len), &made) || buf_failed(&made);
	if (failed)
		fprintf(stderr, "%s: expected the marks of three tables, and their ends\n", path);
	else if (!writes)
		failed = tell_difference(path, view_from(page.data, page.len),
					 view_from(made.data, made.len));
	else
		failed = write_page(path, &made);
	buf_release(&page);
	buf_release(&made);
	return failed != 0;
}
