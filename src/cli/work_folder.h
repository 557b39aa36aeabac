/* work_folder.h - the folder beside an output folder in which the output is made.
 *
 *     struct work_folder w;
 *     status = work_folder_open(&w, "unique", &key, err);    // unique.work, which a lock holds
 *     ... write the files of w.shards, and checkpoints in w.path (clean/checkpoint.h) ...
 *     status = work_folder_appear(&w, err);                  // unique.work/shards is unique now
 *     work_folder_close(&w, keep);                           // keep: for the next start
 *
 * The key is a hash of the job: the same command on the same inputs, unchanged. A job that was killed
 * leaves its folder. The next one with the same output takes it over: with the same key it finds the
 * checkpoints there, with another they are removed. The shards are removed in any case. A folder of that
 * name is a job's if it has a lock or is empty; any other is refused, and left as it is.
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
};

#define WORK_FOLDER_INIT { .path = BUF_INIT, .shards = BUF_INIT, .lock = -1 }

/* Of the program's version, the number of ranks, the arguments, and the sizes and times of the inputs and
 * of each file that an argument names, but for those in `outputs`, a list with NULL at its end. */
void work_folder_key(const struct arguments *args, const struct input_files *files, size_t ranks,
		     const char *const *outputs, struct hash *key);

/* `output` stays the caller's. SOW_OK; SOW_BUSY if another job is at work in it; SOW_USAGE if there is such a
 * folder that no job made; SOW_IO. */
int work_folder_open(struct work_folder *w, const char *output, const struct hash *key, struct sow_error *err);
/* True if the job with this key was stopped after its output appeared. */
bool work_folder_is_done(const char *output, const struct hash *key);
int work_folder_appear(struct work_folder *w, struct sow_error *err);
/* Removes the folder; with `keep`, the files of shards/ alone. Of one that is not open it frees the rest. */
void work_folder_close(struct work_folder *w, bool keep);
/* Where the output is there: removes what a job with this key that was stopped behind that left. */
void work_folder_tidy(const char *output, const struct hash *key);

#endif
