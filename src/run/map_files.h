/* map_files.h - the files that map reads whole besides its input: those it draws records from, and
 * the one it joins its records with.
 *
 *     struct map_files f;
 *     status = map_files_read(&f, step, arena, err);
 *     ... f.draws[i].records, of the ith --draw; f.join ...
 *
 * They are held in memory. What they say is part of what a run is: f.draws_said has the hash of a
 * file in the place of its path.
 */
#ifndef RUN_MAP_FILES_H
#define RUN_MAP_FILES_H

#include "base/arena.h"
#include "io/hash.h"
#include "method/map.h"
#include "run/recipe.h"
#include "sow/sow.h"

struct map_files {
	struct map_file *draws;      /* one a --draw; without records where it draws from no file */
	struct view draws_said;      /* empty: none draws from a file */
	struct map_file join;
	char join_hash[HASH_HEX_SIZE]; /* "": there is none */
};

/* Texts live in `a`. SOW_OK; SOW_USAGE for what is no draw; as records_next. */
int map_files_read(struct map_files *f, const struct recipe_step *step, struct arena *a,
		   struct sow_error *err);

#endif
