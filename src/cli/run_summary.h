/* run_summary.h - what a run shows when it is done: Table 1, some of its tasks, where it is. */
#ifndef CLI_RUN_SUMMARY_H
#define CLI_RUN_SUMMARY_H

#include <stdbool.h>

/* Prints it on standard output, for people or as one JSON object. Exit status. */
int run_summary_show(const char *dir, bool json);

#endif
