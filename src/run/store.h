/* store.h - run.db, the only truth of a run. All its SQL is here; schema.sql says what
 * the tables mean.
 *
 *     struct store *s = store_open("run", STORE_RUN, err);   // or STORE_LOOK to read
 *     store_begin(s, err); store_reply(s, …); store_commit(s, err);
 *     store_close(s);
 *
 * One process runs a directory at a time (a lock on DIR/lock, SOW_BUSY); any number
 * look at it meanwhile. A file of another version, or of another
 * program, is refused with SOW_INVALID.
 */
#ifndef RUN_STORE_H
#define RUN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "data/request.h"
#include "data/task.h"
#include "data/unit.h"
#include "sow/sow.h"

struct store;

enum store_mode { STORE_LOOK, STORE_RUN };

struct store *store_open(const char *dir, enum store_mode mode, struct sow_error *err);
void store_close(struct store *s);            /* NULL is fine */
bool store_is_busy(const struct store *s);    /* a process is running it right now */

int store_begin(struct store *s, struct sow_error *err);
int store_commit(struct store *s, struct sow_error *err);
void store_rollback(struct store *s);

/* -- identity and operation ------------------------------------------------- */

/* Compares or, in a new run, writes. SOW_DIFFERS if another value is there: then
 * *stored (in `a`) is what is shown for it. */
int store_identity(struct store *s, struct arena *a, const char *name, struct view value,
		   struct view shown, struct view *stored, struct sow_error *err);
bool store_is_new(const struct store *s);     /* no identity had been written when opened */
/* Appends the value unless it is the one in force. */
int store_operation(struct store *s, const char *name, struct view value, struct sow_error *err);

struct setting { struct view name, value, shown; };
/* All identity rows, then the operation rows in force, in `a`. */
int store_settings(struct store *s, struct arena *a, struct setting **list, size_t *identities,
		   size_t *count, struct sow_error *err);

/* -- places, replies, commits ----------------------------------------------- */

int store_reply(struct store *s, const struct place *p, const struct request *request,
		const struct reply *reply, bool cached, struct sow_error *err);
/* The stored reply to this very request (same place, same key): 1 and *reply (the
 * caller's), 0 if there is none. */
int store_find_reply(struct store *s, const struct place *p, const struct hash *key,
		     struct reply **reply, struct sow_error *err);

int store_ticket(struct store *s, int64_t step, int64_t ticket, const struct view *examples,
		 size_t example_count, int64_t accepted, bool failed, struct sow_error *err);
int store_new_unit(struct store *s, const struct unit *u, const struct near_text *near,
		   size_t near_count, double mean_score, struct sow_error *err);
int store_unit(struct store *s, const struct unit *u, struct sow_error *err); /* stage, state, class */
int store_instances(struct store *s, const struct unit *u, const struct instance *list,
		    size_t count, struct sow_error *err);
int store_reject(struct store *s, const struct rejected *r, struct sow_error *err);

/* -- looking ------------------------------------------------------------------ */

/* Units in order (step, ticket, item); texts live until the callback returns. Stops at and
 * returns the first non-zero of `each`. */
int store_each_unit(struct store *s, int (*each)(void *data, const struct unit *u), void *data,
		    struct sow_error *err);
/* Accepted units of each committed ticket, in order. */
int store_each_ticket(struct store *s, int (*each)(void *data, int64_t step, int64_t ticket,
						   int64_t accepted), void *data,
		      struct sow_error *err);
/* Finished tasks in order, with their instances; `limit` of them, 0 for all. Ids are
 * "task_TICKET_ITEM". A snapshot: what a writer adds meanwhile does not show. */
int store_each_task(struct store *s, int64_t limit, int (*each)(void *data, const struct task *t),
		    void *data, struct sow_error *err);

struct store_counts {
	int64_t tickets, tickets_failed;
	int64_t units, finished, failed, under_way;
	int64_t settled;             /* finished before the first that is under way */
	int64_t classification;      /* of the finished */
	int64_t instances, rejected;
	int64_t replies, replies_cached, replies_error;
	int64_t prompt_tokens, shared_tokens, completion_tokens;
	int64_t teacher_ns;          /* sum of `took` of replies that were not cached */
	int64_t first_began, last_ended; /* wall clock, ns; 0 if none */
	int64_t target;              /* -n in force; 0 if not set */
};
int store_count(struct store *s, struct store_counts *c, struct sow_error *err);

struct reject_count { struct view rule; int64_t count; };
/* By rule, most first, in `a`. */
int store_count_rejects(struct store *s, struct arena *a, struct reject_count **list,
			size_t *count, struct sow_error *err);

/* Tasks and units that failed because the teacher refused, newest last. */
int store_each_refusal(struct store *s, int (*each)(void *data, const struct rejected *r),
		       void *data, struct sow_error *err);

#endif
