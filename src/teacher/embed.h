/* embed.h - vectors of texts, at once and in order, for work outside a run.
 *
 *     static int keep(void *data, size_t i, const struct reply *vector) { … vector->numbers … }
 *     status = embed_texts(NULL, texts, count, keep, &list, err);   // by the built-in embedding model
 *
 * Replies are not stored: where none may be lost, use score --with embed.
 */
#ifndef TEACHER_EMBED_H
#define TEACHER_EMBED_H

#include <stddef.h>

#include "base/view.h"
#include "data/request.h"
#include "sow/sow.h"
#include "teacher/teacher.h"

/* Calls `each` for every text, in their order; stops at and returns its first non-zero. A text that
 * cannot be embedded has a reply with FINISH_ERROR, whose text says why. `o`: the teacher; NULL, or one
 * without a spec: the built-in model. SOW_OK; with *err set SOW_MISSING (the model must be fetched first),
 * SOW_USAGE (that teacher makes no vectors), SOW_NOMEM, and the other failures of a teacher. */
int embed_texts(const struct teacher_options *o, const struct view *texts, size_t count,
		int (*each)(void *data, size_t i, const struct reply *vector), void *data,
		struct sow_error *err);

#endif
