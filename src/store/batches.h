/* batches.h - the batches of a run: requests that went to a server together, and the server's names for
 * them. Kept in run.db, through a separate connection: a teacher's thread writes the batches while the
 * run's writes the rest.
 *
 *     struct batches *b = batches_open("run", "https://host/v1 model", err);
 *     status = batches_add(b, keys, count, &row, err);           // before anything is sent
 *     status = batches_submitted(b, &row, "batch_12", expires, err);
 *     found = batches_find(b, &request->key, &row, err);         // 1: it is in that batch
 *     batches_close(b);
 *
 * A request whose key is here was sent, or may have been: it is not sent again before its batch
 * has been looked for and read. Functions return SOW_OK or the failure of run.db.
 */
#ifndef STORE_BATCHES_H
#define STORE_BATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "io/hash.h"
#include "sow/sow.h"

struct batches;
struct store;

enum batch_state { BATCH_PENDING, BATCH_SUBMITTED, BATCH_DONE, BATCH_CANCELLED };

#define BATCH_NAME_SIZE 33           /* 32 hex digits and a NUL */
#define BATCH_REMOTE_SIZE 160

struct batch_row {
	int64_t id;
	char name[BATCH_NAME_SIZE];
	char remote[BATCH_REMOTE_SIZE];
	enum batch_state state;
	int64_t requests, answered, failed;
	int64_t made, expires;       /* wall clock, ns; expires 0: not reported */
	const char *teacher;         /* set by store_batches only, else NULL */
};

/* There must be a run in `dir`. `teacher`: whose batches; those of other teachers do not show. */
struct batches *batches_open(const char *dir, const char *teacher, struct sow_error *err);
void batches_close(struct batches *b);        /* NULL is fine */

/* Records that these requests are about to be sent together, and fills in *row. */
int batches_add(struct batches *b, const struct hash *const *keys, size_t count,
		struct batch_row *row, struct sow_error *err);
/* The batch that holds the request: 1 and *row, or 0. */
int batches_find(struct batches *b, const struct hash *key, struct batch_row *row,
		 struct sow_error *err);
/* Records the server's name for it (SOW_TOOBIG: the name is too long); if that is not sure, it stays
 * pending. */
int batches_submitted(struct batches *b, struct batch_row *row, struct view remote, bool is_sure,
		      struct sow_error *err);
/* Records its progress, or how it ended. */
int batches_note(struct batches *b, const struct batch_row *row, struct sow_error *err);
/* 1 if a batch of this run surely has the name `remote`, else 0. */
int batches_knows(struct batches *b, struct view remote, struct sow_error *err);
/* The server never received it: its requests may be sent. */
int batches_forget(struct batches *b, const struct batch_row *row, struct sow_error *err);
/* The batch did not answer these requests: they may be sent again. */
int batches_free_requests(struct batches *b, const struct hash *const *keys, size_t count,
			  struct sow_error *err);

/* All of a run, of every teacher, in order, in `a`. */
int store_batches(struct store *s, struct arena *a, struct batch_row **list, size_t *count,
		  struct sow_error *err);
/* True if it is with a server, as far as is known. */
bool batch_is_open(const struct batch_row *row);

/* The open batches, and the requests in them. */
struct batches_left { int64_t batches, requests; };
int store_batches_left(struct store *s, struct batches_left *left, struct sow_error *err);

#endif
