/* fill_private.h - shared by fill.c (the thread, files, computed facts) and fill_run.c. */
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
	size_t asked;                /* a record whose nearest the page wants */
	struct near_answer answers[NEAR_KEPT];
	size_t next_answer;
	struct fill_state shown;
	/* the thread's own */
	struct fill_state state;
	struct records *records;     /* of a file */
	struct store *store;         /* of a run */
	struct lookup *lookup;
	struct map places;           /* the run's records that are in the index */
	int64_t seen_units, seen_rejects; /* counts of the run at the last read */
	size_t number;
	struct hasher *hasher;
	struct json_out *json;
	struct buf text;
	struct similarity *similarity;   /* NULL: too many to be compared */
	struct verb_noun *verbs;     /* NULL: no dictionary */
	size_t ranked;
};

void fill_lock(struct fill *f);
void fill_unlock(struct fill *f);
bool fill_stopped(struct fill *f);

/* Add a record, or a reject. SOW_OK, or with f->state.failure set. */
int fill_add(struct fill *f, const struct record *r, size_t number, const char *key);
int fill_add_reject(struct fill *f, const struct rejected *r, size_t number, struct view near);

/* Adds the run's records that are not in the index yet. */
int fill_read_run(struct fill *f);

#endif
