#include "run/recipe_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "data/format.h"
#include "io/infile.h"
#include "run/teacher_set.h"
#include "run/recipe_nested.h"
#include "run/setup.h"

struct reader {
	struct recipe_file *file;
	struct problems *problems;
	struct value_reader values;
	struct yaml_place budget;    /* where it is given; line 0: not given */
	struct yaml_place writer;    /* a second one, likewise */
	struct yaml_place user;      /* likewise */
};

/* Names */

#define NAMES_MAX 192
#define NAMES_TOLD 8

/* The allowed members of a mapping: options of a scope, and others. */
struct names {
	const char *what;            /* "a step" */
	enum option_scope scope;
	const struct method *method; /* NULL: of every method */
	const char *list[NAMES_MAX];
	size_t count;
};

static const char *place_of(const struct option *o)
{
	if (o->scope == OPTION_OF_RUN)
		return "the whole recipe: it stands at the left margin";
	return recipe_is_of_step(o)
		       ? "a step: it stands with its \"- method: …\" under steps"
		       : "a teacher: it stands with its duty under teachers, as writer: {…}";
}

static void add_name(struct names *n, const char *name)
{
	if (n->count < NAMES_MAX)
		n->list[n->count++] = name;
}

/* A method's own option counts as one of its step. */
static bool is_of(const struct option *o, enum option_scope scope)
{
	return recipe_is_of_step(o) ? scope == OPTION_OF_STEP : o->scope == scope;
}

static void add_options(struct names *n)
{
	const struct option *list[RECIPE_OPTIONS_MAX];
	size_t count = recipe_options(n->method, list);
	for (size_t i = 0; i < count; i++) {
		if (is_of(list[i], n->scope))
			add_name(n, list[i]->name);
	}
}

static const char *name_at(const void *data, size_t i)
{
	return ((const struct names *)data)->list[i];
}

static bool is_secret(const char *name)
{
	static const char *const words[] = {
		"key", "api-key", "api_key", "apikey", "token", "secret", "password", "authorization",
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (view_eqfold(view_of(name), view_of(words[i])))
			return true;
	}
	return false;
}

static void add_expected(struct reader *rd, struct yaml_place place, const char *name,
			 const struct names *n)
{
	struct buf all = BUF_INIT;
	for (size_t i = 0; i < n->count; i++)
		buf_addf(&all, "%s%s", !i ? "" : i + 1 < n->count ? ", " : " or ", n->list[i]);
	problems_add(rd->problems, place, "unknown '%s'; expected %s", name, all.data);
	buf_release(&all);
}

/* Reports that `key` is not one of the names, and why. */
static void refuse_name(struct reader *rd, const struct yaml_node *key, const struct names *n)
{
	const char *name = key->text.p;
	const struct option *elsewhere = recipe_option(name, NULL);
	const char *near = nearest_name(name, name_at, n, n->count);
	if (is_secret(name))
		problems_add(rd->problems, key->place, "'%s': a key is never in a recipe; give key-env the "
			     "variable that has it, or key-file its file", name);
	else if (elsewhere && is_of(elsewhere, n->scope) && n->method)
		problems_add(rd->problems, key->place, "%s has no '%s'", n->method->name, name);
	else if (elsewhere && !is_of(elsewhere, n->scope))
		problems_add(rd->problems, key->place, "'%s' is of %s", name, place_of(elsewhere));
	else if (near)
		problems_add(rd->problems, key->place, "unknown '%s'; did you mean '%s'?", name, near);
	else if (n->count <= NAMES_TOLD)
		add_expected(rd, key->place, name, n);
	else
		problems_add(rd->problems, key->place, "unknown '%s'; sow init shows all that %s may have",
			     name, n->what);
}

static bool is_one_of(const struct names *n, struct view name)
{
	for (size_t i = 0; i < n->count; i++) {
		if (view_eqstr(name, n->list[i]))
			return true;
	}
	return false;
}

/* False if the item is not to be read: its name is unknown, or already used. */
static bool accept_name(struct reader *rd, const struct yaml_item *i, const struct names *n)
{
	if (i->again) {
		problems_add(rd->problems, i->key->place, "'%s' is already given in line %zu",
			     i->key->text.p, i->again->key->place.line);
		return false;
	}
	if (is_one_of(n, i->key->text))
		return true;
	refuse_name(rd, i->key, n);
	return false;
}

static bool expect_kind(struct reader *rd, const struct yaml_node *node, enum yaml_kind kind,
			const char *expected)
{
	if (node->kind == kind)
		return true;
	problems_add(rd->problems, node->place, "expected %s", expected);
	return false;
}

