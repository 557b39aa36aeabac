/* checks.h - what `sow doctor` looks at: a table of checks.
 *
 *     struct finding list[CHECKS];
 *     bool healthy = checks_run(list);       // everything required is ok
 *     checks_release(list);
 */
#ifndef CLI_CHECKS_H
#define CLI_CHECKS_H

#include <stdbool.h>

#include "base/buf.h"

#define CHECKS 8

struct finding {
	const char *name;
	bool ok;
	bool needed;         /* for the main job: the embedded model grows tasks */
	struct buf found;    /* one line */
	const char *advice;  /* what to do if it is not ok; NULL: nothing */
};

bool checks_run(struct finding list[CHECKS]);
void checks_release(struct finding list[CHECKS]);

#endif
