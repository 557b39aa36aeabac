#include "cli/select_ranks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/talk.h"
#include "select/kcenter.h"
#include "select/pick.h"

struct spread_selection {
	struct selection *selection;
	struct writing *writing;
	struct reading *reading;
	struct together *t;
	/* of this rank's part */
	unsigned char *reasons;
	uint64_t *keys;              /* by record: its score, so that a higher one is larger */
	size_t count, reason_room, key_room;
	size_t before;               /* records of the ranks before this one, once it is known */
	bool failed;                 /* a record is not as it has to be */
	uint64_t last;               /* the key of the last that is taken; NOTHING: none is */
	uint64_t ties;               /* so many with this key are */
};

#define NOTHING UINT64_MAX /* no record's key */

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
	int status = selection_look(x->selection, r, x->before + i, &fate, err);
	x->failed = x->failed || status;
	if (mem_try_grow(&x->reasons, &x->reason_room, i + 1) || mem_try_grow(&x->keys, &x->key_room, i + 1))
		return error_set(err, SOW_NOMEM, "%s: out of memory for the scores", x->t->in);
	x->reasons[i] = (unsigned char)fate.reason;
	x->keys[i] = key_of(fate.score);
	x->count = i + 1;
	return SOW_OK;
}

/* The failure, once records are numbered. */
static int note_failure(struct spread_selection *x, const struct record *r, size_t i, struct sow_error *err)
{
	struct record_fate fate;
	return selection_look(x->selection, r, x->before + i, &fate, err);
}

static int look_at_all(struct spread_selection *x, struct facts *facts, uint64_t *records, struct sow_error *err)
{
	uint64_t before, sums[2];
	int status = each(x, facts, note, err);
	if (status)
		return status;
	status = ranks_before(x->t->ranks, SOW_OK, x->count, &before, err);
	x->before = (size_t)before;
	sums[0] = x->count;
	sums[1] = x->failed;
	status = ranks_sum(x->t->ranks, status, sums, 2, err);
	*records = sums[0];
	if (status || !sums[1])
		return status;
	status = each(x, facts, note_failure, err);
	return status ? status : error_set(err, SOW_INVALID, "%s: changed while it was read", x->t->in);
}

/* Vectors of a file are read by row; those of all ranks have one length. */
static int read_vectors(struct spread_selection *x, const struct selection_options *o, uint64_t records,
			struct sow_error *err)
{
	struct vectors *v = selection_vectors(x->selection);
	uint64_t dims;
	size_t rows;
	int status = SOW_OK;
	if (o->vectors)
		status = vectors_read_npy_part(v, o->vectors, x->before, x->count, &rows, err);
	if (o->vectors && !status && rows != records)
		status = error_set(err, SOW_INVALID, "%s: %zu vectors for %zu records", o->vectors, rows,
				   (size_t)records);
	status = spread_dims(x->t->ranks, status, v, &dims, err);
	if (!status && v->count && v->dims != dims)
		status = error_set(err, SOW_INVALID, "record %zu: %s: expected a list of %zu numbers, as before, not of %zu",
				   x->before + 1, o->vector, (size_t)dims, v->dims);
	return ranks_agree(x->t->ranks, status, err);
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
	uint64_t above = count_from(x, x->last + 1), own = count_from(x, x->last) - above, before;
	int status = ranks_before(x->t->ranks, SOW_OK, own, &before, err);
	status = ranks_sum(x->t->ranks, status, &above, 1, err);
	uint64_t left = above + before < wanted ? wanted - above - before : 0;
	x->ties = left < own ? left : own;
	return status;
}

/* The largest key that so many have at least. */
static int find_last(struct spread_selection *x, struct sow_error *err)
{
	uint64_t open = count_from(x, 0), wanted;
	int status = ranks_sum(x->t->ranks, SOW_OK, &open, 1, err);
	wanted = status ? 0 : selection_wanted(x->selection, (size_t)open);
	x->last = wanted ? 0 : NOTHING;
	for (int bit = 63; bit >= 0 && wanted && !status; bit--) {
		uint64_t key = x->last | UINT64_C(1) << bit, count = count_from(x, key);
		status = ranks_sum(x->t->ranks, SOW_OK, &count, 1, err);
		x->last = count >= wanted ? key : x->last;
	}
	return status || !wanted ? status : share_ties(x, wanted, err);
}