static const struct yaml_item *find(const struct yaml_node *mapping, const char *name)
{
	for (const struct yaml_item *i = mapping->first; i; i = i->next) {
		if (view_eqstr(i->key->text, name))
			return i;
	}
	return NULL;
}

/* Options of one scope; `names` may contain others, which are read elsewhere. */
static void read_options(struct reader *rd, const struct yaml_node *mapping, const struct names *n)
{
	for (const struct yaml_item *i = mapping->first; i && !problems_full(rd->problems);
	     i = i->next) {
		const struct option *o;
		if (!accept_name(rd, i, n) || !(o = recipe_option(i->key->text.p, n->method)) ||
		    !is_of(o, n->scope))
			continue;
		value_read(&rd->values, o, i->value);
		if (strcmp(o->name, "budget") == 0)
			rd->budget = i->value->place;
	}
}

/* Steps */

/* NULL if there is none or it is unknown, which is reported. */
static const struct method *read_method(struct reader *rd, const struct yaml_node *step)
{
	struct names n = { .what = "a step" };
	for (size_t i = 0; method_at(i); i++)
		add_name(&n, method_at(i)->name);
	const struct yaml_item *i = find(step, "method");
	if (!i) {
		problems_add(rd->problems, step->place, "expected a method: what this step is to do");
		return NULL;
	}
	if (i->value->kind != YAML_TEXT || yaml_is_nothing(i->value)) {
		problems_add(rd->problems, i->value->place, "method: expected the name of a method");
		return NULL;
	}
	const struct method *m = method_find(i->value->text.p);
	const char *near = m ? NULL : nearest_name(i->value->text.p, name_at, &n, n.count);
	if (near)
		problems_add(rd->problems, i->value->place, "unknown method '%s'; did you mean '%s'?",
			     i->value->text.p, near);
	else if (!m)
		add_expected(rd, i->value->place, i->value->text.p, &n);
	return m;
}

static void read_step(struct reader *rd, const struct yaml_node *step)
{
	struct recipe *r = rd->file->recipe;
	struct names n = { .what = "a step", .scope = OPTION_OF_STEP };
	if (!expect_kind(rd, step, YAML_MAPPING, "a step: \"- method: …\""))
		return;
	n.method = read_method(rd, step);
	/* a step without a method is kept so that its other options are read */
	if (!n.method)
		r->steps[r->step_count++] = (struct recipe_step){ 0 };
	else
		recipe_add_step(r, n.method->name, NULL);
	rd->file->steps[r->step_count - 1] = step->place;
	add_name(&n, "method");
	if (nested_has_output(n.method))
		add_name(&n, "output");
	add_options(&n);
	read_options(rd, step, &n);
	const struct yaml_item *output = n.method ? find(step, "output") : NULL;
	if (output && nested_has_output(n.method))
		nested_read_output(&rd->values, output->value);
	if (n.method && n.method->takes_input && r->step_count == 1 && !find(step, "input") &&
	    !find(step, "documents"))
		problems_add(rd->problems, step->place, "%s is the first step and works on an input: "
			     "expected input: FILE", n.method->name);
}

static void read_steps(struct reader *rd, const struct yaml_node *steps)
{
	if (!expect_kind(rd, steps, YAML_LIST, "a list of steps, each with a \"- method: …\""))
		return;
	if (!steps->first)
		problems_add(rd->problems, steps->place, "expected a step: \"- method: …\"");
	for (const struct yaml_item *i = steps->first; i && !problems_full(rd->problems);
	     i = i->next) {
		if (rd->file->recipe->step_count == RECIPE_STEPS_MAX) {
			problems_add(rd->problems, i->value->place, "expected at most %d steps",
				     RECIPE_STEPS_MAX);
			return;
		}
		read_step(rd, i->value);
	}
}

/* Teachers */

static void read_teachers(struct reader *rd, const struct yaml_node *teachers)
{
	struct names duties = { .what = "teachers", .scope = OPTION_OF_TEACHER };
	struct names n = { .what = "a teacher", .scope = OPTION_OF_TEACHER };
	add_options(&n);
	for (int d = 0; d < DUTY_COUNT; d++)
		add_name(&duties, duty_names[d]);
	if (!expect_kind(rd, teachers, YAML_MAPPING, "the duties of teachers, as writer: {…}"))
		return;
	for (const struct yaml_item *i = teachers->first; i && !problems_full(rd->problems);
	     i = i->next) {
		if (!accept_name(rd, i, &duties) ||
		    !expect_kind(rd, i->value, YAML_MAPPING, "a teacher, as {teacher: …, model: …}"))
			continue;
		for (int d = 0; d < DUTY_COUNT; d++) {
			if (view_eqstr(i->key->text, duty_names[d]))
				recipe_select_teacher(rd->file->recipe, (enum duty)d);
			if (d >= DUTY_WRITE_2 && d <= DUTY_WRITE_4 && view_eqstr(i->key->text, duty_names[d]))
				rd->writer = i->key->place;
			if (d == DUTY_USER && view_eqstr(i->key->text, duty_names[d]))
				rd->user = i->key->place;
		}
		read_options(rd, i->value, &n);
	}
}

