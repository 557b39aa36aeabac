/* Processes replies: those of units as they arrive, those of pool tickets in ticket order. */
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "run/state.h"

/* Writing an outcome */

static void add_made(struct run *r, const struct unit *u)
{
	struct step *s = &r->step;
	mem_grow(&s->made, &s->made_room, s->made_count + 1);
	s->made[s->made_count++] = (struct unit_mark){ u->ticket, u->state };
}

static int write_one(struct run *r, const struct accepted *a)
{
	const struct unit *u = &a->unit;
	int status = store_new_unit(r->store, u, a->near, a->near_count, a->mean_score, r->err);
	if (!status)
		status = store_instances(r->store, u, a->instances, a->instance_count, r->err);
	if (status)
		return status;
	if (r->step.setup->pool)
		add_made(r, u);
	r->progress.accepted++;
	r->progress.finished += u->state == UNIT_FINISHED;
	r->step.failed += u->state == UNIT_FAILED;
	return u->state == UNIT_UNDER_WAY ? active_unit_add(r, u, r->step.made_count - 1) : SOW_OK;
}

int run_write_accepted(struct run *r, const struct outcome *o)
{
	int status = SOW_OK;
	for (size_t i = 0; i < o->accepted_count && !status; i++)
		status = write_one(r, &o->accepted[i]);
	return status;
}

int run_write_rejected(struct run *r, const struct outcome *o)
{
	int status = SOW_OK;
	for (size_t i = 0; i < o->rejected_count && !status; i++)
		status = store_reject(r->store, &o->rejected[i], r->err);
	r->progress.rejected += (int64_t)o->rejected_count;
	return status;
}

/* Pool tickets */

static void note_committed(struct run *r)
{
	struct step *s = &r->step;
	mem_grow(&s->accepted_upto, &s->accepted_room, (size_t)s->committed + 2);
	s->accepted_upto[++s->committed] = s->made_count;
	r->progress.tickets = s->committed;
}

static int write_ticket(struct run *r, const struct pending_request *a, const struct outcome *o)
{
	struct view examples[POOL_EXAMPLES_MAX];
	for (size_t i = 0; i < a->example_count; i++)
		examples[i] = pool_id(r->step.setup->pool, a->examples[i]);
	int status = store_ticket(r->store, r->step.number, a->at.ticket, examples,
				  a->example_count, (int64_t)o->accepted_count,
				  a->reply->finish == FINISH_ERROR, r->err);
	if (!status)
		status = run_write_accepted(r, o);
	return status ? status : run_write_rejected(r, o);
}

static int admit_ticket(struct run *r, struct pending_request *a)
{
	const struct setup *setup = r->step.setup;
	struct outcome o;
	outcome_init(&o);
	int status = method_stage(setup->method, a->at.stage)->admit_ticket(
		setup->state, r->step.number, a->at.ticket, a->reply, &o);
	if (status)
		status = run_fail_nomem(r);
	if (!status)
		status = write_ticket(r, a, &o);
	if (!status)
		unread_note(&r->step.unread, &o, a->reply);
	outcome_release(&o);
	run_release(r, a);
	r->step.waiting--;
	if (!status)
		note_committed(r);
	return status;
}

/* The next ticket in order, if its reply has arrived. */
static struct pending_request *next_ticket(struct step *s)
{
	if (!s->tickets)
		return NULL;
	int64_t next = s->committed + 1;
	struct pending_request *a = s->tickets[next % (s->setup->lookahead + 1)];
	bool here = a && a->used && !a->unit && a->at.ticket == next;
	return here && a->reply ? a : NULL;
}

/* Units */

/* If one answer of several is wanted: the candidate with the highest grade, of equals the first. If there
 * is no candidate, the first answer, for its refusal. */
static size_t best_answer(const struct run *r, const struct active_unit *l)
{
	size_t best = l->wanted;
	for (size_t i = 0; i < l->wanted; i++) {
		if (active_unit_is_candidate(r, l, i) &&
		    (best == l->wanted || l->grades[i] > l->grades[best]))
			best = i;
	}
	return best < l->wanted ? best : 0;
}