/* What a rank offers as the next centre: of all offers the largest, of equals that of the lowest rank. */
struct offer {
	double value;                /* the square of its distance; of the first the order of its score */
	uint64_t key;
	bool any;
};

/* The rank whose offer is taken, or the number of ranks. */
static int compare_offers(struct spread_selection *x, int status, const struct offer *own, size_t *winner,
			  struct sow_error *err)
{
	size_t n = ranks_count(x->t->ranks);
	struct offer *all = mem_alloc(n * sizeof(*all));
	status = ranks_gather(x->t->ranks, status, own, sizeof(*own), all, err);
	*winner = n;
	for (size_t k = 0; k < n && !status; k++) {
		const struct offer *best = *winner < n ? &all[*winner] : NULL;
		if (all[k].any && (!best || all[k].value > best->value ||
				   (all[k].value == best->value && all[k].key > best->key)))
			*winner = k;
	}
	mem_free(all);
	return status;
}

/* Of the open records of this rank that with the highest score, of equals the first. */
static size_t first_best(const struct spread_selection *x, struct offer *offer)
{
	size_t best = 0;
	*offer = (struct offer){ .any = false };
	for (size_t i = 0; i < x->count; i++) {
		if (x->reasons[i] || (offer->any && x->keys[i] <= offer->key))
			continue;
		*offer = (struct offer){ .key = x->keys[i], .any = true };
		best = i;
	}
	return best;
}

/* The centre of rank `from`, to all. */
static int add_centre(struct spread_selection *x, struct kcenter *k, size_t from, size_t at, struct sow_error *err)
{
	const struct vectors *v = selection_vectors(x->selection);
	struct buf row = BUF_INIT;
	if (from == ranks_rank(x->t->ranks)) {
		buf_add(&row, (const char *)&v->norms[at], sizeof(*v->norms));
		buf_add(&row, (const char *)(v->rows + at * v->stride), v->dims * sizeof(*v->rows));
	}
	int status = ranks_share(x->t->ranks, SOW_OK, from, &row, err);
	const float *numbers = (const float *)(const void *)row.data;
	if (!status && v->count) /* without records there is nothing to compare it with */
		kcenter_add(k, numbers + 1, numbers[0]);
	buf_release(&row);
	return status;
}

/* A step after the other, as one process goes: each rank offers the farthest record of its part. */
static int take_centres(struct spread_selection *x, uint64_t wanted, bool *taken, struct sow_error *err)
{
	const struct vectors *v = selection_vectors(x->selection);
	size_t self = ranks_rank(x->t->ranks), winner, at;
	struct offer own;
	struct workers *crew = workers_new(x->t->threads);
	at = first_best(x, &own);
	int status = compare_offers(x, x->count < UINT32_MAX ? SOW_OK
				    : error_set(err, SOW_TOOBIG, "%s: too many records for so few ranks", x->t->in),
				    &own, &winner, err);
	struct kcenter *k = status ? NULL : kcenter_new(v, x->reasons, (size_t)wanted, winner == self ? at : PICK_NONE);
	for (uint64_t n = 0; n < wanted && !status; n++) {
		if (winner == self)
			taken[at] = true;
		if (winner == self && n)
			kcenter_take(k);
		if (n + 1 == wanted)
			break;
		status = add_centre(x, k, winner, at, err);
		if (status)
			break;
		float distance = 0;
		status = kcenter_farthest(k, crew, &at, &distance) ? error_nomem(err) : SOW_OK;
		own = (struct offer){ .value = distance, .any = at != PICK_NONE };
		status = compare_offers(x, status, &own, &winner, err);
	}
	kcenter_free(k);
	workers_free(crew);
	return status;
}

static int find_centres(struct spread_selection *x, struct sow_error *err)
{
	uint64_t open = count_from(x, 0);
	int status = ranks_sum(x->t->ranks, SOW_OK, &open, 1, err);
	uint64_t wanted = status ? 0 : selection_wanted(x->selection, (size_t)open);
	bool *taken = mem_zalloc(x->count + 1);
	if (!status && wanted)
		status = take_centres(x, wanted, taken, err);
	for (size_t i = 0; i < x->count && !status; i++) {
		if (!x->reasons[i] && !taken[i])
			x->reasons[i] = REASON_RANK;
	}
	mem_free(taken);
	return status;
}

