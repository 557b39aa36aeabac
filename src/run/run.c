#include "run/run.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "run/state.h"
#include "run/vectors.h"

#define BATCH 256                    /* most replies stored by one commit */
#define TICK (100 * CLOCK_MS)        /* how long to wait for a reply, and between two looks at `stop` */
#define STALLED 200                /* tickets in a row without a finished task before a run stops */

/* Progress */

/* If finished tasks are counted: the first n of them in order cannot change any longer. */
static bool is_done(const struct step *s)
{
	if (s->setup->method->takes_input)
		return (s->begun >= s->inputs && !s->live_count) ||
		       (s->wanted && s->decided_finished >= s->wanted);
	return s->decided_finished >= s->setup->step->n;
}

/* Every input is completed, and fewer tasks were finished than wanted: no more will come. */
static int note_missing(struct run *r)
{
	const struct step *s = &r->step;
	char text[24];
	if (s->decided_finished >= s->wanted)
		return SOW_OK;
	r->missing += s->wanted - s->decided_finished;
	snprintf(text, sizeof(text), "%lld", (long long)s->inputs);
	return store_operation(r->store, s->number, "inputs", view_of(text), r->err);
}

static bool is_stalled(const struct step *s)
{
	if (s->setup->method->takes_input)
		return false;
	int64_t upto = s->settled < s->made_count ? s->made[s->settled].ticket - 1 : s->committed;
	return upto - s->last_yield >= STALLED;
}

static bool is_told_to_stop(const struct run *r)
{
	return r->hooks->stop && *r->hooks->stop;
}

static void pass_notices(struct run *r)
{
	struct buf line = BUF_INIT;
	while (teacher_set_notice(r->teacher_set, &line))
		run_message(r, line.data);
	buf_release(&line);
}

static size_t count_lines(const struct buf *text)
{
	size_t lines = 0;
	for (size_t i = 0; i < text->len; i++)
		lines += text->data[i] == '\n';
	return lines;
}

/* Stores new findings about the teachers with the run, with their counts at that time, and all at the
 * end. Best effort: a failed write also shows elsewhere. */
static void keep_told(struct run *r, bool at_end)
{
	struct buf learnt = BUF_INIT, trouble = BUF_INIT;
	teacher_set_findings(r->teacher_set, &learnt, &trouble);
	if (at_end && r->refusals.is_hopeless)
		buf_addf(&trouble, "stopped by: %s\n", r->refusals.words);
	if (at_end && r->step.unread.is_hopeless)
		buf_addf(&trouble, "stopped: nothing could be read in the first replies. The last one: %s\n", r->step.unread.example);
	size_t lines = count_lines(&learnt) + count_lines(&trouble);
	if (lines && (at_end || lines != r->told)) {
		struct sow_error ignored;
		r->told = lines;
		if (learnt.len)
			store_operation(r->store, 0, STORE_LEARNT, view_from(learnt.data, learnt.len - 1),
					&ignored);
		if (trouble.len)
			store_operation(r->store, 0, STORE_TROUBLE,
					view_from(trouble.data, trouble.len - 1), &ignored);
	}
	buf_release(&learnt);
	buf_release(&trouble);
}

static void report(struct run *r, bool now)
{
	const struct step *s = &r->step;
	struct run_progress *p = &r->progress;
	struct teacher_load load;
	int64_t time = clock_monotonic();
	if (!now && time - r->reported < TICK)
		return;
	r->reported = time;
	pass_notices(r);
	teacher_set_get_load(r->teacher_set, &load);
	p->retries = load.retries;
	p->servers = load.servers;
	p->servers_up = load.servers_up;
	p->elapsed = time - r->started;
	p->in_flight = load.servers ? load.on_wire : (int64_t)r->in_flight;
	p->failed = s->failed;
	keep_told(r, false);
	p->done = p->takes_input ? step_inputs_done(s) : p->finished;
	if (r->hooks->progress)
		r->hooks->progress(r->hooks->data, p);
}

/* Collecting and storing */

/* The teacher cannot answer this request now; drop it and let the run continue. */
static void drop_unanswered(struct run *r, struct pending_request *a, const struct reply *why)
{
	if (!r->unanswered++)
		error_set(&r->why_unanswered, SOW_MISSING, "%.*s", VIEW_ARG(why->text));
	r->unpaid--;
	/* its unit will never complete, so nothing may wait for it */
	run_release(r, a);
}

static void await_no_more(struct run *r, struct pending_request *a)
{
	if (a->is_asked)
		answers_await_no_more(&r->answers, &a->request->key);
	a->is_asked = false;
}

static struct reply *copy_reply(const struct reply *from)
{
	struct reply *to = from->numbers ? reply_new_numbers(from->numbers, from->number_count)
					 : reply_new_reasoned(from->text, from->reasoning);
	if (!to)
		return NULL;
	to->key = from->key;
	to->finish = from->finish;
	to->clipped = from->clipped;
	to->usage = from->usage;
	to->began = from->began;
	return to;
}

