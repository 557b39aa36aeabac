/* The status of a run: as figures, and in words. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "report/run_stats.h"
#include "report/status.h"
#include "terminal/readable.h"

#define LABEL_WIDTH 22
#define LINE_WIDTH 80
#define VALUE_WIDTH 400 /* a path or a hash must stay whole for copying */
#define BAR 30          /* columns */

/* Figures */

/* A setting that the run learnt, not set by the user: it has a separate section. */
static bool is_told(const struct setting *setting)
{
	return view_eqstr(setting->name, STORE_LEARNT) || view_eqstr(setting->name, STORE_TROUBLE) ||
	       view_eqstr(setting->name, STORE_LEFT_OUT);
}

static void step_remark(int64_t step, struct figures *f)
{
	figures_object(f, NULL, NULL)->layout = (struct figure_layout){ 1, LABEL_WIDTH, 0, 0 };
	figures_remark(f, figures_words(f, "step %" PRId64, step));
	figures_end(f);
}

static void settings_figures(const struct run_status *st, size_t from, size_t to, const char *key,
			     const char *title, struct figures *f)
{
	int64_t step = 0;
	figures_object(f, key, title)->layout =
		(struct figure_layout){ 2, LABEL_WIDTH, 0, VALUE_WIDTH };
	for (size_t i = from; i < to; i++) {
		const struct setting *setting = &st->settings[i];
		const char *name = figures_copy(f, setting->name);
		bool is_shown = view_trim(setting->shown).len && !is_told(setting);
		if (is_shown && setting->step != step && st->step_count > 1)
			step_remark(setting->step, f);
		step = is_shown ? setting->step : step;
		figures_text(f, setting->step > 1 ? figures_words(f, "%" PRId64 ".%s", setting->step, name)
						  : name,
			     is_shown ? name : NULL,
			     setting->shown.len ? setting->shown : setting->value);
	}
	figures_end(f);
}

static bool has_begun(const struct store_counts *c)
{
	return c->tickets || c->replies || c->units || c->inputs;
}

static void step_figures(const struct run_status *st, int64_t i, struct figures *f)
{
	const struct step_status *s = &st->steps[i];
	bool is_shown = st->step_count == 1 || has_begun(&s->counts);
	const char *title = st->step_count == 1 ? "So far"
		: figures_words(f, "So far, step %" PRId64 ": %.*s%s", i + 1, VIEW_ARG(s->method),
				is_shown ? "" : " has not begun");
	figures_object(f, NULL, title);
	figures_text(f, "method", NULL, s->method);
	figures_bool(f, "done", step_status_is_done(s));
	figures_count(f, "target", NULL, step_status_target(s));
	figures_object(f, "counts", NULL)->is_hidden = !is_shown;
	counts_figures(&s->counts, f);
	figures_end(f);
	figures_end(f);
}

static void refusal_figures(const struct rejected *r, struct figures *f)
{
	char id[UNIT_ID_MAX];
	unit_id(id, r->step, r->ticket, r->item);
	const char *place = r->item ? figures_words(f, "%s, stage %" PRId64, id, r->stage)
				    : figures_words(f, "request %" PRId64, r->ticket);
	figures_object(f, NULL, NULL);
	figures_count(f, "ticket", NULL, r->ticket);
	figures_count(f, "item", NULL, r->item);
	figures_count(f, "stage", NULL, r->stage);
	figures_text(f, "text", NULL, r->text);
	figures_text(f, "words", r->detail.len ? place : NULL, r->detail);
	if (!r->detail.len)
		figures_text(f, NULL, place, view_of("(no words)"));
	figures_end(f);
}

static void refusals_figures(const struct run_status *st, struct figures *f)
{
	size_t shown = st->refusal_count < STATUS_REFUSALS ? st->refusal_count : STATUS_REFUSALS;
	const char *title = figures_words(f, "Refused by the teacher: %zu%s", st->refusal_count,
					  shown < st->refusal_count ? " (the newest are shown)" : "");
	figures_array(f, "refusals", shown ? title : NULL)->layout =
		(struct figure_layout){ 2, LABEL_WIDTH, 0, LINE_WIDTH };
	for (size_t i = st->refusal_count - shown; i < st->refusal_count; i++)
		refusal_figures(&st->refusals[i % STATUS_REFUSALS], f);
	figures_end(f);
}

