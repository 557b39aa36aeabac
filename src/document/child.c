#include "document/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/view.h"

extern char **environ;

#define SAID_MAX 4096        /* of its standard error */

struct child {
	pid_t pid;
	int out, said;               /* what it writes; -1: ended */
};

static void close_both(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

/* In a new process group, so that its own children can be killed with it. */
static int start(struct child *c, const char *const *argv, const char *file, int out[2], int said[2])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int failed = posix_spawn_file_actions_init(&actions);
	if (failed)
		return failed;
	failed = posix_spawnattr_init(&attributes);
	if (!failed) {
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
		failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, file, O_RDONLY, 0);
		if (!failed)
			failed = posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
		if (!failed)
			failed = posix_spawn_file_actions_adddup2(&actions, said[1], STDERR_FILENO);
		if (!failed)
			failed = posix_spawnp(&c->pid, argv[0], &actions, &attributes,
					      (char *const *)argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

static int begin(struct child *c, const char *const *argv, const char *file, struct sow_error *err)
{
	int out[2], said[2];
	if (pipe2(out, O_CLOEXEC))
		return error_set(err, SOW_IO, "pipe: %s", strerror(errno));
	if (pipe2(said, O_CLOEXEC)) {
		int status = error_set(err, SOW_IO, "pipe: %s", strerror(errno));
		close_both(out);
		return status;
	}
	int failed = access(file, R_OK) ? errno : 0;
	int status = failed ? error_set(err, SOW_IO, "%s", strerror(failed)) : SOW_OK;
	if (!failed && (failed = start(c, argv, file, out, said)))
		status = failed == ENOENT ? error_set(err, SOW_MISSING, "%s is not installed", argv[0])
					  : error_set(err, SOW_IO, "%s: %s", argv[0], strerror(failed));
	close(out[1]);
	close(said[1]);
	c->out = out[0];
	c->said = said[0];
	if (status) {
		close(c->out);
		close(c->said);
	}
	return status;
}

/* Takes what there is of one of its two streams. */
static void take(int *fd, struct buf *into, size_t most)
{
	char block[65536];
	ssize_t got = read(*fd, block, sizeof(block));
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		close(*fd);
		*fd = -1;
		return;
	}
	size_t room = most > into->len ? most - into->len : 0;
	buf_add(into, block, (size_t)got < room ? (size_t)got : room);
}

/* False: its time is over, or it wrote too much. */
static bool listen_to(struct child *c, int64_t end, struct buf *out, struct buf *said)
{
	while (c->out >= 0 || c->said >= 0) {
		struct pollfd fds[] = { { .fd = c->out, .events = POLLIN },
					{ .fd = c->said, .events = POLLIN } };
		int64_t left = (end - clock_monotonic()) / CLOCK_MS;
		if (left <= 0 || buf_failed(out))
			return false;
		if (poll(fds, 2, (int)(left < 1000 ? left + 1 : 1000)) <= 0)
			continue;
		if (fds[0].revents)
			take(&c->out, out, SIZE_MAX);
		if (fds[1].revents)
			take(&c->said, said, SAID_MAX);
	}
	return true;
}

/* One that has closed its streams may still work. False: its time is over. */
static bool wait_until(pid_t pid, int64_t end, int *ended)
{
	const struct timespec pause = { .tv_nsec = CLOCK_MS };
	pid_t got;
	while ((got = waitpid(pid, ended, WNOHANG)) != pid) {
		if (got < 0 && errno != EINTR)
			return true;
		if (clock_monotonic() > end)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static void end_all(pid_t pid, int *ended)
{
	kill(-pid, SIGKILL);
	while (waitpid(pid, ended, 0) < 0 && errno == EINTR)
		;
}

static int judge(int status, const char *name, struct buf *said, struct sow_error *err)
{
	struct view rest = view_trim(view_from(said->data, said->len)), line = rest;
	view_line(&rest, &line);
	if (line.len > 200)
		line.len = 200;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return SOW_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && !line.len)
		return error_set(err, SOW_MISSING, "%s is not installed", name);
	if (WIFSIGNALED(status))
		return error_set(err, SOW_INVALID, "%s was ended by signal %d", name, WTERMSIG(status));
	return error_set(err, SOW_INVALID, "%s failed with status %d%s%.*s", name, WEXITSTATUS(status),
			 line.len ? ": " : "", VIEW_ARG(line));
}

/* One that has no such limit, or has ended, goes on without it: its time is limited, too. */
static void limit_memory(pid_t pid, size_t most)
{
	const struct rlimit limit = { .rlim_cur = most, .rlim_max = most };
	if (most)
		prlimit(pid, RLIMIT_AS, &limit, NULL);
}

int child_text(const char *const *argv, const char *file, struct child_limits most, struct buf *out,
	       struct sow_error *err)
{
	struct child c = { .out = -1, .said = -1 };
	struct buf said = BUF_INIT;
	int ended = 0, status = begin(&c, argv, file, err);
	if (status)
		return status;
	limit_memory(c.pid, most.memory);
	/* the shell is not who failed */
	const char *name = strcmp(argv[0], "/bin/sh") == 0 ? "--convert" : argv[0];
	int64_t end = clock_monotonic() + most.seconds * CLOCK_SECOND;
	bool in_time = listen_to(&c, end, out, &said) && wait_until(c.pid, end, &ended);
	if (!in_time)
		end_all(c.pid, &ended);
	if (c.out >= 0)
		close(c.out);
	if (c.said >= 0)
		close(c.said);
	if (buf_failed(out))
		status = error_set(err, SOW_TOOBIG, "%s: too much text", name);
	else if (!in_time)
		status = error_set(err, SOW_INVALID, "%s took longer than %d seconds", name, most.seconds);
	else
		status = judge(ended, name, &said, err);
	buf_release(&said);
	return status;
}
