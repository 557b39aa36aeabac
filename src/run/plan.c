/* Plans the next requests: of units under way, of the pool, of an input. */
#include "base/clock.h"
#include "base/error.h"
#include "run/state.h"

#define BEGUN_AT_ONCE 1024 /* most entries of an input that one transaction begins */

enum { ASKED = SOW_OK, HELD = 1 };

/* Slots */

static struct pending_request *take_unused(struct run *r)
{
	struct pending_request *a = &r->asked[r->unused[r->limit - ++r->in_flight]];
	*a = (struct pending_request){ .used = true };
	return a;
}

void run_release(struct run *r, struct pending_request *a)
{
	request_free(a->request);
	reply_free(a->reply);
	*a = (struct pending_request){ 0 };
	r->unused[r->limit - r->in_flight--] = (size_t)(a - r->asked);
}

/* Requesting */

static bool is_used_up(const struct run *r)
{
	return r->recipe->max_requests &&
	       r->progress.replies + (int64_t)r->unpaid >= r->recipe->max_requests;
}

/* Waits for the reply that another request awaits. */
static void join(struct pending_request *a, struct pending_request *first)
{
	a->twin = first->twin;
	first->twin = a;
}

/* Submits to the teacher. */
static int submit(struct run *r, struct pending_request *a, size_t at)
{
	a->reserved = budget_estimate(teacher_set_prices(r->teacher_set, a->duty), a->request);
	if (!budget_reserve(&r->budget, a->reserved)) {
		a->reserved = 0;
		r->held_by = RUN_BUDGET;
		return HELD;
	}
	answers_await(&r->answers, &a->request->key, at);
	a->is_asked = true;
	a->request->tag = (int64_t)at;
	refusals_asked(&r->refusals, clock_monotonic());
	r->progress.reserved = r->budget.reserved;
	return teacher_set_submit(r->teacher_set, a->duty, request_ref(a->request)) ? run_fail_nomem(r) : ASKED;
}

/* Looks for an existing answer; else asks the teacher. HELD if a bound forbids that: a reply in run.db
 * is always read. */
static int ask(struct run *r, struct pending_request *a)
{
	size_t at = (size_t)(a - r->asked);
	const struct teacher *teacher = teacher_set_teacher(r->teacher_set, a->duty);
	int status = request_set_key(a->request, view_of(teacher_set_identity(r->teacher_set, a->duty)),
				  (uint64_t)r->recipe->seed);
	if (status)
		return error_set(r->err, (enum sow_status)status,
				 "task %lld.%lld: its request is not valid UTF-8 and cannot be sent",
				 (long long)a->at.ticket, (long long)a->at.item);
	struct answer_found found;
	int where = answers_find(&r->answers, &a->at, a->request, teacher_is_recorded(teacher), &found,
				 r->err);
	if (where < 0)
		return where;
	a->reply = found.reply;
	a->stored = where == ANSWER_STORED;
	a->cached = where == ANSWER_CACHED;
	if (!a->stored && is_used_up(r)) {
		r->held_by = RUN_MAX_REQUESTS;
		return HELD;
	}
	if (a->reply)
		r->arrived[r->arrived_count++] = at;
	else if (where == ANSWER_AWAITED)
		join(a, &r->asked[found.at]);
	else
		status = submit(r, a, at);
	r->unpaid += status == ASKED && !a->stored;
	return status;
}

/* Units and tickets */

static int hold(struct run *r, struct active_unit *l)
{
	l->was_held = true;
	r->is_held = true;
	heap_push(&r->step.held, 0, l);
	return HELD;
}

static int plan_active(struct run *r, struct active_unit *l)
{
	if (r->is_held && l->was_held)
		return hold(r, l);
	struct pending_request *a = take_unused(r);
	size_t planned = l->planned;
	int status = active_unit_plan(r, l, a);
	if (status == SOW_TOOBIG) {
		run_release(r, a);
		return run_fail_too_long(r, l);
	}
	if (!status)
		status = ask(r, a);
	if (status == HELD) {
		l->planned = planned;
		run_release(r, a);
		return hold(r, l);
	}
	l->was_held = false;
	if (!status && active_unit_has_more(r, l))
		active_unit_ready(r, l);
	return status;
}

static int64_t lookahead_of(const struct step *s, int64_t ticket)
{
	int64_t ahead = 1 + ticket / 2;
	return ahead < s->setup->lookahead ? ahead : s->setup->lookahead;
}

/* May the next ticket be planned? Decided from commits alone: the pool it draws from is fixed by its
 * number, and the units under way, with the likely yield of tickets in flight, must still fall
 * short of n. */
