/* review_private.h - shared by server.c (serving), api.c (answers), judge.c (verdicts) and feed.c (pushed
 * events). */
#ifndef REVIEW_REVIEW_PRIVATE_H
#define REVIEW_REVIEW_PRIVATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "io/http_server.h"
#include "io/json.h"
#include "review/fill.h"
#include "review/guard.h"
#include "review/index.h"
#include "review/links.h"
#include "review/query.h"
#include "review/review.h"
#include "run/lookup.h"
#include "store/store.h"
#include "verdicts/verdicts.h"

struct review {
	const struct review_options *o;
	struct guard guard;
	struct http_server *server;
	struct index *index;
	struct verdicts *verdicts;   /* between index_lock and index_unlock */
	struct links links;          /* the same */
	struct fill *fill;
	struct orders *orders;
	struct store *store;         /* of a run */
	struct lookup *lookup;
	struct buf status;           /* of a run, as in `sow status --json` */
	int64_t status_number;       /* counts its changes */
	int64_t status_due;
	size_t told_failures;
};

/* One admitted request. */
struct call {
	struct review *review;
	const json_value *body;      /* an object */
	struct view by;
	struct arena *arena;         /* lives until it is answered */
	struct json_out *out;        /* the answer: members of the open object */
	struct sow_error *err;
};

/* Answers "api/NAME". SOW_OK; SOW_USAGE and SOW_MISSING are the client's mistakes. */
int api_answer(struct call *c, struct view name);

/* judge.c */
int judge_verdict(struct call *c);
int judge_undo(struct call *c);
int judge_progress(struct call *c);
/* The verdicts on record i: a member "review". Between index_lock and index_unlock. */
void judge_review(struct call *c, size_t i);
/* The record that a request names. SOW_USAGE if there is none. */
int api_record(struct call *c, size_t *i);

/* feed.c */
struct feed;
/* Begins the stream for one page, with its tag. */
struct feed *feed_begin(struct review *r);
bool feed_more(struct review *r, struct feed *l, struct buf *out);
void feed_end(struct feed *l);
/* The run's status, read again if it is due. */
int feed_status(struct review *r, struct sow_error *err);
/* Reads the verdicts of other processes. Between index_lock and index_unlock. */
int feed_refresh(struct review *r, struct sow_error *err);

#endif
