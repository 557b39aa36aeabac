/* recipe_docs.c - does docs/recipes.md tell of every field as the program has it?
 *
 *     recipe-docs docs/recipes.md            0 if it does; else the first line that differs
 *     recipe-docs --write docs/recipes.md    writes the tables anew
 *
 * Between a line "<!-- SCOPE: … -->" and "<!-- end -->" stands a table made from recipe_fields.
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
	enum field_scope scope;
} tables[] = {
	{ "<!-- whole recipe -->", FIELD_OF_RUN },
	{ "<!-- step -->", FIELD_OF_STEP },
	{ "<!-- teacher -->", FIELD_OF_TEACHER },
};

/* A bar would end the cell. */
static void add_cell(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_addf(out, "%s%c", *text == '|' ? "\\" : "", *text);
}

static const char *value_of(const struct field *f)
{
	return f->type == FIELD_FLAG ? "yes or no" : f->choices ? f->choices : f->value;
}

static void add_row(struct buf *out, const struct field *f)
{
	buf_addf(out, "| `%s` | ", f->name);
	add_cell(out, value_of(f));
	buf_addf(out, "%s | ", f->type == FIELD_LIST ? ", or a list" : "");
	buf_addf(out, "%s | ", f->type == FIELD_FLAG ? "no" : f->fallback ? f->fallback : "");
	if (f->scope == FIELD_OF_STEP)
		buf_addf(out, "%s | ", f->methods ? f->methods : "all");
	buf_addf(out, "%s | ", f->kind == FIELD_IDENTITY ? "yes" : "");
	add_cell(out, f->help);
	buf_addstr(out, " |\n");
}

static void add_table(struct buf *out, enum field_scope scope)
{
	bool of_step = scope == FIELD_OF_STEP;
	buf_addf(out, "| name | value | default |%s fixed | |\n", of_step ? " methods |" : "");
	buf_addf(out, "|---|---|---|%s---|---|\n", of_step ? "---|" : "");
	for (size_t i = 0; i < recipe_field_count; i++) {
		if (recipe_fields[i].scope == scope)
			add_row(out, &recipe_fields[i]);
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
