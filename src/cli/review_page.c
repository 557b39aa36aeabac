#include "cli/review_page.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/interrupt.h"
#include "io/infile.h"

extern char **environ;

int review_page_check(const struct command *c, const struct review_page *o)
{
	if (o->host && !o->password_file)
		return usage_error(c,
				   "--host: expected --password-file FILE, since others can reach the page");
	return -1;
}

/* The first line of a file that no other user can read. */
static int read_password(const char *path, struct buf *out, struct sow_error *err)
{
	struct view line;
	struct stat st;
	struct infile *in = infile_open(path, err);
	if (!in)
		return err->status;
	int status = infile_line(in, &line, err);
	if (status > 0)
		buf_add(out, line.p, line.len);
	infile_close(in);
	if (status < 0)
		return status;
	if (out->len < 8)
		return error_set(err, SOW_INVALID, "%s: expected a password of 8 characters or more in its first "
				 "line", path);
	if (!stat(path, &st) && (st.st_mode & 077))
		console_line("%s: other users of this machine can read it", path);
	return SOW_OK;
}

/* With whatever the desktop opens pages with. Nobody waits for it, and without one there is still
 * the address. */
static void open_browser(const char *address)
{
	const char *const arguments[] = { "xdg-open", address, NULL };
	posix_spawn_file_actions_t quiet;
	pid_t pid;
	if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY"))
		return;
	if (posix_spawn_file_actions_init(&quiet))
		return;
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&quiet, STDOUT_FILENO, STDERR_FILENO);
	posix_spawnp(&pid, arguments[0], &quiet, NULL, (char *const *)(void *)arguments, environ);
	posix_spawn_file_actions_destroy(&quiet);
}

/* One line on standard output, as soon as a browser may come: scripts wait for it. */
static int say_address(void *data, const char *address)
{
	const struct review_page *o = data;
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s\n", address);
	int exit = console_data(&line);
	buf_release(&line);
	if (exit != EXIT_DONE)
		return SOW_STOPPED;
	if (isatty(STDOUT_FILENO))
		console_line("the page is at this address; Ctrl-C ends it");
	if (!o->no_open && isatty(STDOUT_FILENO))
		open_browser(address);
	return SOW_OK;
}

static const char *login_name(void)
{
	static const char *const names[] = { "USER", "LOGNAME" };
	for (size_t i = 0; i < 2; i++) {
		const char *name = getenv(names[i]);
		if (name && *name && strlen(name) <= 64)
			return name;
	}
	return "me";
}

int review_page_serve(const struct review_page *o, struct review_options *review)
{
	struct sow_error err = { 0 };
	struct buf password = BUF_INIT;
	int status = o->password_file ? read_password(o->password_file, &password, &err) : SOW_OK;
	review->host = o->host;
	review->port = (uint16_t)o->port;
	review->password = o->password_file ? password.data : NULL;
	review->by = review->by ? review->by : login_name();
	review->on_listening = say_address;
	review->tell = console_message;
	review->data = (void *)(uintptr_t)o;
	review->stop_fd = interrupt_as_file();
	if (!status)
		status = review_serve(review, &err);
	if (review->stop_fd >= 0)
		close(review->stop_fd);
	buf_release(&password);
	if (status == SOW_STOPPED)
		return EXIT_FAILED; /* and said so */
	return status ? console_error(&err) : EXIT_DONE;
}
