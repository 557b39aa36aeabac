#include "cli/checks.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cpu.h"
#include "base/error.h"
#include "cli/console.h"
#include "config.h"
#include "io/folder.h"
#include "sow/sow.h"
#include "teacher/model.h"
#include "teacher/models.h"

static bool look_version(struct buf *found)
{
	struct utsname system;
	buf_addf(found, "%s, %s", sow_version(),
		 SOW_HAVE_LLAMA ? "with the embedded teacher" : "without the embedded teacher");
	if (uname(&system) == 0)
		buf_addf(found, ", %s %s %s", system.sysname, system.release, system.machine);
	return true;
}

static bool look_built_in(struct buf *found)
{
	buf_addstr(found, SOW_HAVE_LLAMA ? "llama.cpp is linked in"
					 : "this build has no libllama (-Dllama=disabled, or it was "
					   "not there)");
	return SOW_HAVE_LLAMA;
}

static bool look_model(struct buf *found)
{
	struct sow_error err = { 0 };
	struct stat st;
	size_t start = found->len;
	if (models_path(NULL, found, &err)) {
		buf_addstr(found, err.text);
		return false;
	}
	if (stat(found->data + start, &st) == 0)
		buf_addf(found, " (%.0f MB)", (double)st.st_size / 1e6);
	return true;
}

/* Opening it tells whether file, library and a backend for this processor fit together. */
static bool look_open(struct buf *found)
{
	struct sow_error err = { 0 };
	struct buf path = BUF_INIT;
	struct model *m = NULL;
	if (models_path(NULL, &path, &err))
		buf_addstr(found, "not tried: there is no model");
	else if ((m = model_open(path.data, 0, &err)))
		buf_addf(found, "whole; trained on texts up to %d tokens", model_trained(m));
	else
		buf_addstr(found, err.text);
	model_close(m);
	buf_release(&path);
	return m != NULL;
}

/* ggml's backends are loaded when a model is opened; base is none of them. */
static int add_backend(struct dl_phdr_info *info, size_t size, void *data)
{
	static const char prefix[] = "/libggml-";
	struct buf *found = data;
	const char *slash = strrchr(info->dlpi_name, '/');
	(void)size;
	if (slash && strncmp(slash, prefix, sizeof(prefix) - 1) == 0 && !strstr(slash, "-base."))
		buf_addf(found, "%s%s", found->len ? ", " : "", info->dlpi_name);
	return 0;
}

/* After look_open, which loads them. */
static bool look_backends(struct buf *found)
{
	dl_iterate_phdr(add_backend, found);
	if (!found->len)
		buf_addstr(found, "none is loaded");
	return strstr(found->data, "libggml-cpu") != NULL;
}

static bool look_cache(struct buf *found)
{
	struct sow_error err = { 0 };
	size_t start = found->len;
	int status = folder_cache(NULL, found, &err);
	if (status) {
		buf_cut(found, start);
		buf_addstr(found, err.text);
		return false;
	}
	bool writable = access(found->data + start, W_OK) == 0;
	buf_addstr(found, writable ? ", writable" : ", not writable: replies are not kept");
	return writable;
}

static bool look_terminal(struct buf *found)
{
	const char *term = getenv("TERM");
	buf_addf(found, "%s (TERM=%s)", console_can_live() ? "progress is one live line"
							: "none: progress is a line every 10 s",
		 term ? term : "");
	return console_can_live();
}

static bool look_cores(struct buf *found)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	buf_addf(found, "%zu, and %.1f GB of memory", cpu_cores(), (double)pages * (double)page / 1e9);
	return true;
}

static const struct {
	const char *name;
	bool needed;
	bool (*look)(struct buf *found);
	const char *advice;
} table[CHECKS] = {
	{ "version", false, look_version, NULL },
	{ "libllama", true, look_built_in, "tools/setup, then build again: make" },
	{ "model file", true, look_model, "sow doctor --fetch" },
	{ "model", true, look_open, "sow doctor --fetch; a damaged one: tools/setup --verify" },
	{ "backends", true, look_backends, "tools/setup, then build again: make" },
	{ "cache", false, look_cache, NULL },
	{ "terminal", false, look_terminal, NULL },
	{ "cores", false, look_cores, NULL },
};

bool checks_run(struct finding list[CHECKS])
{
	bool healthy = true;
	for (size_t i = 0; i < CHECKS; i++) {
		list[i] = (struct finding){ .name = table[i].name, .needed = table[i].needed,
					    .found = BUF_INIT, .advice = table[i].advice };
		list[i].ok = table[i].look(&list[i].found);
		healthy = healthy && (list[i].ok || !list[i].needed);
	}
	return healthy;
}

void checks_release(struct finding list[CHECKS])
{
	for (size_t i = 0; i < CHECKS; i++)
		buf_release(&list[i].found);
}
