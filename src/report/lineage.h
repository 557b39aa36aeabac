/* lineage.h - where records of a run come from, for a page that draws it as a tree.
 *
 *     struct lineage_web w;
 *     lineage_init(&w);
 *     lineage_add(&w, store, view_of("task_2_5_3"), err);   // as many as there are
 *     lineage_ended(&w, rejected);                          // each reject of the run
 *     lineage_json(&w, lookup, &out, err);
 *     lineage_release(&w);
 *
 * As one JSON object:
 *   - "chains": of an input that evolved, "STEP.TICKET": {"source", "links": [{"item", "parent",
 *     "operation", "state", "text"}]}, with the links that came to nothing;
 *   - "ended": "STEP.TICKET.ITEM": the rule that ended such a link;
 *   - "asked": of instructions that were made from examples, "STEP.TICKET": ids of these;
 *   - "texts": the texts of examples and of what a chain's source is, by id.
 * What a step made of the one before it is followed there. Texts are cut to CLIP_LINE bytes.
 *
 * Memory: what is written.
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
	struct map tickets, ids;     /* those there are already */
	struct named {
		int64_t step;        /* who noted it */
		struct view id;
	} *named;                    /* whose texts are wanted */
	size_t named_count, named_room;
	struct buf chains, ended, asked; /* members of the objects */
};

void lineage_init(struct lineage_web *w);
void lineage_release(struct lineage_web *w);

/* The record of that id, and all it comes from. An id that is not the run's is passed over. */
int lineage_add(struct lineage_web *w, struct store *s, struct view id, struct sow_error *err);
/* Of a record that was added, notes why a link of its chain ended. */
void lineage_ended(struct lineage_web *w, const struct rejected *r);
/* Appends the object. */
int lineage_json(struct lineage_web *w, struct lookup *l, struct buf *out, struct sow_error *err);

#endif
