#include "report/timeline.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "run/recipe.h"
#include "terminal/spark.h"

#define NARROWEST CLOCK_MS
#define MARKS 40       /* columns of a spark */

struct reading {
	struct timeline *t;
	const struct method *methods[RECIPE_STEPS_MAX];
	int64_t last;                /* arrival, wall clock */
};

/* Stages */

static int add_stage(void *data, const struct store_stage *stage)
{
	struct reading *r = data;
	struct timeline *t = r->t;
	if (t->stage_count == TIMELINE_STAGES)
		return SOW_OK;
	const struct method *m = stage->step >= 1 && stage->step <= RECIPE_STEPS_MAX
					 ? r->methods[stage->step - 1] : NULL;
	const struct stage *known = m ? method_stage(m, stage->stage) : NULL;
	t->stages[t->stage_count++] = (struct timeline_stage){
		.step = stage->step, .stage = stage->stage,
		.name = known ? known->name : NULL, .grades = known && known->plan_grade,
	};
	return SOW_OK;
}

static int read_methods(struct reading *r, struct store *s, struct arena *a, struct sow_error *err)
{
	struct setting method;
	int status = 1;
	for (int64_t step = 1; step <= RECIPE_STEPS_MAX && status > 0; step++) {
		status = store_setting(s, a, step, "method", &method, err);
		r->methods[step - 1] = status > 0 ? method_find_view(method.value) : NULL;
	}
	return status < 0 ? status : SOW_OK;
}

static struct timeline_stage *find_stage(struct timeline *t, const struct store_arrival *a)
{
	for (size_t i = 0; i < t->stage_count; i++) {
		if (t->stages[i].step == a->step && t->stages[i].stage == a->stage)
			return &t->stages[i];
	}
	return NULL;
}

/* Spans */

static void add_span(struct timeline_span *to, const struct timeline_span *from, size_t stages)
{
	to->replies += from->replies;
	to->cached += from->cached;
	to->refused += from->refused;
	to->prompt_tokens += from->prompt_tokens;
	to->completion_tokens += from->completion_tokens;
	to->cost += from->cost;
	to->finished += from->finished;
	for (size_t i = 0; i < stages; i++) {
		to->stages[i].kept += from->stages[i].kept;
		to->stages[i].rejected += from->stages[i].rejected;
	}
}

static void halve(struct timeline *t)
{
	for (size_t i = 0; i < TIMELINE_SPANS / 2; i++) {
		struct timeline_span both = t->spans[2 * i];
		add_span(&both, &t->spans[2 * i + 1], t->stage_count);
		t->spans[i] = both;
	}
	memset(&t->spans[TIMELINE_SPANS / 2], 0, TIMELINE_SPANS / 2 * sizeof(*t->spans));
	t->width *= 2;
	t->count = (t->count + 1) / 2;
}

static struct timeline_span *span_at(struct timeline *t, int64_t worked)
{
	while (worked / t->width >= TIMELINE_SPANS)
		halve(t);
	size_t i = (size_t)(worked / t->width);
	if (t->count <= i)
		t->count = i + 1;
	return &t->spans[i];
}

/* A reject without a reply comes before the first: it counts at the beginning. */
static void pass_time(struct reading *r, int64_t at)
{
	struct timeline *t = r->t;
	if (!at)
		return;
	if (!t->began)
		t->began = r->last = at;
	int64_t gap = at - r->last;
	if (gap > TIMELINE_PAUSE) {
		t->pauses++;
		t->paused += gap;
	} else {
		t->worked += gap;
	}
	t->ended = r->last = at;
}

static int add_arrival(void *data, const struct store_arrival *a)
{
	struct reading *r = data;
	struct timeline *t = r->t;
	pass_time(r, a->at);
	struct timeline_span *span = span_at(t, t->worked);
	struct timeline_span one = {
		.replies = a->replies, .cached = a->cached, .refused = a->refused,
		.prompt_tokens = a->prompt_tokens, .completion_tokens = a->completion_tokens,
		.cost = a->cost, .finished = a->finished,
	};
	struct timeline_stage *stage = find_stage(t, a);
	if (stage) {
		int64_t kept = stage->grades ? 0 : a->kept;
		one.stages[stage - t->stages] = (struct timeline_flow){ kept, a->rejected };
		stage->replies += a->replies;
		stage->all.kept += kept;
		stage->all.rejected += a->rejected;
	}
	add_span(span, &one, t->stage_count);
	return SOW_OK;
}

int timeline_read(struct timeline *t, struct store *s, struct arena *a, struct sow_error *err)
{
	struct reading r = { .t = t };
	*t = (struct timeline){ .width = NARROWEST };
	t->spans = arena_array(a, TIMELINE_SPANS, sizeof(*t->spans));
	int status = read_methods(&r, s, a, err);
	if (!status)
		status = store_each_stage(s, add_stage, &r, err);
	return status ? status : store_each_arrival(s, add_arrival, &r, err);
}

/* As figures */

