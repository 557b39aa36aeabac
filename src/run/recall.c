#include "run/recall.h"

#include <string.h>

#include "base/error.h"
#include "run/recipe_file.h"

static const struct {
	const char *prefix;
	enum duty duty;
} prefixes[] = { { "classifier ", DUTY_CLASSIFY }, { "judge ", DUTY_JUDGE } };

/* Whose setting it is; *name without the prefix that says so. */
static enum duty duty_of(struct view *name)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (view_starts(*name, prefixes[i].prefix)) {
			*name = view_sub(*name, strlen(prefixes[i].prefix), name->len);
			return prefixes[i].duty;
		}
	}
	return DUTY_WRITE;
}

/* What identity shows where nothing was given. */
static bool is_given(struct view shown)
{
	return shown.len && !view_eqstr(shown, "built in") && !view_eqstr(shown, "the step before");
}

static int set_lines(struct recipe *r, const struct option *o, struct view value,
		     struct sow_error *err)
{
	struct view rest = value, line;
	int status = SOW_OK;
	while (!status && view_line(&rest, &line)) {
		char *text = arena_copyview(r->arena, line);
		status = text ? recipe_set(r, o, text, err) : error_nomem(err);
	}
	return status;
}

static int set_one(struct recipe *r, const struct setting *s, bool identity,
		   struct sow_error *err)
{
	struct view name = s->name;
	enum duty duty = s->step ? DUTY_WRITE : duty_of(&name);
	char *known = arena_copyview(r->arena, name);
	char *value = arena_copyview(r->arena, s->shown);
	if (!known || !value)
		return error_nomem(err);
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

struct recipe *recipe_recall(struct store *s, struct sow_error *err)
{
	struct recipe *r = recipe_new();
	if (!r) {
		error_nomem(err);
		return NULL;
	}
	if (fill(r, s, err) || recipe_file_recall(r, s, err)) {
		recipe_free(r);
		return NULL;
	}
	return r;
}
