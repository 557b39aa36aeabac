/* exe_path.h - files that were installed together with the program
 *
 *     struct buf path = BUF_INIT;
 *     if (exe_path_find(&path, "../share/sow/setup"))
 *             ...
 *     buf_release(&path);
 *
 * An installed sow can be moved, and a wheel lands in any virtual environment: what belongs to
 * the program is found from where it lies now, and never by a path that was built in.
 */
#ifndef BASE_EXE_PATH_H
#define BASE_EXE_PATH_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends the path of `place`, which is relative to the folder of the running program (links
 * followed). False, and nothing appended, if nothing is there. */
bool exe_path_find(struct buf *out, const char *place);

#endif
