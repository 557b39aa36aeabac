#include "cli/console.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/utf8.h"
#include "io/outfile.h"
#include "terminal/readable.h"
#include "terminal/terminal.h"

#define CLEAR_LINE "\r\033[K"
#define LINE_MAX_BYTES (SOW_ERROR_MAX + 256)

static volatile sig_atomic_t live; /* a live line is on the screen */
static bool is_closed;             /* the reader of standard output has gone */
static bool is_muted;

static struct {
	int fd;
	char path[SOW_ERROR_MAX / 2];
	int failed;                /* errno of the first write that failed */
} log_file = { .fd = -1 };

void console_start(void)
{
	/* Opened read-only, so that writing to what was closed still fails. */
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) != fd)
			_exit(EXIT_FAILED);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* past a limit on file sizes a write fails like any other */
}

void console_mute(void)
{
	is_muted = true;
}

int console_end(int status)
{
	if (is_closed) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return status;
}

/* Best effort: no other place is left to report a failure. 0, or errno. */
static int put(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

int console_data(const struct buf *text)
{
	struct sow_error err = { 0 };
	console_live("");
	if (is_muted)
		return EXIT_DONE;
	struct outfile *out = outfile_open("-", &err);
	if (!out)
		return console_error(&err);
	outfile_write(out, text->data, text->len);
	return outfile_finish(out, &err) ? console_error(&err) : EXIT_DONE;
}

void console_text(const char *text)
{
	if (is_muted)
		return;
	console_live("");
	put(STDERR_FILENO, text, strlen(text));
}

/* A message may quote a file or a model: no byte of it may move the cursor. */
static void print_message(char *line)
{
	char text[LINE_MAX_BYTES + 8];
	for (char *p = line; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7F)
			*p = '?';
	}
	snprintf(text, sizeof(text), "%s\n", line);
	console_text(text);
	console_log(line);
}

void console_line(const char *fmt, ...)
{
	char line[LINE_MAX_BYTES] = "sow: ";
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line + 5, sizeof(line) - 5, fmt, ap);
	va_end(ap);
	print_message(line);
}

int usage_error(const struct command *c, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	int start = snprintf(line, sizeof(line), "sow %s: ", c->name);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line + start, sizeof(line) - (size_t)start, fmt, ap);
	va_end(ap);
	print_message(line);
	return EXIT_WRONG_USAGE;
}

int console_error(const struct sow_error *err)
{
	if (err->status == SOW_CLOSED) {
		is_closed = true;
		return EXIT_FAILED;
	}
	console_line("%s", err->text[0] ? err->text : "failed (no reason given)");
	return err->status == SOW_USAGE     ? EXIT_WRONG_USAGE
	       : err->status == SOW_STOPPED ? EXIT_UNFINISHED
					    : EXIT_FAILED;
}

int console_nomem(void)
{
	struct sow_error err = { 0 };
	error_nomem(&err);
	return console_error(&err);
}

bool console_can_live(void)
{
	return terminal_is(STDERR_FILENO);
}

void console_message(void *unused, const char *line)
{
	(void)unused;
	console_line("%s", line);
}

void console_live(const char *line)
{
	char text[1024];
	if (!*line && !live)
		return;
	if (is_muted || (*line && !console_can_live()))
		return;
	/* The last column stays free: some terminals wrap when it is filled. */
	size_t width = terminal_width(STDERR_FILENO) - 1, len = strlen(line);
	if (len > width)
		len = utf8_floor(line, width);
	int n = snprintf(text, sizeof(text), CLEAR_LINE "%.*s", (int)len, line);
	live = *line != '\0';
	put(STDERR_FILENO, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

void console_from_signal(const char *line)
{
	int saved = errno;
	if (live)
		put(STDERR_FILENO, CLEAR_LINE, strlen(CLEAR_LINE));
	live = 0;
	put(STDERR_FILENO, line, strlen(line));
	errno = saved;
}

int console_log_open(const char *path, struct sow_error *err)
{
	log_file.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (log_file.fd < 0)
		return error_errno(err, path);
	snprintf(log_file.path, sizeof(log_file.path), "%s", path);
	log_file.failed = 0;
	return SOW_OK;
}

void console_log(const char *line)
{
	struct buf text = BUF_INIT;
	if (log_file.fd < 0 || log_file.failed)
		return;
	readable_date(&text, clock_wall());
	buf_addf(&text, " %s\n", line);
	log_file.failed = put(log_file.fd, text.data, text.len);
	buf_release(&text);
}

int console_log_close(struct sow_error *err)
{
	if (log_file.fd < 0)
		return SOW_OK;
	if (close(log_file.fd) < 0 && !log_file.failed)
		log_file.failed = errno;
	log_file.fd = -1;
	errno = log_file.failed;
	return log_file.failed ? error_errno(err, log_file.path) : SOW_OK;
}
