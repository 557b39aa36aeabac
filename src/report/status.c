#include "report/status.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "report/figures.h"
#include "report/shellword.h"
#include "report/wrap.h"
#include "run/recipe.h"

#define LABEL_WIDTH 22
#define LINE_WIDTH 80
#define VALUE_WIDTH 400 /* a path or a hash is to be copied: not broken */

/* -- reading ------------------------------------------------------------------------ */

struct refusals {
	struct run_status *st;
	struct sow_error *err;
};

static int copy(struct refusals *r, struct view *text)
{
	const char *kept = arena_copyview(r->st->arena, *text);
	if (!kept)
		return error_nomem(r->err);
	*text = view_from(kept, text->len);
	return SOW_OK;
}

static int add_refusal(void *data, const struct rejected *rejected)
{
	struct refusals *r = data;
	struct rejected *kept = &r->st->refusals[r->st->refusal_count % STATUS_REFUSALS];
	*kept = *rejected;
	kept->near_id = view_of("");
	int status = copy(r, &kept->text);
	if (!status)
		status = copy(r, &kept->detail);
	r->st->refusal_count += !status;
	return status;
}

static int add_task(void *data, const struct task *task)
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
	if (!st->steps)
		return error_nomem(err);
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
		status = store_each_refusal(s, add_refusal, &refusals, err);
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
	return c->inputs ? c->begun - c->under_way : c->finished;
}

bool step_status_is_done(const struct step_status *s)
{
	const struct store_counts *c = &s->counts;
	if (c->inputs)
		return step_status_done(s) >= c->inputs;
	return c->target > 0 && c->settled >= c->target;
}

/* The one that a run is at: the first that is not done, or the last. */
static const struct step_status *current_step(const struct run_status *st)
{
	for (int64_t i = 0; i < st->step_count; i++) {
		if (!step_status_is_done(&st->steps[i]))
			return &st->steps[i];
	}
	return &st->steps[st->step_count - 1];
}

bool run_status_done(const struct run_status *st)
{
	return step_status_is_done(current_step(st));
}

/* -- how to go on ---------------------------------------------------------------------- */

static struct view setting_value(const struct run_status *st, const char *name)
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

static void add_option(struct buf *out, const struct field *f, struct view value)
{
	if (f->letter)
		buf_addf(out, " -%c", f->letter);
	else
		buf_addf(out, " --%s", f->name);
	if (f->type == FIELD_FLAG)
		return;
	buf_addch(out, ' ');
	shell_word(out, value);
}

static bool is_set(const struct field *f, struct view value)
{
	/* what identity shows for a file that none was given for is "built in" */
	static const char *const off[] = { "", "no", "built in" };
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		if (view_eqstr(value, off[i]))
			return false;
	}
	return !f->fallback || !view_eqstr(value, f->fallback);
}

/* A list's value has an item a line: the option is given once for each. */
static void add_setting(struct buf *out, const struct setting *setting, enum field_kind kind,
			const struct method *m)
{
	const struct field *f = NULL;
	for (size_t i = 0; i < recipe_field_count && !f; i++) {
		const struct field *at = &recipe_fields[i];
		if (at->kind == kind && view_eqstr(setting->name, at->name) && field_fits(at, m))
			f = at;
	}
	if (!f || !is_set(f, setting->shown))
		return;
	if (f->type != FIELD_LIST) {
		add_option(out, f, setting->shown);
		return;
	}
	struct view rest = setting->shown, item;
	while (view_line(&rest, &item))
		add_option(out, f, item);
}

int run_status_command(const struct run_status *st, const char *program, const char *dir,
		       struct buf *out)
{
	struct view name = run_status_method(st), recipe = setting_value(st, "recipe");
	if (recipe.len) {
		shell_word(out, view_of(program));
		buf_addstr(out, " run ");
		shell_word(out, recipe);
		buf_addstr(out, " -o ");
		shell_word(out, view_of(dir));
		return out->status;
	}
	char *copy = arena_copyview(st->arena, name);
	const struct method *method = copy ? method_find(copy) : NULL;
	shell_word(out, view_of(program));
	buf_addch(out, ' ');
	shell_word(out, name);
	for (size_t i = 0; i < st->setting_count; i++)
		add_setting(out, &st->settings[i],
			    i < st->identities ? FIELD_IDENTITY : FIELD_OPERATION, method);
	buf_addstr(out, " -o ");
	shell_word(out, view_of(dir));
	return out->status;
}

/* -- for people --------------------------------------------------------------------------- */

