/* answers.h - who has the answer to a request already: the run, the reply cache, or somebody who asks
 * the same at this moment.
 *
 *     switch (answers_find(&a, &place, request, false, &found, err)) {
 *     case ANSWER_STORED: case ANSWER_CACHED:
 *             … found.reply …
 *     case ANSWER_AWAITED:
 *             … with the one that is asked, found.at …
 *     case ANSWER_NOWHERE:
 *             answers_await(&a, &request->key, at);   // and ask the teacher
 *     }
 *     answers_await_no_more(&a, &request->key);       // it has come
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
	struct map awaited;          /* key of a request -> number of the one that is asked */
	bool trouble_told;
};

enum answer_place { ANSWER_NOWHERE, ANSWER_STORED, ANSWER_CACHED, ANSWER_AWAITED };

struct answer_found {
	struct reply *reply;         /* the caller's; of the first two */
	size_t at;                   /* of the one that is awaited */
};

/* `recorded`: the teacher's replies are copies themselves, and none are cached. A place, or
 * negative. */
int answers_find(struct answers *a, const struct unit_key *p, const struct request *r, bool recorded,
		 struct answer_found *found, struct sow_error *err);

/* From now on its answer is awaited by number `at`. */
void answers_await(struct answers *a, const struct hash *key, size_t at);
void answers_await_no_more(struct answers *a, const struct hash *key);

/* For other runs; kept once answers_flush is called. */
void answers_keep(struct answers *a, const struct reply *reply);
/* Why the cache is off, once; NULL: it is not, or that was told. */
const char *answers_flush(struct answers *a);

/* Closes the cache; the store is not its own. */
void answers_release(struct answers *a);

#endif
