/* help.h - the page that --help shows, 80 columns wide. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/buf.h"
#include "cli/cli.h"

void help_print(const struct command *c, struct buf *out);
/* What sow help teachers shows: the options of teachers, which methods' pages leave out. */
void help_print_teachers(struct buf *out);

#endif
