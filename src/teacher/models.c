#include "teacher/models.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/exe_path.h"
#include "base/view.h"
#include "config.h"
#include "io/folder.h"
#include "io/infile.h"
#include "io/outfile.h"

/* Sums and sizes of the Qwen files are those of the files that Qwen publishes; tools/pins names
 * their sources. */
static const struct known_model table[] = {
	{ MODEL_SMALL, "smollm2-135m-instruct-q4_1.gguf", "SmolLM2-135M-Instruct Q4_1", "Apache-2.0",
	  "shows how sow works, in 300 MB of memory", 98362432,
	  "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53" },
	{ "qwen-0.5b", "qwen-0.5b.gguf", "Qwen2.5-Coder-0.5B-Instruct Q4_K_M", "Apache-2.0",
	  "in between", 491400064,
	  "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32" },
	{ "qwen-1.5b", "qwen-1.5b.gguf", "Qwen2.5-Coder-1.5B-Instruct Q4_K_M", "Apache-2.0",
	  "usable data, on two cores or more and 3 GB of memory", 1117320768,
	  "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046" },
	/* made from the published weights, by tools/bert_to_gguf */
	{ MODEL_EMBEDDER, "all-minilm-l6-v2-f16.gguf", "all-MiniLM-L6-v2 F16", "Apache-2.0",
	  "vectors of English texts, to select by (score --with embed)", 46223264,
	  "39338606f29b2c48a1fc5139e938742907f94819b32cfb84ee62a65e5791de41", true },
};
#define TABLE_SIZE (sizeof(table) / sizeof(*table))

const struct known_model *models_at(size_t i)
{
	return i < TABLE_SIZE ? &table[i] : NULL;
}

const struct known_model *models_find(const char *name)
{
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}

static bool add_choice_file(struct buf *out)
{
	if (!folder_of_user("XDG_CONFIG_HOME", ".config", out))
		return false;
	buf_addstr(out, "/model");
	return true;
}

/* Appends the user's choice; nothing if there is none. */
static int add_chosen(struct buf *out, struct sow_error *err)
{
	struct buf file = BUF_INIT, text = BUF_INIT;
	int status = SOW_OK;
	if (add_choice_file(&file) && access(file.data, F_OK) == 0)
		status = infile_whole(file.data, &text, err);
	if (!status) {
		struct view chosen = view_trim(view_from(text.data, text.len));
		buf_add(out, chosen.p, chosen.len);
	}
	buf_release(&file);
	buf_release(&text);
	return status;
}

int models_default(struct buf *out, struct sow_error *err)
{
	const char *variable = getenv("SOW_MODEL");
	size_t start = out->len;
	int status = SOW_OK;
	if (variable && *variable)
		buf_addstr(out, variable);
	else
		status = add_chosen(out, err);
	if (!status && out->len == start)
		buf_addstr(out, MODEL_SMALL);
	return status;
}

int models_choose(const char *spec, struct sow_error *err)
{
	struct buf file = BUF_INIT, folder = BUF_INIT;
	int status = SOW_OK;
	if (!add_choice_file(&file) || !folder_of_user("XDG_CONFIG_HOME", ".config", &folder))
		status = error_set(err, SOW_IO, "neither XDG_CONFIG_HOME nor HOME is an absolute path: "
				   "there is no place to note which model is to be used");
	else
		status = folder_make(folder.data, err);
	struct outfile *f = status ? NULL : outfile_open(file.data, err);
	if (!status && !f)
		status = err ? (int)err->status : SOW_IO;
	if (f) {
		outfile_write(f, spec, strlen(spec));
		outfile_write(f, "\n", 1);
		status = outfile_finish(f, err);
	}
	buf_release(&file);
	buf_release(&folder);
	return status;
}

static void add_installed(struct buf *out, const char *file)
{
	struct buf place = BUF_INIT;
	buf_addf(&place, "%s/%s", SOW_LLAMA_LIBDIR_INSTALLED, file);
	exe_path_find(out, place.data);
	buf_release(&place);
}

static void add_built(struct buf *out, const char *file)
{
	buf_addf(out, "%s/%s", SOW_MODELS_DIR, file);
}

/* The place where tools/setup puts it for its user. */
static void add_cached(struct buf *out, const char *file)
{
	if (folder_of_user("XDG_CACHE_HOME", ".cache", out))
		buf_addf(out, "/deps/models/%s", file);
}

/* SOW_MISSING, without a message, if it is nowhere. */
static int find_file(const struct known_model *m, struct buf *out)
{
	static void (*const places[])(struct buf *, const char *) = { add_installed, add_built,
								       add_cached };
	size_t start = out->len;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		places[i](out, m->file);
		if (out->len > start && access(out->data + start, F_OK) == 0)
			return SOW_OK;
		buf_cut(out, start);
	}
	return SOW_MISSING;
}

static int missing_name(const struct known_model *m, bool is_default, struct sow_error *err)
{
	if (!is_default)
		return error_set(err, SOW_MISSING, "the model %s is not on this machine yet; to fetch "
				 "it, run: sow model fetch %s", m->name, m->name);
	return error_set(err, SOW_MISSING, "the built-in model is not on this machine yet; to fetch "
			 "it, run: sow model fetch %s; to use another, give --teacher FILE.gguf or "
			 "--teacher URL", m->name);
}

int models_path(const char *spec, struct buf *out, struct sow_error *err)
{
	struct buf chosen = BUF_INIT;
	int status = spec ? SOW_OK : models_default(&chosen, err);
	const char *name = spec ? spec : chosen.data;
	const struct known_model *known = status ? NULL : models_find(name);
	if (known) {
		status = find_file(known, out);
		if (status == SOW_MISSING)
			missing_name(known, !spec, err);
	} else if (!status && !spec && access(name, F_OK) != 0) {
		status = error_set(err, SOW_MISSING, "%s, which is to answer where no --teacher is "
				   "given, is not there; to choose another, run: sow model use NAME", name);
	} else if (!status) {
		buf_addstr(out, name);
	}
	buf_release(&chosen);
	return status;
}

const struct known_model *models_missing(const char *spec)
{
	struct buf chosen = BUF_INIT, path = BUF_INIT;
	const struct known_model *known = NULL;
	if (spec || models_default(&chosen, NULL) == SOW_OK)
		known = models_find(spec ? spec : chosen.data);
	if (known && find_file(known, &path) != SOW_MISSING)
		known = NULL;
	buf_release(&chosen);
	buf_release(&path);
	return known;
}

int models_folder(struct buf *out, struct sow_error *err)
{
	if (!folder_of_user("XDG_CACHE_HOME", ".cache", out))
		return error_set(err, SOW_IO, "neither XDG_CACHE_HOME nor HOME is an absolute path: there "
				 "is no place for models");
	buf_addstr(out, "/gguf");
	return folder_make(out->data, err);
}
