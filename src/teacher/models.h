/* models.h - the models that the program knows by name, which one answers, and where files lie.
 *
 *     struct buf path = BUF_INIT;
 *     status = models_path("qwen-1.5b", &path, err);   // a name, a path, or NULL: the default
 *
 * The default is $SOW_MODEL, else what `sow model use` has written down for this user, else
 * "small". A file is beside the libraries of an installed program, else where the machine that
 * built it had it, else in the user's cache.
 */
#ifndef TEACHER_MODELS_H
#define TEACHER_MODELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sow/sow.h"

#define MODEL_SMALL "small"
#define MODEL_EMBEDDER "minilm" /* which embeds where nothing else is said */

struct known_model {
	const char *name;            /* for --teacher, `sow model` and tools/setup */
	const char *file;            /* what its file is called */
	const char *title;           /* as its authors call it, and how it was quantized */
	const char *licence;         /* SPDX */
	const char *remark;          /* what it is good for */
	int64_t bytes;
	const char *sha256;          /* of the file, in hex */
	bool embeds;                 /* it makes vectors of texts, and answers nothing */
};

/* The row of that name, or NULL; the one at `i`, NULL behind the last. */
const struct known_model *models_find(const char *name);
const struct known_model *models_at(size_t i);

/* Appends the name or the path that stands for the default. SOW_OK, or why what was chosen can't be
 * read. */
int models_default(struct buf *out, struct sow_error *err);
/* Makes `spec`, a name or an absolute path, the user's default from now on. SOW_IO. */
int models_choose(const char *spec, struct sow_error *err);

/* Appends the path of the file that `spec` means: a name, a path, or NULL for the default.
 * SOW_MISSING says how to get it. */
int models_path(const char *spec, struct buf *out, struct sow_error *err);
/* The row of what `spec` means if that is not on this machine; else NULL. */
const struct known_model *models_missing(const char *spec);

/* Appends the folder for files that were fetched from an address, and makes it. SOW_IO. */
int models_folder(struct buf *out, struct sow_error *err);

#endif
