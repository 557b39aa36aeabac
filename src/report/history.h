/* history.h - all that is known of one record of a run: what it is, what it was made from and
 * how, what it was like when it was accepted, what of it was dropped.
 *
 *     struct history h;
 *     status = history_read(&h, store, lookup, &at, arena, err);    // 0: nothing is there
 *     history_print(&h, &page);
 *     status = history_json(&h, &buf, err);
 *
 * A key may have a record, whatever became of it, or what was rejected as one, or both: the
 * answers to an accepted instruction are rejected at its own place.
 */
#ifndef REPORT_HISTORY_H
#define REPORT_HISTORY_H

#include "report/record_view.h"
#include "run/lookup.h"
#include "store/store.h"

struct known_text {
	struct view id, text;        /* an empty text: it is not known any more */
	double score;                /* ROUGE-L F1, where it was compared */
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
	struct known_text *examples; /* shown with the request that the first was made by */
	size_t example_count;
	struct known_text *nearest;  /* when the first was accepted, nearest first */
	size_t nearest_count;
	struct rejected *rejects;
	struct view *reject_near;    /* what the nearest of each says */
	size_t reject_count;
};

/* 1 with texts in `a`, 0 if no record and no reject has this place, or negative. */
int history_read(struct history *h, struct store *s, struct lookup *l, const struct unit_key *p,
		 struct arena *a, struct sow_error *err);

/* Failure shows in page->out. */
void history_print(const struct history *h, struct record_view *page);
/* One object over some lines. SOW_OK or SOW_INVALID. */
int history_json(const struct history *h, struct buf *out, struct sow_error *err);

#endif
