/* map_files.h - the files that map reads whole besides its input: those it draws records from, and
 * the one it joins its records with.
 *
 *     struct map_files f;
 *     status = map_files_read(&f, step, arena, err);
 *     ... f.draws[i].records, of the ith --draw; f.join ...
 *
 * They are held in memory. Their contents are part of the run's identity: f.draws_said has the hash of
 * each file in place of its path.
 */
#ifndef RUN_MAP_FILES_H
#define RUN_MAP_FILES_H

#include "base/arena.h"
#include "io/hash.h"
#include "method/map.h"
#include "run/recipe.h"
#include "sow/sow.h"

struct map_files {
	struct map_file *draws;      /* one per --draw; no records for a --draw without a file */
	struct view draws_said;      /* empty: no --draw has a file */
	struct map_file join;
	char join_hash[HASH_HEX_SIZE]; /* "": none */
};

/* Texts live in `a`. SOW_OK; SOW_USAGE for a --draw that cannot be read; or as records_next. */
int map_files_read(struct map_files *f, const struct recipe_step *step, struct arena *a,
		   struct sow_error *err);

#endif