/* Gives the reply to all requests that were equal and in flight at the same time. */
static void hand_to_twins(struct run *r, struct pending_request *first)
{
	struct pending_request *a = first->twin;
	first->twin = NULL;
	while (a) {
		struct pending_request *next = a->twin;
		a->twin = NULL;
		if (first->reply->finish == FINISH_NONE) {
			drop_unanswered(r, a, first->reply);
		} else {
			a->reply = copy_reply(first->reply);
			a->cached = true;
			r->arrived[r->arrived_count++] = (size_t)(a - r->asked);
		}
		a = next;
	}
}

static void arrive(struct run *r, struct reply *reply)
{
	struct pending_request *a = &r->asked[reply->tag];
	a->reply = reply;
	await_no_more(r, a);
	hand_to_twins(r, a);
	budget_charge(&r->budget, a->reserved, 0);
	a->reserved = 0;
	if (reply->finish == FINISH_NONE)
		drop_unanswered(r, a, reply);
	else
		r->arrived[r->arrived_count++] = (size_t)(a - r->asked);
}

/* Waits a moment for replies and takes all that have arrived. If `goes_on`, flushes teachers that gather
 * requests: no more requests can be made, and no reply has come. */
static int collect(struct run *r, bool goes_on)
{
	int64_t wait = r->arrived_count ? 0 : TICK;
	while (r->arrived_count < BATCH) {
		struct sow_error why = { 0 };
		struct reply *reply = teacher_set_collect(r->teacher_set, wait, &why);
		/* Store the replies that arrived before the failure; the teacher reports it again. */
		if (!reply && why.status && !r->arrived_count) {
			if (r->err)
				*r->err = why;
			return (int)why.status;
		}
		if (!reply && wait && goes_on && !is_told_to_stop(r))
			teacher_set_flush(r->teacher_set);
		if (!reply)
			break;
		arrive(r, reply);
		wait = 0;
	}
	return SOW_OK;
}

static int64_t cost_of(const struct run *r, const struct pending_request *a)
{
	struct prices prices = *teacher_set_prices(r->teacher_set, a->duty);
	if (a->reply->direct)
		prices.discount = 0;
	return a->cached ? 0 : price_of(&prices, &a->reply->usage);
}

static void report_cache(struct run *r, const char *trouble)
{
	struct sow_error line;
	if (!trouble)
		return;
	error_set(&line, SOW_IO, "the reply cache is off: %s", trouble);
	run_message(r, line.text);
}

static bool is_to_be_cached(const struct run *r, const struct pending_request *a)
{
	return !a->cached && !teacher_is_recorded(teacher_set_teacher(r->teacher_set, a->duty));
}

static int store_arrived(struct run *r)
{
	int status = store_begin(r->store, r->err);
	for (size_t i = 0; i < r->arrived_count && !status; i++) {
		struct pending_request *a = &r->asked[r->arrived[i]];
		if (a->stored)
			continue;
		status = store_reply(r->store, &a->at, a->request, a->reply, a->cached,
				     cost_of(r, a), r->err);
		if (is_to_be_cached(r, a))
			answers_keep(&r->answers, a->reply);
	}
	if (!status)
		status = store_commit(r->store, r->err);
	if (status)
		store_rollback(r->store);
	report_cache(r, answers_flush(&r->answers));
	return status;
}

static void count_arrived(struct run *r)
{
	struct run_progress *p = &r->progress;
	for (size_t i = 0; i < r->arrived_count; i++) {
		const struct pending_request *a = &r->asked[r->arrived[i]];
		if (a->stored)
			continue;
		int64_t cost = cost_of(r, a);
		r->unpaid--;
		p->replies++;
		p->cached += a->cached;
		p->refused += a->reply->finish == FINISH_ERROR;
		if (!a->cached)
			refusals_note(&r->refusals, a->at.stage, a->reply);
		p->prompt_tokens += a->reply->usage.prompt_tokens;
		p->completion_tokens += a->reply->usage.completion_tokens;
		p->cost += cost;
		p->unknown += a->cached ? 0 : a->reply->unknown;
		budget_charge(&r->budget, 0, cost * (a->cached ? 1 : 1 + a->reply->unknown));
	}
	p->reserved = r->budget.reserved;
}

static int store_and_admit(struct run *r)
{
	int status = store_arrived(r);
	if (status)
		return status;
	count_arrived(r);
	return run_admit(r);
}

/* The loop */

/* Every answered request was refused in the same way, and none is in flight. A resumed run asks again. */
static int refused(struct run *r)
{
	int64_t reopened;
	/* units that are only graded do not change */
	bool is_of_run = r->step.setup->method->takes_input && !r->step.graded;
	int status = is_of_run
			     ? store_reopen_refused(r->store, &reopened, r->err)
			     : SOW_OK;
	return status ? status
		      : error_set(r->err, SOW_STOPPED, "%d requests and more were refused alike, none was "
				  "answered, and no more are asked: %s", REFUSALS_ALIKE, r->refusals.words);
}

