/* history.h - everything a run recorded about one record: its texts, its origin, its nearest neighbours
 * when it was accepted, its rejects.
 *
 *     struct history h;
 *     status = history_read(&h, store, lookup, &at, arena, err);    // 0: no record, no reject
 *     history_print(&h, &page);
 *     status = history_json(&h, &buf, err);
 *
 * A key may have a record, whatever its state, or rejects, or both: the answers to an accepted
 * instruction are rejected at its place.
 */
#ifndef REPORT_HISTORY_H
#define REPORT_HISTORY_H

#include "report/record_view.h"
#include "run/lookup.h"
#include "store/store.h"

struct known_text {
	struct view id, text;        /* empty text: no longer known */
	double score;                /* ROUGE-L F1, if it was compared */
};

struct link {
	struct unit unit;
	struct view method;          /* of its step */
};

struct history {
	struct arena *arena;
	struct unit_key at;
	struct record task;            /* instances too, once it is finished */
	struct link *chain;          /* from the first that is in the run to the record itself;
				      * none if there is no record */
	size_t chain_count;
	struct known_text *examples; /* in the request that made the first of the chain */
	size_t example_count;
	struct known_text *nearest;  /* when the first of the chain was accepted; nearest first */
	size_t nearest_count;
	struct rejected *rejects;
	struct view *reject_near;    /* the text nearest to each */
	size_t reject_count;
};

/* 1 with texts in `a`, 0 if no record and no reject has this place, or negative. */
int history_read(struct history *h, struct store *s, struct lookup *l, const struct unit_key *p,
		 struct arena *a, struct sow_error *err);

/* A failure shows in page->out. */
void history_print(const struct history *h, struct record_view *page);
/* One object over several lines. SOW_OK or SOW_INVALID. */
int history_json(const struct history *h, struct buf *out, struct sow_error *err);

#endif
