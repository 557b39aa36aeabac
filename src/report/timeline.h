/* timeline.h - how a run went: replies, tokens, money and what was accepted, over its time.
 *
 *     struct timeline t;
 *     status = timeline_read(&t, store, arena, err);
 *     for (size_t i = 0; i < t.count; i++)
 *             … t.spans[i].finished tasks in the width t.width …
 *     timeline_figures(&t, figures);
 *
 * The time of a run is cut into at most TIMELINE_SPANS spans of one width. It is the time a run
 * was at work: where nothing arrived for longer than TIMELINE_PAUSE, that is left out and counted
 * as a pause (the run was stopped, or a server was down). A reply counts when it was there; what
 * was accepted or rejected of it, then too.
 *
 * A stage is a step's of the recipe and its method's: "instructions", "instances". What is kept
 * of a stage goes on from it (store_arrival in store/store.h has it exactly), so
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
#define TIMELINE_STAGES 64   /* of all steps; what further ones do shows in the spans only */
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

/* One of its figures: `offset` is offsetof(struct timeline_span, replies), … */
static inline int64_t timeline_value(const struct timeline_span *span, size_t offset)
{
	return *(const int64_t *)(const void *)((const char *)span + offset);
}

struct timeline_stage {
	int64_t step, stage;         /* from 1; of a judge 100 more */
	const char *name;            /* "instructions"; NULL: its method is not known */
	bool grades;                 /* its replies keep and reject nothing */
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

/* Fills *t from a run, which may be under way; spans live in `a`. */
int timeline_read(struct timeline *t, struct store *s, struct arena *a, struct sow_error *err);

/* "timeline", an object: "width_ns", arrays by span ("replies", "cost_nano_dollars", …), and in
 * "stages" for each the arrays "kept" and "rejected". People see sparks. */
void timeline_figures(const struct timeline *t, struct figures *f);

#endif
