/* spool.h - a file for what does not fit into memory: it has no name, and is gone with its closing. */
#ifndef IO_SPOOL_H
#define IO_SPOOL_H

#include <stdio.h>

#include "sow/sow.h"

/* In `folder`; NULL: in folder_temporary. Opened for reading and writing; the caller closes it.
 * NULL on failure: SOW_IO ("FOLDER: No space left on device"). */
FILE *spool_new(const char *folder, struct sow_error *err);

#endif