static void values_of(const struct timeline *t, size_t offset, int64_t value[TIMELINE_SPANS])
{
	for (size_t i = 0; i < t->count; i++)
		value[i] = timeline_value(&t->spans[i], offset);
}

/* Text shows the sum, and the spans relative to the largest. */
static void series_figures(const struct timeline *t, const char *key, const char *label,
			   enum figure_unit unit, size_t offset, struct figures *f)
{
	int64_t value[TIMELINE_SPANS], sum = 0;
	double height[TIMELINE_SPANS];
	struct buf marks = BUF_INIT;
	values_of(t, offset, value);
	figures_list(f, key, value, t->count);
	for (size_t i = 0; i < t->count; i++) {
		sum += value[i];
		height[i] = (double)value[i];
	}
	if (!label || !sum)
		return;
	spark_amounts(height, t->count, MARKS, &marks);
	figures_integer(f, NULL, label, unit, sum)->note = figures_take(f, &marks);
}

static const char *acceptance_marks(const struct timeline *t, size_t stage, struct figures *f)
{
	double kept[TIMELINE_SPANS], all[TIMELINE_SPANS];
	struct buf marks = BUF_INIT;
	for (size_t i = 0; i < t->count; i++) {
		const struct timeline_flow *flow = &t->spans[i].stages[stage];
		kept[i] = (double)flow->kept;
		all[i] = (double)(flow->kept + flow->rejected);
	}
	spark_shares(kept, all, t->count, MARKS, &marks);
	return figures_take(f, &marks);
}

static void stage_figures(const struct timeline *t, size_t i, struct figures *f)
{
	const struct timeline_stage *stage = &t->stages[i];
	const char *name = stage->name ? stage->name : "?";
	size_t at = offsetof(struct timeline_span, stages) + i * sizeof(struct timeline_flow);
	int64_t judged = stage->all.kept + stage->all.rejected;
	figures_object(f, NULL, NULL);
	figures_count(f, "step", NULL, stage->step);
	figures_count(f, "stage", NULL, stage->stage);
	if (stage->name)
		figures_text(f, "name", NULL, view_of(stage->name));
	figures_count(f, "replies", NULL, stage->replies);
	figures_count(f, "all_kept", NULL, stage->all.kept);
	figures_count(f, "all_rejected", NULL, stage->all.rejected);
	series_figures(t, "kept", NULL, UNIT_COUNT, at + offsetof(struct timeline_flow, kept), f);
	series_figures(t, "rejected", NULL, UNIT_COUNT, at + offsetof(struct timeline_flow, rejected), f);
	if (t->stages[t->stage_count - 1].step > 1)
		name = figures_words(f, "%" PRId64 ". %s", stage->step, name);
	if (judged)
		figures_number(f, NULL, name, UNIT_PERCENT, 100 * (double)stage->all.kept /
			       (double)judged)->note = acceptance_marks(t, i, f);
	figures_end(f);
}

static const char *over_time(const struct timeline *t, struct figures *f)
{
	int64_t each = t->width * (int64_t)spark_join(t->count, MARKS);
	return !t->count ? NULL : figures_words(f, "Over time, a mark each %s",
						figures_say(f, UNIT_NANOSECONDS, each));
}

void timeline_figures(const struct timeline *t, struct figures *f)
{
#define SERIES(key, member, ...) { key, offsetof(struct timeline_span, member), __VA_ARGS__ }
	static const struct {
		const char *key;
		size_t offset;
		const char *label;
		enum figure_unit unit;
	} series[] = {
		SERIES("replies", replies, "replies", UNIT_COUNT), SERIES("cached", cached, NULL, UNIT_COUNT),
		SERIES("refused", refused, NULL, UNIT_COUNT),
		SERIES("prompt_tokens", prompt_tokens, "prompt tokens", UNIT_COUNT),
		SERIES("completion_tokens", completion_tokens, "completion tokens", UNIT_COUNT),
		SERIES("cost_nano_dollars", cost, "cost", UNIT_NANO_DOLLARS),
		SERIES("finished", finished, "finished tasks", UNIT_COUNT),
	};
#undef SERIES
	figures_object(f, "timeline", NULL);
	figures_integer(f, "width_ns", NULL, UNIT_NANOSECONDS, t->width);
	figures_integer(f, "began_ns", NULL, UNIT_DATE, t->began);
	figures_integer(f, "ended_ns", NULL, UNIT_DATE, t->ended);
	figures_integer(f, "worked_ns", NULL, UNIT_NANOSECONDS, t->worked);
	figures_count(f, "pauses", NULL, t->pauses);
	figures_integer(f, "paused_ns", NULL, UNIT_NANOSECONDS, t->paused);
	figures_object(f, NULL, over_time(t, f));
	for (size_t i = 0; i < sizeof(series) / sizeof(series[0]); i++)
		series_figures(t, series[i].key, series[i].label, series[i].unit, series[i].offset, f);
	figures_end(f);
	figures_array(f, "stages", t->count ? "Accepted by stage, over time: from none to all" : NULL);
	for (size_t i = 0; i < t->stage_count; i++)
		stage_figures(t, i, f);
	figures_end(f);
	figures_end(f);
}
