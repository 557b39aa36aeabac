/* model_path.h - where the model is that answers when none is named. */
#ifndef TEACHER_MODEL_PATH_H
#define TEACHER_MODEL_PATH_H

#include "base/buf.h"
#include "sow/sow.h"

/* Adds its path: beside the libraries of an installed program, else where the machine
 * that built it had it, else in the user's cache. SOW_MISSING says how to get one. */
int model_path_default(struct buf *out, struct sow_error *err);

#endif