/* No reply could be read, and none is in flight. A resumed run tries as many again. */
static int unreadable(struct run *r)
{
	return error_set(r->err, SOW_STOPPED, "nothing could be read in the first %lld replies, so no more "
			 "are asked for. The last one: %s", (long long)r->step.unread.unread,
			 r->step.unread.example);
}

/* No request in flight can be answered and no other can be made. */
static int no_progress(struct run *r)
{
	if (r->unanswered) {
		if (r->err)
			*r->err = r->why_unanswered;
		return SOW_MISSING;
	}
	return error_set(r->err, SOW_USAGE, "nothing is left to ask, and %lld of %lld are done",
			 (long long)r->progress.done, (long long)r->progress.target);
}

/* All replies have arrived, and no request was planned: why? */
static int rest(struct run *r, enum run_end *end, bool *ended)
{
	const struct step *s = &r->step;
	*ended = true;
	if (r->is_held && !r->unanswered)
		return *end = r->held_by, SOW_OK;
	/* inputs that were completed without a request */
	*ended = r->unanswered || !s->setup->method->takes_input ||
		 (s->begun >= s->inputs && !is_done(s));
	return *ended ? no_progress(r) : SOW_OK;
}

static int loop(struct run *r, enum run_end *end)
{
	const struct step *s = &r->step;
	for (;;) {
		bool ended = false;
		if (is_done(s))
			return *end = RUN_DONE, note_missing(r);
		if (is_told_to_stop(r))
			return *end = RUN_INTERRUPTED, SOW_OK;
		if (is_stalled(s))
			return *end = RUN_NOTHING_NEW, SOW_OK;
		/* Requests in flight may be paid for, and may show that not all are refused. */
		bool is_hopeless = r->refusals.is_hopeless || s->unread.is_hopeless;
		if (is_hopeless && r->in_flight == s->waiting)
			return s->unread.is_hopeless ? unreadable(r) : refused(r);
		int status = is_hopeless ? SOW_OK : run_plan(r);
		if (!status && !is_hopeless && r->in_flight == s->waiting)
			status = rest(r, end, &ended);
		if (status || ended)
			return status;
		if (r->in_flight > s->waiting)
			status = collect(r, true);
		if (!status && r->arrived_count)
			status = store_and_admit(r);
		if (status)
			return status;
		report(r, false);
	}
}

/* A step is done and another follows: replies that are no longer needed are paid for, and kept. */
static int drain(struct run *r, enum run_end *end)
{
	int status = SOW_OK;
	while (!status && r->in_flight > r->step.waiting) {
		if (is_told_to_stop(r))
			return *end = RUN_INTERRUPTED, SOW_OK;
		status = collect(r, true);
		if (!status && r->arrived_count)
			status = store_and_admit(r);
	}
	return status;
}

/* Also keeps replies that arrived meanwhile. */
static int keep_arrived(struct run *r)
{
	struct sow_error *err = r->err, ignored = { 0 };
	int status = SOW_OK;
	while (!status) {
		r->err = &ignored;
		int failed = collect(r, false);
		r->err = err;
		if (failed || !r->arrived_count)
			break;
		status = store_and_admit(r);
	}
	return status;
}

int run_step(struct run *r, enum run_end *end)
{
	report(r, true);
	int status = loop(r, end);
	if (!status && *end == RUN_DONE && r->step.number < (int64_t)r->setup_count)
		status = drain(r, end);
	if (!status)
		status = keep_arrived(r);
	report(r, true);
	keep_told(r, true);
	return status;
}

/* Runs the steps one after another, each from its stored state. */
static int carry_out(struct run *r, enum run_end *end)
{
	int status = SOW_OK;
	*end = RUN_DONE;
	for (size_t i = 1; i <= r->setup_count && !status && *end == RUN_DONE; i++) {
		step_close(r);
		status = step_open(r, i);
		if (!status)
			status = run_step(r, end);
	}
	return status;
}

/* Beside the run, if its last step makes vectors, or chooses among records that have them. */
static int keep_vectors(struct run *r)
{
	const struct recipe_step *last = &r->recipe->steps[r->recipe->step_count - 1];
	if (last->method->order_input && r->recipe->step_count > 1)
		last--;
	if (!(method_asks(last->method, last->o.own) & ASKS_TO(REQUEST_EMBED)))
		return SOW_OK;
	return run_write_vectors(r->store, r->dir, r->err);
}

int run_recipe(const struct recipe *recipe, const char *dir, const struct run_hooks *hooks,
	       struct run_outcome *outcome, struct sow_error *err)
{
	static const struct run_hooks none;
	struct run r = { .recipe = recipe, .hooks = hooks ? hooks : &none, .err = err,
			 .started = clock_monotonic() };
	int status = run_open(&r, dir, false);
	if (!status)
		status = run_check_identity(&r);
	if (!status)
		status = run_tell_strays(&r);
	if (!status)
		status = carry_out(&r, &outcome->end);
	if (!status && outcome->end != RUN_INTERRUPTED)
		status = keep_vectors(&r);
	outcome->progress = r.progress;
	outcome->missing = r.missing;
	run_close(&r);
	return status;
}
