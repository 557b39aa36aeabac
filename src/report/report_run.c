/* What only a run has: rejects, lineage, time and money, the recipe. */
#include <string.h>

#include "base/error.h"
#include "method/method.h"
#include "method/rules.h"
#include "report/report_private.h"
#include "report/page.h"
#include "report/run_stats.h"
#include "report/status.h"
#include "run/seeds.h"

#define REJECT_BYTES 400000 /* of all that are shown, of either kind */

struct settings {
	struct setting *list;
	size_t identities, count;
};

static const struct setting *find_setting(const struct settings *s, int64_t step, const char *name)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->list[i].step == step && view_eqstr(s->list[i].name, name))
			return &s->list[i];
	}
	return NULL;
}

static bool setting_is(const struct settings *s, int64_t step, const char *name, const char *value)
{
	const struct setting *found = find_setting(s, step, name);
	return found && view_eqstr(found->value, value);
}

/* The last step up to `step` that had seeds; 0: none. */
static int64_t seeded_step(const struct settings *s, int64_t step)
{
	while (step > 0 && !find_setting(s, step, "seeds"))
		step--;
	return step;
}

static const char *differs = "they are not what they were when the run began";

/* The run's own seeds, if they are there and still what they were. */
static int compare_with_own(struct making *m, const struct settings *s, int64_t step)
{
	const struct setting *seeds = find_setting(s, step, "seeds");
	enum words_kind words = setting_is(s, step, "tokenizer", "ascii") ? WORDS_ASCII
									  : WORDS_UNICODE;
	bool built_in = view_eqstr(seeds->shown, SEEDS_BUILTIN_SHOWN);
	const char *path = arena_copyview(m->c.arena, seeds->shown);
	struct sow_error err = { 0 };
	if (!path)
		return error_nomem(m->err);
	int status = seeds_read(&m->c.seeds, m->c.arena, built_in ? NULL : path, &err);
	int same = status ? 0 : seeds_match(&m->c.seeds, seeds->value);
	if (status == SOW_NOMEM || same < 0)
		return error_nomem(m->err);
	if (!same) {
		const char *why = arena_copystr(m->c.arena, status ? err.text : differs);
		m->c.seeds_missing = view_of(why);
		return why ? SOW_OK : error_nomem(m->err);
	}
	return collect_compare(&m->c, built_in ? "the seed tasks built in" : path, words, m->err);
}

static int choose_seeds(struct making *m, const struct settings *s, int64_t steps)
{
	int64_t step = seeded_step(s, steps);
	if (step && !m->c.o->seeds)
		return compare_with_own(m, s, step);
	return making_compare(m, m->c.o->seeds);
}

static int add_task(void *data, const struct record *t)
{
	struct making *m = data;
	bool is_input = m->keeps_input && !t->lineage.round;
	return collect_add(&m->c, t, !is_input, m->err);
}

static int read_tasks(struct making *m, const struct store_counts *c)
{
	const struct task_range range = { .limit = run_status_limit(c) };
	int status = store_each_task(m->store, &range, add_task, m, m->err);
	if (!status)
		status = collect_finish(&m->c, m->err);
	for (size_t i = 0; i < m->c.records.count && !status; i++)
		status = lineage_add(&m->web, m->store, view_of(m->c.records.list[i].id), m->err);
	return status;
}

static int reject_json(struct making *m, const struct rejected *r, struct kept *k)
{
	struct json_out *out = m->c.json;
	struct view near = view_of("");
	struct arena *a = arena_new();
	int status = a ? SOW_OK : error_nomem(m->err);
	if (!status && r->near_id.len)
		status = lookup_instruction(m->lookup, r->step, r->near_id, a, &near, m->err);
	json_out_object(out, NULL);
	json_out_text(out, "rule", view_of(r->rule));
	json_out_integer(out, "step", r->step);
	json_out_integer(out, "ticket", r->ticket);
	bool cut = collect_text(out, "text", r->text, COLLECT_INSTRUCTION);
	if (r->detail.len)
		cut |= collect_text(out, "detail", r->detail, COLLECT_LINE);
	if (r->near_id.len) {
		json_out_object(out, "near");
		collect_text(out, "id", r->near_id, COLLECT_ID);
		json_out_number(out, "score", r->near_score);
		if (near.len)
			cut |= collect_text(out, "text", near, COLLECT_INSTRUCTION);
		json_out_end(out);
	}
	if (cut)
		json_out_bool(out, "cut", true);
	json_out_end(out);
	int built = json_out_write(out, &k->text, JSON_LINE);
	if (status >= 0 && built == SOW_INVALID)
		status = error_set(m->err, SOW_INVALID, "run.db: damaged: a reject is not UTF-8");
	else if (status >= 0 && built)
		status = error_nomem(m->err);
	arena_free(a);
	return status < 0 ? status : SOW_OK;
}

