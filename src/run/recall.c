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

static int set_lines(struct recipe *r, const struct field *f, struct view value,
		     struct sow_error *err)
{
	struct view rest = value, line;
	int status = SOW_OK;
	while (!status && view_line(&rest, &line)) {
		char *text = arena_copyview(r->arena, line);
		status = text ? recipe_set(r, f, text, err) : error_nomem(err);
	}
	return status;
}

static int set_one(struct recipe *r, const struct setting *s, enum field_kind kind,
		   struct sow_error *err)
{
	struct view name = s->name;
	enum duty duty = s->step ? DUTY_WRITE : duty_of(&name);
	char *known = arena_copyview(r->arena, name);
	char *value = arena_copyview(r->arena, s->shown);
	if (!known || !value)
		return error_nomem(err);
	const struct method *m = s->step ? r->steps[r->step_count - 1].method : NULL;
	const struct field *f = recipe_field(known, m);
	if (!f || f->kind != kind || (f->scope == FIELD_OF_STEP) != (s->step > 0) || !is_given(s->shown))
		return SOW_OK;
	if (f->scope == FIELD_OF_TEACHER)
		recipe_duty(r, duty);
	return f->type == FIELD_LIST ? set_lines(r, f, s->shown, err) : recipe_set(r, f, value, err);
}

static int add_step(struct recipe *r, const struct setting *list, size_t count, int64_t step,
		    struct sow_error *err)
{
	int status = SOW_INVALID;
	for (size_t i = 0; i < count && status == SOW_INVALID; i++) {
		if (list[i].step != step || !view_eqstr(list[i].name, "method"))
			continue;
		char *method = arena_copyview(r->arena, list[i].shown);
		status = method ? recipe_add_step(r, method, err) : error_nomem(err);
		if (status == SOW_USAGE)
			return error_set(err, SOW_INVALID, "run.db: made by another sow: it has a method "
					 "'%s'", method);
	}
	return status == SOW_INVALID ? error_set(err, status, "run.db: damaged: step %lld has no method",
						 (long long)step)
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
			status = add_step(r, list, identities, step, err);
		for (size_t i = 0; i < count && !status; i++) {
			if (list[i].step == step)
				status = set_one(r, &list[i], i < identities ? FIELD_IDENTITY
									     : FIELD_OPERATION, err);
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
