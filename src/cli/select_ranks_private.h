/* select_ranks_private.h - select on ranks: what its files share.
 *
 * select_ranks.c: who may be taken, and what is by score. select_order.c: in which order, and in turns.
 * select_steps.c: one after the other, by vectors. select_deita.c: DEITA's filter. select_saved.c: the choice,
 * kept for a job that is stopped. select_written.c: the second pass, which writes.
 */
#ifndef CLI_SELECT_RANKS_PRIVATE_H
#define CLI_SELECT_RANKS_PRIVATE_H

#include "cli/select_ranks.h"

struct near_one {
	uint64_t record;             /* its number, from 0 */
	double cosine;
};

struct spread_selection {
	struct selection *selection;
	const struct selection_options *options;
	struct record_output *output;
	struct record_input *input;
	struct rank_job *t;
	const char *explain;         /* where this rank explains its part; NULL: nowhere */
	bool places_wanted;          /* in which order records are taken */
	bool scores_wanted;          /* and not only which is higher */
	size_t dims;                 /* of vectors */
	/* of this rank's part */
	unsigned char *reasons;
	uint64_t *keys;              /* by record: higher is better */
	double *scores;              /* by record, where they are wanted; else NULL */
	uint64_t *groups;            /* by record: the number of its value of --balance; else NULL */
	struct near_one *near;       /* by record that is too near another; NULL: not by DEITA's filter */
	uint64_t *places;            /* by record, where they are wanted: in which order it was taken, from 1 */
	size_t count, reason_room, key_room, score_room, group_room;
	size_t before;               /* records of the ranks before this one, once it is known */
	bool failed;                 /* a record is not as it has to be */
	uint64_t last;               /* the key of the last that is taken; NOTHING: none is */
	uint64_t ties;               /* so many with this key are */
};

#define NOTHING UINT64_MAX /* no record's key */

/* Calls `look` with each record of this rank's part, and its number there. All ranks call it. */
typedef int select_look(void *data, const struct record *r, size_t i, struct sow_error *err);
int select_each(struct spread_selection *x, struct facts *facts, select_look *look, void *data,
		struct sow_error *err);
/* How many that may be taken have at least this key, in this part. */
uint64_t select_count_from(const struct spread_selection *x, uint64_t key);

/* Of what was taken by score: its places. */
int select_places(struct spread_selection *x, struct sow_error *err);
/* By score, the values of a field in turns: what is taken, and its places. */
int select_balanced(struct spread_selection *x, struct sow_error *err);

/* Steps: says of each record that may be taken whether it is, and its place. */
int select_vectors(struct spread_selection *x, uint64_t records, struct sow_error *err);
int select_steps(struct spread_selection *x, double *share, struct sow_error *err);

/* DEITA's filter: what is taken, its places, and what is too near. */
int select_deita(struct spread_selection *x, struct sow_error *err);

/* What is chosen, in a checkpoint of each rank. *chosen if every rank has its own, of the same job that was
 * stopped; then *made is as it was saved. For a choice whose order is not asked for. */
int select_save(const struct spread_selection *x, const struct select_made *made, struct sow_error *err);
int select_load(struct spread_selection *x, struct select_made *made, bool *chosen, struct sow_error *err);

/* The second pass. It reads what the first did, whose fingerprint is `before`. */
int select_write(struct spread_selection *x, const struct clean_fingerprint *before, struct select_made *made,
		 struct sow_error *err);

#endif
