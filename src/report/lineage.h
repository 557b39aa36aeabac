/* lineage.h - the origin of a run's records, for a page that draws it as a tree.
 *
 *     struct lineage_web w;
 *     lineage_init(&w);
 *     lineage_add(&w, store, view_of("task_2_5_3"), err);   // as many records as needed
 *     lineage_ended(&w, rejected);                          // each reject of the run
 *     lineage_json(&w, lookup, &out, err);
 *     lineage_release(&w);
 *
 * As one JSON object:
 *   - "chains": of an input that evolved, "STEP.TICKET": {"source", "links": [{"item", "parent",
 *     "operation", "state", "text"}]}, including the links that failed;
 *   - "ended": "STEP.TICKET.ITEM": the rule that ended such a link;
 *   - "asked": of instructions made from examples, "STEP.TICKET": the ids of these;
 *   - "texts": the texts of examples and of the sources of chains, by id.
 * If a step worked on the one before it, the origin is followed there. Texts are cut to CLIP_LINE bytes.
 *
 * Memory: the output.
 */
#ifndef REPORT_LINEAGE_H
#define REPORT_LINEAGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/view.h"
#include "run/lookup.h"
#include "store/store.h"
#include "sow/sow.h"

struct lineage_web {
	struct arena *arena;
	struct map tickets, ids;     /* those already added */
	struct named {
		int64_t step;        /* the step that recorded it */
		struct view id;
	} *named;                    /* ids whose texts are needed */
	size_t named_count, named_room;
	struct buf chains, ended, asked; /* members of the objects */
};

void lineage_init(struct lineage_web *w);
void lineage_release(struct lineage_web *w);

/* Adds the record of that id and its whole origin. An id that is not the run's is skipped. */
int lineage_add(struct lineage_web *w, struct store *s, struct view id, struct sow_error *err);
/* Records why a link in the chain of an added record ended. */
void lineage_ended(struct lineage_web *w, const struct rejected *r);
/* Appends the object. */
int lineage_json(struct lineage_web *w, struct lookup *l, struct buf *out, struct sow_error *err);

#endif
