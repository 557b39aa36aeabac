/* exported.h - what a run gives away, to compare it with another's. */
#ifndef TESTS_EXPORTED_H
#define TESTS_EXPORTED_H

#include "store/store.h"

/* Finished tasks as Self-Instruct's JSON lines, each with its lineage before it. The caller's, for
 * mem_free; ends the test on failure. */
char *exported(const char *dir, const struct task_range *range);

/* The same with all there is of each: members, turns, roles, scores, samples, thoughts. */
char *exported_whole(const char *dir, const struct task_range *range);

/* As the lines of a file of that format: "alpaca". */
char *exported_as(const char *dir, const struct task_range *range, const char *format);

#endif
