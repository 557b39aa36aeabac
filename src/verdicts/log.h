/* log.h - a file of lines that only grows, written by any number of processes.
 *
 *     struct log l;
 *     log_init(&l, "data.jsonl.review.jsonl");
 *     log_read(&l, take, data, err);         // each complete line not yet read
 *     log_lock(&l, err);
 *     log_append(&l, line, err);             // on disk, or the file is as before
 *     log_unlock(&l);
 *     log_release(&l);
 *
 * A last line without its newline is still being written, or was cut by a crash: log_read leaves
 * it. An append after such a line ends it first, so that it reads as a separate damaged line.
 *
 * A file that was removed, cut or replaced after it was opened is neither read nor appended to:
 * SOW_IO, "… was replaced; start sow review again".
 */
#ifndef VERDICTS_LOG_H
#define VERDICTS_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

struct log {
	char *path;
	int fd;                      /* -1: it does not exist yet */
	bool writable;
	bool known;                  /* which file it is: */
	dev_t device;
	ino_t inode;
	int64_t read;                /* bytes */
	struct buf text;             /* scratch */
};

void log_init(struct log *l, const char *path);
void log_release(struct log *l);

/* Calls `take` with each complete line after those already read, without its newline. 1 if there was
 * one, 0, or SOW_IO. */
int log_read(struct log *l, void (*take)(void *data, struct view line), void *data,
	     struct sow_error *err);

/* After log_read, for callers that read only once: calls `take` with a last line without a newline. */
void log_rest(struct log *l, void (*take)(void *data, struct view line), void *data);

/* Makes the file if it does not exist, and locks it against other writers. SOW_OK or SOW_IO. */
int log_lock(struct log *l, struct sow_error *err);
void log_unlock(struct log *l);

/* Only between the two: appends a line, which ends with its newline. SOW_OK or SOW_IO. */
int log_append(struct log *l, struct view line, struct sow_error *err);

#endif
