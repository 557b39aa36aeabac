#include "cli/fetch.h"

#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/exe_path.h"
#include "cli/console.h"
#include "config.h"
#include "io/hash.h"

/* Where the script lies, seen from the folder of the program. */
static const char *const places[] = { "../tools/setup", "../share/sow/setup" };

static bool find_script(struct buf *path)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (exe_path_find(path, places[i]))
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
static int start(char *script, char *model, pid_t *child)
{
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

static int run_script(char *script, char *model, struct sow_error *err)
{
	pid_t child;
	int result = 0;
	errno = start(script, model, &child);
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

/* The script has checked each piece; this is the file as it was published. */
static int check_sum(const struct known_model *m, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	struct hash sum, wanted;
	int status = models_path(m->name, &path, err);
	if (!status)
		status = hash_file(path.data, &sum, err);
	if (!status && (hash_from_hex(m->sha256, strlen(m->sha256), &wanted) ||
			memcmp(&sum, &wanted, sizeof(sum)) != 0))
		status = error_set(err, SOW_INVALID, "%s is not the file of that name that was "
				   "published; remove it and fetch it again", path.data);
	buf_release(&path);
	return status;
}

int fetch_model(const struct known_model *m, struct sow_error *err)
{
	struct buf script = BUF_INIT, option = BUF_INIT;
	int status = SOW_OK;
	/* In tools/setup the small one is the model that is always wanted. */
	if (strcmp(m->name, MODEL_SMALL) == 0)
		buf_addstr(&option, "--model");
	else
		buf_addf(&option, "--model=%s", m->name);
	if (!find_script(&script))
		status = error_set(err, SOW_MISSING, "no set-up script beside this program; "
				   "from a source tree of sow, run: tools/setup");
	else
		status = run_script(script.data, option.data, err);
	if (!status)
		status = check_sum(m, err);
	buf_release(&script);
	buf_release(&option);
	return status;
}

int fetch_if_missing(const char *spec, struct sow_error *err)
{
	const struct known_model *m = models_missing(spec);
	if (!SOW_HAVE_LLAMA || !m || !fetch_is_possible())
		return SOW_OK;
	console_line("the model %s (%s) is not on this machine yet: fetching it, once, %.0f MB", m->name,
		     m->title, (double)m->bytes / 1e6);
	return fetch_model(m, err);
}
