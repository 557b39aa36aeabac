/* rank_job.h - a command's work on many files, by one process or by the ranks that mpirun started.
 *
 *     struct rank_job t = { 0 };
 *     exit = rank_job_begin_filter(&t, &o.filter, args, &clean);  // clean.in, parts, out and explain are set
 *     ... rank_job_is_spread(&t) ? dedup_spread(…) : dedup_run(…) ...
 *     return rank_job_end_filter(&t, status, &counts, &err);
 *
 * A command that does not filter records uses only the files and folders:
 *
 *     const struct rank_job_files files = { .out = path, .values = …, .threads = n };
 *     exit = rank_job_start(&t, &files, args);           // t.in, t.has_parts, t.out.shard
 *     status = rank_job_finish(&t, &t.out, status, records, &err);
 *     status = rank_job_commit(&t, status, &err);
 *     rank_job_stop(&t);
 *
 * Several files, and the files of a folder, are one input (data/parts.h). If -o names a folder, or
 * several ranks run, each rank writes one shard: DIR/part-00000.jsonl, compressed as the first input
 * is. index.json lists the shards with their sizes, the bytes each rank sent and its peak memory. The
 * folder appears whole or not at all, and so does the folder of --explain with its shards. Until then
 * both are in DIR.work. The same command, started again, finds there the decisions that ranks have
 * saved (clean/checkpoint.h) and the complete shards (shard_checkpoint.h).
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
	const char *path;            /* NULL: no folder */
	struct work_folder work;     /* holds the folder until it is whole; open in rank 0 */
	struct buf shard;            /* this rank's file in it */
	const char *ending;          /* of its files, ".jsonl.gz" */
};

/* What a command reads and writes. */
struct rank_job_files {
	const char *out, *explain;   /* as the user gave them; NULL: standard output, or nothing */
	bool prints;                 /* rank 0 prints the output; no file is written */
	bool kinds;                  /* the folder's name gives the type of its files: "chat.json.gz/" */
	bool resume;                 /* fail unless a stopped job can be resumed */
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
	/* of a command that filters records */
	struct record_filter *filter;
	struct spread spread;
	struct spread_keeper keeper;
	struct buf told;             /* the first bad records of this rank, a line each */
	struct facts facts;          /* of its part */
};

/* Returns -1 on success; else the exit status, after printing the error and releasing `t`. `t` and `args` must
 * not move. */
int rank_job_start(struct rank_job *t, const struct rank_job_files *files, const struct arguments *args);
/* Call it when this rank's shard, of `records` records, is whole. All ranks call it. Without a folder the
 * ranks only agree on a status. */
int rank_job_finish(struct rank_job *t, struct rank_job_folder *f, int status, uint64_t records,
		    struct sow_error *err);
/* Renames the folders into place; after a failure, removes them instead. All ranks call it. */
int rank_job_commit(struct rank_job *t, int status, struct sow_error *err);
void rank_job_stop(struct rank_job *t);
/* The checkpoints of this rank, by which a stopped job resumes. */
struct checkpoints rank_job_checkpoints(const struct rank_job *t, const char *name);

/* Returns -1 on success; else the exit status, after printing the error and releasing `t`. `t`, `filter` and
 * `args` must not move. */
int rank_job_begin_filter(struct rank_job *t, struct record_filter *filter, const struct arguments *args,
			  struct clean_options *clean);
/* Unless `quiet`, prints how much several ranks sent to each other. All ranks call it. */
void rank_job_tell_traffic(struct rank_job *t, bool quiet, struct sow_error *err);
/* Turns *f, the facts of this rank's part, into those of the whole input. All ranks call it. */
int rank_job_merge_facts(struct rank_job *t, struct facts *f, struct sow_error *err);
/* True if the job has several ranks. */
bool rank_job_is_spread(const struct rank_job *t);
/* Commits the folders, prints the counts or the error, and releases `t`. Returns the exit status. */
int rank_job_end_filter(struct rank_job *t, int status, const struct clean_counts *counts,
			const struct sow_error *err);

#endif
