#include "cli/starter.h"

#include <stdbool.h>
#include <string.h>

#include "run/recipe.h"
#include "terminal/wrap.h"

#define WIDTH 80

/* A remark over some lines, each behind "# ". */
static void print_remark(struct buf *out, int indent, const char *text)
{
	struct buf wrapped = BUF_INIT;
	struct wrap w = { .width = (size_t)(WIDTH - indent - 2) };
	wrap_text(&wrapped, &w, view_of(text));
	struct view rest = view_from(wrapped.data, wrapped.len), line;
	while (view_line(&rest, &line))
		buf_addf(out, "%*s# %.*s\n", indent, "", VIEW_ARG(line));
	buf_release(&wrapped);
}

/* Its default, or what stands for a value. */
static void print_value(struct buf *out, const struct field *f)
{
	size_t name = f->value ? strcspn(f->value, "=:") : 0;
	if (f->type == FIELD_FLAG)
		buf_addstr(out, "no");
	else if (f->type == FIELD_LIST && f->value[name])
		buf_addf(out, "{%.*s: %s}", (int)name, f->value, f->value + name + 1);
	else if (f->type == FIELD_LIST)
		buf_addf(out, "[%s]", f->value);
	else
		buf_addstr(out, f->fallback ? f->fallback : f->choices ? f->choices : f->value);
}

static void print_field(struct buf *out, int indent, const struct field *f, bool given)
{
	print_remark(out, indent, f->help);
	buf_addf(out, "%*s%s%s: ", indent, "", given ? "" : "#", f->name);
	print_value(out, f);
	buf_addch(out, '\n');
}

/* `given`: the one that is no remark. */
static void print_fields(struct buf *out, int indent, enum field_scope scope,
			 const struct method *m, const char *given)
{
	for (size_t i = 0; i < recipe_field_count; i++) {
		const struct field *f = &recipe_fields[i];
		if (f->scope == scope && field_fits(f, m))
			print_field(out, indent, f, given && strcmp(f->name, given) == 0);
	}
}

int starter_print(const struct method *m, struct buf *out)
{
	print_remark(out, 0, "A recipe: sow run FILE -o DIR carries it out, sow check FILE tells what is "
		     "wrong with it. A setting behind \"#\" has the value it shows, or none; take the "
		     "\"#\" away to give it another. Paths are relative to this file.");
	buf_addch(out, '\n');
	print_fields(out, 0, FIELD_OF_RUN, NULL, "seed");
	buf_addch(out, '\n');
	print_remark(out, 0, "Who answers. The classifier and the judge may be other teachers than the "
		     "writer, with the same settings; else the writer does what they do.");
	buf_addstr(out, "teachers:\n  writer:\n");
	print_fields(out, 4, FIELD_OF_TEACHER, NULL, "gpu-layers"); /* a mapping needs one */
	buf_addstr(out, "  #classifier: {teacher: WHO, model: NAME}\n"
			"  #judge: {teacher: WHO, model: NAME}\n\n");
	print_remark(out, 0, "What is done, one step after the other. A step without an input works on "
		     "what the one before it made.");
	buf_addf(out, "steps:\n  - method: %s\n", m->name);
	print_fields(out, 4, FIELD_OF_STEP, m, m->takes_input ? "input" : "n");
	buf_addch(out, '\n');
	print_remark(out, 0, "Files that are written when all is done, in the run's directory. sow export "
		     "writes them again.");
	return buf_addstr(out, "outputs:\n  - {format: alpaca, file: alpaca.jsonl}\n");
}
