#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/fetch.h"
#include "cli/options.h"
#include "config.h"
#include "io/download.h"
#include "io/folder.h"
#include "io/hash.h"
#include "report/figures.h"
#include "teacher/model.h"
#include "teacher/models.h"
#include "teacher/teacher.h"

struct chosen {
	const char *sha256, *ca_file;
	bool json, quiet;
};

static const struct option options[] = {
	{ "sha256", 0, OPTION_TEXT, offsetof(struct chosen, sha256), "HEX",
	  "fetch of an address: what the file must have" },
	{ "ca-file", 0, OPTION_TEXT, offsetof(struct chosen, ca_file), "FILE",
	  "fetch of an address: certificates to trust, PEM" },
	{ "json", 0, OPTION_FLAG, offsetof(struct chosen, json), NULL, "list: as one JSON object" },
	{ "quiet", 'q', OPTION_FLAG, offsetof(struct chosen, quiet), NULL, "no progress" },
};

static bool is_address(const char *spec)
{
	return strncmp(spec, "http://", 7) == 0 || strncmp(spec, "https://", 8) == 0;
}

/* list */

static void add_row(struct figures *f, const struct known_model *m, const char *chosen, bool json)
{
	struct buf path = BUF_INIT;
	bool here = models_path(m->name, &path, NULL) == SOW_OK, is_used = strcmp(m->name, chosen) == 0;
	figures_object(f, NULL, NULL);
	figures_text(f, "name", "name", view_of(m->name))->width = -11;
	figures_text(f, NULL, "size", view_of(figures_words(f, "%.0f MB", (double)m->bytes / 1e6)))
		->width = -9;
	figures_text(f, NULL, "state", view_of(is_used ? here ? "used" : "to be fetched"
						       : here ? "here" : "-"))->width = -15;
	figures_text(f, "title", "model", view_of(m->title))->width = -37;
	figures_text(f, "licence", "licence", view_of(m->licence))->width = -12;
	figures_text(f, "remark", "good for", view_of(m->remark))->width = -1;
	if (json) {
		figures_count(f, "bytes", NULL, m->bytes);
		figures_text(f, "sha256", NULL, view_of(m->sha256));
		figures_bool(f, "here", here);
		figures_bool(f, "used", is_used);
		if (here)
			figures_text(f, "path", NULL, view_of(figures_copy(f, view_of(path.data))));
	}
	figures_end(f);
	buf_release(&path);
}

static int list(const struct command *c, const struct chosen *o, const char *name)
{
	struct sow_error err = { 0 };
	struct buf chosen = BUF_INIT, out = BUF_INIT;
	const struct known_model *m;
	if (name)
		return usage_error(c, "list: expected nothing after it, not '%s'", name);
	int status = models_default(&chosen, &err);
	if (status)
		return console_error(&err);
	struct figures f;
	figures_init(&f);
	figures_array(&f, "models", NULL)->is_table = true;
	for (size_t i = 0; (m = models_at(i)); i++)
		add_row(&f, m, chosen.data, o->json);
	figures_end(&f);
	if (!models_find(chosen.data))
		figures_text(&f, "used", "used:", view_of(chosen.data))->of = 0;
	status = figures_show(&f, o->json, &out, &err);
	figures_release(&f);
	int exit = status ? console_error(&err) : console_data(&out);
	buf_release(&chosen);
	buf_release(&out);
	return exit;
}

/* fetch */

static void show_progress(void *data, int64_t done, int64_t total)
{
	struct buf line = BUF_INIT;
	(void)data;
	buf_addf(&line, "%.0f of %.0f MB", (double)done / 1e6, (double)total / 1e6);
	console_live(line.data);
	buf_release(&line);
}

static int check_sum(const char *path, const char *hex, struct sow_error *err)
{
	struct hash wanted, found;
	char text[HASH_HEX_SIZE];
	if (!hex)
		return SOW_OK;
	if (hash_from_hex(hex, strlen(hex), &wanted))
		return error_set(err, SOW_USAGE, "--sha256: expected 64 hex digits");
	int status = hash_file(path, &found, err);
	if (status || memcmp(&wanted, &found, sizeof(found)) == 0)
		return status;
	hash_hex(&found, text);
	unlink(path);
	return error_set(err, SOW_INVALID, "%s has SHA-256 %s, not the one that was given; removed",
			 path, text);
}

/* Is it a file that a teacher can be made of? */
static int check_model(const char *path, struct sow_error *err)
{
	struct model *m = SOW_HAVE_LLAMA ? model_open(path, 0, err) : NULL;
	int status = !SOW_HAVE_LLAMA || m ? SOW_OK : (int)err->status;
	model_close(m);
	return status;
}

/* And one that can be asked where no other is named? */
static int check_writer(const char *path, struct sow_error *err)
{
	if (model_file_embeds(path))
		return error_set(err, SOW_INVALID, "%s: it makes vectors and answers nothing; expected a model that "
				 "writes; for sow score --with embed give --teacher %s", path, path);
	return check_model(path, err);
}