static bool wants_ticket(const struct step *s)
{
	int64_t next = s->planned + 1, in_flight = s->planned - s->committed;
	if (s->committed < next - lookahead_of(s, next) || !unread_allows(&s->unread, next))
		return false;
	double alive = (double)s->made_count - (double)s->failed;
	double yield = s->committed ? (double)s->made_count / (double)s->committed : 1;
	double expected = alive + (in_flight ? yield * (double)in_flight : 0);
	return expected < (double)s->setup->step->n;
}

static int plan_ticket(struct run *r)
{
	struct step *s = &r->step;
	const struct setup *setup = s->setup;
	const struct stage *stage = method_stage(setup->method, 1);
	struct pending_request *a = take_unused(r);
	int64_t ticket = s->planned + 1;
	size_t machine = s->accepted_upto[ticket - lookahead_of(s, ticket)];
	a->at = (struct unit_key){ s->number, ticket, 0, 1, 0 };
	a->duty = stage->duty;
	if (stage->plan_ticket(setup->state, ticket, machine, &a->request, a->examples,
			       &a->example_count))
		return run_fail_nomem(r);
	int status = ask(r, a);
	if (status == HELD) {
		run_release(r, a);
		r->is_held = true;
		return HELD;
	}
	s->planned = ticket;
	s->tickets[ticket % (setup->lookahead + 1)] = a;
	return status;
}

/* Inputs */

int run_begin_input(struct run *r, const struct record *task)
{
	struct step *s = &r->step;
	const struct unit at = { .step = s->number, .ticket = shard_ticket(s->setup->shard, s->begun + 1), .source = task->id };
	struct outcome o;
	outcome_init(&o);
	int status = s->setup->method->begin(s->setup->state, &at, task, &o);
	if (status)
		status = run_fail_nomem(r);
	if (!status)
		status = run_write_accepted(r, &o);
	if (!status)
		status = run_write_rejected(r, &o);
	outcome_release(&o);
	s->begun += !status;
	return status;
}

/* Is there another input to begin, and are more wanted than those begun may give? */
static bool wants_input(const struct step *s)
{
	return s->begun < s->inputs && (!s->wanted || (int64_t)s->made_count - s->failed < s->wanted);
}

int run_begin_inputs(struct run *r)
{
	struct step *s = &r->step;
	int status = SOW_OK;
	for (int i = 0; i < BEGUN_AT_ONCE && !status; i++) {
		if (!wants_input(s) || s->ready.count + s->held.count + r->in_flight >= r->limit)
			break;
		struct record task;
		struct arena *a = arena_new();
		status = source_next(s->source, a, &task, r->err);
		if (status > 0)
			status = run_begin_input(r, &task);
		else if (!status)
			s->inputs = s->begun; /* fewer than the source announced */
		arena_free(a);
	}
	return status;
}

/* Inputs are begun when replies are admitted; before the first reply, and if a teacher has room for
 * more than one transaction begins, they are begun here. */
static int begin_more(struct run *r)
{
	struct step *s = &r->step;
	bool begins = s->setup->method->takes_input && wants_input(s) && !s->ready.count && !s->held.count;
	if (!begins && !run_gate_waits(s))
		return SOW_OK;
	int status = store_begin(r->store, r->err);
	if (!status)
		status = run_open_gate(r);
	if (!status && begins)
		status = run_begin_inputs(r);
	if (!status)
		status = store_commit(r->store, r->err);
	if (status)
		store_rollback(r->store);
	step_advance(s);
	return status;
}

/* All of it */

static bool may_ask(struct run *r)
{
	return r->in_flight < r->limit &&
	       refusals_allow(&r->refusals, r->in_flight - r->step.waiting, clock_monotonic());
}

/* Units first: finish those under way before beginning more. */
int run_plan(struct run *r)
{
	struct step *s = &r->step;
	int status = SOW_OK;
	bool no_ticket = s->setup->method->takes_input;
	r->is_held = false;
	while (status >= 0 && may_ask(r)) {
		if (is_used_up(r) && store_is_new(r->store)) {
			r->is_held = true;
			r->held_by = RUN_MAX_REQUESTS;
			break;
		}
		status = begin_more(r);
		if (status < 0)
			break;
		if (s->ready.count) {
			status = plan_active(r, heap_pop(&s->ready));
		} else if (!no_ticket && wants_ticket(s)) {
			status = plan_ticket(r);
			no_ticket = status == HELD;
		} else {
			break;
		}
	}
	while (status >= 0 && s->held.count)
		active_unit_ready(r, heap_pop(&s->held));
	return status < 0 ? status : SOW_OK;
}
