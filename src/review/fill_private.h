/* fill_private.h - what fill.c (the thread, files, what is found out) and fill_run.c share. */
#ifndef REVIEW_FILL_PRIVATE_H
#define REVIEW_FILL_PRIVATE_H

#include <pthread.h>

#include "base/buf.h"
#include "base/map.h"
#include "io/hash.h"
#include "io/json.h"
#include "review/fill.h"
#include "run/lookup.h"
#include "store/store.h"
#include "text/verb_noun.h"

#define NEAR_NONE ((size_t)-1)
#define NEAR_KEPT 64

struct near_answer {
	size_t record, count;
	struct neighbour near[SIMILARITY_NEAREST];
};

struct fill {
	struct fill_options o;
	pthread_t thread;
	bool started;
	/* between fill_lock and fill_unlock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	size_t asked;                /* a record whose nearest are wanted */
	struct near_answer answers[NEAR_KEPT];
	size_t next_answer;
	struct fill_state shown;
	/* the thread's own */
	struct fill_state state;
	struct records *records;     /* of a file */
	struct store *store;         /* of a run */
	struct lookup *lookup;
	struct map places;           /* what of a run is in the index */
	int64_t seen_units, seen_rejects; /* so many it had when it was read last */
	size_t number;
	struct hasher *hasher;
	struct json_out *json;
	struct buf text;
	struct similarity *similarity;   /* NULL: more than can be compared */
	struct verb_noun *verbs;     /* NULL: there is no dictionary */
	size_t ranked;
};

void fill_lock(struct fill *f);
void fill_unlock(struct fill *f);
bool fill_stopped(struct fill *f);

/* Add a record, or what was rejected. SOW_OK, or with f->state.failure set. */
int fill_add(struct fill *f, const struct record *r, size_t number, const char *key);
int fill_add_reject(struct fill *f, const struct rejected *r, size_t number, struct view near);

/* Adds what of a run is not in the index yet. */
int fill_read_run(struct fill *f);

#endif
