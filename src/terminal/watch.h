/* watch.h - a page that is drawn again and again.
 *
 *     struct watch w;
 *     watch_start(&w, 2 * CLOCK_SECOND);
 *     do {
 *             … the page, as lines, into `text` …
 *             status = watch_draw(&w, &text, err);     // 1: nobody looks any more
 *     } while (!status && watch_wait(&w));             // false: Ctrl-C
 *     watch_end(&w, &text, err);
 *
 * On a terminal each page takes the place of the one before: as many lines as there is room for,
 * cut at its width, with one write, so that nothing flickers. The terminal stays in its usual
 * state all the time: whatever ends the program, nothing is to be put right. Elsewhere the pages
 * follow one another, an empty line between them.
 *
 * From watch_start to watch_end SIGINT and SIGTERM are held back, and seen by watch_wait.
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
	int64_t began;               /* the page that is being made */
	size_t lines;                /* of the page before */
	bool drawn;
	sigset_t signals, before;
};

void watch_start(struct watch *w, int64_t every);
/* SOW_OK, 1 if nobody reads any more, SOW_IO. */
int watch_draw(struct watch *w, const struct buf *page, struct sow_error *err);
/* Until the next page is due; at least three times as long as the last took to be made, so that a
 * large run has some peace. False if the program is asked to stop. */
bool watch_wait(struct watch *w);
/* Instead of the last page, all of this one. */
int watch_end(struct watch *w, const struct buf *page, struct sow_error *err);

#endif
