/* source.h - the input of a step, one record after another: a file, another run, documents, or the
 * tasks of the step before it.
 *
 *     struct source *s = source_input(step, err);
 *     source_skip(s, begun);
 *     while ((status = source_next(s, arena, &record, err)) > 0)
 *             ... record.id names it, texts live in `arena` ...
 *     source_free(s);
 */
#ifndef RUN_SOURCE_H
#define RUN_SOURCE_H

#include "base/arena.h"
#include "data/record.h"
#include "data/records.h"
#include "document/documents.h"
#include "io/hash.h"
#include "run/open_records.h"
#include "run/recipe.h"
#include "store/store.h"
#include "sow/sow.h"

struct source;

/* The input that a step's recipe names: its file, run or documents, read as the recipe says, once, so that
 * every mistake shows. NULL on failure with *err set, as records_next; SOW_USAGE if the recipe says how to
 * read a file and the input is not a file. `seed` is the run's; gives only the records of `shard`. */
struct source *source_input(const struct recipe_step *step, int64_t seed, struct shard shard,
			    struct sow_error *err);
/* Of the first `limit` finished tasks of a step (0: all), those that the next step has not begun: a task
 * that was asked again may finish between others that were begun long ago. 16 bytes each. Does not own
 * the store. */
struct source *source_step(struct store *store, int64_t step, int64_t limit, struct sow_error *err);
/* The same finished tasks, held, including those that the next step has begun. */
struct source *source_step_held(struct store *store, int64_t step, int64_t limit, struct sow_error *err);
void source_free(struct source *s);           /* NULL is fine */

int64_t source_count(const struct source *s);    /* all of the shard; of a step, all to begin */
int64_t source_answered(const struct source *s); /* of a file or a run, those with an answer */
int64_t source_bad(const struct source *s);      /* of a file, those left out */
const char *source_name(const struct source *s); /* of a file or a run; NULL of a step */
/* What was left out of documents and why, a line each with "\n"; empty: nothing, or no documents. */
struct view source_omissions(const struct source *s);
/* How many were left out, and why: "1 empty, 2 bad documents"; likewise. */
struct view source_left_out(const struct source *s);
/* The detected format of a file, in one line; NULL if it is obvious. */
const char *source_description(const struct source *s);
const struct hash *source_hash(const struct source *s); /* of a file's records; NULL of a step's */

/* For a file or a run: continues after the first `count`. SOW_INVALID if there are fewer. */
int source_skip(struct source *s, int64_t count, struct sow_error *err);
/* All records, of all shards, if they are held (the method needs them, or they can be read only once);
 * else NULL. */
const struct record *source_held(const struct source *s, size_t *count);
/* For held records: gives an id to each that lacks one. From then on source_next follows `order`, which
 * the caller owns and which must live as long. */
void source_name_held(struct source *s);
void source_set_order(struct source *s, const size_t *order);
/* The hash of all contents of these records. */
void source_hash_list(const struct record_list *list, struct hash *out);
/* 1, 0 at the end, negative. The call may reset `a`. */
int source_next(struct source *s, struct arena *a, struct record *record, struct sow_error *err);

#endif
