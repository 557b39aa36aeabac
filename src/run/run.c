#include "run/run.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "run/state.h"

#define BATCH 256                    /* replies stored by one commit at most */
#define TICK (100 * CLOCK_MS)        /* how long to wait for one, and between two looks at `stop` */
#define FRUITLESS 200                /* tickets without a finished task before a run stops */

/* -- where it stands ------------------------------------------------------------------ */

/* The first n finished tasks in order can't change any more. */
static bool is_done(const struct run *r)
{
	return (int64_t)r->settled_finished >= r->recipe->n;
}

static bool is_fruitless(const struct run *r)
{
	int64_t upto = r->settled < r->unit_count ? r->units[r->settled].ticket - 1 : r->committed;
	return upto - r->fruitful >= FRUITLESS;
}

static bool is_used_up(const struct run *r)
{
	return r->recipe->max_requests &&
	       r->progress.replies + (int64_t)r->unpaid >= r->recipe->max_requests;
}

static bool is_told_to_stop(const struct run *r)
{
	return r->hooks->stop && *r->hooks->stop;
}

static void report(struct run *r, bool now)
{
	int64_t time = clock_monotonic();
	if (!r->hooks->progress || (!now && time - r->reported < TICK))
		return;
	r->reported = time;
	r->progress.elapsed = time - r->started;
	r->progress.in_flight = (int64_t)r->in_flight;
	r->progress.tickets = r->committed;
	r->hooks->progress(r->hooks->data, &r->progress);
}

/* -- planning ------------------------------------------------------------------------- */

static int64_t lookahead_of(const struct run *r, int64_t ticket)
{
	int64_t ahead = 1 + ticket / 2;
	return ahead < r->setup.lookahead ? ahead : r->setup.lookahead;
}

/* May the next ticket be planned? Only from commits: the pool it draws from is fixed by its
 * number, and what is under way, counting what tickets in flight will likely bring, must
 * leave something to be wanted. */
static bool wants_ticket(const struct run *r)
{
	int64_t next = r->planned + 1, flying = r->planned - r->committed;
	if (r->committed < next - lookahead_of(r, next))
		return false;
	double alive = (double)(r->unit_count - r->failed);
	double yield = r->committed ? (double)r->unit_count / (double)r->committed : 1;
	double expected = alive + (flying ? yield * (double)flying : 0);
	return expected < (double)r->recipe->n;
}

static size_t take_unused(struct run *r)
{
	return r->unused[r->limit - ++r->in_flight];
}

static struct asked **ticket_place(struct run *r, int64_t ticket)
{
	return &r->tickets[ticket % (r->setup.lookahead + 1)];
}

enum { ASKED = SOW_OK, HELD = 1 };

/* Looks for an answer near at hand; else asks the teacher. HELD if that is forbidden by
 * --max-requests: what is in run.db already is always read. */
static int ask(struct run *r, size_t at)
{
	struct asked *a = &r->asked[at];
	if (request_seal(a->request, view_of(teacher_identity(r->teacher)), (uint64_t)r->recipe->seed))
		return run_fail_nomem(r);
	if (!store_is_new(r->store)) {
		int found = store_find_reply(r->store, &a->place, &a->request->key, &a->reply, r->err);
		if (found < 0)
			return found;
		a->stored = found > 0;
	}
	if (!a->stored && is_used_up(r))
		return HELD;
	r->unpaid += !a->stored;
	if (!a->reply && r->cache) {
		a->reply = cache_get(r->cache, &a->request->key);
		a->cached = a->reply != NULL;
	}
	if (a->reply) {
		r->arrived[r->arrived_count++] = at;
		return ASKED;
	}
	a->request->tag = (int64_t)at;
	return teacher_submit(r->teacher, request_hold(a->request)) ? run_fail_nomem(r) : ASKED;
}

static int plan_unit(struct run *r, size_t index)
{
	size_t at = take_unused(r);
	struct asked *a = &r->asked[at];
	const struct unit *u = &r->units[index];
	*a = (struct asked){
		.used = true, .unit = index,
		.place = { u->step, u->ticket, u->item, u->stage, 0 },
	};
	if (r->setup.method->plan_unit(r->setup.state, u, &a->request))
		return run_fail_nomem(r);
	int status = ask(r, at);
	if (status == HELD) {
		run_release(r, a);
		return heap_push(&r->held, index) ? run_fail_nomem(r) : HELD;
	}
	return status;
}

static int plan_ticket(struct run *r)
{
	size_t at = take_unused(r);
	struct asked *a = &r->asked[at];
	int64_t ticket = r->planned + 1;
	size_t machine = r->accepted_upto[ticket - lookahead_of(r, ticket)];
	*a = (struct asked){ .used = true, .place = { STEP, ticket, 0, 1, 0 } };
	if (r->setup.method->plan_ticket(r->setup.state, ticket, machine, &a->request, a->examples,
					 &a->example_count))
		return run_fail_nomem(r);
	int status = ask(r, at);
	if (status == HELD) {
		run_release(r, a);
		return HELD;
	}
	r->planned = ticket;
	*ticket_place(r, ticket) = a;
	return status;
}