static int write_grades(struct run *r, const struct active_unit *l, size_t best)
{
	const struct unit *u = &l->unit;
	int status = SOW_OK;
	for (size_t i = 0; i < l->wanted && !status; i++) {
		const struct unit_key p = { u->step, u->ticket, u->item, u->stage, (int64_t)i };
		status = store_answer(r->store, &p, l->grades[i], i == best, r->err);
	}
	return status;
}

/* The reply that gave the instances, and its grade. */
static void note_origin(const struct active_unit *l, size_t sample, struct outcome *o)
{
	for (size_t i = 0; i < o->instance_count; i++) {
		struct instance *one = &o->instances[i];
		one->sample = (int64_t)sample;
		one->score = l->grades[sample];
		one->scored = one->score > 0;
	}
}

static int admit_replies(struct run *r, struct active_unit *l, struct unit *u, struct outcome *o)
{
	const struct setup *setup = r->step.setup;
	const struct reply *const *replies = (const struct reply *const *)l->replies;
	size_t count = l->wanted;
	if (active_unit_graded_by(r, l)) {
		size_t best = best_answer(r, l);
		int status = l->grading ? write_grades(r, l, best) : SOW_OK;
		if (status)
			return status;
		replies += best;
		count = 1;
	}
	if (method_stage(setup->method, u->stage)->admit(setup->state, u, replies, count, o))
		return run_fail_nomem(r);
	if (active_unit_graded_by(r, l))
		note_origin(l, (size_t)(replies - (const struct reply *const *)l->replies), o);
	return SOW_OK;
}

/* Copies a text that the method has set, because the replies and the outcome that hold it are freed. */
static void keep_text(struct active_unit *l, struct view *mine, struct view now)
{
	if (now.p == mine->p && now.len == mine->len)
		return;
	const char *copy = arena_copyview(l->arena, now);
	*mine = view_from(copy, now.len);
}

static void take_over(struct active_unit *l, const struct unit *now)
{
	struct unit before = l->unit;
	l->unit = *now;
	l->unit.instruction = before.instruction;
	l->unit.input = before.input;
	l->unit.object = before.object;
	l->unit.context = before.context;
	l->unit.turns = before.turns;
	l->unit.fields = before.fields;
	keep_text(l, &l->unit.instruction, now->instruction);
	keep_text(l, &l->unit.input, now->input);
	keep_text(l, &l->unit.object, now->object);
	keep_text(l, &l->unit.context, now->context);
	keep_text(l, &l->unit.turns, now->turns);
	keep_text(l, &l->unit.fields, now->fields);
}

static void end_unit(struct run *r, struct active_unit *l)
{
	struct step *s = &r->step;
	enum unit_state state = l->unit.state;
	if (s->setup->pool)
		s->made[l->number].state = state;
	s->failed += state == UNIT_FAILED;
	r->progress.finished += state == UNIT_FINISHED;
	active_unit_end(r, l);
}

int run_fail_too_long(struct run *r, struct active_unit *l)
{
	char detail[64];
	struct unit *u = &l->unit;
	snprintf(detail, sizeof(detail), "more than %d turns", REQUEST_PARTS_MAX);
	const struct rejected why = { .step = u->step, .ticket = u->ticket, .item = u->item,
				      .stage = u->stage, .rule = rule_table[RULE_TOO_LONG].name,
				      .text = u->instruction, .detail = view_of(detail) };
	u->state = UNIT_FAILED;
	int status = store_begin(r->store, r->err);
	if (!status)
		status = store_unit(r->store, u, r->err);
	if (!status)
		status = store_reject(r->store, &why, r->err);
	if (!status)
		status = store_commit(r->store, r->err);
	if (status) {
		store_rollback(r->store);
		return status;
	}
	r->progress.rejected++;
	end_unit(r, l);
	step_advance(&r->step);
	return SOW_OK;
}

static void note_grade(struct run *r, struct active_unit *l)
{
	const struct reply *reply = l->replies[0];
	bool is_refused = reply->finish == FINISH_ERROR;
	r->step.graded(r->step.data, &l->unit,
		       is_refused ? 0 : active_unit_stage(r, l)->read_grade(reply->text));
	active_unit_end(r, l);
}

