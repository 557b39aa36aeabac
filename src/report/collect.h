/* collect.h - what a report gathers of the tasks themselves, whether of a run or a file.
 *
 *     struct collect c;
 *     status = collect_init(&c, options, err);
 *     status = seeds_read(&c.seeds, c.arena, "seeds.jsonl", err);
 *     status = collect_compare(&c, "seeds.jsonl", WORDS_UNICODE, err);
 *     … collect_add(&c, &task, true, err) for each …
 *     status = collect_finish(&c, err);
 *     … c.records.list[…].text, collect_figures(&c, figures) …
 *     collect_release(&c);
 */
#ifndef REPORT_COLLECT_H
#define REPORT_COLLECT_H

#include <stdbool.h>

#include "base/arena.h"
#include "data/records.h"
#include "io/json.h"
#include "report/likeness.h"
#include "report/report.h"
#include "report/reservoir.h"
#include "report/stats.h"
#include "report/structure.h"

/* Bytes that texts of a page may take in it, as JSON. */
#define COLLECT_INSTRUCTION 1500
#define COLLECT_INPUT 1500
#define COLLECT_OUTPUT 3000
#define COLLECT_TURN 1000
#define COLLECT_LINE 300      /* where it is only named */
#define COLLECT_ID 100

struct collect {
	const struct report_options *o;
	struct arena *arena;
	struct record_list seeds;
	const char *seeds_name;      /* what they are called; NULL: there are none */
	struct view seeds_missing;   /* why there are none */
	enum words_kind words;
	struct stats *stats;
	struct structure *structure; /* NULL: not wanted, or no dictionary */
	struct likeness *likeness;   /* NULL: no seeds */
	struct reservoir records;
	int64_t new_count;           /* tasks that were not an input themselves */
	struct json_out *json;       /* scratch */
};

int collect_init(struct collect *c, const struct report_options *o, struct sow_error *err);
void collect_release(struct collect *c);

/* Once `seeds` are there (seeds_read, in c->arena): begins to compare with them. */
int collect_compare(struct collect *c, const char *name, enum words_kind words,
		    struct sow_error *err);

/* `is_new`: it is to be compared with the seeds (not itself an input). */
int collect_add(struct collect *c, const struct record *task, bool is_new, struct sow_error *err);
int collect_finish(struct collect *c, struct sow_error *err);

/* "stats", and where they are known "structure", "seeds" and "likeness". */
void collect_figures(const struct collect *c, struct figures *f);

/* A text as a member, clipped to `most`; true if it was. */
bool collect_text(struct json_out *out, const char *key, struct view text, size_t most);
/* What a reservoir holds as one JSON array. Returns out->status. */
int collect_list(const struct reservoir *r, struct buf *out);

#endif
