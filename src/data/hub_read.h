/* hub_read.h - the files of a data set on the Hub, fetched to this machine.
 *
 *     if (hub_names(path))                              // "hf:ada/cooking:test"
 *             status = hub_read(path, arena, &files, err);
 *     ... files.list[0].path is on disk ...
 *
 * hub_choice.h says what a name stands for. A file lies in the cache under the hash that the Hub gives
 * it, so that one which is the same in the next revision is not fetched again; a fetch that was stopped
 * resumes, and what has arrived is held against that hash (of small files: against the size). The
 * list of files is asked for each time, but where the revision is a whole commit hash, or where
 * HF_HUB_OFFLINE is set: then the last one counts.
 *
 * HF_ENDPOINT names another Hub, the token is that of hub_token (hub.h) if there is one, and goes to
 * the Hub alone. A data set without files that sow reads is taken in the Parquet that the Hub makes
 * of it, if it has.
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

/* SOW_OK; SOW_USAGE for a name that is none; SOW_INVALID or SOW_MISSING for what the Hub does not have
 * or does not show; SOW_IO for the network and the disk. The texts live in the arena. */
int hub_read(const char *name, struct arena *a, struct hub_files *files, struct sow_error *err);

/* Who is told, for the whole program, before files are fetched and while they are: the program's main
 * calls it once. Without it nobody is. */
void hub_watch(void (*line)(const char *text), void (*live)(const char *text));

#endif
