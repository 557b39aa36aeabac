/* result.h - what a run shows when it is done: Table 1, some of its tasks, where it is. */
#ifndef CLI_RESULT_H
#define CLI_RESULT_H

#include <stdbool.h>

/* Prints it on standard output, for people or as one JSON object. Exit status. */
int result_show(const char *dir, bool json);

#endif
