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

static int is_shown(const struct dirent *entry)
{
	const char *name = entry->d_name;
	size_t len = strlen(name);
	bool is_markdown = len > 3 && strcmp(name + len - 3, ".md") == 0;
	return *name != '.' && strcmp(name, "index.json") != 0 && !is_markdown;
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
	int status = SOW_OK, count = scandir(path, &entries, is_shown, by_bytes);
	if (count < 0)
		return error_errno(err, path);
	size_t end = strlen(path);
	while (end > 1 && path[end - 1] == '/')
		end--;
	for (int i = 0; i < count; i++) {
		buf_clear(&name);
		buf_addf(&name, "%.*s/%s", (int)end, path, entries[i]->d_name);
		bool is_taken = input_files_takes(entries[i]->d_name) && !folder_is(name.data);
		if (!status && is_taken)
			status = add(files, room, name.data, a, err);
		if (!is_taken && !files->left_out++)
			files->first_left_out = arena_copystr(a, name.data);
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

/* The part of a file, which begins at byte `start` of the whole input, between bytes `from` and `to` of
 * that. */
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

/* The lines of one file. */
static int cut_lines(const struct parts *parts, uint64_t size, struct parts *pieces, struct file_part *lists,
		     size_t *count, struct sow_error *err)
{
	const struct file_part *f = parts->list;
	int status = SOW_OK;
	*count = 0;
	for (uint64_t from = f->from, to; from < f->to && !status; from = to) {
		to = f->to;
		if (f->to - from > size)
			status = infile_line_start(f->path, from + size, &to, err);
		to = to < f->to ? to : f->to;
		lists[*count] = (struct file_part){ f->path, from, to, f->lines };
		pieces[*count] = *parts;
		pieces[*count].list = &lists[*count];
		++*count;
	}
	return status;
}

static int cut_files(const struct parts *parts, uint64_t size, struct parts *pieces, size_t *count,
		     struct sow_error *err)
{
	uint64_t filled = 0;
	int status = SOW_OK;
	*count = 1;
	pieces[0] = *parts;
	pieces[0].count = 0;
	for (size_t i = 0; i < parts->count && !status; i++) {
		const struct file_part *f = &parts->list[i];
		struct infile_stamp stamp = { .size = f->to };
		if (filled >= size) {
			pieces[*count] = *parts;
			pieces[*count].list = &parts->list[i];
			pieces[(*count)++].count = 0;
			filled = 0;
		}
		if (f->to == UINT64_MAX)
			status = infile_stamp(f->path, &stamp, err);
		filled += stamp.size - f->from;
		pieces[*count - 1].count++;
	}
	return status;
}

int parts_cut(const struct parts *parts, uint64_t size, struct arena *a, struct parts **pieces, size_t *count,
	      struct sow_error *err)
{
	const struct file_part *f = parts->list;
	bool lines = !parts->several && parts->count == 1 && f->lines && f->to > f->from;
	size_t most = lines ? (size_t)((f->to - f->from) / size) + 2 : parts->count + 1;
	*pieces = arena_alloc(a, most * sizeof(**pieces));
	if (!lines)
		return cut_files(parts, size, *pieces, count, err);
	return cut_lines(parts, size, *pieces, arena_alloc(a, most * sizeof(*f)), count, err);
}
