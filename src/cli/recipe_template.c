#include "cli/recipe_template.h"

#include <stdbool.h>
#include <string.h>

#include "io/json.h"
#include "run/recipe.h"
#include "terminal/wrap.h"

#define WIDTH 80

/* A comment over some lines, each after "# ". */
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
static void print_value(struct buf *out, const struct option *o, const char *fallback)
{
	size_t name = o->value ? strcspn(o->value, "=:") : 0;
	if (o->type == OPTION_FLAG)
		buf_addstr(out, "no");
	else if (o->type == OPTION_LIST && o->value[name])
		buf_addf(out, "{%.*s: %s}", (int)name, o->value, o->value + name + 1);
	else if (o->type == OPTION_LIST)
		buf_addf(out, "[%s]", o->value);
	else
		buf_addstr(out, fallback ? fallback : option_value(o));
}

static const char *find_value(const struct recipe_template_value *values, const char *name)
{
	for (; values && values->name; values++) {
		if (strcmp(values->name, name) == 0)
			return values->value;
	}
	return NULL;
}

/* The options of a scope. `given`: the one that is no remark without a value, either. */
static void print_options(struct buf *out, int indent, enum option_scope scope,
			  const struct method *m, const char *given,
			  const struct recipe_template_value *values)
{
	const struct option *list[RECIPE_OPTIONS_MAX];
	size_t count = recipe_options(m, list);
	for (size_t i = 0; i < count; i++) {
		const struct option *o = list[i];
		const char *fallback = recipe_default(o, m);
		struct buf help = BUF_INIT;
		if (recipe_is_of_step(o) ? scope != OPTION_OF_STEP : scope != o->scope)
			continue;
		option_describe(o, fallback ? "" : NULL, &help); /* which stands behind its name */
		print_remark(out, indent, help.data);
		const char *value = find_value(values, o->name);
		bool is_given = value || (given && strcmp(o->name, given) == 0);
		buf_addf(out, "%*s%s%s: ", indent, "", is_given ? "" : "#", o->name);
		if (!value)
			print_value(out, o, fallback);
		else if (o->type == OPTION_TEXT || o->type == OPTION_LIST)
			json_add_text(out, view_of(value)); /* which is YAML */
		else
			buf_addstr(out, value);
		buf_addch(out, '\n');
		buf_release(&help);
	}
}

int recipe_template_print(const struct method *m, const struct recipe_template_value *values, struct buf *out)
{
	print_remark(out, 0, "A recipe: sow run FILE -o DIR runs it, sow check FILE reports what is "
		     "wrong with it. A setting after \"#\" has the value it shows, or none; take the "
		     "\"#\" away to give it another. Paths are relative to this file.");
	buf_addch(out, '\n');
	print_options(out, 0, OPTION_OF_RUN, NULL, "seed", NULL);
	buf_addch(out, '\n');
	print_remark(out, 0, "Who answers. The classifier and the judge may be other teachers than the "
		     "writer, with the same settings; else the writer does what they do.");
	buf_addstr(out, "teachers:\n  writer:\n");
	/* a mapping needs one */
	print_options(out, 4, OPTION_OF_TEACHER, NULL,
		      find_value(values, "teacher") ? NULL : "gpu-layers", values);
	buf_addstr(out, "  #classifier: {teacher: WHO, model: NAME}\n"
			"  #judge: {teacher: WHO, model: NAME}\n");
	if (m->several_writers)
		buf_addstr(out, "  #writer-2: {teacher: WHO, model: NAME}\n");
	if (method_has_duty(m, DUTY_USER))
		buf_addstr(out, "  #user: {teacher: WHO, model: NAME}\n");
	buf_addch(out, '\n');
	print_remark(out, 0, "What is done, one step after the other. A step without an input works on "
		     "what the one before it made.");
	buf_addf(out, "steps:\n  - method: %s\n", m->name);
	print_options(out, 4, OPTION_OF_STEP, m, m->takes_input ? "input" : "n", values);
	buf_addch(out, '\n');
	print_remark(out, 0, "Files that are written when all is done, in the run's directory. sow export "
		     "writes them again.");
	return buf_addstr(out, "outputs:\n  - {format: alpaca, file: alpaca.jsonl}\n");
}
