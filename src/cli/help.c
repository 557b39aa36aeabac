#include "cli/help.h"

#include "cli/options.h"
#include "cli/rows.h"
#include "terminal/wrap.h"

#define WIDTH 80
#define LEFT 28 /* columns of an option's name and value */

static void print_name(struct buf *out, const char *name, char letter, const char *value)
{
	size_t start = out->len;
	if (letter)
		buf_addf(out, "  -%c", letter);
	else
		buf_addstr(out, "    ");
	if (name[1]) /* a name of one letter is that letter */
		buf_addf(out, "%s --%s", letter ? "," : " ", name);
	if (value)
		buf_addf(out, " %s", value);
	size_t used = out->len - start;
	if (used + 1 < LEFT)
		buf_addf(out, "%*s", (int)(LEFT - used), "");
	else
		buf_addf(out, "\n%*s", LEFT, "");
}

static void print_option(struct buf *out, const char *name, char letter, const char *value,
			 const char *help, const char *fallback)
{
	struct wrap w = { .indent = LEFT, .width = WIDTH, .hanging = true };
	struct buf text = BUF_INIT;
	print_name(out, name, letter, value);
	buf_addstr(&text, help);
	if (!option_told(help, fallback))
		buf_addf(&text, " (default: %s)", fallback);
	wrap_text(out, &w, view_from(text.data, text.len));
	buf_release(&text);
}

static void print_fields(struct buf *out, const struct command *c, enum field_kind kind,
			 const char *title)
{
	bool titled = false;
	for (size_t i = 0; i < recipe_field_count; i++) {
		const struct field *f = &recipe_fields[i];
		const char *value = f->type == FIELD_FLAG ? NULL : f->choices ? f->choices : f->value;
		if (f->kind != kind || !option_is_field(c, f))
			continue;
		if (!titled)
			buf_addf(out, "\n%s\n", title);
		titled = true;
		print_option(out, f->name, f->letter, value, f->help,
			     f->type == FIELD_FLAG ? NULL : f->fallback);
	}
}

static void print_wrapped(struct buf *out, size_t indent, const char *text)
{
	struct wrap w = { .indent = indent, .width = WIDTH };
	wrap_text(out, &w, view_of(text));
}

void help_print(const struct command *c, struct buf *out)
{
	buf_addf(out, "usage: sow %s%s%s\n\n", c->name, *c->usage ? " " : "", c->usage);
	print_wrapped(out, 0, c->about);
	buf_addstr(out, "\nOptions\n");
	for (size_t i = 0; i < c->option_count; i++) {
		const struct option *o = &c->options[i];
		print_option(out, o->name, o->letter, o->value, o->help, NULL);
	}
	print_option(out, "help", 'h', NULL, "this page", NULL);
	print_fields(out, c, FIELD_IDENTITY, "What is made (fixed for a run directory)");
	print_fields(out, c, FIELD_OPERATION,
		     c->runs_recipe ? "How it is made (instead of what the recipe says)"
				    : "How it is made (may change when a run goes on)");
	buf_addstr(out, "\nExample\n");
	print_wrapped(out, 2, c->example);
	buf_addstr(out, "\nExit status\n");
	print_wrapped(out, 2, c->exits);
}
