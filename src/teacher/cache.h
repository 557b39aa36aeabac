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

struct cache *cache_open(const char *dir, struct sow_error *err);
void cache_close(struct cache *c);            /* flushes; NULL is fine */

struct reply *cache_get(struct cache *c, const struct hash *key); /* the caller's, or NULL */
void cache_put(struct cache *c, const struct reply *r);  /* only whole answers are kept */
void cache_flush(struct cache *c);

/* Why it is off; NULL while it works. */
const char *cache_trouble(const struct cache *c);

#endif
