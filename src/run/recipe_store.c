#include "run/recipe_store.h"

#include <string.h>

#include "base/error.h"

/* The prefixes of the names of a duty's settings. */
static const char *const prefixes[DUTY_COUNT] = {
	"", "classifier ", "judge ", "writer-2 ", "writer-3 ", "writer-4 ", "user ", "embedder ",
};

/* Writing */

static int keep_option(const struct recipe *r, const struct option *o, int64_t step, int duty,
		       struct store *s, struct sow_error *err)
{
	struct buf text = BUF_INIT, name = BUF_INIT;
	buf_addf(&name, "%s%s", prefixes[duty], o->name);
	recipe_text(r, step ? &r->steps[step - 1] : NULL, &r->teachers[duty], o, &text);
	int status = store_operation(s, step, name.data, view_from(text.data, text.len), err);
	buf_release(&text);
	buf_release(&name);
	return status;
}

static int keep_teachers(const struct recipe *r, const struct option *o, struct store *s,
			 struct sow_error *err)
{
	int status = SOW_OK;
	for (int d = 0; d < DUTY_COUNT && !status; d++) {
		if (r->has_duty[d])
			status = keep_option(r, o, 0, d, s, err);
	}
	return status;
}

/* With `step` 0 those of the run and its teachers, else those of the step. */
static int keep_options(const struct recipe *r, size_t step, struct store *s, struct sow_error *err)
{
	const struct option *list[RECIPE_OPTIONS_MAX];
	size_t count = recipe_options(step ? r->steps[step - 1].method : NULL, list);
	int status = SOW_OK;
	for (size_t i = 0; i < count && !status; i++) {
		const struct option *o = list[i];
		if (o->identity || recipe_is_of_step(o) != (step > 0))
			continue;
		status = o->scope == OPTION_OF_TEACHER
				 ? keep_teachers(r, o, s, err)
				 : keep_option(r, o, (int64_t)step, DUTY_WRITE, s, err);
	}
	return status;
}

/* The recipe file's contents besides its options, a line an output. */
static int keep_outputs(const struct recipe *r, struct store *s, struct sow_error *err)
{
	struct buf outputs = BUF_INIT;
	for (size_t i = 0; i < r->output_count; i++)
		buf_addf(&outputs, "%s%s %s", i ? "\n" : "", r->outputs[i].format, r->outputs[i].file);
	int status = store_operation(s, 0, "recipe", view_of(r->path), err);
	if (!status)
		status = store_operation(s, 0, "outputs", view_from(outputs.data, outputs.len), err);
	buf_release(&outputs);
	return status;
}

int recipe_keep(const struct recipe *r, struct store *s, struct sow_error *err)
{
	int status = keep_outputs(r, s, err);
	for (size_t step = 0; step <= r->step_count && !status; step++)
		status = keep_options(r, step, s, err);
	return status;
}

/* Reading */

/* The duty that a setting belongs to; removes the prefix from *name. */
static enum duty duty_of(struct view *name)
{
	for (int d = DUTY_WRITE + 1; d < DUTY_COUNT; d++) {
		if (view_starts(*name, prefixes[d])) {
			*name = view_sub(*name, strlen(prefixes[d]), name->len);
			return (enum duty)d;
		}
	}
	return DUTY_WRITE;
}

/* False for the texts by which identity shows that nothing was given. */
static bool is_given(struct view shown)
{
	return shown.len && !view_eqstr(shown, "built in") && !view_eqstr(shown, "the step before");
}

static int set_lines(struct recipe *r, const struct option *o, struct view value,
		     struct sow_error *err)
{
	struct view rest = value;
	struct buf item = BUF_INIT;
	int status = SOW_OK;
	while (!status && option_take_item(&rest, &item)) {
		status = recipe_set(r, o, item.data, err);
		buf_clear(&item);
	}
	buf_release(&item);
	return status;
}

static int set_one(struct recipe *r, const struct setting *s, bool identity,
		   struct sow_error *err)
{
	struct view name = s->name;
	enum duty duty = s->step ? DUTY_WRITE : duty_of(&name);
	char *known = arena_copyview(r->arena, name);
	char *value = arena_copyview(r->arena, s->shown);
	const struct method *m = s->step ? r->steps[r->step_count - 1].method : NULL;
	const struct option *o = recipe_option(known, m);
	if (!o || o->identity != identity || recipe_is_of_step(o) != (s->step > 0) ||
	    !is_given(s->shown))
		return SOW_OK;
	if (o->scope == OPTION_OF_TEACHER)
		recipe_select_teacher(r, duty);
	const char *fallback = recipe_default(o, m);
	if (fallback && strcmp(value, fallback) == 0)
		return SOW_OK;
	return o->type == OPTION_LIST ? set_lines(r, o, s->shown, err) : recipe_set(r, o, value, err);
}

static int add_step(struct recipe *r, struct store *s, int64_t step, struct sow_error *err)
{
	struct setting method;
	int status = store_setting(s, r->arena, step, "method", &method, err);
	if (status < 0)
		return status;
	if (status == 0)
		return error_set(err, SOW_INVALID, "run.db: damaged: step %lld has no method",
				 (long long)step);
	status = recipe_add_step(r, method.shown.p, err);
	return status == SOW_USAGE
		       ? error_set(err, SOW_INVALID, "run.db: made by another sow: it has a method "
				   "'%s'", method.shown.p)
		       : status;
}

static int fill(struct recipe *r, struct store *s, struct sow_error *err)
{
	struct setting *list;
	size_t identities, count;
	int64_t steps;
	int status = store_steps(s, &steps, err);
	if (!status)
		status = store_settings(s, r->arena, &list, &identities, &count, err);
	for (int64_t step = 0; step <= steps && !status; step++) {
		if (step)
			status = add_step(r, s, step, err);
		for (size_t i = 0; i < count && !status; i++) {
			if (list[i].step == step)
				status = set_one(r, &list[i], i < identities, err);
		}
	}
	return status;
}

/* "FORMAT FILE" */
static int recall_output(struct recipe *r, struct view line, struct sow_error *err)
{
	size_t blank = view_find(line, 0, " ");
	if (blank == VIEW_NONE || r->output_count == RECIPE_OUTPUTS_MAX)
		return error_set(err, SOW_INVALID, "run.db: damaged: its outputs");
	struct recipe_output *o = &r->outputs[r->output_count++];
	o->format = arena_copyview(r->arena, view_sub(line, 0, blank));
	o->file = arena_copyview(r->arena, view_sub(line, blank + 1, line.len));
	return SOW_OK;
}

int recipe_recall_outputs(struct recipe *r, struct store *s, struct sow_error *err)
{
	struct setting path, outputs;
	struct view line;
	int status = store_setting(s, r->arena, 0, "recipe", &path, err);
	if (status >= 0)
		status = store_setting(s, r->arena, 0, "outputs", &outputs, err);
	if (status < 0)
		return status;
	if (path.value.len)
		r->path = path.value.p;
	for (status = SOW_OK; !status && view_line(&outputs.value, &line);)
		status = recall_output(r, line, err);
	return status;
}

struct recipe *recipe_recall(struct store *s, struct sow_error *err)
{
	struct recipe *r = recipe_new();
	if (fill(r, s, err) || recipe_recall_outputs(r, s, err)) {
		recipe_free(r);
		return NULL;
	}
	return r;
}