/* Units first: what is begun is finished before more is begun. */
static int plan(struct run *r)
{
	int status = ASKED;
	bool no_ticket = false;
	while (status >= 0 && r->in_flight < r->limit && (!is_used_up(r) || !store_is_new(r->store))) {
		if (r->ready.count) {
			status = plan_unit(r, heap_pop(&r->ready));
		} else if (!no_ticket && wants_ticket(r)) {
			status = plan_ticket(r);
			no_ticket = status == HELD;
		} else {
			break;
		}
	}
	while (status >= 0 && r->held.count) {
		if (heap_push(&r->ready, heap_pop(&r->held)))
			status = run_fail_nomem(r);
	}
	return status < 0 ? status : SOW_OK;
}

/* -- collecting and storing --------------------------------------------------------------- */

/* Nobody can answer this now: it is under way in name only. */
static void forgo(struct run *r, struct asked *a)
{
	if (!r->unanswered++)
		error_set(&r->why_unanswered, SOW_MISSING, "%.*s", VIEW_ARG(a->reply->text));
	r->unpaid--;
	run_release(r, a);
}

/* Waits a moment for replies and takes all that are there. */
static int collect(struct run *r)
{
	int64_t wait = r->arrived_count ? 0 : TICK;
	while (r->arrived_count < BATCH) {
		struct sow_error why = { 0 };
		struct reply *reply = teacher_collect(r->teacher, wait, &why);
		/* What came before the failure is kept first; it is reported again. */
		if (!reply && why.status && !r->arrived_count) {
			if (r->err)
				*r->err = why;
			return (int)why.status;
		}
		if (!reply)
			break;
		struct asked *a = &r->asked[reply->tag];
		a->reply = reply;
		if (reply->finish == FINISH_NONE)
			forgo(r, a);
		else
			r->arrived[r->arrived_count++] = (size_t)reply->tag;
		wait = 0;
	}
	return SOW_OK;
}

static int store_arrived(struct run *r)
{
	int status = store_begin(r->store, r->err);
	for (size_t i = 0; i < r->arrived_count && !status; i++) {
		struct asked *a = &r->asked[r->arrived[i]];
		if (a->stored)
			continue;
		status = store_reply(r->store, &a->place, a->request, a->reply, a->cached, r->err);
		if (r->cache && !a->cached)
			cache_put(r->cache, a->reply);
	}
	if (!status)
		status = store_commit(r->store, r->err);
	if (status)
		store_rollback(r->store);
	if (r->cache)
		cache_flush(r->cache);
	if (r->cache && cache_trouble(r->cache) && !r->cache_reported) {
		struct sow_error line;
		error_set(&line, SOW_IO, "the reply cache is off: %s", cache_trouble(r->cache));
		run_message(r, line.text);
		r->cache_reported = true;
	}
	return status;
}

static void count_arrived(struct run *r)
{
	for (size_t i = 0; i < r->arrived_count; i++) {
		const struct asked *a = &r->asked[r->arrived[i]];
		if (a->stored)
			continue;
		r->unpaid--;
		r->progress.replies++;
		r->progress.cached += a->cached;
		r->progress.prompt_tokens += a->reply->usage.prompt_tokens;
		r->progress.completion_tokens += a->reply->usage.completion_tokens;
	}
}

/* -- admitting ------------------------------------------------------------------------- */

static int write_rejects(struct run *r, const struct outcome *o)
{
	int status = SOW_OK;
	for (size_t i = 0; i < o->rejected_count && !status; i++)
		status = store_reject(r->store, &o->rejected[i], r->err);
	r->progress.rejected += (int64_t)o->rejected_count;
	return status;
}

static int note_committed(struct run *r)
{
	if (mem_grow((void **)&r->accepted_upto, &r->accepted_room, (size_t)r->committed + 2,
		     sizeof(*r->accepted_upto)))
		return run_fail_nomem(r);
	r->accepted_upto[++r->committed] = r->unit_count;
	return SOW_OK;
}

static int write_ticket(struct run *r, const struct asked *a, const struct outcome *o)
{
	struct view examples[POOL_EXAMPLES_MAX];
	for (size_t i = 0; i < a->example_count; i++)
		examples[i] = pool_id(r->setup.pool, a->examples[i]);
	int status = store_ticket(r->store, STEP, a->place.ticket, examples, a->example_count,
				  (int64_t)o->accepted_count, a->reply->finish == FINISH_ERROR, r->err);
	for (size_t i = 0; i < o->accepted_count && !status; i++) {
		const struct accepted *n = &o->accepted[i];
		status = store_new_unit(r->store, &n->unit, n->near, n->near_count, n->mean_score,
					r->err);
		if (!status)
			status = run_add_unit(r, &n->unit);
	}
	return status ? status : write_rejects(r, o);
}

