/* pager.h - text for a reader: page by page on a terminal, else straight through.
 *
 *     struct pager p;
 *     pager_start(&p);
 *     while (… && (status = pager_write(&p, &text, err)) == 0)
 *             ;
 *     pager_end(&p);
 *
 * On a terminal it runs $PAGER through the shell, or less; if $PAGER is empty or "cat", or if no
 * pager is found, text goes straight to the terminal. While the pager runs, Ctrl-C is the pager's. A
 * reader that leaves early (q, `| head`) has seen enough: that is not a failure.
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
	struct sigaction interrupt, quit; /* handlers in force before it */
};

/* If no pager can be started, output goes straight to the terminal. */
void pager_start(struct pager *p);
/* SOW_OK, 1 if the reader has left, or SOW_IO. */
int pager_write(struct pager *p, const struct buf *text, struct sow_error *err);
/* Waits until the reader is done. */
void pager_end(struct pager *p);

#endif
