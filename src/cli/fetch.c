#include "cli/fetch.h"

#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/beside.h"
#include "base/error.h"

/* Where the script lies, seen from the folder of the program. */
static const char *const places[] = { "../tools/setup", "../share/sow/setup" };

static bool find_script(struct buf *path)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (beside_program(path, places[i]))
			return true;
	}
	return false;
}

bool fetch_is_possible(void)
{
	struct buf script = BUF_INIT;
	bool found = find_script(&script);
	buf_release(&script);
	return found;
}

/* Standard output is for the doctor's report alone. */
static int start(char *script, pid_t *child)
{
	char model[] = "--model";
	char *argv[] = { script, model, NULL };
	posix_spawn_file_actions_t actions;
	int failed = posix_spawn_file_actions_init(&actions);
	if (failed)
		return failed;
	failed = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (!failed)
		failed = posix_spawn(child, script, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

static int run_script(char *script, struct sow_error *err)
{
	pid_t child;
	int result = 0;
	errno = start(script, &child);
	if (errno)
		return error_errno(err, script);
	while (waitpid(child, &result, 0) < 0) {
		if (errno != EINTR)
			return error_errno(err, script);
	}
	if (!WIFEXITED(result) || WEXITSTATUS(result) != 0)
		return error_set(err, SOW_IO, "the model could not be fetched; to use another, give "
				 "--teacher FILE.gguf or --teacher URL");
	return SOW_OK;
}

int fetch_model(struct sow_error *err)
{
	struct buf script = BUF_INIT;
	int status = find_script(&script)
			     ? run_script(script.data, err)
			     : error_set(err, SOW_MISSING, "no set-up script beside this program; "
					 "from a source tree of sow, run: tools/setup");
	buf_release(&script);
	return status;
}
