#include "terminal/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "terminal/terminal.h"

static bool is_wanted(const char *name)
{
	if (!terminal_is(STDOUT_FILENO))
		return false;
	return !name || (*name && strcmp(name, "cat") != 0);
}

/* In the child. less keeps colours, and leaves at once if everything fits on one screen. */
static void become_pager(const char *name)
{
	setenv("LESS", "FRX", 0);
	if (name)
		execl("/bin/sh", "sh", "-c", name, (char *)NULL);
	execlp("less", "less", (char *)NULL);
	execlp("more", "more", (char *)NULL);
	execlp("cat", "cat", (char *)NULL);
	_exit(127);
}

void pager_start(struct pager *p)
{
	const char *name = getenv("PAGER");
	int ends[2];
	*p = (struct pager){ .fd = STDOUT_FILENO };
	if (!is_wanted(name) || pipe2(ends, O_CLOEXEC) < 0)
		return;
	pid_t child = fork();
	if (child == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(ends[0], STDIN_FILENO);
		become_pager(name);
	}
	close(ends[0]);
	if (child < 0) {
		close(ends[1]);
		return;
	}
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigaction(SIGINT, &ignore, &p->interrupt);
	sigaction(SIGQUIT, &ignore, &p->quit);
	p->fd = ends[1];
	p->child = child;
}

int pager_write(struct pager *p, const struct buf *text, struct sow_error *err)
{
	const char *at = text->data;
	size_t left = text->len;
	while (left) {
		ssize_t n = write(p->fd, at, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			return 1;
		if (n < 0)
			return error_errno(err, "standard output");
		at += n;
		left -= (size_t)n;
	}
	return SOW_OK;
}

void pager_end(struct pager *p)
{
	int status;
	if (!p->child)
		return;
	close(p->fd);
	while (waitpid(p->child, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &p->interrupt, NULL);
	sigaction(SIGQUIT, &p->quit, NULL);
	*p = (struct pager){ .fd = STDOUT_FILENO };
}
