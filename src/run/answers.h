/* answers.h - finds the answer to a request that has one already: in the run, in the reply cache, or
 * awaited by another request in flight with the same key.
 *
 *     switch (answers_find(&a, &place, request, false, &found, err)) {
 *     case ANSWER_STORED: case ANSWER_CACHED:
 *             … found.reply …
 *     case ANSWER_AWAITED:
 *             … with the request in flight, found.at …
 *     case ANSWER_NOWHERE:
 *             answers_await(&a, &request->key, at);   // and ask the teacher
 *     }
 *     answers_await_no_more(&a, &request->key);       // it has arrived
 *     answers_keep(&a, reply);                        // for other runs
 */
#ifndef RUN_ANSWERS_H
#define RUN_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "store/store.h"
#include "teacher/cache.h"

struct answers {
	struct store *store;
	struct cache *cache;         /* NULL: none */
	struct map awaited;          /* key of a request -> number of the one in flight */
	bool trouble_told;
};

enum answer_place { ANSWER_NOWHERE, ANSWER_STORED, ANSWER_CACHED, ANSWER_AWAITED };

struct answer_found {
	struct reply *reply;         /* the caller's; of the first two */
	size_t at;                   /* number of the awaited request */
};

/* `recorded`: the teacher's replies are copies themselves, so the cache is not searched. An enum
 * answer_place, or negative. */
int answers_find(struct answers *a, const struct unit_key *p, const struct request *r, bool recorded,
		 struct answer_found *found, struct sow_error *err);

/* From now on the request with number `at` awaits the answer. */
void answers_await(struct answers *a, const struct hash *key, size_t at);
void answers_await_no_more(struct answers *a, const struct hash *key);

/* For other runs; stored at the next answers_flush. */
void answers_keep(struct answers *a, const struct reply *reply);
/* Why the cache is off, once; NULL: it is on, or that was already reported. */
const char *answers_flush(struct answers *a);

/* Closes the cache; does not own the store. */
void answers_release(struct answers *a);

#endif
