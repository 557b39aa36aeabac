/* watch.h - a page that is redrawn again and again.
 *
 *     struct watch w;
 *     watch_start(&w, 2 * CLOCK_SECOND);
 *     do {
 *             … the page, as lines, into `text` …
 *             status = watch_draw(&w, &text, err);     // 1: the reader has left
 *     } while (!status && watch_wait(&w));             // false: Ctrl-C
 *     watch_end(&w, &text, err);
 *
 * On a terminal each page replaces the one before: as many lines as there is room for, cut at its
 * width, in one write, so that nothing flickers. The terminal stays in its usual state all the
 * time: whatever ends the program, nothing needs to be restored. Elsewhere the pages
 * follow one another, with an empty line between them.
 *
 * From watch_start to watch_end SIGINT and SIGTERM are blocked, and watch_wait takes them.
 */
#ifndef TERMINAL_WATCH_H
#define TERMINAL_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sow/sow.h"

struct watch {
	bool live;                   /* on a terminal */
	int64_t every;               /* ns */
	int64_t began;               /* start of the current page */
	size_t lines;                /* of the page before */
	bool drawn;
	sigset_t signals, before;
};

void watch_start(struct watch *w, int64_t every);
/* SOW_OK, 1 if the reader has left, SOW_IO. */
int watch_draw(struct watch *w, const struct buf *page, struct sow_error *err);
/* Waits until the next page is due; at least three times as long as the last one took to make, which
 * spares a large run. False if the program should stop. */
bool watch_wait(struct watch *w);
/* Draws this page in full, instead of the last one. */
int watch_end(struct watch *w, const struct buf *page, struct sow_error *err);

#endif
