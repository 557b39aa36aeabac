#include "cli/fetch.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

/* Where the script lies, seen from the folder of the program. */
static const char *const places[] = { "../tools/setup", "../share/sow/setup" };

static bool find_script(char path[PATH_MAX])
{
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (len <= 0)
		return false;
	exe[len] = '\0';
	*strrchr(exe, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int n = snprintf(path, PATH_MAX, "%s/%s", exe, places[i]);
		if (n > 0 && n < PATH_MAX && access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* Standard output is for the doctor's report alone. */
static int start(const char *path, pid_t *child)
{
	char script[PATH_MAX], model[] = "--model";
	char *argv[] = { script, model, NULL };
	posix_spawn_file_actions_t actions;
	snprintf(script, sizeof(script), "%s", path);
	int failed = posix_spawn_file_actions_init(&actions);
	if (failed)
		return failed;
	failed = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (!failed)
		failed = posix_spawn(child, script, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

int fetch_model(struct sow_error *err)
{
	char path[PATH_MAX];
	pid_t child;
	int result = 0;
	if (!find_script(path))
		return error_set(err, SOW_MISSING, "no set-up script beside this program; from a source "
				 "tree of sow, run: tools/setup");
	errno = start(path, &child);
	if (errno)
		return error_errno(err, path);
	while (waitpid(child, &result, 0) < 0) {
		if (errno != EINTR)
			return error_errno(err, path);
	}
	if (!WIFEXITED(result) || WEXITSTATUS(result) != 0)
		return error_set(err, SOW_IO, "%s failed", path);
	return SOW_OK;
}
