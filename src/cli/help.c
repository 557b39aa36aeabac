#include "cli/help.h"

#include "cli/options.h"
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

static void print_option(struct buf *out, const struct command *c, const struct option *o)
{
	struct wrap w = { .indent = LEFT, .width = WIDTH, .hanging = true };
	struct buf text = BUF_INIT;
	print_name(out, o->name, o->letter, option_value(o));
	option_describe(o, options_default(c, o), &text);
	wrap_text(out, &w, view_from(text.data, text.len));
	buf_release(&text);
}

static void print_wrapped(struct buf *out, size_t indent, const char *text)
{
	struct wrap w = { .indent = indent, .width = WIDTH };
	wrap_text(out, &w, view_of(text));
}

/* A page's groups of options, in this order. */
enum group { OWN, IDENTITY, OPERATION, TEACHER, GROUPS };

static enum group group_of(const struct option *o)
{
	if (o->scope == OPTION_OF_COMMAND)
		return OWN;
	if (o->scope == OPTION_OF_TEACHER)
		return TEACHER;
	return o->identity ? IDENTITY : OPERATION;
}

static void print_group(struct buf *out, const struct command *c, enum group group)
{
	const char *const titles[GROUPS] = {
		[OWN] = "Options",
		[IDENTITY] = "What is made (fixed for a run directory)",
		[OPERATION] = c->runs_recipe ? "How it is made (instead of what the recipe says)"
					     : "How it is made (may change when a run is resumed)",
		[TEACHER] = "Who answers (more teacher options: see sow help teachers)",
	};
	const struct option *list[OPTIONS_MAX];
	size_t count = options_list(c, list), printed = 0;
	for (size_t i = 0; i < count; i++) {
		const struct option *o = list[i];
		if (group_of(o) != group || (group == TEACHER && !o->often))
			continue;
		if (!printed++)
			buf_addf(out, "\n%s\n", titles[group]);
		print_option(out, c, o);
	}
}

void help_print(const struct command *c, struct buf *out)
{
	buf_addf(out, "usage: sow %s%s%s\n\n", c->name, *c->usage ? " " : "", c->usage);
	print_wrapped(out, 0, c->about);
	for (int group = 0; group < GROUPS; group++)
		print_group(out, c, (enum group)group);
	buf_addstr(out, "\nExample\n");
	print_wrapped(out, 2, c->example);
	buf_addstr(out, "\nExit status\n");
	print_wrapped(out, 2, c->exits);
}

void help_print_teachers(struct buf *out)
{
	static const struct command none = { 0 };
	const struct option *list[RECIPE_OPTIONS_MAX];
	size_t count = recipe_options(NULL, list);
	buf_addstr(out, "Who answers: options of every method, and settings under teachers in a recipe\n\n");
	print_wrapped(out, 0, "Without --teacher a small model in the program itself answers: no key, no "
		      "server, no GPU. Several servers of one model share the work: --teacher may be given "
		      "again. A key comes from the environment or a file, and is never kept.");
	buf_addstr(out, "\nOptions\n");
	for (size_t i = 0; i < count; i++) {
		if (list[i]->scope == OPTION_OF_TEACHER)
			print_option(out, &none, list[i]);
	}
	buf_addstr(out, "\nDuties\n");
	print_wrapped(out, 2, "A recipe may have a teacher for each: writer, classifier, judge, user and embedder. "
		      "A duty that is not there is the writer's, but for the embedder's: that is the built-in "
		      "embedding model's.");
	buf_addstr(out, "\nExample\n");
	print_wrapped(out, 2, "sow respond -i prompts.txt --teacher openai --model NAME -o answers\n"
		      "sow self-instruct --teacher http://127.0.0.1:8000/v1 --model NAME -o run\n"
		      "sow self-instruct --teacher model.gguf --threads 8 -o run\n"
		      "sow self-instruct --teacher replay:run -o again");
}
