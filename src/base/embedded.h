/* embedded.h - text files built into the program
 *
 * Prompts, the seed tasks and the schema of run.db are files in the tree; the
 * build turns them into this table (tools/embed.py), so the program needs
 * no files beside it.
 *
 *     const struct embedded_file *file = embedded_find("data/seed_tasks.jsonl");
 *     if (file)
 *             use(file->text, file->len);
 *
 * A path is the file's place in the source tree, with '/'. Nothing here changes
 * or is freed.
 */
#ifndef SOW_BASE_EMBEDDED_H
#define SOW_BASE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
	const char *path;
	const char *text;       /* the `len` bytes of the file, then a NUL */
	size_t len;
};

/* All files, in byte order of their paths. */
extern const struct embedded_file embedded_files[];
extern const size_t embedded_count;

/* The file of that path, or NULL. */
const struct embedded_file *embedded_find(const char *path);

#endif
