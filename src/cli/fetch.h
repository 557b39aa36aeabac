/* fetch.h - get the model that the embedded teacher needs. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include <stdbool.h>

#include "sow/sow.h"
#include "teacher/models.h"

/* Is there a set-up script beside this program that could? */
bool fetch_is_possible(void);

/* Runs the set-up script of the source tree, or the installed copy of it, which resumes where an
 * earlier fetch was stopped; then holds the file against the model's checksum. SOW_MISSING if
 * there is no script, SOW_IO if it fails (it has said why on standard error), SOW_INVALID. */
int fetch_model(const struct known_model *m, struct sow_error *err);
/* The same, with a line that says so, if what `spec` means (models.h) is not on this machine and can be
 * fetched; else nothing. */
int fetch_if_missing(const char *spec, struct sow_error *err);

#endif