static void print_label(struct buf *out, struct view name)
{
	size_t columns = text_columns(name);
	buf_addstr(out, "  ");
	buf_add(out, name.p, name.len);
	buf_addf(out, "%*s", columns < LABEL_WIDTH ? (int)(LABEL_WIDTH - columns) : 1, "");
}

/* A text of somebody else's, behind the label. */
static void print_beside(struct buf *out, struct view text, size_t width)
{
	struct wrap w = { .indent = LABEL_WIDTH + 2, .width = width, .most = 4, .hanging = true };
	wrap_text(out, &w, text);
}

static void print_settings(const struct run_status *st, size_t from, size_t to, struct buf *out)
{
	int64_t step = 0;
	for (size_t i = from; i < to; i++) {
		const struct setting *setting = &st->settings[i];
		if (!view_trim(setting->shown).len)
			continue;
		if (setting->step != step && st->step_count > 1)
			buf_addf(out, " step %" PRId64 "\n", setting->step);
		step = setting->step;
		print_label(out, setting->name);
		print_beside(out, setting->shown, VALUE_WIDTH);
	}
}

/* "N things (M of one kind, K of another)": what is 0 is not told. */
struct part_of {
	int64_t count;
	const char *what;
};

static void print_count(struct buf *out, const char *name, int64_t count,
			const struct part_of parts[3])
{
	const char *before = " (";
	print_label(out, view_of(name));
	figure_count(out, count);
	for (size_t i = 0; i < 3 && parts; i++) {
		if (!parts[i].count)
			continue;
		buf_addstr(out, before);
		figure_count(out, parts[i].count);
		buf_addf(out, " %s", parts[i].what);
		before = ", ";
	}
	buf_addstr(out, parts && before[0] == ',' ? ")\n" : "\n");
}

static void print_yield(const struct store_counts *c, struct buf *out)
{
	if (!c->tickets || !c->finished)
		return;
	print_label(out, view_of("yield"));
	buf_addf(out, "%.1f instructions a request, %.1f instances a finished task\n",
		 (double)c->units / (double)c->tickets, (double)c->instances / (double)c->finished);
}

static void print_times(const struct store_counts *c, struct buf *out)
{
	if (c->teacher_ns > 0) {
		print_label(out, view_of("teacher's time"));
		figure_duration(out, c->teacher_ns);
		buf_addstr(out, " summed over replies\n");
	}
	if (!c->first_began)
		return;
	print_label(out, view_of("first to last"));
	figure_date(out, c->first_began);
	buf_addstr(out, " to ");
	figure_date(out, c->last_ended);
	buf_addch(out, '\n');
}

static void print_money(const struct store_counts *c, struct buf *out)
{
	if (c->cost) {
		print_label(out, view_of("cost"));
		figure_money(out, c->cost);
		buf_addch(out, '\n');
	}
	if (c->unknown) {
		print_label(out, view_of("cost unknown"));
		figure_count(out, c->unknown);
		buf_addstr(out, " requests that broke off after they were sent");
		if (c->unknown_cost) {
			buf_addstr(out, ", at most about ");
			figure_money(out, c->unknown_cost);
		}
		buf_addch(out, '\n');
	}
}

static void print_counts(const struct store_counts *c, struct buf *out)
{
	int64_t own = c->replies - c->replies_cached;
	int64_t retries = c->attempts > own ? c->attempts - own : 0;
	if (c->inputs)
		print_count(out, "inputs begun", c->begun, NULL);
	else
		print_count(out, "requests for tasks", c->tickets,
			    (struct part_of[3]){ { c->tickets_failed, "refused by the teacher" } });
	print_count(out, "instructions", c->units,
		    (struct part_of[3]){ { c->finished, "finished" }, { c->failed, "failed" },
					 { c->under_way, "under way" } });
	print_count(out, "finished tasks", c->finished,
		    (struct part_of[3]){ { c->classification, "classification" } });
	print_count(out, "instances", c->instances, NULL);
	print_yield(c, out);
	print_count(out, "replies", c->replies,
		    (struct part_of[3]){ { c->replies_cached, "from the cache" },
					 { c->replies_error, "refusals" },
					 { retries, "asked again" } });
	print_count(out, "prompt tokens", c->prompt_tokens,
		    (struct part_of[3]){ { c->shared_tokens, "shared, not computed again" } });
	print_count(out, "completion tokens", c->completion_tokens,
		    (struct part_of[3]){ { c->reasoning_tokens, "thought and not said" } });
	if (c->estimated)
		print_count(out, "tokens estimated", c->estimated,
			    (struct part_of[3]){ { c->estimated, "replies without a count" } });
	print_money(c, out);
	print_times(c, out);
}

static bool has_begun(const struct store_counts *c)
{
	return c->tickets || c->replies || c->units || c->inputs;
}

