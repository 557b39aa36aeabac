/* cache.h - replies kept across runs: what was answered once is answered for good.
 *
 *     struct cache *c = cache_open(dir, err);     // NULL dir: the user's cache folder
 *     struct reply *r = cache_get(c, &key);
 *     cache_put(c, reply);                        // kept at the next cache_flush
 *     cache_flush(c);
 *     cache_close(c);
 *
 * A copy of what runs hold, beside them: no run needs it to resume. Any number of
 * processes share it. One that fails (full disk, locked for long) turns itself off, and
 * cache_trouble says why: a run never stops for it.
 */
#ifndef TEACHER_CACHE_H
#define TEACHER_CACHE_H

#include <stdint.h>

#include "data/request.h"
#include "sow/sow.h"

struct cache;

#define CACHE_SIZE_DEFAULT (INT64_C(4096) << 20)

struct cache *cache_open(const char *dir, struct sow_error *err);
void cache_close(struct cache *c);            /* flushes; NULL is fine */

/* Bytes it may take; past them, what was used longest ago goes. 0: no bound. */
void cache_bound(struct cache *c, int64_t bytes);

struct reply *cache_get(struct cache *c, const struct hash *key); /* the caller's, or NULL */
void cache_put(struct cache *c, const struct reply *r);  /* only whole answers that say something */
void cache_flush(struct cache *c);

/* Why it is off; NULL while it works. */
const char *cache_trouble(const struct cache *c);

/* Looking after it */

const char *cache_path(const struct cache *c);

struct cache_figures {
	int64_t replies;
	int64_t bytes;           /* in use */
	int64_t text_bytes;      /* of the replies themselves */
	int64_t oldest, newest;  /* wall clock, ns, when stored; 0: none */
	int64_t used_longest_ago;
};
int cache_count(struct cache *c, struct cache_figures *f, struct sow_error *err);

/* Removes what was not used since `used_before` (wall clock, ns; 0: no such bound), then what was
 * used longest ago until `bytes` (negative: no bound) are in use, and gives the room back to
 * the disk. *removed: how many replies. */
int cache_prune(struct cache *c, int64_t used_before, int64_t bytes, int64_t *removed,
		struct sow_error *err);

/* SOW_OK if the file is whole and every reply can be read; SOW_INVALID with what is not. */
int cache_verify(struct cache *c, struct sow_error *err);

#endif