/* A setting that the run learnt, as a section. */
static void told_figures(const struct run_status *st, const char *name, const char *title,
			 struct figures *f)
{
	for (size_t i = st->identities; i < st->setting_count; i++) {
		struct view rest = st->settings[i].shown, line;
		if (!view_eqstr(st->settings[i].name, name) || !rest.len)
			continue;
		figures_object(f, NULL, title)->layout =
			(struct figure_layout){ 2, LABEL_WIDTH, 0, LINE_WIDTH };
		while (view_line(&rest, &line))
			figures_remark(f, figures_copy(f, line));
		figures_end(f);
	}
}

static void batch_figures(const struct batch_row *row, struct figures *f)
{
	static const char *const states[] = { "about to be sent", "with the server", "done", "cancelled" };
	bool is_open = batch_is_open(row);
	const char *words = states[is_open ? BATCH_SUBMITTED : row->state];
	int64_t left = row->expires - clock_wall();
	struct buf text = BUF_INIT;
	readable_count(&text, row->answered + row->failed);
	buf_addstr(&text, " of ");
	readable_count(&text, row->requests);
	buf_addf(&text, " requests, %s", words);
	if (is_open && left > 0) {
		buf_addstr(&text, ", for ");
		readable_duration(&text, left);
		buf_addstr(&text, " more at most");
	}
	figures_object(f, NULL, NULL);
	figures_text(f, "name", NULL, view_of(row->remote));
	figures_text(f, "state", NULL, view_of(words));
	figures_count(f, "requests", NULL, row->requests);
	figures_count(f, "answered", NULL, row->answered);
	figures_count(f, "failed", NULL, row->failed);
	figures_count(f, "made", NULL, row->made);
	figures_count(f, "expires", NULL, row->expires);
	if (row->state != BATCH_DONE)
		figures_text(f, NULL, *row->remote ? figures_copy(f, view_of(row->remote)) : "?",
			     view_of(figures_copy(f, view_from(text.data, text.len))));
	figures_end(f);
	buf_release(&text);
}

static void batches_figures(const struct run_status *st, struct figures *f)
{
	size_t done = 0;
	for (size_t i = 0; i < st->batch_count; i++)
		done += st->batches[i].state == BATCH_DONE;
	if (!st->batch_count)
		return;
	figures_array(f, "batches", figures_words(f, "Batches: %zu, %zu of them done", st->batch_count, done))
		->layout = (struct figure_layout){ 2, LABEL_WIDTH, 0, LINE_WIDTH };
	for (size_t i = 0; i < st->batch_count; i++)
		batch_figures(&st->batches[i], f);
	figures_end(f);
}

/* What went wrong: rules, refusals, and the parts of requests that had to be changed for the teacher. */
static void trouble_figures(const struct run_status *st, struct figures *f)
{
	rejects_figures(st->rejects, st->reject_count, f)->layout =
		(struct figure_layout){ 2, LABEL_WIDTH, 7 };
	refusals_figures(st, f);
	told_figures(st, STORE_LEFT_OUT, "Left out of the documents", f);
	told_figures(st, STORE_LEARNT, "Learnt of the teacher, which changes what it is asked", f);
	told_figures(st, STORE_TROUBLE, "Trouble with the teacher, when it last had any", f);
}

static void status_figures(const struct run_status *st, const char *dir, struct figures *f)
{
	figures_text(f, "dir", NULL, view_of(dir));
	figures_bool(f, "done", run_status_done(st));
	figures_bool(f, "busy", st->busy);
	figures_count(f, "target", NULL, step_status_target(&st->steps[st->step_count - 1]));
	settings_figures(st, 0, st->identities, "identity", "Recipe, fixed for this run", f);
	settings_figures(st, st->identities, st->setting_count, "operation",
			 "Settings in force, may change", f);
	figures_array(f, "steps", NULL);
	for (int64_t i = 0; i < st->step_count; i++)
		step_figures(st, i, f);
	figures_end(f);
	tallies_figures(&st->tallies, f);
	figures_object(f, "counts", NULL)->is_hidden = true; /* of all steps; each step has its own in text */
	counts_figures(&st->counts, f);
	figures_end(f);
	batches_figures(st, f);
	trouble_figures(st, f);
	figures_object(f, "table1", NULL)->is_hidden = true;
	table1_figures(&st->table, "this run", f);
	figures_end(f);
}

/* In words */

