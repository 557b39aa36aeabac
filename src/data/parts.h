/* parts.h - many files as one input, and the part of it that one of several processes reads.
 *
 *     struct input_files files;
 *     status = input_files_list(&files, operands, count, arena, err);     // folders become their files
 *     struct parts parts;
 *     status = parts_divide(&parts, &files, k, n, &options, arena, err);
 *     options.parts = &parts;                                       // values.h
 *
 * The order of records is that of the files and of each file. Part k of n begins at the first line after k/n
 * of all bytes: the parts, one after the other, are the input, whatever n is. Only JSON Lines and plain text
 * are cut; a file of another kind, or one that is compressed or UTF-16, belongs to the part in which it
 * begins.
 */
#ifndef DATA_PARTS_H
#define DATA_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "sow/sow.h"

struct values_options;

struct input_file {
	const char *path;
	uint64_t size;
};

struct input_files {
	struct input_file *list;
	size_t count;
	size_t left_out;             /* of folders: files with other names, and folders, but for hidden ones, Markdown
				      * and index.json */
	const char *first_left_out;  /* path of the first */
};

/* How a file's records lie in it. */
enum lines { LINES_NOT, LINES_JSON, LINES_TEXT };

struct file_part {
	const char *path;
	uint64_t from, to;           /* bytes; UINT64_MAX: to the end */
	enum lines lines;            /* its known kind, where from is not 0 */
};

struct parts {
	struct file_part *list;           /* empty: there are more parts than lines */
	size_t count;
	bool several;                /* the input is several files: records are counted over all */
	/* Numbers of records, and of lines where the input is one file of them, continue after this. */
	size_t before;
	size_t records;              /* that come before, with those that cannot be read */
	bool count_lines;            /* of several files: lines before a part are counted, for messages */
};

/* The files that the paths name: of a folder, its files with names that sow reads, sorted by the bytes of the
 * names, without those in subfolders. Texts live in the arena. SOW_OK; SOW_IO with the path; SOW_INVALID for
 * a folder without such files. */
int input_files_list(struct input_files *files, const char *const *paths, size_t count, struct arena *a,
	       struct sow_error *err);
/* True for a name that input_files_list takes from a folder. */
bool input_files_takes(const char *name);

/* Part `k` of `n`; `o` is what the caller will pass to values_open. SOW_OK or SOW_IO. */
int parts_divide(struct parts *parts, const struct input_files *files, size_t k, size_t n,
		 const struct values_options *o, struct arena *a, struct sow_error *err);

/* Cuts the part into pieces of at least `size` bytes, except the last: one after the other they are the part.
 * Several files are cut between files, one file between its lines. There is at least one piece; pieces do not
 * hold the counts of records and lines before them. SOW_OK, SOW_IO. */
int parts_cut(const struct parts *parts, uint64_t size, struct arena *a, struct parts **pieces, size_t *count,
	      struct sow_error *err);

#endif
