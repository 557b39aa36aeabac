/* rank_job.h - a command that works on many files, alone or with the processes that mpirun started.
 *
 *     struct rank_job t = { 0 };
 *     exit = rank_job_begin_filter(&t, &o.filter, args, &clean);  // clean.in, parts, out and explain are set
 *     ... rank_job_is_spread(&t) ? dedup_spread(…) : dedup_run(…) ...
 *     return rank_job_end_filter(&t, status, &counts, &err);
 *
 * A command that does not filter has the files and folders alone:
 *
 *     const struct rank_job_files files = { .out = path, .values = …, .threads = n };
 *     exit = rank_job_start(&t, &files, args);           // t.in, t.has_parts, t.out.shard
 *     status = rank_job_finish(&t, &t.out, status, records, &err);
 *     status = rank_job_commit(&t, status, &err);
 *     rank_job_stop(&t);
 *
 * Several files, and the files of a folder, are one input (data/parts.h). Where -o names a folder, or
 * there are other ranks, each rank writes one shard of it: DIR/part-00000.jsonl, compressed as the
 * first input is, and index.json names them with their sizes, and says what each rank sent to others
 * and the most memory it had. The folder appears whole or not at
 * all; so does that of --explain, which has shards of its own. Until then they are in DIR.work, where
 * the same command started again finds what ranks have settled (clean/checkpoint.h) and the shards
 * that are whole (shard_checkpoint.h).
 */
#ifndef CLI_RANK_JOB_H
#define CLI_RANK_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "clean/clean.h"
#include "clean/spread.h"
#include "cli/record_filter.h"
#include "cli/work_folder.h"
#include "data/parts.h"
#include "ranks/ranks.h"

/* A folder of shards that is being written. */
struct rank_job_folder {
	const char *path;            /* NULL: there is none */
	struct work_folder work;     /* where it is until it is whole: open in rank 0 */
	struct buf shard;            /* this rank's file in it */
	const char *ending;          /* of its files, ".jsonl.gz" */
};

/* What a command reads and writes. */
struct rank_job_files {
	const char *out, *explain;   /* as the user gave them; NULL: standard output, or nothing */
	bool prints;                 /* rank 0 prints what comes out: nothing is written */
	bool kinds;                  /* the folder's own name says what its files are: "chat.json.gz/" */
	bool resume;                 /* only if there is something to resume */
	struct values_options values; /* how the input will be read */
	int64_t threads;             /* 0: as many as there are cores */
};

struct rank_job {
	struct ranks *ranks;
	const struct arguments *args;
	const char *outputs[3];      /* as the user gave them; NULL at the end */
	struct input_files files;
	struct parts parts;
	bool has_parts;              /* the input is `parts`; else one file or run, opened by its name */
	const char *in;              /* the input's name, for messages */
	struct rank_job_folder out, explain;
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
int rank_job_start(struct rank_job *t, const struct rank_job_files *files, const struct arguments *args);
/* When every rank's shard is whole, which has so many records. All ranks call it; without a folder it only
 * agrees. */
int rank_job_finish(struct rank_job *t, struct rank_job_folder *f, int status, uint64_t records,
		    struct sow_error *err);
/* The folders take their places; or, after a failure, what was made of them is removed. All ranks call it. */
int rank_job_commit(struct rank_job *t, int status, struct sow_error *err);
void rank_job_stop(struct rank_job *t);
/* Where this rank keeps what is to be found again when the job was stopped. */
struct checkpoints rank_job_checkpoints(const struct rank_job *t, const char *name);

/* -1 to go on; else the exit status, with everything said and `t` released. `t`, `filter` and `args` must stay
 * where they are. */
int rank_job_begin_filter(struct rank_job *t, struct record_filter *filter, const struct arguments *args,
			  struct clean_options *clean);
/* Says, unless `quiet`, what ranks sent to each other, if there are several. All ranks call it. */
void rank_job_tell_traffic(struct rank_job *t, bool quiet, struct sow_error *err);
/* *f, of this rank's part, becomes that of the input. All ranks call it. */
int rank_job_merge_facts(struct rank_job *t, struct facts *f, struct sow_error *err);
/* True if there are other ranks, who have to be asked. */
bool rank_job_is_spread(const struct rank_job *t);
/* Makes the folders appear, says how it ended, and releases `t`. The exit status. */
int rank_job_end_filter(struct rank_job *t, int status, const struct clean_counts *counts,
			const struct sow_error *err);

#endif
