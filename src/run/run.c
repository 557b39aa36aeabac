#include "run/run.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/heap.h"
#include "base/mem.h"
#include "run/setup.h"
#include "run/store.h"
#include "teacher/cache.h"

#define STEP 1                       /* recipes of several steps come later */
#define BATCH 256                    /* replies stored by one commit at most */
#define TICK (100 * CLOCK_MS)        /* how long to wait for one, and between two looks at `stop` */
#define FRUITLESS 200                /* tickets without a finished task before a run stops */

/* A request under way, or its reply that waits for its turn. */
struct asked {
	bool used;
	struct place place;
	size_t unit;                 /* of a unit's request: index into units */
	struct request *request;
	struct reply *reply;         /* arrived, not yet admitted */
	bool cached;                 /* the reply came from the cache */
	bool stored;                 /* it was in run.db already */
	size_t examples[POOL_EXAMPLES_MAX];
	size_t example_count;
};

struct run {
	const struct recipe *recipe;
	const struct run_hooks *hooks;
	struct sow_error *err;
	struct setup setup;
	struct teacher *teacher;
	struct store *store;
	struct cache *cache;         /* NULL: none */
	bool cache_reported;

	/* Tickets. accepted_upto[k] is how many units tickets 1..k made. */
	int64_t committed, planned;
	size_t *accepted_upto;
	size_t accepted_room;

	/* Units, in order (ticket, item). The pool's machine entries are their instructions. */
	struct unit *units;
	size_t unit_count, unit_room;
	size_t failed;
	struct heap ready;           /* units with a request to plan */
	size_t settled;              /* all units before this one have ended */
	size_t settled_finished;
	int64_t fruitful;            /* last ticket among the settled with a finished task */

	struct asked *asked;         /* `limit` of them */
	size_t *unused;              /* a stack of those that are free */
	size_t limit, in_flight;
	struct asked **tickets;      /* ticket t under way stands at t % (lookahead + 1) */
	size_t *arrived;             /* indices of asked with a reply, not yet stored */
	size_t arrived_count;
	size_t unanswered;           /* requests that got FINISH_NONE */
	struct sow_error why_unanswered;

	struct run_progress progress;
	int64_t started, reported;
};

static int fail_nomem(struct run *r)
{
	return error_nomem(r->err);
}

/* -- counting ------------------------------------------------------------------------- */

static void settle(struct run *r)
{
	while (r->settled < r->unit_count && r->units[r->settled].state != UNIT_UNDER_WAY) {
		const struct unit *u = &r->units[r->settled++];
		if (u->state == UNIT_FINISHED) {
			r->settled_finished++;
			r->fruitful = u->ticket > r->fruitful ? u->ticket : r->fruitful;
		}
	}
}

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
	       r->progress.replies + (int64_t)r->in_flight >= r->recipe->max_requests;
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

