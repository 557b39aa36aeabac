#include "terminal/watch.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "terminal/pager.h"
#include "terminal/terminal.h"
#include "terminal/wrap.h"

#define REST 3 /* times the time of making a page */

void watch_start(struct watch *w, int64_t every)
{
	*w = (struct watch){ .live = terminal_is(STDOUT_FILENO), .every = every,
			     .began = clock_monotonic() };
	sigemptyset(&w->signals);
	sigaddset(&w->signals, SIGINT);
	sigaddset(&w->signals, SIGTERM);
	if (w->live)
		sigaddset(&w->signals, SIGWINCH);
	sigprocmask(SIG_BLOCK, &w->signals, &w->before);
}

/* Back to the beginning of the last page. */
static void add_return(const struct watch *w, struct buf *out)
{
	buf_addch(out, '\r');
	if (w->lines)
		buf_addf(out, "\033[%zuA", w->lines);
}

/* The lines that fit, each written over an old one. Returns how many. */
static size_t add_lines(struct view page, struct buf *out)
{
	size_t width = terminal_width(STDOUT_FILENO) - 1;
	size_t most = terminal_height(STDOUT_FILENO) - 1, lines = 0;
	struct view line;
	while (lines < most && view_line(&page, &line)) {
		line = text_fit(line, width);
		wrap_line(out, line);
		buf_addstr(out, "\033[K\n");
		lines++;
	}
	buf_addstr(out, "\033[J");
	return lines;
}

static int put(const struct buf *text, struct sow_error *err)
{
	struct pager plain = { .fd = STDOUT_FILENO };
	return pager_write(&plain, text, err);
}

int watch_draw(struct watch *w, const struct buf *page, struct sow_error *err)
{
	struct buf out = BUF_INIT;
	struct view text = view_from(page->data, page->len);
	if (w->live) {
		add_return(w, &out);
		w->lines = add_lines(text, &out);
	} else {
		buf_addstr(&out, w->drawn ? "\n" : "");
		buf_add(&out, text.p, text.len);
	}
	int status = put(&out, err);
	w->drawn = true;
	buf_release(&out);
	return status;
}

bool watch_wait(struct watch *w)
{
	int64_t now = clock_monotonic(), rest = REST * (now - w->began);
	int64_t ns = rest > w->every ? rest : w->every;
	const struct timespec until = { ns / CLOCK_SECOND, ns % CLOCK_SECOND };
	int number;
	do
		number = sigtimedwait(&w->signals, NULL, &until);
	while (number < 0 && errno == EINTR);
	w->began = clock_monotonic();
	return number != SIGINT && number != SIGTERM;
}

int watch_end(struct watch *w, const struct buf *page, struct sow_error *err)
{
	struct buf out = BUF_INIT;
	if (w->live && w->drawn) {
		add_return(w, &out);
		buf_addstr(&out, "\033[J");
	} else if (w->drawn) {
		buf_addch(&out, '\n');
	}
	buf_add(&out, page->data, page->len);
	int status = put(&out, err);
	sigprocmask(SIG_SETMASK, &w->before, NULL);
	buf_release(&out);
	return status;
}
