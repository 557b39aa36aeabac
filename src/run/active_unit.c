#include "base/error.h"
#include "base/mem.h"
#include "run/state.h"

static int64_t order_of(const struct unit *u)
{
	return (int64_t)((uint64_t)u->ticket << 20 | (uint64_t)(u->item & 0xFFFFF));
}

const struct stage *active_unit_stage(const struct run *r, const struct active_unit *l)
{
	return method_stage(r->step.setup->method, l->grading ? l->grading : l->unit.stage);
}

int64_t active_unit_graded_by(const struct run *r, const struct active_unit *l)
{
	const struct setup *setup = r->step.setup;
	const struct stage *stage = method_stage(setup->method, l->unit.stage);
	return method_options_of(setup->state)->judge ? stage->graded_by : 0;
}

/* Is it a stage at which a unit can wait? */
static bool is_stage(const struct step *s, int64_t number)
{
	const struct stage *stage = method_stage(s->setup->method, number);
	return stage && (stage->plan || stage->decide || (stage->plan_grade && s->graded));
}

int active_unit_add(struct run *r, const struct unit *u, size_t number)
{
	struct step *s = &r->step;
	if (!is_stage(s, u->stage))
		return error_set(r->err, SOW_INVALID, "%s/run.db: damaged: task %lld.%lld waits for stage "
				 "%lld, which %s has not", r->dir, (long long)u->ticket,
				 (long long)u->item, (long long)u->stage, s->setup->method->name);
	struct active_unit *l = mem_zalloc(sizeof(*l));
	l->arena = arena_new();
	unit_copy(u, l->arena, &l->unit);
	l->number = number;
	l->next = s->first;
	if (s->first)
		s->first->before = l;
	s->first = l;
	s->unpassed = s->unpassed ? s->unpassed : l;
	s->live_count++;
	r->progress.under_way++;
	active_unit_ready(r, l);
	return SOW_OK;
}

static void drop_replies(struct active_unit *l)
{
	for (size_t i = 0; l->replies && i < l->wanted; i++)
		reply_free(l->replies[i]);
	mem_free(l->replies);
	mem_free(l->grades);
	l->replies = NULL;
	l->grades = NULL;
}

void active_unit_end(struct run *r, struct active_unit *l)
{
	struct step *s = &r->step;
	if (s->unpassed == l)
		s->unpassed = l->before;
	*(l->before ? &l->before->next : &s->first) = l->next;
	if (l->next)
		l->next->before = l->before;
	s->live_count--;
	r->progress.under_way--;
	drop_replies(l);
	arena_free(l->arena);
	mem_free(l);
}

void active_unit_ready(struct run *r, struct active_unit *l)
{
	if (!active_unit_stage(r, l)->decide) /* else it waits for earlier units */
		heap_push(&r->step.ready, order_of(&l->unit), l);
}

void active_unit_restart(struct active_unit *l)
{
	drop_replies(l);
	l->grading = 0;
	l->was_held = false;
	l->wanted = l->planned = l->missing = 0;
}

/* Sets how many replies the stage takes, known when the first is planned. */
static void begin_stage(struct run *r, struct active_unit *l)
{
	const struct setup *setup = r->step.setup;
	const struct stage *stage = active_unit_stage(r, l);
	l->wanted = active_unit_graded_by(r, l) ? (size_t)setup->step->best_of
		    : stage->samples ? stage->samples(setup->state, &l->unit) : 1;
	l->missing = l->wanted;
	l->replies = mem_zalloc(l->wanted * sizeof(struct reply *));
	l->grades = mem_zalloc(l->wanted * sizeof(*l->grades));
}

static bool says_something(const struct reply *r)
{
	return r->finish != FINISH_ERROR && view_trim(r->text).len;
}

bool active_unit_is_candidate(const struct run *r, const struct active_unit *l, size_t sample)
{
	const struct reply *reply = l->replies[sample];
	bool has_whole = false;
	for (size_t i = 0; i < l->wanted; i++)
		has_whole |= l->replies[i]->finish == FINISH_STOP && says_something(l->replies[i]);
	bool is_dropped = reply->finish == FINISH_LENGTH && has_whole &&
			  rules_on(r->step.setup->rules, RULE_CUT_REPLY);
	return says_something(reply) && !is_dropped;
}

/* Index of the next sample to request. While judging, skip replies that are not candidates. */
static size_t next_sample(const struct run *r, const struct active_unit *l)
{
	size_t at = l->planned;
	while (l->grading && at < l->wanted && !active_unit_is_candidate(r, l, at))
		at++;
	return at;
}

bool active_unit_has_more(const struct run *r, const struct active_unit *l)
{
	return next_sample(r, l) < l->wanted;
}

static int plan_request(const struct run *r, const struct active_unit *l, size_t sample,
			struct request **out)
{
	const void *state = r->step.setup->state;
	const struct stage *stage = active_unit_stage(r, l);
	if (!stage->plan_grade)
		return stage->plan(state, &l->unit, sample, out);
	return stage->plan_grade(state, &l->unit, l->grading ? l->replies[sample]->text : view_of(""), out);
}

int active_unit_plan(struct run *r, struct active_unit *l, struct pending_request *a)
{
	const struct unit *u = &l->unit;
	if (!l->replies)
		begin_stage(r, l);
	size_t sample = next_sample(r, l);
	l->planned = sample + 1;
	a->unit = l;
	a->at = (struct unit_key){ u->step, u->ticket, u->item, l->grading ? l->grading : u->stage,
				   (int64_t)sample };
	a->duty = method_duty(active_unit_stage(r, l), method_options_of(r->step.setup->state));
	int status = plan_request(r, l, sample, &a->request);
	if (status == SOW_NOMEM)
		return run_fail_nomem(r);
	bool is_first = !sample && !l->grading && !r->step.graded;
	if (status == SOW_TOOBIG && is_first)
		return SOW_TOOBIG;
	if (status)
		return error_set(r->err, (enum sow_status)status, "task %lld.%lld: its request could not "
				 "be made", (long long)u->ticket, (long long)u->item);
	return SOW_OK;
}

/* All replies have arrived. True if they are to be graded. */
static bool begin_grading(struct run *r, struct active_unit *l)
{
	int64_t grading = active_unit_graded_by(r, l);
	size_t gradable = 0;
	for (size_t i = 0; grading && i < l->wanted; i++)
		gradable += active_unit_is_candidate(r, l, i);
	if (gradable < 2)
		return false;
	l->grading = grading;
	l->planned = 0;
	l->missing = gradable;
	return true;
}

bool active_unit_take(struct run *r, struct pending_request *a)
{
	struct active_unit *l = a->unit;
	l->missing--;
	if (l->grading) {
		if (a->reply->finish != FINISH_ERROR)
			l->grades[a->at.sample] = active_unit_stage(r, l)->read_grade(a->reply->text);
		return l->missing == 0;
	}
	l->replies[a->at.sample] = a->reply;
	a->reply = NULL;
	if (l->missing)
		return false;
	bool is_graded = begin_grading(r, l);
	if (is_graded)
		active_unit_ready(r, l);
	return !is_graded;
}
