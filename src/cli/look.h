/* look.h - open a run to read it, and say clearly if there is none. */
#ifndef CLI_LOOK_H
#define CLI_LOOK_H

#include "run/store.h"

/* As store_open(dir, STORE_LOOK): NULL with "DIR: no run here …" if it has no run.db. */
struct store *look_open(const char *dir, struct sow_error *err);

#endif
