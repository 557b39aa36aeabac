/* together.h - a command that works on many files, alone or with the processes that mpirun started.
 *
 *     struct together t = { 0 };
 *     exit = together_begin(&t, &o.filter, args, &clean);  // clean.in, parts, out and explain are set
 *     ... together_spread(&t) ? dedup_spread(…) : dedup_run(…) ...
 *     return together_end(&t, status, &counts, &err);
 *
 * A command that does not filter has the files and folders alone:
 *
 *     const struct together_files files = { .out = path, .values = …, .threads = n };
 *     exit = together_start(&t, &files, args);           // t.in, t.has_parts, t.out.shard
 *     status = together_finish(&t, &t.out, status, records, &err);
 *     status = together_appear(&t, status, &err);
 *     together_stop(&t);
 *
 * Several files, and the files of a folder, are one input (data/parts.h). Where -o names a folder, or
 * there are other ranks, each rank writes one shard of it: DIR/part-00000.jsonl, compressed as the
 * first input is, and index.json names them with their sizes, and says what each rank sent to others
 * and the most memory it had. The folder appears whole or not at
 * all; so does that of --explain, which has shards of its own. Until then they are in DIR.work, where
 * the same command started again finds what ranks have settled (clean/checkpoint.h) and the shards
 * that are whole (shard_checkpoint.h).
 */
#ifndef CLI_TOGETHER_H
#define CLI_TOGETHER_H

#include <stdbool.h>
#include <stdint.h>

#include "clean/clean.h"
#include "clean/spread.h"
#include "cli/record_filter.h"
#include "cli/work_folder.h"
#include "data/parts.h"
#include "ranks/ranks.h"

/* A folder of shards that is being written. */
struct together_folder {
	const char *path;            /* NULL: there is none */
	struct work_folder work;     /* where it is until it is whole: open in rank 0 */
	struct buf shard;            /* this rank's file in it */
	const char *ending;          /* of its files, ".jsonl.gz" */
};

/* What a command reads and writes. */
struct together_files {
	const char *out, *explain;   /* as the user gave them; NULL: standard output, or nothing */
	bool prints;                 /* rank 0 prints what comes out: nothing is written */
	bool kinds;                  /* the folder's own name says what its files are: "chat.json.gz/" */
	bool resume;                 /* only if there is something to resume */
	struct values_options values; /* how the input will be read */
	int64_t threads;             /* 0: as many as there are cores */
};

struct together {
	struct ranks *ranks;
	const struct arguments *args;
	const char *outputs[3];      /* as the user gave them; NULL at the end */
	struct input_files files;
	struct parts parts;
	bool has_parts;              /* the input is `parts`; else one file or run, opened by its name */
	const char *in;              /* the input's name, for messages */
	struct together_folder out, explain;
	struct hash key;             /* of the job */
	size_t threads;
	/* of a command that filters */
	struct record_filter *filter;
	struct spread spread;
	struct spread_keeper keeper;
	struct buf told;             /* the first bad records of this rank, a line each */
	struct facts facts;          /* of its part */
};

/* -1 to go on; else the exit status, with everything said and `t` released. `t` and `args` must stay where
 * they are. */
int together_start(struct together *t, const struct together_files *files, const struct arguments *args);
/* When every rank's shard is whole, which has so many records. All ranks call it; without a folder it only
 * agrees. */
int together_finish(struct together *t, struct together_folder *f, int status, uint64_t records,
		    struct sow_error *err);
/* The folders take their places; or, after a failure, what was made of them is removed. All ranks call it. */
int together_appear(struct together *t, int status, struct sow_error *err);
void together_stop(struct together *t);
/* Where this rank keeps what is to be found again when the job was stopped. */
struct checkpoints together_checkpoints(const struct together *t, const char *name);

/* -1 to go on; else the exit status, with everything said and `t` released. `t`, `filter` and `args` must stay
 * where they are. */
int together_begin(struct together *t, struct record_filter *filter, const struct arguments *args,
		   struct clean_options *clean);
/* Says, unless `quiet`, what ranks sent to each other, if there are several. All ranks call it. */
void together_tell_traffic(struct together *t, bool quiet, struct sow_error *err);
/* *f, of this rank's part, becomes that of the input. All ranks call it. */
int together_facts(struct together *t, struct facts *f, struct sow_error *err);
/* True if there are other ranks, who have to be asked. */
bool together_spread(const struct together *t);
/* Makes the folders appear, says how it ended, and releases `t`. The exit status. */
int together_end(struct together *t, int status, const struct clean_counts *counts,
		 const struct sow_error *err);

#endif
