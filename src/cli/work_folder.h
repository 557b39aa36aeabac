/* work_folder.h - the folder beside an output folder in which the output is made.
 *
 *     struct work_folder w;
 *     status = work_folder_open(&w, "unique", &key, err);    // unique.work, which a lock holds
 *     ... write the files of w.shards, and checkpoints in w.path (clean/checkpoint.h) ...
 *     status = work_folder_appear(&w, err);                  // unique.work/shards is unique now
 *     work_folder_close(&w, keep);                           // keep: for the next start
 *
 * The key is a hash of the job: the same command on the same inputs, unchanged; --resume is not part of it.
 * A job that was killed leaves its folder. The next one with the same output takes it over: with the same
 * key it finds the checkpoints and shards there, with another they are removed. A folder of that name is a
 * job's if it has a lock or is empty; any other is refused, and left as it is.
 */
#ifndef CLI_WORK_FOLDER_H
#define CLI_WORK_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "cli/options.h"
#include "data/parts.h"
#include "io/hash.h"
#include "sow/sow.h"

struct work_folder {
	const char *output;          /* NULL: it is not open */
	struct buf path, shards;
	int lock;                    /* -1: none, where the file system has no locks */
	bool resumes;                /* the same job was stopped here */
	bool replaces;               /* another one was */
};

/* Of the commands that resume; it decides what happens where nothing can be resumed. */
#define WORK_FOLDER_RESUME(at) \
	{ "resume", 0, OPTION_FLAG, at, NULL, \
	  "under mpirun: only go on with this very job where it was stopped, and fail where none was (the same " \
	  "command without it also resumes, or starts)" }

#define WORK_FOLDER_INIT { .path = BUF_INIT, .shards = BUF_INIT, .lock = -1 }

/* Of the program's version, the number of ranks, the arguments, and the sizes and times of the inputs and
 * of each file that an argument names, but for those in `outputs`, a list with NULL at its end. */
void work_folder_key(const struct arguments *args, const struct input_files *files, size_t ranks,
		     const char *const *outputs, struct hash *key);

/* `output` stays the caller's. SOW_OK; SOW_BUSY if another job is at work in it; SOW_USAGE if there is such a
 * folder that no job made; SOW_IO. */
int work_folder_open(struct work_folder *w, const char *output, const struct hash *key, struct sow_error *err);
/* SOW_OK if a job with this key was stopped, or is at work, in the output's folder; else SOW_MISSING, and
 * *err says what is there. */
int work_folder_find(const char *output, const struct hash *key, struct sow_error *err);
/* True if there are checkpoints. */
bool work_folder_has_finished(const struct work_folder *w);
/* True if the job with this key was stopped after its output appeared. */
bool work_folder_is_done(const char *output, const struct hash *key);
int work_folder_appear(struct work_folder *w, struct sow_error *err);
/* Undoes that; where it did not appear it does nothing. */
void work_folder_take_back(struct work_folder *w);
/* Removes the folder; with `keep`, what is unfinished in it alone. Of one that is not open it frees the rest. */
void work_folder_close(struct work_folder *w, bool keep);
/* If the output exists: removes what a job with this key left when it was stopped after making that. */
void work_folder_tidy(const char *output, const struct hash *key);

#endif
