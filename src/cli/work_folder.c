#include "cli/work_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "data/hub_read.h"
#include "io/folder.h"
#include "io/infile.h"
#include "io/outfile.h"

#define LOCK "lock"        /* the first file of a job, and the last */
#define COMMAND "command"  /* holds the key; it is written when shards/ is there */
#define SHARDS "shards"
#define DECIDED "decided-" /* checkpoints: what was found out of records, */
#define WRITTEN "written-" /* and which shards are whole */
#define RESUME "--resume"  /* not part of the job */
#define SHARD "part-"
#define INDEX "index.json"
#define OUTFILE ".sow-"      /* not finished (io/outfile.h) */

/* Not the device and the inode: the next start may be on another machine. */
static void add_stamp(struct hasher *h, const char *path)
{
	struct infile_stamp stamp;
	if (strcmp(path, "-") == 0 || infile_stamp(path, &stamp, NULL))
		return;
	hasher_text(h, view_of(path));
	hasher_add(h, &stamp.size, sizeof(stamp.size));
	hasher_add(h, &stamp.changed, sizeof(stamp.changed));
}

static bool is_among(const char *const *list, const char *text)
{
	while (*list && strcmp(*list, text) != 0)
		list++;
	return *list != NULL;
}

/* A file, or a run. */
static void add_argument(struct hasher *h, const char *text, const char *const *outputs)
{
	const char *value = *text == '-' ? strchr(text, '=') : NULL;
	const char *path = value ? value + 1 : text;
	struct buf run = BUF_INIT;
	int64_t now = clock_wall();
	hasher_text(h, view_of(text));
	if (hub_names(path)) /* it may hold something else by then */
		hasher_add(h, &now, sizeof(now));
	if (!is_among(outputs, path)) {
		add_stamp(h, path);
		buf_addf(&run, "%s/run.db", path);
		add_stamp(h, run.data);
	}
	buf_release(&run);
}

void work_folder_key(const struct arguments *args, const struct input_files *files, size_t ranks,
		     const char *const *outputs, struct hash *key)
{
	struct hasher *h = hasher_new();
	hasher_text(h, view_of(sow_version()));
	hasher_add(h, &ranks, sizeof(ranks));
	for (int i = 0; i < args->argc; i++) {
		if (strcmp(args->argv[i], RESUME) != 0)
			add_argument(h, args->argv[i], outputs);
	}
	for (size_t i = 0; i < files->count; i++)
		add_stamp(h, files->list[i].path);
	hasher_finish(h, key);
}

static void name_in(struct buf *path, const char *folder, const char *name)
{
	buf_clear(path);
	buf_addf(path, "%s/%s", folder, name);
}

/* True if a whole job was begun here. */
static bool is_begun(const char *folder)
{
	struct buf path = BUF_INIT;
	name_in(&path, folder, COMMAND);
	bool is = access(path.data, F_OK) == 0;
	buf_release(&path);
	return is;
}

/* True if it has this key. */
static bool is_of(const char *folder, const struct hash *key)
{
	char hex[HASH_HEX_SIZE], found[HASH_HEX_SIZE] = "";
	struct buf path = BUF_INIT;
	name_in(&path, folder, COMMAND);
	FILE *file = fopen(path.data, "re");
	size_t len = file ? fread(found, 1, sizeof(found) - 1, file) : 0;
	if (file)
		fclose(file);
	buf_release(&path);
	hash_hex(key, hex);
	return len == sizeof(found) - 1 && strcmp(found, hex) == 0;
}

static int write_command(const char *folder, const struct hash *key, struct sow_error *err)
{
	char hex[HASH_HEX_SIZE];
	struct buf path = BUF_INIT;
	hash_hex(key, hex);
	name_in(&path, folder, COMMAND);
	struct outfile *out = outfile_open(path.data, err);
	if (out) {
		outfile_write(out, hex, strlen(hex));
		outfile_write(out, "\n", 1);
	}
	int status = out ? outfile_finish(out, err) : (int)err->status;
	buf_release(&path);
	return status;
}

