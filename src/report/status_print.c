#include <inttypes.h>
#include <stdio.h>

#include "method/rules.h"
#include "report/status.h"
#include "terminal/readable.h"
#include "terminal/wrap.h"

#define LABEL_WIDTH 22
#define LINE_WIDTH 80
#define VALUE_WIDTH 400 /* a path or a hash is to be copied: not broken */
#define PARTS_MOST 4    /* of one count */
#define BAR 30          /* columns */

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

/* Not set by anybody: it has a section of its own. */
static bool is_told(const struct setting *setting)
{
	return view_eqstr(setting->name, STORE_LEARNT) || view_eqstr(setting->name, STORE_TROUBLE);
}

static void print_told(const struct run_status *st, const char *name, const char *title,
		       struct buf *out)
{
	struct wrap w = { .indent = 4, .width = LINE_WIDTH, .most = 6, .hanging = true };
	for (size_t i = st->identities; i < st->setting_count; i++) {
		struct view rest = st->settings[i].shown, line;
		if (!view_eqstr(st->settings[i].name, name))
			continue;
		buf_addf(out, "\n%s\n", title);
		while (view_line(&rest, &line)) {
			buf_addstr(out, "  ");
			wrap_text(out, &w, line);
		}
	}
}

/* What the teacher is not asked as the recipe says, and what it said when it went wrong. */
static void print_teacher(const struct run_status *st, struct buf *out)
{
	print_told(st, STORE_LEARNT, "Learnt of the teacher, which changes what it is asked", out);
	print_told(st, STORE_TROUBLE, "Trouble with the teacher, when it last had any", out);
}

