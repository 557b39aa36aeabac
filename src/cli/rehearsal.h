/* rehearsal.h - a teacher in this process that answers as the mock does: at once, for nothing, and
 * plausibly enough that a run goes the way it will with a real one. */
#ifndef CLI_REHEARSAL_H
#define CLI_REHEARSAL_H

#include "teacher/teacher.h"

extern const struct teacher_kind teacher_rehearsal;

#endif
