#include "select/pick.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "select/pickers.h"
#include "vector/cosine_filter.h"

void *pick_array(size_t count, size_t size)
{
	if (count >= SIZE_MAX / size)
		mem_exhausted(SIZE_MAX);
	return mem_alloc((count + 1) * size);
}

int ranked_compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

struct ranked *pick_rank(const struct pick *p)
{
	struct ranked *list = pick_array(p->count, sizeof(*list));
	for (size_t i = 0; i < p->count; i++)
		list[i] = (struct ranked){ p->score ? p->score[i] : 0, i };
	if (p->count)
		qsort(list, p->count, sizeof(*list), ranked_compare);
	return list;
}

static void pick_top(const struct pick *p, struct chosen *out)
{
	struct ranked *list = pick_rank(p);
	while (out->count < p->wanted)
		pick_take(out, list[out->count].at);
	mem_free(list);
}

/* Each record has its own draw, so that another record changes nobody's place but by its own. */
static void pick_random(const struct pick *p, struct chosen *out)
{
	struct ranked *list = pick_array(p->count, sizeof(*list));
	for (size_t i = 0; i < p->count; i++) {
		struct draw d = draw_start(p->seed, DRAW_SELECT, i);
		list[i] = (struct ranked){ -draw_fraction(&d), i };
	}
	if (p->count)
		qsort(list, p->count, sizeof(*list), ranked_compare);
	while (out->count < p->wanted)
		pick_take(out, list[out->count].at);
	mem_free(list);
}

/* DEITA's filter: down the scores, past what is too like something taken. */
int pick_deita(const struct pick *p, struct workers *crew, struct chosen *out)
{
	if (p->count >= UINT32_MAX)
		return SOW_NOMEM;
	struct ranked *list = pick_rank(p);
	uint32_t *order = pick_array(p->count, sizeof(*order)), *near = pick_array(p->count, sizeof(*near));
	size_t reached = 0, kept = 0;
	for (size_t n = 0; n < p->count; n++)
		order[n] = (uint32_t)list[n].at;
	const struct cosine_filter w = { .vectors = p->vectors, .order = order, .count = p->count,
					 .wanted = p->wanted, .threshold = p->threshold, .above = true };
	cosine_filter_run(&w, crew, near, out->cosine, &kept, &reached);
	for (size_t n = 0; n < reached; n++) {
		if (near[order[n]] == COSINE_NONE)
			pick_take(out, order[n]);
		else
			out->near[order[n]] = near[order[n]];
	}
	mem_free(list);
	mem_free(order);
	mem_free(near);
	return SOW_OK;
}

static int run(enum picker how, const struct pick *p, struct workers *crew, struct chosen *out,
	       struct sow_error *err)
{
	switch (how) {
	case PICK_TOP: pick_top(p, out); return SOW_OK;
	case PICK_RANDOM: pick_random(p, out); return SOW_OK;
	case PICK_KCENTER: return pick_kcenter(p, crew, out);
	case PICK_FACILITY: return p->parts ? pick_greedi(p, crew, out, err) : pick_facility(p, crew, out);
	case PICK_DEITA: return pick_deita(p, crew, out);
	case PICK_INSTAG: pick_instag(p, out); return SOW_OK;
	case PICK_CLUSTER: return pick_cluster(p, crew, out, err);
	case PICK_DPP: return pick_dpp(p, crew, out, err);
	default: pick_rds(p, crew, out); return SOW_OK;
	}
}

int pick_run(enum picker how, const struct pick *given, struct workers *crew, struct chosen *out,
	     struct sow_error *err)
{
	struct pick p = *given;
	p.wanted = p.wanted < p.count ? p.wanted : p.count;
	*out = (struct chosen){ .list = pick_array(p.wanted, sizeof(*out->list)),
				.near = pick_array(p.count, sizeof(*out->near)),
				.cosine = mem_zalloc((p.count + 1) * sizeof(*out->cosine)) };
	for (size_t i = 0; i < p.count; i++)
		out->near[i] = PICK_NONE;
	int status = p.wanted ? run(how, &p, crew, out, err) : SOW_OK;
	if (status)
		chosen_release(out);
	return status == SOW_NOMEM ? error_nomem(err) : status;
}

void chosen_release(struct chosen *c)
{
	mem_free(c->list);
	mem_free(c->near);
	mem_free(c->cosine);
	*c = (struct chosen){ 0 };
}

void pick_balance(size_t *list, size_t count, const size_t *group_of, size_t groups)
{
	/* a queue a group, as chains through the list */
	size_t *next = pick_array(count, sizeof(*next)), *copy = pick_array(count, sizeof(*copy));
	size_t *heads = pick_array(groups, sizeof(*heads)), *tails = pick_array(groups, sizeof(*tails));
	size_t *order = pick_array(groups, sizeof(*order)), seen = 0, done = 0;
	for (size_t g = 0; g < groups; g++)
		heads[g] = PICK_NONE;
	for (size_t i = 0; i < count; i++) {
		size_t g = group_of[list[i]];
		copy[i] = list[i];
		next[i] = PICK_NONE;
		if (heads[g] == PICK_NONE) {
			order[seen++] = g;
			heads[g] = i;
		} else {
			next[tails[g]] = i;
		}
		tails[g] = i;
	}
	while (done < count) {
		for (size_t o = 0; o < seen; o++) {
			size_t *head = &heads[order[o]];
			if (*head == PICK_NONE)
				continue;
			list[done++] = copy[*head];
			*head = next[*head];
		}
	}
	mem_free(next);
	mem_free(copy);
	mem_free(heads);
	mem_free(tails);
	mem_free(order);
}
