/* hub_choice.h - which files of a data set on the Hub "hf:OWNER/NAME" stands for.
 *
 *     hf:OWNER/NAME[@REVISION][/PATH][:SPLIT]        also hf://datasets/OWNER/NAME…
 *
 *     status = hub_spec_read(&spec, "hf:ada/cooking:test", arena, err);
 *     status = hub_choose(&spec, &listing, arena, &choice, err);
 *
 * PATH is a file, a folder, or the name of a configuration. The card's configurations list the files of a
 * split; without them the file names decide, as `datasets` reads them: "train-00000-of-00002.parquet" and
 * "data/test/a.csv" belong to train and test. Without :SPLIT the split is train, or the only one. Files of
 * two kinds (train.csv, train.jsonl) are refused: they may hold the same records.
 *
 * Source: the Hub's pages "File names and splits" and "Manual configuration"; datasets 4.x, data_files.py.
 */
#ifndef DATA_HUB_CHOICE_H
#define DATA_HUB_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "io/json.h"
#include "sow/sow.h"

#define HUB_PREFIX "hf:"

struct hub_spec {
	const char *text;            /* as the user gave it */
	const char *repository;      /* "OWNER/NAME" */
	const char *revision, *path, *split; /* NULL: not given */
};

/* Reads it; texts live in the arena. SOW_OK, SOW_USAGE with what was expected. */
int hub_spec_read(struct hub_spec *s, const char *text, struct arena *a, struct sow_error *err);

struct hub_entry {
	const char *path, *oid;      /* oid: of a large file its SHA-256, else git's hash; hex */
	int64_t size;
	bool large;
	const char *split;           /* set by hub_choose */
};

struct hub_listing {
	struct hub_entry *list;
	size_t count;
	const json_value *configs;   /* of the card; NULL: none */
};

struct hub_choice {
	struct hub_entry **list;     /* at least one, by path */
	size_t count;
	const char *split;
	struct view others;          /* splits not chosen, and data files that are in no configuration: "test,
				      * validation, old/a.csv" */
};

/* SOW_OK; SOW_INVALID with a list of what exists instead; SOW_MISSING if no file has records that sow
 * reads. */
int hub_choose(const struct hub_spec *s, const struct hub_listing *l, struct arena *a,
	       struct hub_choice *c, struct sow_error *err);

#endif