static void message(struct run *r, const char *line)
{
	if (r->hooks->message)
		r->hooks->message(r->hooks->data, line);
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

/* Looks for an answer near at hand; else asks the teacher. */
static int ask(struct run *r, size_t at)
{
	struct asked *a = &r->asked[at];
	if (request_seal(a->request, view_of(teacher_identity(r->teacher)), (uint64_t)r->recipe->seed))
		return fail_nomem(r);
	if (!store_is_new(r->store)) {
		int found = store_find_reply(r->store, &a->place, &a->request->key, &a->reply, r->err);
		if (found < 0)
			return found;
		a->stored = found > 0;
	}
	if (!a->reply && r->cache) {
		a->reply = cache_get(r->cache, &a->request->key);
		a->cached = a->reply != NULL;
	}
	if (a->reply) {
		r->arrived[r->arrived_count++] = at;
		return SOW_OK;
	}
	a->request->tag = (int64_t)at;
	return teacher_submit(r->teacher, request_hold(a->request)) ? fail_nomem(r) : SOW_OK;
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
		return fail_nomem(r);
	return ask(r, at);
}

static int plan_ticket(struct run *r)
{
	size_t at = take_unused(r);
	struct asked *a = &r->asked[at];
	int64_t ticket = ++r->planned;
	size_t machine = r->accepted_upto[ticket - lookahead_of(r, ticket)];
	*a = (struct asked){ .used = true, .place = { STEP, ticket, 0, 1, 0 } };
	*ticket_place(r, ticket) = a;
	if (r->setup.method->plan_ticket(r->setup.state, ticket, machine, &a->request, a->examples,
					 &a->example_count))
		return fail_nomem(r);
	return ask(r, at);
}

/* Units first: what is begun is finished before more is begun. */
static int plan(struct run *r)
{
	while (r->in_flight < r->limit && !is_used_up(r)) {
		int status;
		if (r->ready.count)
			status = plan_unit(r, heap_pop(&r->ready));
		else if (wants_ticket(r))
			status = plan_ticket(r);
		else
			break;
		if (status)
			return status;
	}
	return SOW_OK;
}

/* -- collecting and storing --------------------------------------------------------------- */

static void release_asked(struct run *r, struct asked *a)
{
	request_free(a->request);
	reply_free(a->reply);
	*a = (struct asked){ 0 };
	r->unused[r->limit - r->in_flight--] = (size_t)(a - r->asked);
}

/* Waits a moment for replies and takes all that are there. */
static int collect(struct run *r)
{
	int64_t wait = r->arrived_count ? 0 : TICK;
	while (r->arrived_count < BATCH) {
		struct sow_error why = { 0 };
		struct reply *reply = teacher_collect(r->teacher, wait, &why);
		if (!reply && why.status) {
			if (r->err)
				*r->err = why;
			return (int)why.status;
		}
		if (!reply)
			break;
		struct asked *a = &r->asked[reply->tag];
		a->reply = reply;
		if (reply->finish != FINISH_NONE) {
			r->arrived[r->arrived_count++] = (size_t)reply->tag;
		} else if (!r->unanswered++) {
			error_set(&r->why_unanswered, SOW_MISSING, "%.*s", VIEW_ARG(reply->text));
		}
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
		message(r, line.text);
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

static int add_unit(struct run *r, const struct unit *u)
{
	if (mem_grow((void **)&r->units, &r->unit_room, r->unit_count + 1, sizeof(*r->units)))
		return fail_nomem(r);
	struct unit *to = &r->units[r->unit_count];
	*to = *u;
	to->instruction = pool_machine_instruction(r->setup.pool, r->unit_count);
	r->progress.under_way += u->state == UNIT_UNDER_WAY;
	if (u->state == UNIT_UNDER_WAY && heap_push(&r->ready, r->unit_count))
		return fail_nomem(r);
	r->unit_count++;
	r->progress.accepted++;
	return SOW_OK;
}

static int note_committed(struct run *r)
{
	if (mem_grow((void **)&r->accepted_upto, &r->accepted_room, (size_t)r->committed + 2,
		     sizeof(*r->accepted_upto)))
		return fail_nomem(r);
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
			status = add_unit(r, &n->unit);
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
		status = fail_nomem(r);
	if (!status)
		status = write_ticket(r, a, &o);
	outcome_release(&o);
	release_asked(r, a);
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
		status = fail_nomem(r);
	if (!status)
		status = store_unit(r->store, u, r->err);
	if (!status)
		status = store_instances(r->store, u, o.instances, o.instance_count, r->err);
	if (!status)
		status = write_rejects(r, &o);
	outcome_release(&o);
	release_asked(r, a);
	if (status)
		return status;
	if (u->state == UNIT_UNDER_WAY)
		return heap_push(&r->ready, index) ? fail_nomem(r) : SOW_OK;
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
	return here && a->reply && a->reply->finish != FINISH_NONE ? a : NULL;
}

/* Units as they come, tickets in their order. */
static int admit(struct run *r)
{
	int status = store_begin(r->store, r->err);
	for (size_t i = 0; i < r->arrived_count && !status; i++) {
		struct asked *a = &r->asked[r->arrived[i]];
		if (a->place.item)
			status = admit_unit(r, a);
	}
	r->arrived_count = 0;
	struct asked *next;
	while (!status && (next = next_ticket(r)))
		status = admit_ticket(r, next);
	if (!status)
		status = store_commit(r->store, r->err);
	if (status)
		store_rollback(r->store);
	settle(r);
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
		if (r->in_flight == r->unanswered) {
			if (!is_used_up(r))
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
	r->err = &ignored;
	int status = collect(r);
	r->err = err;
	if (status || !r->arrived_count)
		return SOW_OK;
	return store_and_admit(r);
}

/* -- opening --------------------------------------------------------------------------- */

static int differs(struct run *r, struct buf *list, const struct identity *i, struct view stored)
{
	struct view there = stored.len ? stored : view_of("none");
	struct view here = i->shown.len ? i->shown : view_of("none");
	buf_addf(list, "%s%s: %.*s there, %.*s here%s", list->len ? "; " : "", i->name,
		 VIEW_ARG(there), VIEW_ARG(here),
		 view_eq(there, here) ? " (with other contents)" : "");
	return buf_failed(list) ? fail_nomem(r) : SOW_OK;
}

static int check_identity(struct run *r, const char *dir)
{
	struct buf list = BUF_INIT;
	int status = store_begin(r->store, r->err);
	for (size_t i = 0; i < r->setup.identity_count && !status; i++) {
		const struct identity *id = &r->setup.identity[i];
		struct view stored;
		status = store_identity(r->store, r->setup.arena, id->name, id->value, id->shown,
					&stored, r->err);
		if (status == SOW_DIFFERS)
			status = differs(r, &list, id, stored);
	}
	if (!status && list.len)
		status = error_set(r->err, SOW_DIFFERS, "%s is a run of another recipe (%s): give another "
				   "directory, or the recipe it was begun with", dir, list.data);
	buf_release(&list);
	return status; /* the transaction goes on in note_operation */
}

static int note_operation(struct run *r)
{
	struct buf text = BUF_INIT;
	int status = SOW_OK;
	for (size_t i = 0; i < recipe_field_count && !status; i++) {
		const struct field *f = &recipe_fields[i];
		if (f->kind != FIELD_OPERATION)
			continue;
		buf_clear(&text);
		if (recipe_text(r->recipe, f, &text))
			status = fail_nomem(r);
		else
			status = store_operation(r->store, f->name, view_from(text.data, text.len), r->err);
	}
	buf_release(&text);
	return status;
}

static int load_unit(void *data, const struct unit *u)
{
	struct run *r = data;
	int status = pool_add_machine(r->setup.pool, u->ticket, u->item, u->instruction);
	if (status)
		return fail_nomem(r);
	r->failed += u->state == UNIT_FAILED;
	r->progress.finished += u->state == UNIT_FINISHED;
	return add_unit(r, u);
}

static int load_ticket(void *data, int64_t step, int64_t ticket, int64_t accepted)
{
	struct run *r = data;
	(void)step;
	if (mem_grow((void **)&r->accepted_upto, &r->accepted_room, (size_t)ticket + 1,
		     sizeof(*r->accepted_upto)))
		return fail_nomem(r);
	r->accepted_upto[ticket] = r->accepted_upto[ticket - 1] + (size_t)accepted;
	r->committed = ticket;
	return SOW_OK;
}

static int load(struct run *r)
{
	struct store_counts counts;
	int status = mem_grow((void **)&r->accepted_upto, &r->accepted_room, 1,
			      sizeof(*r->accepted_upto)) ? fail_nomem(r) : SOW_OK;
	if (status)
		return status;
	r->accepted_upto[0] = 0;
	status = store_each_ticket(r->store, load_ticket, r, r->err);
	if (!status)
		status = store_each_unit(r->store, load_unit, r, r->err);
	if (!status)
		status = store_count(r->store, &counts, r->err);
	if (status)
		return status;
	r->planned = r->committed;
	settle(r);
	r->fruitful = r->committed; /* one that stopped for want of news may try again */
	r->progress.finished_before = r->progress.finished;
	r->progress.target = r->recipe->n;
	r->progress.replies = counts.replies;
	r->progress.cached = counts.replies_cached;
	r->progress.prompt_tokens = counts.prompt_tokens;
	r->progress.completion_tokens = counts.completion_tokens;
	return SOW_OK;
}

static int open_teacher(struct run *r)
{
	struct teacher_options o;
	teacher_options_default(&o);
	o.spec = r->recipe->teacher;
	o.parallel = (int)r->recipe->parallel;
	o.context = (int)r->recipe->context;
	o.threads = (int)r->recipe->threads;
	o.gpu_layers = (int)r->recipe->gpu_layers;
	r->teacher = r->hooks->teacher ? teacher_open_kind(r->hooks->teacher, &o, r->err)
				       : teacher_open(&o, r->err);
	if (!r->teacher)
		return r->err && r->err->status ? (int)r->err->status : SOW_IO;
	return SOW_OK;
}

static int make_room(struct run *r)
{
	size_t limit = (size_t)r->recipe->concurrency;
	r->limit = limit ? limit : (size_t)teacher_capacity(r->teacher);
	r->asked = mem_zalloc(r->limit * sizeof(*r->asked));
	r->unused = mem_zalloc(r->limit * sizeof(*r->unused));
	r->arrived = mem_zalloc(r->limit * sizeof(*r->arrived));
	r->tickets = mem_zalloc((size_t)(r->setup.lookahead + 1) * sizeof(struct asked *));
	if (!r->asked || !r->unused || !r->arrived || !r->tickets)
		return fail_nomem(r);
	for (size_t i = 0; i < r->limit; i++)
		r->unused[i] = r->limit - 1 - i;
	return SOW_OK;
}

static void open_cache(struct run *r)
{
	struct sow_error why;
	if (r->recipe->no_cache)
		return;
	r->cache = cache_open(r->recipe->cache_dir, &why);
	if (!r->cache)
		message(r, why.text);
}

static int open_run(struct run *r, const char *dir)
{
	r->store = store_open(dir, STORE_RUN, r->err);
	if (!r->store)
		return r->err && r->err->status ? (int)r->err->status : SOW_IO;
	int status = open_teacher(r);
	if (!status)
		status = setup_init(&r->setup, r->recipe, teacher_identity(r->teacher),
				    teacher_prefers_chat(r->teacher), r->err);
	if (!status)
		status = make_room(r);
	if (status)
		return status;
	status = check_identity(r, dir);
	if (!status)
		status = note_operation(r);
	if (!status)
		status = store_commit(r->store, r->err);
	if (status) {
		store_rollback(r->store);
		return status;
	}
	open_cache(r);
	return load(r);
}

static void close_run(struct run *r)
{
	teacher_close(r->teacher);
	for (size_t i = 0; r->asked && i < r->limit; i++) {
		if (r->asked[i].used)
			release_asked(r, &r->asked[i]);
	}
	cache_close(r->cache);
	store_close(r->store);
	heap_release(&r->ready);
	mem_free(r->asked);
	mem_free(r->unused);
	mem_free(r->arrived);
	mem_free(r->tickets);
	mem_free(r->units);
	mem_free(r->accepted_upto);
	setup_release(&r->setup);
}

int run_recipe(const struct recipe *recipe, const char *dir, const struct run_hooks *hooks,
	       struct run_outcome *outcome, struct sow_error *err)
{
	static const struct run_hooks none;
	struct run r = { .recipe = recipe, .hooks = hooks ? hooks : &none, .err = err,
			 .started = clock_monotonic() };
	int status = open_run(&r, dir);
	if (!status) {
		report(&r, true);
		status = loop(&r, &outcome->end);
	}
	if (!status)
		status = keep_arrived(&r);
	if (r.store)
		report(&r, true);
	outcome->progress = r.progress;
	close_run(&r);
	return status;
}
