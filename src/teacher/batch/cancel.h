/* cancel.h - ends the batches of a run at their server. */
#ifndef TEACHER_BATCH_CANCEL_H
#define TEACHER_BATCH_CANCEL_H

#include "store/batches.h"
#include "teacher/teacher.h"

/* Cancels each of `rows` that the server has and that has not ended, and records so in run.db; `o` names
 * the server and the run. `say` receives a line about each. Requests that are already answered are paid
 * for; the resumed run reads their results. SOW_OK; SOW_IO where one could not be cancelled; or another
 * failure. */
int batches_cancel(const struct teacher_options *o, const struct batch_row *rows, size_t count,
		   void (*say)(const char *line), struct sow_error *err);

/* The name under which run.db keeps the batches of such a teacher; the caller's (mem_free). */
char *batches_teacher(const struct teacher_options *o, struct sow_error *err);

#endif