static void print_done(const struct run_status *st, struct buf *out)
{
	const struct step_status *last = &st->steps[st->step_count - 1];
	const struct store_counts *c = &last->counts;
	if (st->step_count > 1)
		buf_addf(out, "%" PRId64 " steps, ", st->step_count);
	readable_count(out, step_status_target(last));
	buf_addf(out, " %s, done", c->inputs ? "inputs" : "tasks");
	if (!c->inputs && c->finished > c->target)
		buf_addf(out, " (%" PRId64 " more are finished: export --all)",
			 c->finished - c->target);
	buf_addch(out, '\n');
}

/* "step 2 of 3, respond: 7 of 20 inputs" */
static void print_place(const struct run_status *st, bool names_method, struct buf *out)
{
	const struct step_status *s = run_status_step(st);
	if (st->step_count > 1)
		buf_addf(out, "step %d of %" PRId64 ", ", (int)(s - st->steps) + 1, st->step_count);
	if (st->step_count > 1 || names_method)
		buf_addf(out, "%.*s: ", VIEW_ARG(s->method));
	readable_count(out, step_status_done(s));
	buf_addstr(out, " of ");
	readable_count(out, step_status_target(s));
	buf_addf(out, " %s", s->counts.inputs ? "inputs" : "tasks");
}

static void print_state(const struct run_status *st, const char *program, const char *dir,
			struct buf *out)
{
	buf_addf(out, "%s: ", dir);
	if (run_status_done(st)) {
		print_done(st, out);
		return;
	}
	print_place(st, false, out);
	buf_addstr(out, st->busy ? "; a process is running it\n" : "; to resume:\n  ");
	if (st->busy)
		return;
	run_status_command(st, program, dir, out);
	buf_addch(out, '\n');
}

static void print_share(const struct store_counts *c, struct buf *out)
{
	int64_t judged = c->units + c->rejected, ended = c->finished + c->failed;
	if (c->inputs && ended)
		buf_addf(out, "  %.0f %% answered", 100 * (double)c->finished / (double)ended);
	else if (judged && !c->inputs)
		buf_addf(out, "  %.0f %% accepted", 100 * (double)c->units / (double)judged);
}

static void print_pace(const struct step_status *s, const struct status_pace *pace,
		       struct buf *out)
{
	struct buf rate = BUF_INIT, eta = BUF_INIT;
	int64_t done = step_status_done(s);
	readable_pace(&rate, &eta, done - pace->done, pace->at - pace->since,
		      step_status_target(s) - done);
	if (rate.len)
		buf_addf(out, "  %s", rate.data);
	if (eta.len)
		buf_addf(out, "  %s", eta.data);
	buf_release_part(&rate, out);
	buf_release_part(&eta, out);
}

static void print_bar(const struct step_status *s, struct buf *out)
{
	int64_t target = step_status_target(s), done = step_status_done(s);
	double share = target <= 0 ? 0 : done >= target ? 1 : (double)done / (double)target;
	int full = (int)(share * BAR);
	buf_addch(out, '[');
	for (int i = 0; i < BAR; i++)
		buf_addch(out, i < full ? '#' : '-');
	buf_addf(out, "] %.0f %%", 100 * share);
}

void status_pace_note(struct status_pace *pace, const struct run_status *st, int64_t now)
{
	const struct step_status *s = run_status_step(st);
	int64_t step = s - st->steps;
	if (!pace->began || pace->step != step)
		*pace = (struct status_pace){ .began = true, .step = step, .since = now,
					      .done = step_status_done(s) };
	pace->at = now;
}

void run_status_print_brief(const struct run_status *st, const struct status_pace *pace,
			    const char *dir, struct buf *out)
{
	const struct step_status *s = run_status_step(st);
	struct figures f;
	figures_init(&f);
	buf_addf(out, "%s: ", dir);
	print_place(st, true, out);
	buf_addstr(out, run_status_done(st) ? ", done\n" : st->busy ? "\n" : ", and no process is at it\n");
	print_bar(s, out);
	print_share(&s->counts, out);
	print_pace(s, pace, out);
	buf_addch(out, '\n');
	counts_figures(&s->counts, &f);
	trouble_figures(st, &f);
	figures_print(&f, out);
	figures_release(&f);
}

int run_status_show(const struct run_status *st, const char *program, const char *dir, bool is_json,
		    struct buf *out, struct sow_error *err)
{
	struct figures f;
	figures_init(&f);
	status_figures(st, dir, &f);
	if (!is_json) {
		print_state(st, program, dir, out);
		buf_addch(out, '\n');
	}
	int status = figures_show(&f, is_json, out, err);
	figures_release(&f);
	return status == SOW_INVALID ? error_prefix(err, "%s", dir) : status;
}