/* Outputs */

static const char *output_text(struct reader *rd, const struct yaml_node *output, const char *name,
			       const char *expected)
{
	const struct yaml_item *i = find(output, name);
	const struct yaml_node *at = i ? i->value : output;
	if (i && i->value->kind == YAML_TEXT && !yaml_is_nothing(i->value) && i->value->text.len &&
	    !strpbrk(i->value->text.p, "\n\r"))
		return value_copy(&rd->values, i->value->text);
	problems_add(rd->problems, at->place, "%s: expected %s", name, expected);
	return NULL;
}

static void check_format(struct reader *rd, const struct yaml_node *node)
{
	struct names n = { .what = "an output" };
	for (size_t i = 0; i < format_count; i++)
		add_name(&n, formats[i].name);
	if (is_one_of(&n, node->text))
		return;
	const char *near = nearest_name(node->text.p, name_at, &n, n.count);
	if (near)
		problems_add(rd->problems, node->place, "unknown format '%s'; did you mean '%s'?",
			     node->text.p, near);
	else
		add_expected(rd, node->place, node->text.p, &n);
}

static void read_output(struct reader *rd, const struct yaml_node *node)
{
	struct recipe *r = rd->file->recipe;
	struct recipe_output *o = &r->outputs[r->output_count];
	struct names n = { .what = "an output", .list = { "format", "file" }, .count = 2,
			   .scope = OPTION_OF_RUN };
	if (!expect_kind(rd, node, YAML_MAPPING, "an output, as {format: alpaca, file: data.jsonl}"))
		return;
	for (const struct yaml_item *i = node->first; i && !problems_full(rd->problems); i = i->next)
		accept_name(rd, i, &n);
	o->format = output_text(rd, node, "format", "the name of a format");
	o->file = output_text(rd, node, "file", "a path");
	if (o->format)
		check_format(rd, find(node, "format")->value);
	if (o->file && strcmp(o->file, "-") == 0)
		problems_add(rd->problems, find(node, "file")->value->place, "file: expected a file: standard "
			     "output shows how the run ended");
	r->output_count++;
}

static void read_outputs(struct reader *rd, const struct yaml_node *outputs)
{
	if (!expect_kind(rd, outputs, YAML_LIST,
			 "a list of outputs, each as {format: alpaca, file: data.jsonl}"))
		return;
	for (const struct yaml_item *i = outputs->first; i && !problems_full(rd->problems);
	     i = i->next) {
		if (rd->file->recipe->output_count == RECIPE_OUTPUTS_MAX) {
			problems_add(rd->problems, i->value->place, "expected at most %d outputs",
				     RECIPE_OUTPUTS_MAX);
			return;
		}
		read_output(rd, i->value);
	}
}

/* The whole */

static void check_budget(struct reader *rd)
{
	const struct recipe *r = rd->file->recipe;
	for (int d = 0; d < DUTY_COUNT && r->budget >= 0; d++) {
		const struct recipe_teacher *t = &r->teachers[d];
		const struct prices prices = prices_of(t);
		if (r->has_duty[d] && !prices_known(&prices))
			problems_add(rd->problems, rd->budget, "budget: it needs to know what the %s costs: "
				     "price-in and price-out", duty_names[d]);
	}
}

/* Teachers that no step uses were given by mistake. */
static void check_writers(struct reader *rd)
{
	const struct recipe *r = rd->file->recipe;
	bool has_writers = !r->step_count, has_user = !r->step_count;
	for (size_t i = 0; i < r->step_count; i++) {
		const struct method *m = r->steps[i].method;
		has_writers = has_writers || !m || m->several_writers;
		has_user = has_user || !m || method_has_duty(m, DUTY_USER);
	}
	if (rd->writer.line && !has_writers)
		problems_add(rd->problems, rd->writer, "a second writer: no step asks one; pairs does");
	if (rd->user.line && !has_user)
		problems_add(rd->problems, rd->user, "a user: no step asks one; converse does");
}

