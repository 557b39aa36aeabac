/* together.h - a command that works on many files, alone or with the processes that mpirun started.
 *
 *     struct together t = { 0 };
 *     exit = together_begin(&t, &o.sift, args, &clean);  // clean.in, parts, out and explain are set
 *     ... together_spread(&t) ? dedup_spread(…) : dedup_run(…) ...
 *     return together_end(&t, status, &counts, &err);
 *
 * Several files, and the files of a folder, are one input (data/parts.h). Where -o names a folder, or
 * there are other ranks, each rank writes one shard of it: DIR/part-00000.jsonl, compressed as the
 * first input is, and index.json names them with their sizes, and says what each rank sent to others
 * and the most memory it had. The folder appears whole or not at
 * all; so does that of --explain, which has shards of its own. Until then they are in DIR.work, where
 * the same command started again finds what ranks have settled (clean/checkpoint.h).
 */
#ifndef CLI_TOGETHER_H
#define CLI_TOGETHER_H

#include <stdbool.h>
#include <stdint.h>

#include "clean/clean.h"
#include "clean/spread.h"
#include "cli/sift.h"
#include "cli/work_folder.h"
#include "data/parts.h"
#include "ranks/ranks.h"

/* A folder of shards that is being written. */
struct together_folder {
	const char *path;            /* NULL: there is none */
	struct work_folder work;     /* where it is until it is whole: open in rank 0 */
	struct buf shard;            /* this rank's file in it */
};

struct together {
	struct ranks *ranks;
	struct sift *sift;
	const struct arguments *args;
	struct input_files files;
	struct parts parts;
	struct spread spread;
	struct together_folder out, explain;
	struct hash key;             /* of the job */
	struct clean_options *clean;
	struct buf told;             /* bad records of this rank, a line each */
	size_t threads;
};

/* -1 to go on; else the exit status, with everything said and `t` released. `t`, `sift`, `args` and `clean`
 * must stay where they are. */
int together_begin(struct together *t, struct sift *sift, const struct arguments *args,
		   struct clean_options *clean);
/* True if there are other ranks, who have to be asked. */
bool together_spread(const struct together *t);
/* Makes the folders appear, says how it ended, and releases `t`. The exit status. */
int together_end(struct together *t, int status, const struct clean_counts *counts,
		 const struct sow_error *err);

#endif
