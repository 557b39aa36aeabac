#include "base/error.h"
#include "base/mem.h"
#include "run/state.h"

static int64_t order_of(const struct unit *u)
{
	return (int64_t)((uint64_t)u->ticket << 20 | (uint64_t)(u->item & 0xFFFFF));
}

int live_add(struct run *r, const struct unit *u, size_t number)
{
	struct step *s = &r->step;
	struct live *l = mem_zalloc(sizeof(*l));
	if (!l || !(l->arena = arena_new())) {
		mem_free(l);
		return run_fail_nomem(r);
	}
	int status = unit_copy(u, l->arena, &l->unit);
	l->number = number;
	l->next = s->first;
	if (s->first)
		s->first->before = l;
	s->first = l;
	s->live_count++;
	r->progress.under_way++;
	return status ? run_fail_nomem(r) : live_ready(r, l);
}

static void drop_replies(struct live *l)
{
	for (size_t i = 0; l->replies && i < l->wanted; i++)
		reply_free(l->replies[i]);
	mem_free(l->replies);
	mem_free(l->grades);
	l->replies = NULL;
	l->grades = NULL;
}

void live_end(struct run *r, struct live *l)
{
	struct step *s = &r->step;
	*(l->before ? &l->before->next : &s->first) = l->next;
	if (l->next)
		l->next->before = l->before;
	s->live_count--;
	r->progress.under_way--;
	drop_replies(l);
	arena_free(l->arena);
	mem_free(l);
}

int live_ready(struct run *r, struct live *l)
{
	return heap_push(&r->step.ready, order_of(&l->unit), l) ? run_fail_nomem(r) : SOW_OK;
}

void live_restart(struct live *l)
{
	drop_replies(l);
	l->is_judged = false;
	l->was_held = false;
	l->wanted = l->planned = l->missing = 0;
}

/* How many replies the stage takes, known when the first is planned. */
static int begin_stage(struct run *r, struct live *l)
{
	const struct setup *setup = r->step.setup;
	const struct method *m = setup->method;
	l->wanted = m->samples ? m->samples(setup->state, &l->unit) : 1;
	if (setup->judge && m->is_answer && m->is_answer(setup->state, &l->unit))
		l->wanted = (size_t)setup->step->best_of;
	l->missing = l->wanted;
	l->replies = mem_zalloc(l->wanted * sizeof(struct reply *));
	l->grades = mem_zalloc(l->wanted * sizeof(*l->grades));
	return l->replies && l->grades ? SOW_OK : run_fail_nomem(r);
}

static bool says_something(const struct reply *r)
{
	return r->finish != FINISH_ERROR && view_trim(r->text).len;
}

bool live_is_candidate(const struct run *r, const struct live *l, size_t sample)
{
	const struct reply *reply = l->replies[sample];
	bool has_whole = false;
	for (size_t i = 0; i < l->wanted; i++)
		has_whole |= l->replies[i]->finish == FINISH_STOP && says_something(l->replies[i]);
	bool is_dropped = reply->finish == FINISH_LENGTH && has_whole &&
			  rules_on(r->step.setup->rules, RULE_CUT_REPLY);
	return says_something(reply) && !is_dropped;
}

/* The next sample to ask for: when judging, what is no candidate is passed over. */
static size_t next_sample(const struct run *r, const struct live *l)
{
	size_t at = l->planned;
	while (l->is_judged && at < l->wanted && !live_is_candidate(r, l, at))
		at++;
	return at;
}

bool live_has_more(const struct run *r, const struct live *l)
{
	return next_sample(r, l) < l->wanted;
}

int live_plan(struct run *r, struct live *l, struct asked *a)
{
	const struct setup *setup = r->step.setup;
	const struct method *m = setup->method;
	const struct unit *u = &l->unit;
	if (!l->replies && begin_stage(r, l))
		return SOW_NOMEM;
	size_t sample = next_sample(r, l);
	l->planned = sample + 1;
	a->live = l;
	a->place = (struct place){ u->step, u->ticket, u->item, u->stage, (int64_t)sample };
	int status;
	if (l->is_judged) {
		a->place.stage += STAGE_JUDGED;
		status = judge_plan(setup->judge, u, l->replies[sample]->text, &a->request);
	} else {
		status = m->plan_unit(setup->state, u, sample, &a->request);
	}
	a->duty = method_duty(m, a->place.stage);
	if (status == SOW_NOMEM)
		return run_fail_nomem(r);
	bool is_first = !sample && !l->is_judged && !r->step.answered;
	if (status == SOW_TOOBIG && is_first)
		return SOW_TOOBIG;
	if (status)
		return error_set(r->err, (enum sow_status)status, "task %lld.%lld: its request could not "
				 "be made", (long long)u->ticket, (long long)u->item);
	return SOW_OK;
}

/* All answers are there. True if they are to be judged. */
static bool begin_judging(struct run *r, struct live *l)
{
	const struct setup *setup = r->step.setup;
	const struct method *m = setup->method;
	size_t gradable = 0;
	if (!setup->judge || !m->is_answer || !m->is_answer(setup->state, &l->unit))
		return false;
	for (size_t i = 0; i < l->wanted; i++)
		gradable += live_is_candidate(r, l, i);
	if (gradable < 2)
		return false;
	l->is_judged = true;
	l->planned = 0;
	l->missing = gradable;
	return true;
}

int live_take(struct run *r, struct asked *a)
{
	struct live *l = a->live;
	l->missing--;
	if (l->is_judged) {
		if (a->reply->finish != FINISH_ERROR)
			l->grades[a->place.sample] = judge_read(a->reply->text);
		return l->missing == 0;
	}
	l->replies[a->place.sample] = a->reply;
	a->reply = NULL;
	if (l->missing)
		return 0;
	if (begin_judging(r, l))
		return live_ready(r, l);
	return 1;
}
