#include "report/run_stats.h"

#include <inttypes.h>
#include <stdio.h>

#include "method/rules.h"
#include "report/status.h"
#include "terminal/readable.h"
#include "terminal/spark.h"
#include "terminal/wrap.h"

#define NAME_WIDTH 24
#define MARKS 40       /* columns of a line over time */

int run_stats_read(struct run_stats *r, struct store *s, struct arena *a, struct sow_error *err)
{
	*r = (struct run_stats){ .arena = a };
	int status = store_count(s, 0, &r->counts, err);
	if (!status)
		status = store_count_rejects(s, 0, a, &r->rejects, &r->reject_count, err);
	return status ? status : timeline_read(&r->timeline, s, a, err);
}

/* -- for people ------------------------------------------------------------------------------ */

/* A line is a name, a figure at the right, and what is to be said of it. */
static void print_name(struct buf *out, struct view name)
{
	size_t columns = text_columns(name);
	buf_addstr(out, "  ");
	wrap_line(out, name);
	buf_addf(out, "%*s", columns < NAME_WIDTH ? (int)(NAME_WIDTH - columns) : 1, "");
}

static void print_figure(struct buf *out, const struct buf *figure)
{
	buf_addf(out, "%14s", figure->data);
}

static void print_count(struct buf *out, const char *name, int64_t n, const char *note)
{
	struct buf figure = BUF_INIT;
	readable_count(&figure, n);
	print_name(out, view_of(name));
	print_figure(out, &figure);
	buf_addf(out, "%s%s\n", *note ? "  " : "", note);
	buf_release(&figure);
}

static void print_requests(const struct store_counts *c, struct buf *out)
{
	struct buf figure = BUF_INIT;
	char note[96];
	int64_t own = c->replies - c->replies_cached;
	snprintf(note, sizeof(note), "%" PRId64 " from the cache, %" PRId64 " refused, %" PRId64
		 " sent again", c->replies_cached, c->replies_error,
		 c->attempts > own ? c->attempts - own : 0);
	print_count(out, "requests", c->replies, note);
	snprintf(note, sizeof(note), "%" PRId64 " of them shared, not computed again",
		 c->shared_tokens);
	print_count(out, "prompt tokens", c->prompt_tokens, c->shared_tokens ? note : "");
	snprintf(note, sizeof(note), "%" PRId64 " of them thought and not said", c->reasoning_tokens);
	print_count(out, "completion tokens", c->completion_tokens, c->reasoning_tokens ? note : "");
	readable_money(&figure, c->cost);
	print_name(out, view_of("cost"));
	print_figure(out, &figure);
	buf_addch(out, '\n');
	buf_release(&figure);
}

static void print_time(const struct timeline *t, struct buf *out)
{
	struct buf figure = BUF_INIT;
	readable_duration(&figure, t->worked);
	print_name(out, view_of("time at work"));
	print_figure(out, &figure);
	if (t->pauses) {
		buf_addf(out, "  and %" PRId64 " %s of together ", t->pauses,
			 t->pauses == 1 ? "pause" : "pauses");
		readable_duration(out, t->paused);
	}
	buf_addch(out, '\n');
	buf_release(&figure);
}

static void print_rejects(const struct run_stats *r, struct buf *out)
{
	int64_t all = 0;
	for (size_t i = 0; i < r->reject_count; i++)
		all += r->rejects[i].count;
	buf_addstr(out, "\nRejected\n");
	print_count(out, "all", all, "");
	for (size_t i = 0; i < r->reject_count; i++) {
		const char *rule = arena_copyview(r->arena, r->rejects[i].rule);
		const char *reason = rule ? rule_why(rule) : NULL;
		struct buf figure = BUF_INIT;
		readable_count(&figure, r->rejects[i].count);
		print_name(out, r->rejects[i].rule);
		print_figure(out, &figure);
		buf_addf(out, "  %5.1f %%  ", 100 * (double)r->rejects[i].count / (double)all);
		wrap_line(out, view_of(reason));
		buf_addch(out, '\n');
		buf_release(&figure);
	}
}

