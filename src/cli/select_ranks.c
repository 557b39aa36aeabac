#include "cli/select_ranks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"

struct spread_selection {
	struct selection *selection;
	struct writing *writing;
	struct reading *reading;
	struct together *t;
	/* of this rank's part */
	unsigned char *reasons;
	uint64_t *keys;              /* by record: its score, so that a higher one is larger */
	size_t count, reason_room, key_room;
	uint64_t last;               /* the key of the last that is taken */
	uint64_t ties;               /* so many with this key are */
	bool none;
};

static uint64_t key_of(double score)
{
	uint64_t bits, sign = UINT64_C(1) << 63;
	score = isnan(score) ? 0 : score + 0.0; /* of two zeros neither is more */
	memcpy(&bits, &score, sizeof(bits));
	return bits & sign ? ~bits : bits | sign;
}

/* Calls `look` with each record of this rank's part, and its number there. */
static int each(struct spread_selection *x, struct facts *facts,
		int (*look)(struct spread_selection *x, const struct record *r, size_t i, struct sow_error *err),
		struct sow_error *err)
{
	struct record record;
	struct arena *a = arena_new();
	struct records *r = reading_open(x->reading, x->t, err);
	int status = r ? SOW_OK : (int)err->status;
	for (size_t i = 0; r && !status && (status = records_next(r, a, &record, err)) > 0; i++) {
		status = look(x, &record, i, err);
		arena_clear(a);
	}
	status = reading_end(x->reading, x->t, r, status, facts, err);
	records_close(r);
	arena_free(a);
	return status;
}

static int note(struct spread_selection *x, const struct record *r, size_t i, struct sow_error *err)
{
	struct record_fate fate;
	int status = selection_look(x->selection, r, &fate, err);
	if (mem_try_grow(&x->reasons, &x->reason_room, i + 1) || mem_try_grow(&x->keys, &x->key_room, i + 1))
		return error_set(err, SOW_NOMEM, "%s: out of memory for the scores", x->t->in);
	x->reasons[i] = (unsigned char)fate.reason;
	x->keys[i] = key_of(fate.score);
	x->count = i + 1;
	return status;
}

/* How many that may be taken have at least this key. */
static uint64_t count_from(const struct spread_selection *x, uint64_t key)
{
	uint64_t count = 0;
	for (size_t i = 0; i < x->count; i++)
		count += !x->reasons[i] && x->keys[i] >= key;
	return count;
}

static int share_ties(struct spread_selection *x, uint64_t wanted, struct sow_error *err)
{
	size_t n = ranks_count(x->t->ranks);
	uint64_t above = x->last == UINT64_MAX ? 0 : count_from(x, x->last + 1), own = count_from(x, x->last) - above;
	uint64_t *all = mem_alloc(n * sizeof(*all));
	int status = ranks_sum(x->t->ranks, SOW_OK, &above, 1, err);
	if (!status)
		status = ranks_gather(x->t->ranks, SOW_OK, &own, sizeof(own), all, err);
	uint64_t left = wanted - above;
	for (size_t k = 0; k < ranks_rank(x->t->ranks) && !status; k++)
		left -= all[k] < left ? all[k] : left;
	x->ties = left < own ? left : own;
	mem_free(all);
	return status;
}

/* The largest key that so many have at least. */
static int find_last(struct spread_selection *x, struct sow_error *err)
{
	uint64_t open = count_from(x, 0), wanted;
	int status = ranks_sum(x->t->ranks, SOW_OK, &open, 1, err);
	wanted = status ? 0 : selection_wanted(x->selection, (size_t)open);
	x->none = !wanted;
	for (int bit = 63; bit >= 0 && wanted && !status; bit--) {
		uint64_t key = x->last | UINT64_C(1) << bit, count = count_from(x, key);
		status = ranks_sum(x->t->ranks, SOW_OK, &count, 1, err);
		x->last = count >= wanted ? key : x->last;
	}
	return status || !wanted ? status : share_ties(x, wanted, err);
}

static void decide(struct spread_selection *x)
{
	for (size_t i = 0; i < x->count; i++) {
		if (x->reasons[i])
			continue;
		bool ties = x->keys[i] == x->last && x->ties;
		if (x->none || x->keys[i] < x->last || (x->keys[i] == x->last && !ties))
			x->reasons[i] = REASON_RANK;
		x->ties -= ties && !x->none;
	}
}

static int write_one(struct spread_selection *x, const struct record *r, size_t i, struct sow_error *err)
{
	if (i >= x->count)
		return error_set(err, SOW_INVALID, "%s: changed while it was read", x->t->in);
	return x->reasons[i] ? SOW_OK : writing_add(x->writing, r, err);
}

/* Both passes read the same. */
static int write_part(struct spread_selection *x, const struct clean_mark *before, struct select_made *made,
		      struct sow_error *err)
{
	const struct clean_options parts = { .parts = &x->t->parts };
	struct clean_mark after;
	struct facts facts;
	int status = ranks_agree(x->t->ranks, writing_open(x->writing, err), err);
	if (!status)
		status = each(x, &facts, write_one, err);
	if (status)
		return status;
	status = clean_mark(&parts, &after, err);
	if (!status && memcmp(&after.hash, &before->hash, sizeof(after.hash)) != 0)
		status = error_set(err, SOW_INVALID, "%s: changed while it was read", x->t->in);
	if (!status)
		status = writing_close(x->writing, &made->made, err);
	status = ranks_agree(x->t->ranks, status, err);
	return status ? status : writing_add_up(x->writing, x->t, &made->made, err);
}

static int count_all(struct spread_selection *x, struct select_made *made, struct sow_error *err)
{
	size_t n = ranks_count(x->t->ranks);
	const char *missing = selection_missing(x->selection);
	char own[sizeof(made->missing)] = "", *all = mem_alloc(n * sizeof(own));
	if (missing)
		snprintf(own, sizeof(own), "%s", missing);
	for (size_t i = 0; i < x->count; i++)
		made->of[x->reasons[i]]++;
	made->records = x->count;
	int status = ranks_sum(x->t->ranks, SOW_OK, &made->records, 1, err);
	if (!status)
		status = ranks_sum(x->t->ranks, SOW_OK, made->of, REASON_COUNT, err);
	made->taken = made->of[REASON_NONE];
	if (!status)
		status = ranks_gather(x->t->ranks, SOW_OK, own, sizeof(own), all, err);
	for (size_t k = 0; k < n && !status && !*made->missing; k++)
		memcpy(made->missing, all + k * sizeof(own), sizeof(own));
	mem_free(all);
	return status;
}

int select_ranks(struct selection *s, struct writing *w, struct reading *r, struct together *t,
		 struct select_made *made, struct sow_error *err)
{
	struct spread_selection x = { .selection = s, .writing = w, .reading = r, .t = t };
	const struct clean_options parts = { .parts = &t->parts };
	struct clean_mark mark;
	memset(made, 0, sizeof(*made));
	made->made.kind = "";
	int status = ranks_agree(t->ranks, clean_mark(&parts, &mark, err), err);
	if (!status)
		status = each(&x, &made->facts, note, err);
	if (!status)
		status = find_last(&x, err);
	if (!status) {
		decide(&x);
		status = count_all(&x, made, err);
	}
	if (!status)
		status = write_part(&x, &mark, made, err);
	mem_free(x.reasons);
	mem_free(x.keys);
	return status;
}