static void read_whole(struct reader *rd, const struct yaml_node *root)
{
	static const struct {
		const char *name;
		void (*read)(struct reader *rd, const struct yaml_node *node);
	} parts[] = { { "steps", read_steps }, { "teachers", read_teachers },
		      { "outputs", read_outputs } };
	static const char expected[] = "a recipe: steps: [{method: …}] and more; sow init writes one";
	struct names n = { .what = "a recipe", .scope = OPTION_OF_RUN };
	if (!root || yaml_is_nothing(root)) {
		problems_add(rd->problems, (struct yaml_place){ 1, 1 }, "expected %s", expected);
		return;
	}
	if (!expect_kind(rd, root, YAML_MAPPING, expected))
		return;
	add_options(&n);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		add_name(&n, parts[i].name);
	read_options(rd, root, &n);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const struct yaml_item *part = find(root, parts[i].name);
		if (part)
			parts[i].read(rd, part->value);
	}
	if (!find(root, "steps"))
		problems_add(rd->problems, root->place, "expected steps: what is to be done");
	check_budget(rd);
	check_writers(rd);
}

static int outcome(struct recipe_file *f, struct sow_error *err)
{
	struct problems *p = &f->problems;
	problems_sort(p);
	if (!p->count)
		return SOW_OK;
	return error_set(err, SOW_INVALID, "%s: %s%zu problem%s", f->name, p->more ? "more than " : "",
			 p->count, p->count == 1 ? "" : "s");
}

static int parse(struct recipe_file *f, struct view text, struct sow_error *err)
{
	struct reader rd = { .file = f, .problems = &f->problems };
	struct arena *nodes = arena_new();
	const struct yaml_node *root;
	struct yaml_place place;
	struct sow_error why = { 0 };
	int status = yaml_parse(text, nodes, &root, &place, &why);
	value_reader_init(&rd.values, f->recipe, f->recipe->path, &f->problems);
	if (!status)
		read_whole(&rd, root);
	else if (status != SOW_NOMEM)
		problems_add(&f->problems, place, "%s", why.text);
	value_reader_release(&rd.values);
	arena_free(nodes);
	return status == SOW_NOMEM ? error_nomem(err) : outcome(f, err);
}

int recipe_file_parse(struct recipe_file *f, const char *path, struct view text,
		      struct sow_error *err)
{
	*f = (struct recipe_file){ .recipe = recipe_new() };
	f->name = strcmp(path, "-") == 0 ? "standard input" : path;
	problems_init(&f->problems);
	f->recipe->path = arena_copystr(f->recipe->arena, path);
	return parse(f, text, err);
}

int recipe_file_read(struct recipe_file *f, const char *path, struct sow_error *err)
{
	struct buf text = { .data = buf_empty, .cap = YAML_BYTES_MAX };
	*f = (struct recipe_file){ 0 };
	int status = infile_whole(path, &text, err);
	if (status == SOW_IO && strcmp(path, "-") != 0 && access(path, F_OK) != 0)
		status = error_set(err, SOW_IO, "%s: %s; to write one, run: sow init FILE", path,
				   strerror(errno));
	if (!status)
		status = recipe_file_parse(f, path, view_from(text.data, text.len), err);
	buf_release(&text);
	return status;
}

/* The style that the teacher would have, without opening it. */
static struct teacher_style style_of(const struct recipe *r)
{
	const struct recipe_teacher *t = recipe_teacher(r, DUTY_WRITE);
	const char *spec = t->teachers.count ? t->teachers.items[0] : NULL;
	const struct teacher_kind *kind = teacher_kind_of(spec);
	if (kind != &teacher_http)
		return (struct teacher_style){ .opens = kind == &teacher_llama ? OPENS_TURN : OPENS_ANY };
	bool is_chat = strcmp(t->o.api, "completion") != 0;
	return (struct teacher_style){ .prefers_chat = is_chat,
				       .opens = is_chat ? OPENS_NOTHING : OPENS_TEXT };
}

int recipe_file_check(struct recipe_file *f, struct sow_error *err)
{
	const struct recipe *r = f->recipe;
	const struct teacher_style style = style_of(r);
	for (size_t i = 1; i <= r->step_count; i++) {
		struct setup setup;
		struct sow_error why = { 0 };
		int status = setup_init(&setup, r, i, &style, false, &why);
		if (status == SOW_NOMEM)
			return error_nomem(err);
		if (status)
			problems_add(&f->problems, f->steps[i - 1], "%s", why.text);
		else
			setup_release(&setup);
	}
	return outcome(f, err);
}

void recipe_file_release(struct recipe_file *f)
{
	recipe_free(f->recipe);
	problems_release(&f->problems);
	*f = (struct recipe_file){ 0 };
}
