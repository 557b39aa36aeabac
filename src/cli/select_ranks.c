#include "cli/select_ranks_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"

static uint64_t key_of(double score)
{
	uint64_t bits, sign = UINT64_C(1) << 63;
	score = isnan(score) ? 0 : score + 0.0; /* of two zeros neither is more */
	memcpy(&bits, &score, sizeof(bits));
	return bits & sign ? ~bits : bits | sign;
}

int select_each(struct spread_selection *x, struct facts *facts, select_look *look, void *data,
		struct sow_error *err)
{
	struct record record;
	struct arena *a = arena_new();
	struct records *r = record_input_open(x->input, x->t, err);
	int status = r ? SOW_OK : (int)err->status;
	for (size_t i = 0; r && !status && (status = records_next(r, a, &record, err)) > 0; i++) {
		status = look(data, &record, i, err);
		arena_clear(a);
	}
	status = record_input_end(x->input, x->t, r, status, facts, err);
	records_close(r);
	arena_free(a);
	return status;
}

static int note(void *data, const struct record *r, size_t i, struct sow_error *err)
{
	struct spread_selection *x = data;
	struct record_fate fate;
	int status = selection_read(x->selection, r, x->before + i, &fate, err);
	x->failed = x->failed || status;
	if (mem_try_grow(&x->reasons, &x->reason_room, i + 1) || mem_try_grow(&x->keys, &x->key_room, i + 1) ||
	    (x->scores_wanted && mem_try_grow(&x->scores, &x->score_room, i + 1)) ||
	    (x->options->balance && mem_try_grow(&x->groups, &x->group_room, i + 1)))
		return error_set(err, SOW_NOMEM, "%s: out of memory for the scores", x->t->in);
	x->reasons[i] = (unsigned char)fate.reason;
	x->keys[i] = key_of(fate.score);
	if (x->options->balance)
		x->groups[i] = fate.group;
	if (x->scores_wanted)
		x->scores[i] = fate.score;
	x->count = i + 1;
	return SOW_OK;
}

/* The failure, once records are numbered. */
static int note_failure(void *data, const struct record *r, size_t i, struct sow_error *err)
{
	struct spread_selection *x = data;
	struct record_fate fate;
	return selection_read(x->selection, r, x->before + i, &fate, err);
}

static int look_at_all(struct spread_selection *x, struct facts *facts, uint64_t *records, struct sow_error *err)
{
	uint64_t before, sums[2];
	int status = select_each(x, facts, note, x, err);
	if (status)
		return status;
	status = ranks_exscan(x->t->ranks, SOW_OK, x->count, &before, err);
	x->before = (size_t)before;
	sums[0] = x->count;
	sums[1] = x->failed;
	status = ranks_allreduce(x->t->ranks, status, sums, 2, err);
	*records = sums[0];
	if (status || !sums[1])
		return status;
	status = select_each(x, facts, note_failure, x, err);
	return status ? status : error_set(err, SOW_INVALID, "%s: changed while it was read", x->t->in);
}

uint64_t select_count_from(const struct spread_selection *x, uint64_t key)
{
	uint64_t count = 0;
	for (size_t i = 0; i < x->count; i++)
		count += !x->reasons[i] && x->keys[i] >= key;
	return count;
}

static int share_ties(struct spread_selection *x, uint64_t wanted, struct sow_error *err)
{
	uint64_t above = select_count_from(x, x->last + 1), own = select_count_from(x, x->last) - above, before;
	int status = ranks_exscan(x->t->ranks, SOW_OK, own, &before, err);
	status = ranks_allreduce(x->t->ranks, status, &above, 1, err);
	uint64_t left = above + before < wanted ? wanted - above - before : 0;
	x->ties = left < own ? left : own;
	return status;
}