/* How much of a series, span by span, beside the largest. */
static void print_series(const struct timeline *t, const char *name, size_t offset, bool money,
			 struct buf *out)
{
	double value[TIMELINE_SPANS];
	struct buf figure = BUF_INIT;
	int64_t sum = 0;
	for (size_t i = 0; i < t->count; i++) {
		int64_t n = timeline_value(&t->spans[i], offset);
		sum += n;
		value[i] = (double)n;
	}
	if (!sum)
		return;
	(money ? readable_money : readable_count)(&figure, sum);
	print_name(out, view_of(name));
	print_figure(out, &figure);
	buf_addstr(out, "  ");
	spark_amounts(value, t->count, MARKS, out);
	buf_addch(out, '\n');
	buf_release(&figure);
}

static void print_stage(const struct run_stats *r, size_t i, struct buf *out)
{
	const struct timeline *t = &r->timeline;
	const struct timeline_stage *stage = &t->stages[i];
	double kept[TIMELINE_SPANS], all[TIMELINE_SPANS];
	int64_t judged = stage->all.kept + stage->all.rejected;
	char name[64];
	if (!judged)
		return;
	if (t->stages[t->stage_count - 1].step > 1)
		snprintf(name, sizeof(name), "%" PRId64 ". %s", stage->step,
			 stage->name ? stage->name : "?");
	else
		snprintf(name, sizeof(name), "%s", stage->name ? stage->name : "?");
	for (size_t k = 0; k < t->count; k++) {
		kept[k] = (double)t->spans[k].stages[i].kept;
		all[k] = kept[k] + (double)t->spans[k].stages[i].rejected;
	}
	print_name(out, view_of(name));
	buf_addf(out, "%12.1f %%  ", 100 * (double)stage->all.kept / (double)judged);
	spark_shares(kept, all, t->count, MARKS, out);
	buf_addch(out, '\n');
}

static void print_over_time(const struct run_stats *r, struct buf *out)
{
	const struct timeline *t = &r->timeline;
	if (!t->count)
		return;
	buf_addstr(out, "\nOver time, a mark each ");
	readable_duration(out, t->width * (int64_t)spark_join(t->count, MARKS));
	buf_addch(out, '\n');
	print_series(t, "replies", offsetof(struct timeline_span, replies), false, out);
	print_series(t, "prompt tokens", offsetof(struct timeline_span, prompt_tokens), false, out);
	print_series(t, "completion tokens", offsetof(struct timeline_span, completion_tokens), false,
		     out);
	print_series(t, "cost", offsetof(struct timeline_span, cost), true, out);
	print_series(t, "finished tasks", offsetof(struct timeline_span, finished), false, out);
	buf_addstr(out, "\nAccepted by stage, over time: from none to all\n");
	for (size_t i = 0; i < t->stage_count; i++)
		print_stage(r, i, out);
}

int run_stats_print(const struct run_stats *r, struct buf *out)
{
	buf_addstr(out, "The run\n");
	print_requests(&r->counts, out);
	print_time(&r->timeline, out);
	if (r->reject_count)
		print_rejects(r, out);
	print_over_time(r, out);
	return out->status;
}

/* -- for programs ---------------------------------------------------------------------------- */

void run_stats_json(const struct run_stats *r, struct json_out *out)
{
	run_counts_json(&r->counts, out);
	json_out_object(out, "rejects");
	for (size_t i = 0; i < r->reject_count; i++) {
		const char *rule = arena_copyview(r->arena, r->rejects[i].rule);
		json_out_integer(out, rule ? rule : "?", r->rejects[i].count);
	}
	json_out_end(out);
	timeline_json(&r->timeline, "timeline", out);
}
