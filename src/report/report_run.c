/* The parts that only a run has: rejects, lineage, time and money, the recipe. */
#include <string.h>

#include "base/error.h"
#include "method/method.h"
#include "method/rules.h"
#include "report/page.h"
#include "report/report_private.h"
#include "report/run_stats.h"
#include "report/status.h"
#include "run/seeds.h"

#define REJECT_BYTES 400000 /* of all shown, per kind */

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

/* Compares with the run's own seeds, if they exist and are unchanged. */
static int compare_with_own(struct report_builder *b, const struct settings *s, int64_t step)
{
	const struct setting *seeds = find_setting(s, step, "seeds");
	enum words_kind words = setting_is(s, step, "tokenizer", "ascii") ? WORDS_ASCII
									  : WORDS_UNICODE;
	bool built_in = view_eqstr(seeds->shown, SEEDS_BUILTIN_SHOWN);
	const char *path = arena_copyview(b->data.arena, seeds->shown);
	struct sow_error err = { 0 };
	int status = seeds_read(&b->data.seeds, b->data.arena, built_in ? NULL : path, &err);
	if (status == SOW_NOMEM)
		return error_nomem(b->err);
	if (status || !seeds_match(&b->data.seeds, seeds->value)) {
		const char *why = arena_copystr(b->data.arena, status ? err.text : differs);
		b->data.seeds_missing = view_of(why);
		return SOW_OK;
	}
	return report_data_compare(&b->data, built_in ? "the seed tasks built in" : path, words, b->err);
}

static int choose_seeds(struct report_builder *b, const struct settings *s, int64_t steps)
{
	int64_t step = seeded_step(s, steps);
	if (step && !b->data.o->seeds)
		return compare_with_own(b, s, step);
	return report_builder_compare(b, b->data.o->seeds);
}

static int add_task(void *data, const struct record *t)
{
	struct report_builder *b = data;
	bool is_input = b->keeps_input && !t->lineage.round;
	return report_data_add(&b->data, t, !is_input, b->err);
}

static int read_tasks(struct report_builder *b, const struct store_counts *c)
{
	const struct task_range range = { .limit = run_status_limit(c) };
	int status = store_each_task(b->store, &range, add_task, b, b->err);
	if (!status)
		status = report_data_finish(&b->data, b->err);
	for (size_t i = 0; i < b->data.records.count && !status; i++)
		status = lineage_add(&b->web, b->store, view_of(b->data.records.list[i].id), b->err);
	return status;
}

static int reject_json(struct report_builder *b, const struct rejected *r, struct kept *k)
{
	struct json_out *out = b->data.json;
	struct view near = view_of("");
	struct arena *a = arena_new();
	int status = SOW_OK;
	if (r->near_id.len)
		status = lookup_instruction(b->lookup, r->step, r->near_id, a, &near, b->err);
	json_out_object(out, NULL);
	json_out_text(out, "rule", view_of(r->rule));
	json_out_integer(out, "step", r->step);
	json_out_integer(out, "ticket", r->ticket);
	bool cut = clipped_text(out, "text", r->text, CLIP_INSTRUCTION);
	if (r->detail.len)
		cut |= clipped_text(out, "detail", r->detail, CLIP_LINE);
	if (r->near_id.len) {
		json_out_object(out, "near");
		clipped_text(out, "id", r->near_id, CLIP_ID);
		json_out_number(out, "score", r->near_score);
		if (near.len)
			cut |= clipped_text(out, "text", near, CLIP_INSTRUCTION);
		json_out_end(out);
	}
	if (cut)
		json_out_bool(out, "cut", true);
	json_out_end(out);
	int built = json_out_write(out, &k->text, JSON_LINE);
	if (status >= 0 && built)
		status = error_set(b->err, SOW_INVALID, "run.db: damaged: a reject is not UTF-8");
	arena_free(a);
	return status < 0 ? status : SOW_OK;
}