/* Of one step all at once; of several each by itself. */
static void print_figures(const struct run_status *st, struct buf *out)
{
	for (int64_t i = 0; i < st->step_count; i++) {
		const struct step_status *s = &st->steps[i];
		buf_addstr(out, "\nSo far");
		if (st->step_count > 1)
			buf_addf(out, ", step %" PRId64 ": %.*s%s", i + 1, VIEW_ARG(s->method),
				 has_begun(&s->counts) ? "" : " has not begun");
		buf_addch(out, '\n');
		if (st->step_count == 1 || has_begun(&s->counts))
			print_counts(&s->counts, out);
	}
}

static void print_rejects(const struct run_status *st, const char *(*why)(const char *rule),
			  struct buf *out)
{
	int64_t total = 0;
	for (size_t i = 0; i < st->reject_count; i++)
		total += st->rejects[i].count;
	if (!total)
		return;
	buf_addstr(out, "\nRejected: ");
	figure_count(out, total);
	buf_addch(out, '\n');
	for (size_t i = 0; i < st->reject_count; i++) {
		const char *reason = NULL;
		const char *name = arena_copyview(st->arena, st->rejects[i].rule);
		if (name && why)
			reason = why(name);
		print_label(out, st->rejects[i].rule);
		size_t start = out->len;
		figure_count(out, st->rejects[i].count);
		size_t columns = out->len - start;
		if (reason)
			buf_addf(out, "%*s%s", columns < 8 ? (int)(8 - columns) : 1, "", reason);
		buf_addch(out, '\n');
	}
}

static void print_refusals(const struct run_status *st, struct buf *out)
{
	size_t shown = st->refusal_count < STATUS_REFUSALS ? st->refusal_count : STATUS_REFUSALS;
	if (!shown)
		return;
	buf_addf(out, "\nRefused by the teacher: %zu%s\n", st->refusal_count,
		 shown < st->refusal_count ? " (the newest are shown)" : "");
	for (size_t i = st->refusal_count - shown; i < st->refusal_count; i++) {
		const struct rejected *r = &st->refusals[i % STATUS_REFUSALS];
		char id[UNIT_ID_MAX], place[UNIT_ID_MAX + 32];
		unit_id(id, r->step, r->ticket, r->item);
		if (r->item)
			snprintf(place, sizeof(place), "%s, stage %" PRId64, id, r->stage);
		else
			snprintf(place, sizeof(place), "request %" PRId64, r->ticket);
		print_label(out, view_of(place));
		print_beside(out, r->detail.len ? r->detail : view_of("(no words)"), LINE_WIDTH);
	}
}

static void print_done(const struct run_status *st, struct buf *out)
{
	const struct step_status *last = &st->steps[st->step_count - 1];
	const struct store_counts *c = &last->counts;
	if (st->step_count > 1)
		buf_addf(out, "%" PRId64 " steps, ", st->step_count);
	figure_count(out, step_status_target(last));
	buf_addf(out, " %s, done", c->inputs ? "inputs" : "tasks");
	if (!c->inputs && c->finished > c->target)
		buf_addf(out, " (%" PRId64 " more are finished: export --all)",
			 c->finished - c->target);
	buf_addch(out, '\n');
}

static void print_state(const struct run_status *st, const char *program, const char *dir,
			struct buf *out)
{
	const struct step_status *s = current_step(st);
	buf_addf(out, "%s: ", dir);
	if (run_status_done(st)) {
		print_done(st, out);
		return;
	}
	if (st->step_count > 1)
		buf_addf(out, "step %d of %" PRId64 ", %.*s: ", (int)(s - st->steps) + 1,
			 st->step_count, VIEW_ARG(s->method));
	figure_count(out, step_status_done(s));
	buf_addstr(out, " of ");
	figure_count(out, step_status_target(s));
	buf_addf(out, " %s", s->counts.inputs ? "inputs" : "tasks");
	if (st->busy) {
		buf_addstr(out, ", and a process is at it\n");
		return;
	}
	buf_addstr(out, "; to go on:\n  ");
	run_status_command(st, program, dir, out);
	buf_addch(out, '\n');
}

int run_status_print(const struct run_status *st, const char *program, const char *dir,
		     const char *(*why)(const char *rule), struct buf *out)
{
	print_state(st, program, dir, out);
	buf_addstr(out, "\nRecipe, fixed for this run\n");
	print_settings(st, 0, st->identities, out);
	buf_addstr(out, "\nSettings in force, may change\n");
	print_settings(st, st->identities, st->setting_count, out);
	print_figures(st, out);
	print_rejects(st, why, out);
	print_refusals(st, out);
	return out->status;
}
