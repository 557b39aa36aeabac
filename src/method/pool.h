/* pool.h - every instruction a new one is compared with: seeds, the machine's own, and
 * what the user wants to be new against.
 *
 * Entries are numbered in the order they come. Seeds and machine entries serve as
 * examples; "against" entries never do. Texts are kept by pointer: the caller's arena
 * outlives the pool, but for machine entries, which are copied.
 */
#ifndef METHOD_POOL_H
#define METHOD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/draw.h"
#include "base/view.h"
#include "data/record.h"
#include "data/unit.h"
#include "sow/sow.h"
#include "text/words.h"

#define POOL_EXAMPLES_MAX 16
#define POOL_NEAREST 10 /* neighbours recorded for an accepted instruction */

struct pool;

struct pool *pool_new(enum words_kind kind, double threshold); /* NULL when out of memory */
void pool_free(struct pool *p);               /* NULL is fine */

/* The task is kept by pointer, as its texts are. */
int pool_add_seed(struct pool *p, const struct record *seed);
int pool_add_against(struct pool *p, struct view id, struct view instruction);
/* A unit of the run, by its id (unit_id) and its instruction, which are copied. */
int pool_add_machine(struct pool *p, const struct unit *u);
/* Between these two tasks are added faster, and nothing is asked: see loading.h, and novelty_begin_bulk. A
 * failure to add one may come late, from pool_end_bulk: SOW_NOMEM, or SOW_TOOBIG, too many words. */
void pool_begin_bulk(struct pool *p);
int pool_end_bulk(struct pool *p);

size_t pool_seeds(const struct pool *p, bool classification_only);
/* The ith machine entry's, in the order they came. */
struct view pool_machine_instruction(const struct pool *p, size_t i);
struct view pool_instruction(const struct pool *p, size_t entry);
struct view pool_id(const struct pool *p, size_t entry);
/* The ith seed, or the seed that an entry is; NULL if there is none or it is none. */
const struct record *pool_seed(const struct pool *p, size_t i);
const struct record *pool_task(const struct pool *p, size_t entry);

/* Draws examples without repetition: `machine` of the first `machine_upto` machine entries
 * (fewer if there are fewer), seeds up to `total` (fewer likewise), shuffled. Returns how
 * many went into out[]; total at most POOL_EXAMPLES_MAX. */
size_t pool_draw(const struct pool *p, struct draw *d, bool classification_only, size_t total,
		 size_t machine, size_t machine_upto, size_t *out);

/* Is `instruction` new? 1 if nothing is nearer than the threshold, 0 with *near set to what
 * is, or SOW_NOMEM, SOW_TOOBIG. */
int pool_is_new(struct pool *p, struct view instruction, struct near_text *near);
/* The POOL_NEAREST nearest, nearest first, and the mean over the pool. */
int pool_nearest(struct pool *p, struct view instruction, struct near_text near[POOL_NEAREST],
		 size_t *count, double *mean);

#endif
