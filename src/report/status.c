#include "report/status.h"

#include <inttypes.h>

#include "base/error.h"
#include "run/recipe.h"
#include "terminal/readable.h"

/* Reading */

struct refusals {
	struct run_status *st;
	struct sow_error *err;
};

static void copy(struct refusals *r, struct view *text)
{
	const char *kept = arena_copyview(r->st->arena, *text);
	*text = view_from(kept, text->len);
}

static int add_refusal(void *data, const struct rejected *rejected)
{
	struct refusals *r = data;
	struct rejected *kept = &r->st->refusals[r->st->refusal_count % STATUS_REFUSALS];
	*kept = *rejected;
	kept->near_id = view_of("");
	copy(r, &kept->text);
	copy(r, &kept->detail);
	r->st->refusal_count++;
	return SOW_OK;
}

static int add_task(void *data, const struct record *task)
{
	table1_add(data, task);
	return SOW_OK;
}

static int read_steps(struct run_status *st, struct store *s, struct sow_error *err)
{
	int status = store_steps(s, &st->step_count, err);
	if (status)
		return status;
	if (st->step_count > RECIPE_STEPS_MAX)
		return error_set(err, SOW_INVALID, "run.db: damaged: it has %" PRId64 " steps",
				 st->step_count);
	st->steps = arena_array(st->arena, (size_t)st->step_count, sizeof(*st->steps));
	for (size_t i = 0; i < st->identities; i++) {
		const struct setting *setting = &st->settings[i];
		if (view_eqstr(setting->name, "method") && setting->step >= 1)
			st->steps[setting->step - 1].method = setting->shown;
	}
	for (int64_t i = 0; i < st->step_count && !status; i++)
		status = store_count(s, i + 1, &st->steps[i].counts, err);
	return status;
}

int run_status_read(struct run_status *st, struct store *s, struct arena *a,
		    struct sow_error *err)
{
	struct refusals refusals = { st, err };
	*st = (struct run_status){ .arena = a, .busy = store_is_busy(s) };
	int status = store_count(s, 0, &st->counts, err);
	if (!status)
		status = store_settings(s, a, &st->settings, &st->identities, &st->setting_count,
					err);
	if (!status)
		status = read_steps(st, s, err);
	if (!status)
		status = store_count_rejects(s, 0, a, &st->rejects, &st->reject_count, err);
	if (!status)
		status = tallies_read(&st->tallies, s, a, err);
	if (!status)
		status = store_each_refusal(s, add_refusal, &refusals, err);
	if (!status)
		status = store_batches(s, a, &st->batches, &st->batch_count, err);
	const struct task_range range = { .limit = run_status_limit(&st->counts) };
	if (!status)
		status = store_each_task(s, &range, add_task, &st->table, err);
	return status;
}

int64_t run_status_limit(const struct store_counts *c)
{
	return c->inputs ? 0 : c->target;
}

int64_t step_status_target(const struct step_status *s)
{
	return s->counts.inputs ? s->counts.inputs : s->counts.target;
}

int64_t step_status_done(const struct step_status *s)
{
	const struct store_counts *c = &s->counts;
	return c->inputs ? c->begun - c->inputs_under_way : c->finished;
}

bool step_status_is_done(const struct step_status *s)
{
	const struct store_counts *c = &s->counts;
	if (c->inputs)
		return step_status_done(s) >= c->inputs;
	return c->target > 0 && c->settled >= c->target;
}

const struct step_status *run_status_step(const struct run_status *st)
{
	for (int64_t i = 0; i < st->step_count; i++) {
		if (!step_status_is_done(&st->steps[i]))
			return &st->steps[i];
	}
	return &st->steps[st->step_count - 1];
}

bool run_status_done(const struct run_status *st)
{
	return step_status_is_done(run_status_step(st));
}

/* How to resume */

struct view run_status_setting(const struct run_status *st, const char *name)
{
	for (size_t i = 0; i < st->setting_count; i++) {
		if (view_eqstr(st->settings[i].name, name))
			return st->settings[i].shown;
	}
	return view_of("");
}

struct view run_status_method(const struct run_status *st)
{
	return st->steps[st->step_count - 1].method;
}

static void add_option(struct buf *out, const struct option *o, struct view value)
{
	if (o->letter)
		buf_addf(out, " -%c", o->letter);
	else
		buf_addf(out, " --%s", o->name);
	if (o->type == OPTION_FLAG)
		return;
	buf_addch(out, ' ');
	shell_word(out, value);
}

static bool is_set(const struct option *o, const struct method *m, struct view value)
{
	const char *fallback = recipe_default(o, m);
	/* for a file that was not given, identity shows "built in" */
	static const char *const off[] = { "", "no", "built in" };
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		if (view_eqstr(value, off[i]))
			return false;
	}
	return !fallback || !view_eqstr(value, fallback);
}

/* A list's value has an item a line: the option is given once for each. */
static void add_setting(struct buf *out, const struct setting *setting, bool identity,
			const struct method *m)
{
	const struct option *list[RECIPE_OPTIONS_MAX], *o = NULL;
	size_t count = recipe_options(m, list);
	for (size_t i = 0; i < count && !o; i++) {
		if (list[i]->identity == identity && view_eqstr(setting->name, list[i]->name))
			o = list[i];
	}
	if (!o || !is_set(o, m, setting->shown))
		return;
	if (o->type != OPTION_LIST) {
		add_option(out, o, setting->shown);
		return;
	}
	struct view rest = setting->shown, item;
	while (view_line(&rest, &item))
		add_option(out, o, item);
}

int run_status_command(const struct run_status *st, const char *program, const char *dir,
		       struct buf *out)
{
	struct view name = run_status_method(st), recipe = run_status_setting(st, "recipe");
	if (recipe.len) {
		shell_word(out, view_of(program));
		buf_addstr(out, " run ");
		shell_word(out, recipe);
		buf_addstr(out, " -o ");
		shell_word(out, view_of(dir));
		return out->status;
	}
	const struct method *method = method_find_view(name);
	shell_word(out, view_of(program));
	buf_addch(out, ' ');
	shell_word(out, name);
	for (size_t i = 0; i < st->setting_count; i++)
		add_setting(out, &st->settings[i], i < st->identities, method);
	buf_addstr(out, " -o ");
	shell_word(out, view_of(dir));
	return out->status;
}
