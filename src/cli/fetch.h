/* fetch.h - get the model that the embedded teacher needs. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include <stdbool.h>

#include "sow/sow.h"

/* Is there a set-up script beside this program that could? */
bool fetch_is_possible(void);

/* Runs the set-up script of the source tree, or the installed copy of it. SOW_MISSING if
 * there is none, SOW_IO if it fails (it has said why on standard error). */
int fetch_model(struct sow_error *err);

#endif
