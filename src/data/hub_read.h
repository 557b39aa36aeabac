/* hub_read.h - the files of a data set on the Hub, fetched to this machine.
 *
 *     if (hub_names(path))                              // "hf:ada/cooking:test"
 *             status = hub_read(path, arena, &files, err);
 *     ... files.list[0].path is on disk ...
 *
 * hub_choice.h says what a name stands for. The cache names a file by the hash that the Hub gives it, so that
 * a file unchanged in the next revision is not fetched again. An interrupted fetch resumes, and the bytes are
 * checked against that hash (of small files: the size). The list of files is requested each time, except
 * where the revision is a full commit hash or HF_HUB_OFFLINE is set: then the last list is used.
 *
 * HF_ENDPOINT names another Hub. The token is that of hub_token (hub.h), if any, and goes only to the Hub.
 * For a data set without files that sow reads, the Hub's own Parquet conversion is read, if it exists.
 *
 * Source: huggingface_hub 1.x, hf_api.py (repo_info, list_repo_tree) and file_download.py.
 */
#ifndef DATA_HUB_READ_H
#define DATA_HUB_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"
#include "sow/sow.h"

struct hub_local {
	const char *path;            /* in the cache */
	const char *name;            /* "hf:ada/cooking/data/train-00000.parquet" */
};

struct hub_files {
	struct hub_local *list;      /* at least one */
	size_t count;
	struct view told;            /* "split train in 2 files of revision 1234567; other splits: test" */
};

bool hub_names(const char *path);

/* SOW_OK; SOW_USAGE for an invalid name; SOW_INVALID or SOW_MISSING for a data set that the Hub does not have
 * or does not show; SOW_IO for the network and the disk. The texts live in the arena. */
int hub_read(const char *name, struct arena *a, struct hub_files *files, struct sow_error *err);

/* Sets, for the whole program, the functions that report a fetch: `line` before it, `live` during it. The
 * program's main calls it once; without it nothing is reported. */
void hub_watch(void (*line)(const char *text), void (*live)(const char *text));

#endif
