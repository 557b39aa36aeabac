/* cancel.h - ends the batches of a run at their server. */
#ifndef TEACHER_BATCH_CANCEL_H
#define TEACHER_BATCH_CANCEL_H

#include "store/batches.h"
#include "teacher/teacher.h"

/* Cancels each of `rows` that the server has and that has not ended, and notes so in run.db; `o` says
 * who the server is, and whose run it is. `say` is told a line about each. What is answered already
 * is paid for, and read when the run goes on. SOW_OK, SOW_IO where one could not be cancelled, or
 * what else went wrong. */
int batches_cancel(const struct teacher_options *o, const struct batch_row *rows, size_t count,
		   void (*say)(const char *line), struct sow_error *err);

/* Who the batches of such a teacher are noted for; the caller's (mem_free). */
char *batches_teacher(const struct teacher_options *o, struct sow_error *err);

#endif
