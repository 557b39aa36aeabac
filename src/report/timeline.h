/* timeline.h - the course of a run: replies, tokens, money and accepted results, over its time.
 *
 *     struct timeline t;
 *     status = timeline_read(&t, store, arena, err);
 *     for (size_t i = 0; i < t.count; i++)
 *             … t.spans[i].finished tasks in the width t.width …
 *     timeline_figures(&t, figures);
 *
 * The time of a run is cut into at most TIMELINE_SPANS spans of one width. Only working time counts:
 * a time longer than TIMELINE_PAUSE without an arrival is left out and counted as a pause (the run
 * was stopped, or a server was down). A reply counts at its arrival, and so do the results that were
 * accepted or rejected from it.
 *
 * A stage is one of a step of the recipe and its method: "instructions", "instances". The kept results
 * of a stage continue from it (store_arrival in store/store.h defines that exactly), so
 * kept / (kept + rejected) is its acceptance.
 *
 * Memory: O(spans · stages), whatever the run holds: it is read once, in order of time, and
 * whenever the spans are full, two neighbours become one of twice the width.
 */
#ifndef REPORT_TIMELINE_H
#define REPORT_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "report/figures.h"
#include "store/store.h"
#include "sow/sow.h"

#define TIMELINE_SPANS 120   /* even */
#define TIMELINE_STAGES 64   /* of all steps; further ones show in the spans only */
#define TIMELINE_PAUSE (600 * CLOCK_SECOND)

struct timeline_flow {
	int64_t kept, rejected;
};

struct timeline_span {
	int64_t replies, cached, refused;
	int64_t prompt_tokens, completion_tokens;
	int64_t cost;                /* nano-dollars */
	int64_t finished;            /* tasks of every step */
	struct timeline_flow stages[TIMELINE_STAGES];
};

/* One of its fields: `offset` is offsetof(struct timeline_span, replies), … */
static inline int64_t timeline_value(const struct timeline_span *span, size_t offset)
{
	return *(const int64_t *)(const void *)((const char *)span + offset);
}

struct timeline_stage {
	int64_t step, stage;         /* from 1; of a judge 100 more */
	const char *name;            /* "instructions"; NULL: its method is unknown */
	bool grades;                 /* it only grades: its replies keep and reject nothing */
	int64_t replies;
	struct timeline_flow all;
};

struct timeline {
	int64_t width;               /* of a span, ns */
	size_t count;                /* spans in use */
	struct timeline_span *spans;
	size_t stage_count;
	struct timeline_stage stages[TIMELINE_STAGES]; /* in order */
	int64_t began, ended;        /* first and last reply, wall clock; 0: none */
	int64_t worked;              /* ns, without pauses */
	int64_t pauses, paused;      /* how many, ns */
};

/* Fills *t from a run, which may be running; spans live in `a`. */
int timeline_read(struct timeline *t, struct store *s, struct arena *a, struct sow_error *err);

/* "timeline", an object: "width_ns", arrays by span ("replies", "cost_nano_dollars", …), and in
 * "stages" for each the arrays "kept" and "rejected". As text it shows sparks. */
void timeline_figures(const struct timeline *t, struct figures *f);

#endif
