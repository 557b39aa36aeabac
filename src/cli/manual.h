/* manual.h - manual pages and completions, from the tables that --help is made of.
 *
 * `sow help --man [COMMAND]` writes a page as source for scdoc, `sow help --completion
 * bash|zsh` a completion; the build turns them into files to install. No person needs them,
 * so no help tells of them.
 */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include <stddef.h>

#include "base/buf.h"
#include "cli/cli.h"

/* The page of a command, "sow-NAME(1)". Failure shows in `out`. */
void manual_command(const struct command *c, struct buf *out);
/* sow(1): what it is, its commands, files and environment. */
void manual_overview(const struct command *const *commands, size_t count, struct buf *out);

void completion_bash(const struct command *const *commands, size_t count, struct buf *out);
void completion_zsh(const struct command *const *commands, size_t count, struct buf *out);

#endif