/* Stores the unit's new state and the rest of the outcome. */
static int write_outcome(struct run *r, struct active_unit *l, const struct unit *now,
			 const struct outcome *o)
{
	int status = store_unit(r->store, now, r->err);
	if (!status)
		status = store_instances(r->store, now, o->instances, o->instance_count, r->err);
	if (!status)
		status = run_write_accepted(r, o);
	if (!status)
		status = run_write_rejected(r, o);
	if (!status)
		take_over(l, now);
	return status;
}

static void move_on(struct run *r, struct active_unit *l)
{
	if (l->unit.state != UNIT_UNDER_WAY) {
		end_unit(r, l);
		return;
	}
	active_unit_restart(l);
	active_unit_ready(r, l);
}

static int admit_active(struct run *r, struct active_unit *l)
{
	struct outcome o;
	struct unit now = l->unit;
	if (r->step.graded) {
		note_grade(r, l);
		return SOW_OK;
	}
	outcome_init(&o);
	int status = admit_replies(r, l, &now, &o);
	if (!status)
		status = write_outcome(r, l, &now, &o);
	outcome_release(&o);
	if (!status)
		move_on(r, l);
	return status;
}

/* The gate */

bool run_gate_waits(const struct step *s)
{
	return s->gate && s->unpassed && s->unpassed->unit.stage >= s->gate;
}

static int decide(struct run *r, struct active_unit *l)
{
	const struct setup *setup = r->step.setup;
	struct outcome o;
	struct unit now = l->unit;
	outcome_init(&o);
	int status = method_stage(setup->method, now.stage)->decide(setup->state, &now, &o);
	if (status)
		status = run_fail_nomem(r);
	if (!status)
		status = write_outcome(r, l, &now, &o);
	outcome_release(&o);
	if (!status)
		move_on(r, l);
	return status;
}

int run_open_gate(struct run *r)
{
	struct step *s = &r->step;
	int status = SOW_OK;
	while (!status && run_gate_waits(s)) {
		struct active_unit *l = s->unpassed;
		s->unpassed = l->before;
		if (l->unit.stage == s->gate)
			status = decide(r, l);
	}
	return status;
}

static int admit_unit(struct run *r, struct pending_request *a)
{
	struct active_unit *l = a->unit;
	bool is_whole = active_unit_take(r, a);
	run_release(r, a);
	return is_whole ? admit_active(r, l) : SOW_OK;
}

/* All of it */

/* If one input makes several units, inputs are counted in order: those before the first that is not
 * settled are completed. */
int64_t step_inputs_done(const struct step *s)
{
	if (!s->setup->pool)
		return s->begun - (int64_t)s->live_count;
	return s->settled < s->made_count ? shard_count(s->setup->shard, s->made[s->settled].ticket - 1) : s->begun;
}

void step_advance(struct step *s)
{
	while (s->settled < s->made_count && s->made[s->settled].state != UNIT_UNDER_WAY) {
		const struct unit_mark *m = &s->made[s->settled++];
		if (m->state == UNIT_FINISHED) {
			s->decided_finished++;
			s->last_yield = m->ticket > s->last_yield ? m->ticket : s->last_yield;
		}
	}
}

int run_admit(struct run *r)
{
	struct step *s = &r->step;
	int status = store_begin(r->store, r->err);
	for (size_t i = 0; i < r->arrived_count && !status; i++) {
		struct pending_request *a = &r->asked[r->arrived[i]];
		if (a->unit)
			status = admit_unit(r, a);
		else
			s->waiting++;
	}
	r->arrived_count = 0;
	struct pending_request *next;
	while (!status && (next = next_ticket(s)))
		status = admit_ticket(r, next);
	if (!status)
		status = run_open_gate(r);
	if (!status && s->setup->method->takes_input)
		status = run_begin_inputs(r);
	if (!status)
		status = store_commit(r->store, r->err);
	if (status)
		store_rollback(r->store);
	step_advance(s);
	return status;
}