static void decide(struct spread_selection *x)
{
	for (size_t i = 0; i < x->count; i++) {
		if (x->reasons[i])
			continue;
		bool ties = x->keys[i] == x->last && x->ties;
		if (x->keys[i] < x->last || (x->keys[i] == x->last && !ties))
			x->reasons[i] = REASON_RANK;
		x->ties -= ties;
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
	struct facts facts = { .records = 0 };
	struct buf columns = { .data = buf_empty, .cap = SIZE_MAX / 2 };
	int status = ranks_agree(x->t->ranks, writing_open(x->writing, err), err);
	if (!status)
		status = each(x, &facts, write_one, err);
	if (status)
		return status;
	status = clean_mark(&parts, &after, err);
	if (!status && memcmp(&after.hash, &before->hash, sizeof(after.hash)) != 0)
		status = error_set(err, SOW_INVALID, "%s: changed while it was read", x->t->in);
	status = ranks_agree(x->t->ranks, status, err);
	if (!status)
		status = writing_share_columns(x->writing, x->t, &columns, err);
	buf_release(&columns);
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

/* What is chosen, in a checkpoint: what is told of all records, and behind it the reason of each of this rank. */

static struct checkpoints place(const struct together *t)
{
	return (struct checkpoints){ t->out.work.path.data, "settled", t->key, ranks_rank(t->ranks) };
}

static int save(const struct spread_selection *x, const struct select_made *made, struct sow_error *err)
{
	const struct checkpoints c = place(x->t);
	struct buf all = { .data = buf_empty, .cap = SIZE_MAX / 2 };
	buf_add(&all, (const char *)made, sizeof(*made));
	buf_add(&all, (const char *)x->reasons, x->count);
	const struct checkpoint k = { .entries = all.data, .count = all.len, .size = 1 };
	int status = checkpoint_save(&c, &k, err);
	buf_release(&all);
	return ranks_agree(x->t->ranks, status, err);
}

/* *settled if every rank has its own, of the same job that was stopped. */
static int load(struct spread_selection *x, struct select_made *made, bool quiet, bool *settled, struct sow_error *err)
{
	const struct checkpoints c = place(x->t);
	struct checkpoint k = { .size = 1 };
	uint64_t found = checkpoint_load(&c, &k) && k.count >= sizeof(*made);
	int status = ranks_sum(x->t->ranks, SOW_OK, &found, 1, err);
	*settled = !status && found == ranks_count(x->t->ranks);
	if (*settled) {
		memcpy(made, k.entries, sizeof(*made));
		made->made.kind = ""; /* a pointer is of one process */
		x->count = (size_t)k.count - sizeof(*made);
		mem_grow(&x->reasons, &x->reason_room, x->count + 1);
		memcpy(x->reasons, (const char *)k.entries + sizeof(*made), x->count);
		if (!quiet && ranks_rank(x->t->ranks) == 0)
			talk_line("%s: resuming: the choice is made", x->t->out.work.path.data);
	}
	mem_free(k.entries);
	return status;
}

static int choose(struct spread_selection *x, const struct selection_options *o, struct select_made *made,
		  struct sow_error *err)
{
	uint64_t records = 0;
	int status = look_at_all(x, &made->facts, &records, err);
	if (!status && o->how == SELECT_KCENTER)
		status = read_vectors(x, o, records, err);
	if (!status)
		status = o->how == SELECT_KCENTER ? find_centres(x, err) : find_last(x, err);
	if (!status && o->how != SELECT_KCENTER)
		decide(x);
	if (!status)
		status = count_all(x, made, err);
	return status ? status : save(x, made, err);
}

int select_ranks(struct selection *s, const struct selection_options *o, struct writing *w, struct reading *r,
		 struct together *t, struct select_made *made, struct sow_error *err)
{
	bool settled = false;
	struct spread_selection x = { .selection = s, .writing = w, .reading = r, .t = t };
	const struct clean_options parts = { .parts = &t->parts };
	struct clean_mark mark;
	memset(made, 0, sizeof(*made));
	made->made.kind = "";
	int status = ranks_agree(t->ranks, clean_mark(&parts, &mark, err), err);
	if (!status)
		status = load(&x, made, w->quiet, &settled, err);
	if (!status && !settled)
		status = choose(&x, o, made, err);
	if (!status)
		status = write_part(&x, &mark, made, err);
	mem_free(x.reasons);
	mem_free(x.keys);
	return status;
}
