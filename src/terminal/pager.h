/* pager.h - text to be read: page by page on a terminal, else as it comes.
 *
 *     struct pager p;
 *     pager_start(&p);
 *     while (… && (status = pager_write(&p, &text, err)) == 0)
 *             ;
 *     pager_end(&p);
 *
 * On a terminal that is $PAGER by the shell, or less; where $PAGER is empty or "cat", and where
 * no pager is found, text goes to the terminal itself. Ctrl-C is the pager's as long as it is
 * there. A reader that goes away early (q, `| head`) has seen what it wanted: no failure.
 */
#ifndef TERMINAL_PAGER_H
#define TERMINAL_PAGER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "sow/sow.h"

struct pager {
	int fd;
	pid_t child;               /* 0: none */
	struct sigaction interrupt, quit; /* what was in force before it */
};

/* If no pager can be started, output goes straight to the terminal. */
void pager_start(struct pager *p);
/* SOW_OK, 1 if nobody reads any more, or SOW_IO. */
int pager_write(struct pager *p, const struct buf *text, struct sow_error *err);
/* Waits until the person is done. */
void pager_end(struct pager *p);

#endif