static bool starts(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

static bool is_of_names(const char *name, const char *const *list)
{
	while (*list && !starts(name, *list))
		list++;
	return *list != NULL;
}

/* Removes of `folder` what has a name that begins so. */
static void remove_names(const char *folder, const char *const *list)
{
	struct buf path = BUF_INIT;
	DIR *dir = opendir(folder);
	for (struct dirent *e; dir && (e = readdir(dir));) {
		if (!is_of_names(e->d_name, list))
			continue;
		name_in(&path, folder, e->d_name);
		folder_remove(path.data);
	}
	if (dir)
		closedir(dir);
	buf_release(&path);
}

/* What jobs leave, and nothing else that may be there. */
static void empty(const char *folder)
{
	static const char *const names[] = { SHARDS, DECIDED, WRITTEN, SHARD, INDEX, OUTFILE, NULL };
	remove_names(folder, names);
}

/* What no job that resumes can use. */
static void remove_unfinished(const char *shards)
{
	static const char *const names[] = { INDEX, OUTFILE, NULL };
	remove_names(shards, names);
}

static void remove_in(const char *folder, const char *name)
{
	struct buf path = BUF_INIT;
	name_in(&path, folder, name);
	folder_remove(path.data);
	buf_release(&path);
}

/* The command is there until nothing else of a job is. */
static void remove_folder(const char *folder)
{
	empty(folder);
	remove_in(folder, COMMAND);
	remove_in(folder, LOCK);
	remove(folder);
}

/* Goes on in the folder of the same job. One that was stopped between the appearance of its outputs has this
 * one back, to appear again with the others. */
static int resume(struct work_folder *w, struct sow_error *err)
{
	if (!folder_is(w->shards.data) && folder_is(w->output))
		return folder_rename(w->output, w->shards.data, err);
	remove_unfinished(w->shards.data);
	return folder_make(w->shards.data, err);
}

/* The folder may be another job's that was stopped. */
static int begin(struct work_folder *w, const struct hash *key, struct sow_error *err)
{
	w->resumes = is_of(w->path.data, key);
	if (w->resumes)
		return resume(w, err);
	w->replaces = is_begun(w->path.data);
	remove_in(w->path.data, COMMAND);
	empty(w->path.data);
	int status = folder_make(w->shards.data, err);
	return status ? status : write_command(w->path.data, key, err);
}

static void name_folder(struct buf *path, const char *output)
{
	buf_addf(path, "%s.work", output);
}

/* False for a folder of that name that holds what no job left there. */
static bool is_of_job(const char *folder)
{
	struct buf path = BUF_INIT;
	name_in(&path, folder, LOCK);
	bool is = access(path.data, F_OK) == 0 || folder_is_free(folder);
	buf_release(&path);
	return is;
}

int work_folder_open(struct work_folder *w, const char *output, const struct hash *key, struct sow_error *err)
{
	name_folder(&w->path, output);
	if (!is_of_job(w->path.data))
		return error_set(err, SOW_USAGE, "%s: %s is made in a folder of this name, and this one is another's; "
				 "rename it, or write elsewhere", w->path.data, output);
	int status = folder_make(w->path.data, err);
	int lock = status ? -1 : folder_lock(w->path.data, err);
	if (status || lock == SOW_BUSY)
		return status ? status : lock;
	if (lock < 0) /* the file system has none */
		*err = (struct sow_error){ 0 };
	w->lock = lock < 0 ? -1 : lock;
	w->output = output;
	name_in(&w->shards, w->path.data, SHARDS);
	return begin(w, key, err);
}

int work_folder_find(const char *output, const struct hash *key, struct sow_error *err)
{
	int status = SOW_OK;
	struct buf path = BUF_INIT;
	name_folder(&path, output);
	if (!is_begun(path.data))
		status = error_set(err, SOW_MISSING, "%s: no job was stopped here that --resume could go on with; without "
				   "it the job starts", path.data);
	else if (!is_of(path.data, key))
		status = error_set(err, SOW_MISSING, "%s: --resume: the job that was stopped here is another: other "
				   "options, inputs, number of processes or version of sow; without --resume this one "
				   "starts in its place", path.data);
	buf_release(&path);
	return status;
}

bool work_folder_has_finished(const struct work_folder *w)
{
	static const char *const names[] = { DECIDED, WRITTEN, NULL };
	bool has = false;
	DIR *dir = w->output ? opendir(w->path.data) : NULL;
	for (struct dirent *e; dir && !has && (e = readdir(dir));)
		has = is_of_names(e->d_name, names);
	if (dir)
		closedir(dir);
	return has;
}

bool work_folder_is_done(const char *output, const struct hash *key)
{
	struct buf path = BUF_INIT, shards = BUF_INIT;
	name_folder(&path, output);
	name_in(&shards, path.data, SHARDS);
	bool done = is_of(path.data, key) && !folder_is(shards.data);
	buf_release(&path);
	buf_release(&shards);
	return done;
}

int work_folder_appear(struct work_folder *w, struct sow_error *err)
{
	return folder_rename(w->shards.data, w->output, err);
}

void work_folder_take_back(struct work_folder *w)
{
	folder_rename(w->output, w->shards.data, NULL); /* which fails where shards/ is there, as it holds files */
}

void work_folder_close(struct work_folder *w, bool keep)
{
	if (w->output && keep)
		remove_unfinished(w->shards.data);
	folder_unlock(w->lock);
	if (w->output && !keep)
		remove_folder(w->path.data);
	buf_release(&w->path);
	buf_release(&w->shards);
	*w = (struct work_folder)WORK_FOLDER_INIT;
}

void work_folder_tidy(const char *output, const struct hash *key)
{
	struct buf path = BUF_INIT, command = BUF_INIT, shards = BUF_INIT;
	name_folder(&path, output);
	name_in(&command, path.data, COMMAND);
	name_in(&shards, path.data, SHARDS);
	bool removing = access(command.data, F_OK) != 0;
	bool is_over = !folder_is(shards.data) && (removing || is_of(path.data, key));
	if (is_over && is_of_job(path.data) && !folder_is_locked(path.data))
		remove_folder(path.data);
	buf_release(&path);
	buf_release(&command);
	buf_release(&shards);
}
