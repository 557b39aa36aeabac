/* exe_path.h - finds files that were installed with the program
 *
 *     struct buf path = BUF_INIT;
 *     if (exe_path_find(&path, "../share/sow/setup"))
 *             ...
 *     buf_release(&path);
 *
 * An installed sow can be moved, and a wheel lands in any virtual environment: the program finds its
 * files from its present place, never by a path fixed at build time.
 */
#ifndef BASE_EXE_PATH_H
#define BASE_EXE_PATH_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends the path of `place`, which is relative to the folder of the running program (links
 * followed). False, and nothing appended, if it does not exist. */
bool exe_path_find(struct buf *out, const char *place);

#endif
