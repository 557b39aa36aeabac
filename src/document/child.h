/* child.h - a child process that converts a file to text: the file is its standard input, the text its
 * standard output. */
#ifndef DOCUMENT_CHILD_H
#define DOCUMENT_CHILD_H

#include "base/buf.h"
#include "sow/sow.h"

struct child_limits {
	int seconds;                 /* then it is killed, with the processes it started */
	size_t memory;               /* bytes of its address space; 0: no limit */
};

/* Runs argv (found on the PATH) and appends its output to `out`, up to the buffer's cap. SOW_OK;
 * SOW_MISSING if there is no such program; SOW_INVALID with its status and the first line of its
 * standard error, or if it runs out of time; SOW_TOOBIG; SOW_IO. */
int child_text(const char *const *argv, const char *file, struct child_limits most, struct buf *out,
	       struct sow_error *err);

#endif
