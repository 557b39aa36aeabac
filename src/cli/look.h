/* look.h - open a run to read it, and say clearly if there is none. */
#ifndef CLI_LOOK_H
#define CLI_LOOK_H

#include <stdbool.h>

#include "run/store.h"

/* As store_open(dir, STORE_LOOK): NULL with "DIR: no run here …" if it has no run.db. */
struct store *look_open(const char *dir, struct sow_error *err);

/* Is it a run that may be there, rather than a file? */
bool look_is_folder(const char *path);

#endif
