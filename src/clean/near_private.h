/* near_private.h - the state that near_ranks.c and near_rounds.c share: the first reads the records and finds
 * the groups, the second decides which records are kept. */
#ifndef CLEAN_NEAR_PRIVATE_H
#define CLEAN_NEAR_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clean/near_ranks.h"
#include "text/minhash/minhash.h"
#include "text/minhash/shingles.h"

#define NEAR_SHARES 64            /* of comparisons, for threads */

/* A record as other ranks name it: its rank, and its index there in the order of the input. */
struct member {
	uint32_t rank, index;
};

/* Where a record of this rank is a member. */
struct seat {
	uint32_t owner, group, position;
};

enum state { OPEN, KEPT, REMOVED };

/* Its owner goes through it in windows. Within a window members are compared with those before them, and a
 * member is called once all its near duplicates among these are removed. When all are decided, the owner
 * tells the members after the window which ones are kept. */
struct group {
	size_t start;                /* of its members */
	uint32_t count;
	uint32_t head, end;          /* the window; end 0: none yet */
	uint32_t teller, told;       /* the kept member that is announced, and up to which member */
	uint64_t news;               /* kept members of the window that are not announced yet */
	uint8_t width;               /* of the next window */
	bool queued;
};

struct pair {
	uint32_t index;
	struct member other;
	uint32_t owner, group, position, what;
	bool unlike;
};

/* A record of any rank. */
struct set {
	struct member who;
	uint64_t number;
	const uint32_t *shingles;
	size_t count;
};

struct query {
	struct shingles shingles;
	uint32_t bands[MINHASH_MOST];
};

struct near_ranks {
	const struct dedup_options *o;
	struct ranks *ranks;
	size_t n;
	size_t band_size;            /* of a struct band, as it is sent */
	uint32_t self;
	struct minhash minhash;
	const struct kernel *kernel;
	struct query *queries;       /* CLEAN_SLOTS, later scratch for NEAR_SHARES */
	struct buf *out, *in;        /* one a rank */
	/* records of this rank */
	size_t count;
	uint32_t *shingles;
	size_t used, shingle_room;
	size_t *starts;              /* count + 1 */
	uint64_t *numbers;
	double *preferred;
	uint32_t *bands;             /* minhash.bands a record, until they are exchanged */
	size_t start_room, number_room, preferred_room, band_room;
	unsigned char *states;
	uint32_t *waits;             /* for how many seats */
	struct seat *seats;          /* of record i from seat_starts[i] on */
	size_t *seat_starts;
	struct verdict *verdicts;
	/* groups of this rank */
	struct member *members;
	unsigned char *decided;
	bool *called;
	uint64_t *similar;           /* by member: open ones before it in the window that it may be like */
	size_t member_count, member_room;
	struct group *groups;
	size_t group_count, group_room;
	uint32_t *queue;
	size_t queued, queue_room;
	/* a round */
	struct pair *pairs;
	size_t pair_count, pair_room;
	uint32_t *touched;
	size_t touched_count, touched_room;
	struct set *sets;
	size_t set_count, set_room;
	size_t rounds;
};

/* Sets *err to the message for a failure of these functions. */
int near_fail(const struct near_ranks *x, int status, struct sow_error *err);
/* For sorting: by number; by rank and index. */
int near_numbers(uint64_t a, uint64_t b);
int near_members(struct member a, struct member b);

/* Decides which records are kept, once groups and seats are known: fills in the verdicts. All ranks call it. */
int near_rounds(struct near_ranks *x, struct workers *crew, struct sow_error *err);

#endif