static int add_reject(void *data, const struct rejected *r)
{
	struct report_builder *b = data;
	struct reservoir *to = r->near_id.len ? &b->near_rejects : &b->other_rejects;
	struct kept *k = reservoir_next(to);
	int status = k ? reject_json(b, r, k) : SOW_OK;
	if (!status)
		lineage_ended(&b->web, r);
	return status;
}

static int read_rejects(struct report_builder *b)
{
	int status = store_each_rejected(b->store, NULL, add_reject, b, b->err);
	reservoir_finish(&b->near_rejects, REJECT_BYTES);
	reservoir_finish(&b->other_rejects, REJECT_BYTES);
	return status;
}

/* Its figures */

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
		clipped(f, "name", one->name, CLIP_ID);
		clipped(f, "value", one->shown, CLIP_INPUT);
		if (i < s->identities)
			figures_bool(f, "fixed", true);
		figures_end(f);
	}
	figures_end(f);
}

static int steps_figures(struct report_builder *b, const struct settings *s, int64_t steps,
			 struct figures *f)
{
	int status = SOW_OK;
	figures_array(f, "steps", NULL);
	for (int64_t i = 1; i <= steps && !status; i++) {
		const struct setting *method = find_setting(s, i, "method");
		struct step_status step = { .method = method ? method->value : view_of("") };
		status = store_count(b->store, i, &step.counts, b->err);
		figures_object(f, NULL, NULL);
		clipped(f, "method", step.method, CLIP_ID);
		figures_count(f, "target", NULL, step_status_target(&step));
		figures_count(f, "done", NULL, step_status_done(&step));
		figures_bool(f, "is_done", step_status_is_done(&step));
		figures_end(f);
	}
	figures_end(f);
	return status;
}

/* The meaning of each rule that rejected something. */
static void rules_figures(const struct run_stats *r, struct figures *f)
{
	figures_object(f, "rules", NULL);
	for (size_t i = 0; i < r->reject_count; i++) {
		const char *rule = figures_copy(f, r->rejects[i].rule);
		figures_text(f, rule, NULL, view_of(rule_why(rule)));
	}
	figures_end(f);
}

static int run_figures(struct report_builder *b, const struct settings *s, int64_t steps,
		       struct figures *f)
{
	struct run_stats r;
	bool cut = false;
	int status = run_stats_read(&r, b->store, b->data.arena, b->err);
	if (status)
		return status;
	for (size_t i = 0; i < r.reject_count; i++)
		r.rejects[i].rule = page_clip(r.rejects[i].rule, CLIP_ID, &cut);
	figures_object(f, "run", NULL);
	figures_bool(f, "busy", store_is_busy(b->store));
	status = steps_figures(b, s, steps, f);
	run_stats_figures(&r, f);
	rules_figures(&r, f);
	recipe_figures(s, f);
	figures_end(f);
	return status;
}

static int read_run(struct report_builder *b)
{
	struct settings s = { 0 };
	struct store_counts c;
	int64_t steps;
	int status = store_steps(b->store, &steps, b->err);
	if (!status)
		status = store_count(b->store, 0, &c, b->err);
	if (!status)
		status = store_settings(b->store, b->data.arena, &s.list, &s.identities, &s.count, b->err);
	if (status)
		return status;
	const struct setting *name = find_setting(&s, steps, "method");
	const struct method *method = name ? method_find_view(name->value) : NULL;
	b->keeps_input = method && method->keeps_input;
	status = choose_seeds(b, &s, steps);
	if (!status)
		status = read_tasks(b, &c);
	if (!status)
		status = read_rejects(b);
	if (!status)
		status = lineage_json(&b->web, b->lookup, &b->lineage, b->err);
	return status ? status : run_figures(b, &s, steps, &b->figures);
}

int report_run(struct store *s, const struct report_options *o, const char *path,
	       struct sow_error *err)
{
	struct report_builder b;
	int status = report_builder_init(&b, o, err);
	b.store = s;
	b.lookup = lookup_new(s);
	if (!status)
		status = read_run(&b);
	if (!status)
		status = report_builder_write(&b, 0, path);
	lookup_free(b.lookup);
	report_builder_release(&b);
	return status;
}
