/* cache.h - replies kept across runs: an answered request is never sent again.
 *
 *     struct cache *c = cache_open(dir, err);     // NULL dir: the user's cache folder
 *     struct reply *r = cache_get(c, &key);
 *     cache_put(c, reply);                        // kept at the next cache_flush
 *     cache_flush(c);
 *     cache_close(c);
 *
 * The replies are copies: every run also keeps its own, and needs no cache to resume. Any number of
 * processes share it. A cache that fails (full disk, locked for long) turns itself off, and
 * cache_trouble says why: it never stops a run.
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

/* Bytes it may take; beyond them, the least recently used replies are removed. 0: no bound. */
void cache_bound(struct cache *c, int64_t bytes);

struct reply *cache_get(struct cache *c, const struct hash *key); /* the caller's, or NULL */
void cache_put(struct cache *c, const struct reply *r);  /* only complete answers that are not empty */
void cache_flush(struct cache *c);

/* Why it is off; NULL while it works. */
const char *cache_trouble(const struct cache *c);

/* Maintenance */

const char *cache_path(const struct cache *c);

struct cache_figures {
	int64_t replies;
	int64_t bytes;           /* in use */
	int64_t text_bytes;      /* of the replies themselves */
	int64_t oldest, newest;  /* wall clock, ns, when stored; 0: none */
	int64_t used_longest_ago;
};
int cache_count(struct cache *c, struct cache_figures *f, struct sow_error *err);

/* Removes the replies not used since `used_before` (wall clock, ns; 0: no such bound), then the least
 * recently used ones until at most `bytes` (negative: no bound) are in use, and returns the space to
 * the disk. *removed: how many replies. */
int cache_prune(struct cache *c, int64_t used_before, int64_t bytes, int64_t *removed,
		struct sow_error *err);

/* SOW_OK if the file is intact and every reply can be read; SOW_INVALID with the damage. */
int cache_verify(struct cache *c, struct sow_error *err);

#endif
