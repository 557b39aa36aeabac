#include "data/parts.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"
#include "data/values.h"
#include "io/compress.h"
#include "io/folder.h"
#include "io/infile.h"

#define FILES_MOST ((size_t)1 << 20)

bool input_files_takes(const char *name)
{
	static const char *const endings[] = { ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab",
					       ".parquet", ".txt" };
	if (*name == '.' || strcmp(name, "index.json") == 0)
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		if (compression_stem_ends(name, endings[i]))
			return true;
	}
	return false;
}

static int add(struct input_files *files, size_t *room, const char *path, struct arena *a, struct sow_error *err)
{
	struct infile_stamp stamp;
	int status = infile_stamp(path, &stamp, err);
	if (status == SOW_USAGE)
		return error_set(err, SOW_USAGE, "%s: expected a regular file", path);
	if (status)
		return status;
	if (files->count == *room) {
		if (files->count == FILES_MOST)
			return error_set(err, SOW_TOOBIG, "more than %zu files", FILES_MOST);
		size_t more = *room ? *room * 2 : 16;
		struct input_file *list = arena_alloc(a, more * sizeof(*list));
		if (files->count)
			memcpy(list, files->list, files->count * sizeof(*list));
		files->list = list;
		*room = more;
	}
	files->list[files->count++] = (struct input_file){ arena_copystr(a, path), stamp.size };
	return SOW_OK;
}

static int takes_entry(const struct dirent *entry)
{
	return input_files_takes(entry->d_name);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct input_files *files, size_t *room, const char *path, struct arena *a,
		      struct sow_error *err)
{
	struct dirent **entries = NULL;
	struct buf name = BUF_INIT;
	size_t had = files->count;
	int status = SOW_OK, count = scandir(path, &entries, takes_entry, by_bytes);
	if (count < 0)
		return error_errno(err, path);
	size_t end = strlen(path);
	while (end > 1 && path[end - 1] == '/')
		end--;
	for (int i = 0; i < count; i++) {
		buf_clear(&name);
		buf_addf(&name, "%.*s/%s", (int)end, path, entries[i]->d_name);
		if (!status && !folder_is(name.data))
			status = add(files, room, name.data, a, err);
		free(entries[i]);
	}
	free(entries);
	buf_release(&name);
	if (!status && files->count == had)
		return error_set(err, SOW_INVALID, "%s: no run here, nor a file of records such as .jsonl, "
				 ".parquet or .csv; expected one or the other", path);
	return status;
}

int input_files_list(struct input_files *files, const char *const *paths, size_t count, struct arena *a,
	       struct sow_error *err)
{
	size_t room = 0;
	int status = SOW_OK;
	*files = (struct input_files){ 0 };
	for (size_t i = 0; i < count && !status; i++)
		status = (folder_is(paths[i]) ? add_folder : add)(files, &room, paths[i], a, err);
	return status;
}

/* Of a file that lies at `start` among all bytes: what is between two of these. */
static int cut(struct parts *parts, const struct input_file *f, uint64_t start, uint64_t from, uint64_t to,
	       const struct values_options *o, struct sow_error *err)
{
	bool begins = start >= from && start < to;
	uint64_t end = start + f->size, first = 0, last = f->size;
	if (begins && end <= to) {
		parts->list[parts->count++] = (struct file_part){ f->path, 0, UINT64_MAX, LINES_NOT };
		return SOW_OK;
	}
	enum lines lines = values_lines(f->path, o);
	if (!lines) {
		if (begins)
			parts->list[parts->count++] = (struct file_part){ f->path, 0, UINT64_MAX, LINES_NOT };
		return SOW_OK;
	}
	int status = begins ? SOW_OK : infile_line_start(f->path, from - start, &first, err);
	if (!status && end > to)
		status = infile_line_start(f->path, to - start, &last, err);
	if (!status && first < last)
		parts->list[parts->count++] = (struct file_part){ f->path, first, last, lines };
	return status;
}

int parts_divide(struct parts *parts, const struct input_files *files, size_t k, size_t n,
		 const struct values_options *o, struct arena *a, struct sow_error *err)
{
	uint64_t all = 0, start = 0;
	int status = SOW_OK;
	*parts = (struct parts){ .several = files->count > 1 };
	parts->list = arena_alloc(a, (files->count + 1) * sizeof(*parts->list));
	for (size_t i = 0; i < files->count; i++)
		all += files->list[i].size;
	uint64_t share = all / n, rest = all % n;
	uint64_t from = share * k + (k < rest ? k : rest), to = from + share + (k < rest);
	for (size_t i = 0; i < files->count && !status; i++) {
		const struct input_file *f = &files->list[i];
		if (f->size && start < to && start + f->size > from)
			status = cut(parts, f, start, from, to, o, err);
		start += f->size;
	}
	return status;
}