/* The name at the end of an address, without what follows a "?". */
static int add_file_name(const char *url, struct buf *out, struct sow_error *err)
{
	size_t len = strcspn(url, "?#");
	size_t from = len;
	while (from && url[from - 1] != '/')
		from--;
	struct view name = view_from(url + from, len - from);
	if (!view_ends(name, ".gguf"))
		return error_set(err, SOW_USAGE, "%s: expected the address of a .gguf file", url);
	buf_addf(out, "/%.*s", VIEW_ARG(name));
	return SOW_OK;
}

static int fetch_address(const char *url, const struct chosen *o, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	int status = models_folder(&path, err);
	if (!status)
		status = add_file_name(url, &path, err);
	if (!status && access(path.data, F_OK) != 0) {
		const struct download d = { .url = url, .path = path.data, .ca_file = o->ca_file,
					    .progress = o->quiet ? NULL : show_progress };
		status = download_file(&d, err);
		console_live("");
	}
	if (!status)
		status = check_sum(path.data, o->sha256, err);
	if (!status)
		status = check_model(path.data, err);
	if (!status && !o->quiet)
		console_line("%s is here; to have it answer: --teacher %s, or sow model use %s", path.data,
			     path.data, path.data);
	buf_release(&path);
	return status;
}

static const char *name_at(const void *data, size_t i)
{
	(void)data;
	return models_at(i)->name;
}

static int unknown(const struct command *c, const char *name)
{
	size_t count = 0;
	while (models_at(count))
		count++;
	const char *near = nearest_name(name, name_at, NULL, count);
	if (near)
		return usage_error(c, "unknown model '%s'; did you mean '%s'?", name, near);
	return usage_error(c, "unknown model '%s': expected a name that `sow model list` shows, a .gguf "
			   "file, or the address of one", name);
}

static int fetch(const struct command *c, const struct chosen *o, const char *name)
{
	struct sow_error err = { 0 };
	const struct known_model *m = models_find(name ? name : MODEL_SMALL);
	if (!name)
		return usage_error(c, "fetch: expected the name of a model, or the address of a .gguf file");
	if (!m && !is_address(name))
		return unknown(c, name);
	int status = m ? fetch_model(m, &err) : fetch_address(name, o, &err);
	if (status)
		return console_error(&err);
	if (m && m->embeds && !o->quiet)
		console_line("%s is here; sow score --with embed asks it", m->name);
	else if (m && !o->quiet)
		console_line("%s is here; to have it answer: --teacher %s, or sow model use %s", m->name,
			     m->name, m->name);
	return EXIT_DONE;
}

/* use */

static int use_file(const char *name, struct sow_error *err)
{
	char *path = realpath(name, NULL);
	if (!path)
		return error_errno(err, name);
	int status = check_writer(path, err);
	if (!status)
		status = models_choose(path, err);
	free(path);
	return status;
}

static int use(const struct command *c, const struct chosen *o, const char *name)
{
	struct sow_error err = { 0 };
	struct buf path = BUF_INIT;
	if (!name)
		return usage_error(c, "use: expected the name of a model, or a .gguf file");
	const struct known_model *m = models_find(name);
	bool known = m != NULL;
	if (known && m->embeds)
		return usage_error(c,
				   "use: %s makes vectors and answers nothing; expected a model that writes, "
				   "such as %s", name, MODEL_SMALL);
	if (!known && !view_ends(view_of(name), ".gguf"))
		return unknown(c, name);
	int status = known ? models_path(name, &path, &err) : SOW_OK;
	if (!status)
		status = known ? models_choose(name, &err) : use_file(name, &err);
	buf_release(&path);
	if (status)
		return console_error(&err);
	const char *variable = getenv("SOW_MODEL");
	if (variable && *variable)
		console_line("noted; but SOW_MODEL=%s is set, and comes first", variable);
	else if (!o->quiet)
		console_line("%s answers from now on where no --teacher is given", name);
	return EXIT_DONE;
}

/* path */

static int show_path(const struct command *c, const struct chosen *o, const char *name)
{
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	(void)o;
	if (name && !models_find(name))
		return unknown(c, name);
	int status = models_path(name, &out, &err);
	buf_addch(&out, '\n');
	int exit = status ? console_error(&err) : console_data(&out);
	buf_release(&out);
	return exit;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	static const struct {
		const char *name;
		int (*run)(const struct command *c, const struct chosen *o, const char *name);
	} works[] = {
		{ "list", list }, { "fetch", fetch }, { "use", use }, { "path", show_path },
	};
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		if (strcmp(works[i].name, args->operand) == 0)
			return works[i].run(c, values, args->more);
	}
	return usage_error(c, "expected list, fetch, use or path, not '%s'", args->operand);
}

const struct command command_model = {
	.name = "model",
	.summary = "models that answer without a server: list, fetch, choose",
	.usage = "[list|fetch|use|path] [NAME] [options]",
	.about = "The program runs language models itself, and knows some by name: a small one that "
		 "shows how everything works, and larger ones whose data is of use. fetch gets one, by "
		 "its name or from the address of any .gguf file, resumes where it was stopped, and "
		 "checks it. use has it answer from now on where no --teacher is given (the variable "
		 "SOW_MODEL does so for one command); --teacher NAME asks it once.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "list, fetch, use or path",
	.operand_more = "NAME",
	.operand_default = "list",
	.example = "sow model fetch qwen-1.5b\nsow model use qwen-1.5b\nsow self-instruct -n 20 -o demo",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