static int add_reject(void *data, const struct rejected *r)
{
	struct making *m = data;
	int status;
	struct reservoir *to = r->near_id.len ? &m->near_rejects : &m->other_rejects;
	struct kept *k = reservoir_next(to, &status);
	if (k)
		status = reject_json(m, r, k);
	else if (status)
		return error_nomem(m->err);
	return status || !lineage_ended(&m->web, r) ? status : error_nomem(m->err);
}

static int read_rejects(struct making *m)
{
	int status = store_each_rejected(m->store, NULL, add_reject, m, m->err);
	reservoir_finish(&m->near_rejects, REJECT_BYTES);
	reservoir_finish(&m->other_rejects, REJECT_BYTES);
	return status;
}

/* -- its figures --------------------------------------------------------------------------------- */

static void clipped(struct figures *f, const char *key, struct view text, size_t most)
{
	bool cut = false;
	figures_text(f, key, NULL, page_clip(text, most, &cut));
}

static void recipe_figures(const struct settings *s, struct figures *f)
{
	figures_array(f, "recipe", NULL);
	for (size_t i = 0; i < s->count; i++) {
		const struct setting *one = &s->list[i];
		if (!view_trim(one->shown).len)
			continue;
		figures_object(f, NULL, NULL);
		figures_count(f, "step", NULL, one->step);
		clipped(f, "name", one->name, COLLECT_ID);
		clipped(f, "value", one->shown, COLLECT_INPUT);
		if (i < s->identities)
			figures_bool(f, "fixed", true);
		figures_end(f);
	}
	figures_end(f);
}

static int steps_figures(struct making *m, const struct settings *s, int64_t steps,
			 struct figures *f)
{
	int status = SOW_OK;
	figures_array(f, "steps", NULL);
	for (int64_t i = 1; i <= steps && !status; i++) {
		const struct setting *method = find_setting(s, i, "method");
		struct step_status step = { .method = method ? method->value : view_of("") };
		status = store_count(m->store, i, &step.counts, m->err);
		figures_object(f, NULL, NULL);
		clipped(f, "method", step.method, COLLECT_ID);
		figures_count(f, "target", NULL, step_status_target(&step));
		figures_count(f, "done", NULL, step_status_done(&step));
		figures_bool(f, "is_done", step_status_is_done(&step));
		figures_end(f);
	}
	figures_end(f);
	return status;
}

/* What each rule that rejected something means. */
static void rules_figures(const struct run_stats *r, struct figures *f)
{
	figures_object(f, "rules", NULL);
	for (size_t i = 0; i < r->reject_count; i++) {
		const char *rule = figures_copy(f, r->rejects[i].rule);
		figures_text(f, rule, NULL, view_of(rule_why(rule)));
	}
	figures_end(f);
}

static int run_figures(struct making *m, const struct settings *s, int64_t steps, struct figures *f)
{
	struct run_stats r;
	bool cut = false;
	int status = run_stats_read(&r, m->store, m->c.arena, m->err);
	if (status)
		return status;
	for (size_t i = 0; i < r.reject_count; i++)
		r.rejects[i].rule = page_clip(r.rejects[i].rule, COLLECT_ID, &cut);
	figures_object(f, "run", NULL);
	figures_bool(f, "busy", store_is_busy(m->store));
	status = steps_figures(m, s, steps, f);
	run_stats_figures(&r, f);
	rules_figures(&r, f);
	recipe_figures(s, f);
	figures_end(f);
	return status;
}

static int read_run(struct making *m)
{
	struct settings s = { 0 };
	struct store_counts c;
	int64_t steps;
	int status = store_steps(m->store, &steps, m->err);
	if (!status)
		status = store_count(m->store, 0, &c, m->err);
	if (!status)
		status = store_settings(m->store, m->c.arena, &s.list, &s.identities, &s.count, m->err);
	if (status)
		return status;
	const struct setting *name = find_setting(&s, steps, "method");
	const struct method *method = name ? method_find_view(name->value) : NULL;
	m->keeps_input = method && method->keeps_input;
	status = choose_seeds(m, &s, steps);
	if (!status)
		status = read_tasks(m, &c);
	if (!status)
		status = read_rejects(m);
	if (!status)
		status = lineage_json(&m->web, m->lookup, &m->lineage, m->err);
	return status ? status : run_figures(m, &s, steps, &m->figures);
}

int report_run(struct store *s, const struct report_options *o, const char *path,
	       struct sow_error *err)
{
	struct making m;
	int status = making_init(&m, o, err);
	m.store = s;
	m.lookup = lookup_new(s);
	if (!status && !m.lookup)
		status = error_nomem(err);
	if (!status)
		status = read_run(&m);
	if (!status)
		status = making_write(&m, 0, path);
	lookup_free(m.lookup);
	making_release(&m);
	return status;
}
