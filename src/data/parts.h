/* parts.h - many files as one input, and the part of it that one of several processes reads.
 *
 *     struct input_files files;
 *     status = input_files_list(&files, operands, count, arena, err);     // folders become their files
 *     struct parts parts;
 *     status = parts_divide(&parts, &files, k, n, &options, arena, err);
 *     options.parts = &parts;                                       // values.h
 *
 * The order of records is that of the files and of each file. Part k of n begins where k/n of all
 * bytes have been passed, at the next line: the parts, one behind the other, are the input, whatever
 * n is. JSON Lines and plain text are cut so; a file of another kind, or one that is compressed or
 * UTF-16, belongs to the part in which it begins.
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
};

/* How a file's records lie in it. */
enum lines { LINES_NOT, LINES_JSON, LINES_TEXT };

struct file_part {
	const char *path;
	uint64_t from, to;           /* bytes; UINT64_MAX: to the end */
	enum lines lines;            /* what it is known to hold: where from is not 0 */
};

struct parts {
	struct file_part *list;           /* none: there are more parts than lines */
	size_t count;
	bool several;                /* the input is several files: records are counted over all */
	/* Numbers of records, and of lines where the input is one file of them, go on behind this. */
	size_t before;
	size_t records;              /* that come before, also those that cannot be read */
	bool count_lines;            /* of several files: lines before a part are counted, for messages */
};

/* The files that the paths name: of a folder, those in it that sow reads by their names, in the
 * order of their bytes, without those of folders in it. Texts live in the arena. SOW_OK; SOW_IO with
 * the path; SOW_INVALID for a folder without any. */
int input_files_list(struct input_files *files, const char *const *paths, size_t count, struct arena *a,
	       struct sow_error *err);
/* True for a name that input_files_list takes from a folder. */
bool input_files_takes(const char *name);

/* Part `k` of `n`, `o` as values_open will have it. SOW_OK or SOW_IO. */
int parts_divide(struct parts *parts, const struct input_files *files, size_t k, size_t n,
		 const struct values_options *o, struct arena *a, struct sow_error *err);

/* The part in pieces of at least `size` bytes, but for the last: one behind the other they are it. Of several
 * files they are cut between these, of one between its lines. There is one at least; what comes before them is
 * not said in them. SOW_OK, SOW_IO. */
int parts_cut(const struct parts *parts, uint64_t size, struct arena *a, struct parts **pieces, size_t *count,
	      struct sow_error *err);

#endif
