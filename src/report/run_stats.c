#include "report/run_stats.h"

#include <inttypes.h>

#include "method/rules.h"

int run_stats_read(struct run_stats *r, struct store *s, struct arena *a, struct sow_error *err)
{
	*r = (struct run_stats){ 0 };
	int status = store_count(s, 0, &r->counts, err);
	if (!status)
		status = store_count_rejects(s, 0, a, &r->rejects, &r->reject_count, err);
	if (!status)
		status = tallies_read(&r->tallies, s, a, err);
	return status ? status : timeline_read(&r->timeline, s, a, err);
}

static void add_part(struct figures *f, const char *key, const char *label, int64_t n)
{
	figures_count(f, key, label, n)->is_part = true;
}

static void cost_figures(const struct store_counts *c, struct figures *f)
{
	const char *note = "requests that broke off after they were sent";
	if (c->unknown_cost)
		note = figures_words(f, "%s, at most about %s", note,
				     figures_say(f, UNIT_NANO_DOLLARS, c->unknown_cost));
	figures_integer(f, "cost_nano_dollars", c->cost ? "cost" : NULL, UNIT_NANO_DOLLARS, c->cost);
	figures_count(f, "attempts_unknown", c->unknown ? "cost unknown" : NULL, c->unknown)->note = note;
}

static void times_figures(const struct store_counts *c, struct figures *f)
{
	figures_integer(f, "teacher_ns", c->teacher_ns > 0 ? "teacher's time" : NULL,
			UNIT_NANOSECONDS, c->teacher_ns)->note = "summed over replies";
	figures_integer(f, "first_began_ns", NULL, UNIT_DATE, c->first_began);
	figures_integer(f, "last_ended_ns", NULL, UNIT_DATE, c->last_ended);
	if (c->first_began)
		figures_text(f, NULL, "first to last", view_of(figures_words(f, "%s to %s",
			     figures_say(f, UNIT_DATE, c->first_began),
			     figures_say(f, UNIT_DATE, c->last_ended))));
}

void counts_figures(const struct store_counts *c, struct figures *f)
{
	const bool is_input = c->inputs > 0;
	int64_t own = c->replies - c->replies_cached;
	figures_count(f, "inputs", NULL, c->inputs);
	figures_count(f, "inputs_begun", is_input ? "inputs begun" : NULL, c->begun);
	figures_count(f, "tickets", is_input ? NULL : "requests for tasks", c->tickets);
	add_part(f, "tickets_refused", "refused by the teacher", c->tickets_failed);
	figures_count(f, "instructions", "instructions", c->units);
	add_part(f, "finished", "finished", c->finished);
	add_part(f, "failed", "failed", c->failed);
	add_part(f, "under_way", "under way", c->under_way);
	figures_count(f, NULL, "finished tasks", c->finished);
	add_part(f, "classification", "classification", c->classification);
	figures_count(f, "instances", "instances", c->instances);
	if (c->tickets && c->finished)
		figures_text(f, NULL, "yield", view_of(figures_words(f, "%.1f instructions a request, "
			     "%.1f instances a finished task", (double)c->units / (double)c->tickets,
			     (double)c->instances / (double)c->finished)));
	figures_count(f, "replies", "replies", c->replies);
	add_part(f, "replies_cached", "from the cache", c->replies_cached);
	add_part(f, "replies_refused", "refusals", c->replies_error);
	add_part(f, "replies_cut", "cut at their limit", c->replies_cut);
	add_part(f, NULL, "asked again", c->attempts > own ? c->attempts - own : 0);
	figures_count(f, "prompt_tokens", "prompt tokens", c->prompt_tokens);
	add_part(f, "shared_tokens", "shared, not computed again", c->shared_tokens);
	figures_count(f, "completion_tokens", "completion tokens", c->completion_tokens);
	add_part(f, "reasoning_tokens", "thought and not said", c->reasoning_tokens);
	figures_count(f, "replies_estimated", c->estimated ? "tokens estimated" : NULL,
		      c->estimated)->note = "replies without a count";
	figures_count(f, "attempts", NULL, c->attempts);
	cost_figures(c, f);
	times_figures(c, f);
}

struct figure *rejects_figures(const struct reject_count *list, size_t count, struct figures *f)
{
	int64_t all = 0;
	for (size_t i = 0; i < count; i++)
		all += list[i].count;
	struct figure *rejects = figures_object(f, "rejects", all ? figures_words(f, "Rejected: %s",
						figures_say(f, UNIT_COUNT, all)) : NULL);
	for (size_t i = 0; i < count; i++) {
		const char *rule = figures_copy(f, list[i].rule);
		struct figure *x = figures_count(f, rule, rule, list[i].count);
		x->of = all;
		x->note = rule_why(rule);
	}
	figures_end(f);
	return rejects;
}

static const char *pauses_of(const struct timeline *t, struct figures *f)
{
	return !t->pauses ? NULL : figures_words(f, "and %" PRId64 " %s of together %s", t->pauses,
		t->pauses == 1 ? "pause" : "pauses", figures_say(f, UNIT_NANOSECONDS, t->paused));
}

void run_stats_figures(const struct run_stats *r, struct figures *f)
{
	figures_object(f, NULL, NULL)->layout = (struct figure_layout){ 2, 24, 14 };
	figures_object(f, NULL, "The run");
	figures_object(f, "counts", NULL);
	counts_figures(&r->counts, f);
	figures_end(f);
	figures_integer(f, NULL, "time at work", UNIT_NANOSECONDS, r->timeline.worked)->note =
		pauses_of(&r->timeline, f);
	figures_end(f);
	rejects_figures(r->rejects, r->reject_count, f);
	tallies_figures(&r->tallies, f);
	timeline_figures(&r->timeline, f);
	figures_end(f);
}