/* The largest key that so many have at least. */
static int find_last(struct spread_selection *x, struct sow_error *err)
{
	uint64_t open = select_count_from(x, 0), wanted;
	int status = ranks_allreduce(x->t->ranks, SOW_OK, &open, 1, err);
	wanted = status ? 0 : selection_wanted(x->selection, (size_t)open);
	x->last = wanted ? 0 : NOTHING;
	for (int bit = 63; bit >= 0 && wanted && !status; bit--) {
		uint64_t key = x->last | UINT64_C(1) << bit, count = select_count_from(x, key);
		status = ranks_allreduce(x->t->ranks, SOW_OK, &count, 1, err);
		x->last = count >= wanted ? key : x->last;
	}
	return status || !wanted ? status : share_ties(x, wanted, err);
}

/* By chance: as PICK_RANDOM draws, by the number among those that may be taken. */
static int draw_keys(struct spread_selection *x, struct sow_error *err)
{
	uint64_t number, own = select_count_from(x, 0);
	int status = ranks_exscan(x->t->ranks, SOW_OK, own, &number, err);
	for (size_t i = 0; i < x->count && !status; i++) {
		if (x->reasons[i])
			continue;
		struct draw d = draw_start(x->options->seed, DRAW_SELECT, number++);
		x->keys[i] = key_of(-draw_fraction(&d));
	}
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
	int status = ranks_allreduce(x->t->ranks, SOW_OK, &made->records, 1, err);
	if (!status)
		status = ranks_allreduce(x->t->ranks, SOW_OK, made->of, REASON_COUNT, err);
	made->taken = made->of[REASON_NONE];
	if (!status)
		status = ranks_allgather(x->t->ranks, SOW_OK, own, sizeof(own), all, err);
	for (size_t k = 0; k < n && !status && !*made->missing; k++)
		memcpy(made->missing, all + k * sizeof(own), sizeof(own));
	mem_free(all);
	return status;
}

static int choose_from(struct spread_selection *x, uint64_t records, struct select_made *made, struct sow_error *err)
{
	if (selection_needs_vectors(x->options->how)) {
		int status = select_vectors(x, records, err);
		if (status)
			return status;
		if (x->options->how == SELECT_DEITA)
			return select_deita(x, err);
		return select_steps(x, &made->share, err);
	}
	int status = x->options->how == SELECT_RANDOM ? draw_keys(x, err) : SOW_OK;
	if (x->options->balance)
		return status ? status : select_balanced(x, err);
	if (!status)
		status = find_last(x, err);
	if (!status)
		decide(x);
	return status || !x->places_wanted ? status : select_places(x, err);
}

static int choose(struct spread_selection *x, struct select_made *made, struct sow_error *err)
{
	uint64_t records = 0;
	int status = look_at_all(x, &made->facts, &records, err);
	if (!status)
		status = choose_from(x, records, made, err);
	return status ? status : count_all(x, made, err);
}

int select_ranks(struct selection *s, const struct selection_options *o, struct record_output *w,
		 struct record_input *r, struct rank_job *t, struct select_made *made, struct sow_error *err)
{
	bool chosen = false;         /* before the job was stopped */
	struct spread_selection x = { .selection = s, .options = o, .output = w, .input = r, .t = t,
				      .explain = t->explain.path ? t->explain.shard.data : NULL };
	const struct clean_options parts = { .parts = &t->parts };
	struct clean_fingerprint fingerprint;
	memset(made, 0, sizeof(*made));
	made->made.kind = "";
	x.places_wanted = x.explain || o->ranked;
	x.scores_wanted = x.explain || o->how == SELECT_DPP;
	int status = ranks_agree(t->ranks, clean_fingerprint_take(&parts, &fingerprint, err), err);
	if (!status && !x.places_wanted)
		status = select_load(&x, made, &chosen, err);
	if (!status && !chosen)
		status = choose(&x, made, err);
	if (!status && !chosen && !x.places_wanted)
		status = select_save(&x, made, err);
	made->own = x.count;
	if (!status)
		status = select_write(&x, &fingerprint, made, err);
	mem_free(x.reasons);
	mem_free(x.keys);
	mem_free(x.scores);
	mem_free(x.groups);
	mem_free(x.near);
	mem_free(x.places);
	return status;
}