static void print_settings(const struct run_status *st, size_t from, size_t to, struct buf *out)
{
	int64_t step = 0;
	for (size_t i = from; i < to; i++) {
		const struct setting *setting = &st->settings[i];
		if (!view_trim(setting->shown).len || is_told(setting))
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
			const struct part_of parts[PARTS_MOST])
{
	const char *before = " (";
	print_label(out, view_of(name));
	readable_count(out, count);
	for (size_t i = 0; i < PARTS_MOST && parts; i++) {
		if (!parts[i].count)
			continue;
		buf_addstr(out, before);
		readable_count(out, parts[i].count);
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
		readable_duration(out, c->teacher_ns);
		buf_addstr(out, " summed over replies\n");
	}
	if (!c->first_began)
		return;
	print_label(out, view_of("first to last"));
	readable_date(out, c->first_began);
	buf_addstr(out, " to ");
	readable_date(out, c->last_ended);
	buf_addch(out, '\n');
}

static void print_money(const struct store_counts *c, struct buf *out)
{
	if (c->cost) {
		print_label(out, view_of("cost"));
		readable_money(out, c->cost);
		buf_addch(out, '\n');
	}
	if (c->unknown) {
		print_label(out, view_of("cost unknown"));
		readable_count(out, c->unknown);
		buf_addstr(out, " requests that broke off after they were sent");
		if (c->unknown_cost) {
			buf_addstr(out, ", at most about ");
			readable_money(out, c->unknown_cost);
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
			    (struct part_of[PARTS_MOST]){ { c->tickets_failed, "refused by the teacher" } });
	print_count(out, "instructions", c->units,
		    (struct part_of[PARTS_MOST]){ { c->finished, "finished" }, { c->failed, "failed" },
					 { c->under_way, "under way" } });
	print_count(out, "finished tasks", c->finished,
		    (struct part_of[PARTS_MOST]){ { c->classification, "classification" } });
	print_count(out, "instances", c->instances, NULL);
	print_yield(c, out);
	print_count(out, "replies", c->replies,
		    (struct part_of[PARTS_MOST]){ { c->replies_cached, "from the cache" },
					 { c->replies_error, "refusals" },
					 { c->replies_cut, "cut at their limit" },
					 { retries, "asked again" } });
	print_count(out, "prompt tokens", c->prompt_tokens,
		    (struct part_of[PARTS_MOST]){ { c->shared_tokens, "shared, not computed again" } });
	print_count(out, "completion tokens", c->completion_tokens,
		    (struct part_of[PARTS_MOST]){ { c->reasoning_tokens, "thought and not said" } });
	if (c->estimated)
		print_count(out, "tokens estimated", c->estimated,
			    (struct part_of[PARTS_MOST]){ { c->estimated, "replies without a count" } });
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

static void print_rejects(const struct run_status *st, struct buf *out)
{
	int64_t total = 0;
	for (size_t i = 0; i < st->reject_count; i++)
		total += st->rejects[i].count;
	if (!total)
		return;
	buf_addstr(out, "\nRejected: ");
	readable_count(out, total);
	buf_addch(out, '\n');
	for (size_t i = 0; i < st->reject_count; i++) {
		const char *name = arena_copyview(st->arena, st->rejects[i].rule);
		const char *reason = name ? rule_why(name) : NULL;
		print_label(out, st->rejects[i].rule);
		size_t start = out->len;
		readable_count(out, st->rejects[i].count);
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
	readable_count(out, step_status_target(last));
	buf_addf(out, " %s, done", c->inputs ? "inputs" : "tasks");
	if (!c->inputs && c->finished > c->target)
		buf_addf(out, " (%" PRId64 " more are finished: export --all)",
			 c->finished - c->target);
	buf_addch(out, '\n');
}

static void print_state(const struct run_status *st, const char *program, const char *dir,
			struct buf *out)
{
	const struct step_status *s = run_status_step(st);
	buf_addf(out, "%s: ", dir);
	if (run_status_done(st)) {
		print_done(st, out);
		return;
	}
	if (st->step_count > 1)
		buf_addf(out, "step %d of %" PRId64 ", %.*s: ", (int)(s - st->steps) + 1,
			 st->step_count, VIEW_ARG(s->method));
	readable_count(out, step_status_done(s));
	buf_addstr(out, " of ");
	readable_count(out, step_status_target(s));
	buf_addf(out, " %s", s->counts.inputs ? "inputs" : "tasks");
	if (st->busy) {
		buf_addstr(out, ", and a process is at it\n");
		return;
	}
	buf_addstr(out, "; to go on:\n  ");
	run_status_command(st, program, dir, out);
	buf_addch(out, '\n');
}

/* -- from time to time ------------------------------------------------------------------------ */

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
	int64_t done = step_status_done(s) - pace->done, elapsed = pace->at - pace->since;
	if (done <= 0 || elapsed <= 0)
		return;
	double each = (double)elapsed / (double)done;
	double left = each * (double)(step_status_target(s) - step_status_done(s));
	buf_addstr(out, "  ");
	readable_rate(out, 60 * (double)CLOCK_SECOND / each);
	buf_addstr(out, "/min");
	if (left <= 0 || left > 1e17)
		return;
	buf_addstr(out, "  ETA ");
	readable_duration(out, (int64_t)left);
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

int run_status_print_brief(const struct run_status *st, const struct status_pace *pace,
			   const char *dir, struct buf *out)
{
	const struct step_status *s = run_status_step(st);
	buf_addf(out, "%s: ", dir);
	if (st->step_count > 1)
		buf_addf(out, "step %d of %" PRId64 ", ", (int)(s - st->steps) + 1, st->step_count);
	buf_addf(out, "%.*s: ", VIEW_ARG(s->method));
	readable_count(out, step_status_done(s));
	buf_addstr(out, " of ");
	readable_count(out, step_status_target(s));
	buf_addf(out, " %s%s\n", s->counts.inputs ? "inputs" : "tasks",
		 run_status_done(st) ? ", done" : st->busy ? "" : ", and no process is at it");
	print_bar(s, out);
	print_share(&s->counts, out);
	print_pace(s, pace, out);
	buf_addch(out, '\n');
	print_counts(&s->counts, out);
	print_rejects(st, out);
	print_refusals(st, out);
	print_teacher(st, out);
	return out->status;
}

/* -- the whole ---------------------------------------------------------------------------------- */

int run_status_print(const struct run_status *st, const char *program, const char *dir,
		     struct buf *out)
{
	print_state(st, program, dir, out);
	buf_addstr(out, "\nRecipe, fixed for this run\n");
	print_settings(st, 0, st->identities, out);
	buf_addstr(out, "\nSettings in force, may change\n");
	print_settings(st, st->identities, st->setting_count, out);
	print_figures(st, out);
	print_rejects(st, out);
	print_refusals(st, out);
	print_teacher(st, out);
	return out->status;
}
