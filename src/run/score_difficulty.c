#include "run/score_difficulty.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "method/judge.h"
#include "run/state.h"

/* A finished unit that may be in the sample. */
struct candidate {
	int64_t round, ticket, item;
	uint64_t lot;                /* the lowest of a round are drawn */
};

struct measuring {
	struct run run;
	struct difficulty *measure;
	struct candidate *list;      /* at first all, then those drawn, sorted by place */
	size_t count, room;
};

/* The sample */

static int add_candidate(void *data, const struct unit *u)
{
	struct measuring *m = data;
	if (u->state != UNIT_FINISHED)
		return SOW_OK;
	mem_grow(&m->list, &m->room, m->count + 1);
	struct draw d = draw_start((uint64_t)m->run.recipe->seed, DRAW_MEASURED,
				   (uint64_t)u->ticket << 16 | (uint64_t)u->item);
	m->list[m->count++] = (struct candidate){ u->item - 1, u->ticket, u->item, draw_u64(&d) };
	return SOW_OK;
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_place(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	int order = compare(a->ticket, b->ticket);
	return order ? order : compare(a->item, b->item);
}

static int by_lot(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	int order = compare(a->round, b->round);
	if (!order)
		order = (a->lot > b->lot) - (a->lot < b->lot);
	return order ? order : by_place(left, right);
}

/* Counts the tasks of each round, and leaves the drawn ones in the list. */
static void draw_sample_of_rounds(struct measuring *m, int64_t sample)
{
	struct difficulty *out = m->measure;
	size_t kept = 0, room = 0;
	if (m->count)
		qsort(m->list, m->count, sizeof(*m->list), by_lot);
	out->count = m->count ? (size_t)m->list[m->count - 1].round + 1 : 0;
	mem_grow(&out->rounds, &room, out->count);
	for (size_t i = 0; i < out->count; i++)
		out->rounds[i] = (struct round_difficulty){ 0 };
	for (size_t i = 0; i < m->count; i++) {
		const struct candidate c = m->list[i];
		if (out->rounds[c.round].tasks++ < sample)
			m->list[kept++] = c;
	}
	m->count = kept;
	if (kept)
		qsort(m->list, kept, sizeof(*m->list), by_place);
}

static int add_drawn(void *data, const struct unit *u)
{
	struct measuring *m = data;
	const struct candidate key = { .ticket = u->ticket, .item = u->item };
	if (!m->count || !bsearch(&key, m->list, m->count, sizeof(key), by_place))
		return SOW_OK;
	struct unit asked = *u;
	asked.stage = method_stage_number(m->run.step.setup->method, &stage_difficulty);
	return active_unit_add(&m->run, &asked, 0);
}

/* The run */

static void take_grade(void *data, const struct unit *u, double grade)
{
	struct difficulty *m = data;
	struct round_difficulty *round = &m->rounds[u->item - 1];
	round->judged += grade > 0;
	round->unread += grade <= 0;
	round->sum += grade;
}

static int open_step(struct measuring *m, int64_t number, int64_t sample)
{
	struct run *r = &m->run;
	struct step *s = &r->step;
	*s = (struct step){ .number = number, .setup = &r->setups[0], .graded = take_grade,
			    .data = m->measure };
	int status = store_each_unit(r->store, number, false, add_candidate, m, r->err);
	if (!status) {
		draw_sample_of_rounds(m, sample);
		status = store_each_unit(r->store, number, false, add_drawn, m, r->err);
	}
	s->begun = s->inputs = (int64_t)m->count;
	r->progress.step = r->progress.steps = 1;
	r->progress.takes_input = true;
	r->progress.target = s->inputs;
	return status;
}

/* The last step, if its method can be measured. */
static int find_step(const char *dir, int64_t *number, const struct method **m,
		     struct sow_error *err)
{
	struct setting method;
	struct arena *a = arena_new();
	struct store *s = store_open(dir, STORE_LOOK, err);
	int status = s ? store_steps(s, number, err) : (int)err->status;
	if (!status)
		status = store_setting(s, a, *number, "method", &method, err);
	*m = status < 0 ? NULL : method_find_view(method.value);
	if (status >= 0 && (!*m || !method_stage_number(*m, &stage_difficulty)))
		status = error_set(err, SOW_INVALID, "%s: not a run of sow evol, whose rounds could be "
				   "measured", dir);
	store_close(s);
	arena_free(a);
	return status < 0 ? status : SOW_OK;
}

int run_score_difficulty(const struct recipe *recipe, const char *dir, int64_t sample,
			 const struct run_hooks *hooks, struct difficulty *out, struct sow_error *err)
{
	static const struct run_hooks none;
	struct recipe asking = *recipe;
	struct measuring m = { .measure = out, .run = { .recipe = &asking, .err = err,
			       .hooks = hooks ? hooks : &none, .started = clock_monotonic() } };
	int64_t number = 0;
	*out = (struct difficulty){ 0 };
	asking.steps[0].rules = (struct list){ 0 };
	asking.steps[0].best_of = 1;
	asking.step_count = 1;
	int status = find_step(dir, &number, &asking.steps[0].method, err);
	if (!status)
		status = run_open(&m.run, dir, true);
	if (!status)
		status = open_step(&m, number, sample);
	if (!status)
		status = run_step(&m.run, &out->end);
	out->progress = m.run.progress;
	run_close(&m.run);
	mem_free(m.list);
	return status;
}

void difficulty_release(struct difficulty *m)
{
	mem_free(m->rounds);
	*m = (struct difficulty){ 0 };
}
