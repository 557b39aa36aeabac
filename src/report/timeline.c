#include "report/timeline.h"

#include <string.h>

#include "base/error.h"
#include "run/recipe.h"

#define NARROWEST CLOCK_MS

struct reading {
	struct timeline *t;
	const struct method *methods[RECIPE_STEPS_MAX];
	int64_t last;                /* arrival, wall clock */
};

/* -- stages ------------------------------------------------------------------------------- */

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

/* -- spans -------------------------------------------------------------------------------- */

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

/* What no reply led to stands before the first: it counts at the beginning. */
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
	if (!t->spans)
		return error_nomem(err);
	int status = read_methods(&r, s, a, err);
	if (!status)
		status = store_each_stage(s, add_stage, &r, err);
	return status ? status : store_each_arrival(s, add_arrival, &r, err);
}

/* -- as JSON ------------------------------------------------------------------------------- */

static void series_json(const struct timeline *t, const char *key, size_t offset,
			struct json_out *out)
{
	json_out_array(out, key);
	for (size_t i = 0; i < t->count; i++)
		json_out_integer(out, NULL, timeline_value(&t->spans[i], offset));
	json_out_end(out);
}

static void stage_json(const struct timeline *t, size_t i, struct json_out *out)
{
	const struct timeline_stage *stage = &t->stages[i];
	size_t at = offsetof(struct timeline_span, stages) + i * sizeof(struct timeline_flow);
	json_out_object(out, NULL);
	json_out_integer(out, "step", stage->step);
	json_out_integer(out, "stage", stage->stage);
	if (stage->name)
		json_out_text(out, "name", view_of(stage->name));
	json_out_integer(out, "replies", stage->replies);
	json_out_integer(out, "all_kept", stage->all.kept);
	json_out_integer(out, "all_rejected", stage->all.rejected);
	series_json(t, "kept", at + offsetof(struct timeline_flow, kept), out);
	series_json(t, "rejected", at + offsetof(struct timeline_flow, rejected), out);
	json_out_end(out);
}

void timeline_json(const struct timeline *t, const char *key, struct json_out *out)
{
#define SERIES(key, member) { key, offsetof(struct timeline_span, member) }
	static const struct { const char *key; size_t offset; } series[] = {
		SERIES("replies", replies), SERIES("cached", cached), SERIES("refused", refused),
		SERIES("prompt_tokens", prompt_tokens),
		SERIES("completion_tokens", completion_tokens),
		SERIES("cost_nano_dollars", cost), SERIES("finished", finished),
	};
#undef SERIES
	json_out_object(out, key);
	json_out_integer(out, "width_ns", t->width);
	json_out_integer(out, "began_ns", t->began);
	json_out_integer(out, "ended_ns", t->ended);
	json_out_integer(out, "worked_ns", t->worked);
	json_out_integer(out, "pauses", t->pauses);
	json_out_integer(out, "paused_ns", t->paused);
	for (size_t i = 0; i < sizeof(series) / sizeof(series[0]); i++)
		series_json(t, series[i].key, series[i].offset, out);
	json_out_array(out, "stages");
	for (size_t i = 0; i < t->stage_count; i++)
		stage_json(t, i, out);
	json_out_end(out);
	json_out_end(out);
}
