#include "terminal/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is(int fd)
{
	const char *term = getenv("TERM");
	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

size_t terminal_width(int fd)
{
	struct winsize size;
	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
		return 80;
	return size.ws_col;
}

size_t terminal_height(int fd)
{
	struct winsize size;
	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_row < 2)
		return 24;
	return size.ws_row;
}

bool terminal_has_colour(void)
{
	const char *none = getenv("NO_COLOR");
	return terminal_is(STDOUT_FILENO) && !(none && *none);
}

void tone_begin(struct buf *out, enum tone tone)
{
	static const char *const codes[] = {
		[TONE_PLAIN] = "",
		[TONE_NAME] = "\033[1m",
		[TONE_LABEL] = "\033[36m",
		[TONE_BAD] = "\033[31m",
		[TONE_QUIET] = "\033[2m",
	};
	buf_addstr(out, codes[tone]);
}

void tone_end(struct buf *out, enum tone tone)
{
	if (tone != TONE_PLAIN)
		buf_addstr(out, "\033[m");
}
