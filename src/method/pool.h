/* pool.h - all instructions that a new one is compared with: seeds, generated ones, and those of --against.
 *
 * Entries are numbered in the order of adding. Seeds and machine entries serve as examples; "against" entries
 * never do. Texts are kept by pointer, so the caller's arena must outlive the pool; only those of machine
 * entries are copied.
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

/* The record is kept by pointer, as are its texts. */
int pool_add_seed(struct pool *p, const struct record *seed);
int pool_add_against(struct pool *p, struct view id, struct view instruction);
/* Adds a unit of the run; its id (unit_id) and instruction are copied. */
int pool_add_machine(struct pool *p, const struct unit *u);
/* Between these two calls entries are added faster, and queries are not allowed: see loading.h, and
 * novelty_begin_bulk. pool_end_bulk reports a failure to add one: SOW_NOMEM, or SOW_TOOBIG, too many
 * words. */
void pool_begin_bulk(struct pool *p);
int pool_end_bulk(struct pool *p);

size_t pool_seeds(const struct pool *p, bool classification_only);
/* The instruction of the ith machine entry, in the order of adding. */
struct view pool_machine_instruction(const struct pool *p, size_t i);
struct view pool_instruction(const struct pool *p, size_t entry);
struct view pool_id(const struct pool *p, size_t entry);
/* The ith seed, or the seed of an entry; NULL if there is no such seed, or the entry is not a seed. */
const struct record *pool_seed(const struct pool *p, size_t i);
const struct record *pool_task(const struct pool *p, size_t entry);

/* Draws examples without repetition: `machine` of the first `machine_upto` machine entries
 * (fewer if there are fewer), seeds up to `total` (fewer likewise), shuffled. Returns the number written to
 * out[]; total is at most POOL_EXAMPLES_MAX. */
size_t pool_draw(const struct pool *p, struct draw *d, bool classification_only, size_t total,
		 size_t machine, size_t machine_upto, size_t *out);

/* 1 if `instruction` is new: no entry is nearer than the threshold; 0 with *near set to the nearest; or
 * SOW_NOMEM, SOW_TOOBIG. */
int pool_is_new(struct pool *p, struct view instruction, struct near_text *near);
/* The POOL_NEAREST nearest, nearest first, and the mean over the pool. */
int pool_nearest(struct pool *p, struct view instruction, struct near_text near[POOL_NEAREST],
		 size_t *count, double *mean);

#endif
