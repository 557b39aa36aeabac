/* report_data.h - the figures and samples that a report gathers from tasks, of a run or a file.
 *
 *     struct report_data d;
 *     status = report_data_init(&d, options, err);
 *     status = seeds_read(&d.seeds, d.arena, "seeds.jsonl", err);
 *     status = report_data_compare(&d, "seeds.jsonl", WORDS_UNICODE, err);
 *     … report_data_add(&d, &task, true, err) for each …
 *     status = report_data_finish(&d, err);
 *     … d.records.list[…].text, report_data_figures(&d, figures) …
 *     report_data_release(&d);
 */
#ifndef REPORT_REPORT_DATA_H
#define REPORT_REPORT_DATA_H

#include <stdbool.h>

#include "base/arena.h"
#include "data/records.h"
#include "io/json.h"
#include "report/data_map.h"
#include "report/report.h"
#include "report/reservoir.h"
#include "report/seed_similarity.h"
#include "report/stats.h"
#include "report/structure.h"

/* The most bytes of a text in a page, as JSON. */
#define CLIP_INSTRUCTION 1500
#define CLIP_INPUT 1500
#define CLIP_OUTPUT 3000
#define CLIP_TURN 1000
#define CLIP_LINE 300      /* where it is only named */
#define CLIP_ID 100

struct report_data {
	const struct report_options *o;
	struct arena *arena;
	struct record_list seeds;
	const char *seeds_name;      /* their name; NULL: there are none */
	struct view seeds_missing;   /* why there are none */
	enum words_kind words;
	struct stats *stats;
	struct structure *structure; /* NULL: not wanted, or no dictionary */
	struct seed_similarity *similarity;   /* NULL: no seeds */
	struct data_map *map;        /* NULL: not wanted */
	struct reservoir records;
	int64_t new_count;           /* tasks that are not an input themselves */
	struct json_out *json;       /* scratch */
};

int report_data_init(struct report_data *d, const struct report_options *o, struct sow_error *err);
void report_data_release(struct report_data *d);

/* Call it once `seeds` are read (seeds_read, in d->arena): begins to compare with them. */
int report_data_compare(struct report_data *d, const char *name, enum words_kind words,
			struct sow_error *err);

/* `is_new`: compare it with the seeds (it is not itself an input). */
int report_data_add(struct report_data *d, const struct record *task, bool is_new,
		    struct sow_error *err);
int report_data_finish(struct report_data *d, struct sow_error *err);

/* "stats", and if they are known "structure", "seeds" and "likeness". */
void report_data_figures(const struct report_data *d, struct figures *f);

/* A text as a member, clipped to `most`; true if it was. */
bool clipped_text(struct json_out *out, const char *key, struct view text, size_t most);
/* The contents of a reservoir as one JSON array. */
void reservoir_list(const struct reservoir *r, struct buf *out);

#endif
