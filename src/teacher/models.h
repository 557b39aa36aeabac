/* models.h - the models that the program knows by name, the default one, and where their files are.
 *
 *     struct buf path = BUF_INIT;
 *     status = models_path("qwen-1.5b", &path, err);   // a name, a path, or NULL: the default
 *
 * The default is $SOW_MODEL, else the choice of `sow model use` for this user, else "small". A file is
 * looked for beside the libraries of an installed program, then where the build machine had it, then in
 * the user's cache.
 */
#ifndef TEACHER_MODELS_H
#define TEACHER_MODELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sow/sow.h"

#define MODEL_SMALL "small"
#define MODEL_EMBEDDER "minilm" /* the embedding model where none is named */

struct known_model {
	const char *name;            /* for --teacher, `sow model` and tools/setup */
	const char *file;            /* name of its file */
	const char *title;           /* as its authors call it, and its quantization */
	const char *licence;         /* SPDX */
	const char *remark;          /* what it is good for */
	int64_t bytes;
	const char *sha256;          /* of the file, in hex */
	bool embeds;                 /* makes vectors of texts, and answers no requests */
};

/* The row of that name, or NULL; the one at `i`, NULL past the last. */
const struct known_model *models_find(const char *name);
const struct known_model *models_at(size_t i);

/* Appends the name or the path of the default. SOW_OK, or why the user's choice cannot be read. */
int models_default(struct buf *out, struct sow_error *err);
/* Makes `spec`, a name or an absolute path, the user's default from now on. SOW_IO. */
int models_choose(const char *spec, struct sow_error *err);

/* Appends the path of the file that `spec` means: a name, a path, or NULL for the default.
 * SOW_MISSING says how to get it. */
int models_path(const char *spec, struct buf *out, struct sow_error *err);
/* The row of the model that `spec` means, if its file is not on this machine; else NULL. */
const struct known_model *models_missing(const char *spec);

/* Appends the folder for fetched files, and makes it. SOW_IO. */
int models_folder(struct buf *out, struct sow_error *err);

#endif
