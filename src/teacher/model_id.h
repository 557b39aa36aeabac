/* model_id.h - what a model file is called in request keys.
 *
 * "gguf:" and the SHA-256 of its content: the same model has the same name on every
 * machine. Reading gigabytes takes seconds, so the answer is remembered in the user's
 * cache for as long as path, size, time of change and inode stay what they are.
 */
#ifndef TEACHER_MODEL_ID_H
#define TEACHER_MODEL_ID_H

#include "io/hash.h"
#include "sow/sow.h"

#define MODEL_ID_SIZE (5 + HASH_HEX_SIZE)

/* SOW_OK, or SOW_IO if the file cannot be read. A cache that cannot be read or written
 * costs time, nothing else. */
int model_id(const char *path, char out[MODEL_ID_SIZE], struct sow_error *err);

#endif
