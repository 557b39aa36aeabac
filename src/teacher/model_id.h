/* model_id.h - the name of a model file in request keys.
 *
 * "gguf:" and the SHA-256 of its content: the same model has the same name on every
 * machine. Reading gigabytes takes seconds, so the user's cache keeps the answer as long as path,
 * size, time of change and inode are unchanged.
 */
#ifndef TEACHER_MODEL_ID_H
#define TEACHER_MODEL_ID_H

#include "io/hash.h"
#include "sow/sow.h"

#define MODEL_ID_SIZE (5 + HASH_HEX_SIZE)

/* SOW_OK, or SOW_IO if the file cannot be read. A cache that cannot be read or written only costs
 * time. */
int model_id(const char *path, char out[MODEL_ID_SIZE], struct sow_error *err);

#endif