static int admit_ticket(struct run *r, struct asked *a)
{
	struct outcome o;
	int status = outcome_init(&o);
	if (!status)
		status = r->setup.method->admit_ticket(r->setup.state, STEP, a->place.ticket, a->reply, &o);
	if (status)
		status = run_fail_nomem(r);
	if (!status)
		status = write_ticket(r, a, &o);
	outcome_release(&o);
	run_release(r, a);
	r->waiting--;
	return status ? status : note_committed(r);
}

static int admit_unit(struct run *r, struct asked *a)
{
	struct outcome o;
	size_t index = a->unit;
	struct unit *u = &r->units[index];
	int status = outcome_init(&o);
	if (!status)
		status = r->setup.method->admit_unit(r->setup.state, u, a->reply, &o);
	if (status)
		status = run_fail_nomem(r);
	if (!status)
		status = store_unit(r->store, u, r->err);
	if (!status)
		status = store_instances(r->store, u, o.instances, o.instance_count, r->err);
	if (!status)
		status = write_rejects(r, &o);
	outcome_release(&o);
	run_release(r, a);
	if (status)
		return status;
	if (u->state == UNIT_UNDER_WAY)
		return heap_push(&r->ready, index) ? run_fail_nomem(r) : SOW_OK;
	r->failed += u->state == UNIT_FAILED;
	r->progress.finished += u->state == UNIT_FINISHED;
	r->progress.under_way--;
	return SOW_OK;
}

/* The next ticket in order, if its reply is there. */
static struct asked *next_ticket(struct run *r)
{
	struct asked *a = *ticket_place(r, r->committed + 1);
	bool here = a && a->used && a->place.item == 0 && a->place.ticket == r->committed + 1;
	return here && a->reply ? a : NULL;
}

/* Units as they come, tickets in their order. */
static int admit(struct run *r)
{
	int status = store_begin(r->store, r->err);
	for (size_t i = 0; i < r->arrived_count && !status; i++) {
		struct asked *a = &r->asked[r->arrived[i]];
		if (a->place.item)
			status = admit_unit(r, a);
		else
			r->waiting++;
	}
	r->arrived_count = 0;
	struct asked *next;
	while (!status && (next = next_ticket(r)))
		status = admit_ticket(r, next);
	if (!status)
		status = store_commit(r->store, r->err);
	if (status)
		store_rollback(r->store);
	run_settle(r);
	return status;
}

static int store_and_admit(struct run *r)
{
	int status = store_arrived(r);
	if (status)
		return status;
	count_arrived(r);
	return admit(r);
}

/* -- the loop -------------------------------------------------------------------------- */

/* Nothing in flight can be answered and nothing more can be asked. */
static int stuck(struct run *r)
{
	if (r->unanswered) {
		if (r->err)
			*r->err = r->why_unanswered;
		return SOW_MISSING;
	}
	return error_set(r->err, SOW_USAGE, "nothing is left to ask, and %lld of %lld tasks are finished",
			 (long long)r->progress.finished, (long long)r->recipe->n);
}

static int loop(struct run *r, enum run_end *end)
{
	for (;;) {
		if (is_done(r))
			return *end = RUN_DONE, SOW_OK;
		if (is_told_to_stop(r))
			return *end = RUN_INTERRUPTED, SOW_OK;
		if (is_fruitless(r))
			return *end = RUN_NOTHING_NEW, SOW_OK;
		int status = plan(r);
		if (status)
			return status;
		if (r->in_flight == r->waiting) {
			if (!is_used_up(r) || r->unanswered)
				return stuck(r);
			return *end = RUN_MAX_REQUESTS, SOW_OK;
		}
		status = collect(r);
		if (!status && r->arrived_count)
			status = store_and_admit(r);
		if (status)
			return status;
		report(r, false);
	}
}

/* What has arrived meanwhile is kept, too. */
static int keep_arrived(struct run *r)
{
	struct sow_error *err = r->err, ignored = { 0 };
	int status = SOW_OK;
	while (!status) {
		r->err = &ignored;
		int failed = collect(r);
		r->err = err;
		if (failed || !r->arrived_count)
			break;
		status = store_and_admit(r);
	}
	return status;
}

int run_recipe(const struct recipe *recipe, const char *dir, const struct run_hooks *hooks,
	       struct run_outcome *outcome, struct sow_error *err)
{
	static const struct run_hooks none;
	struct run r = { .recipe = recipe, .hooks = hooks ? hooks : &none, .err = err,
			 .started = clock_monotonic() };
	int status = run_begin(&r, dir);
	if (!status) {
		report(&r, true);
		status = loop(&r, &outcome->end);
	}
	if (!status)
		status = keep_arrived(&r);
	if (r.store)
		report(&r, true);
	outcome->progress = r.progress;
	run_end(&r);
	return status;
}
