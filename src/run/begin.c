/* Opens a run, and restores each step to its stored state. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "run/state.h"
#include "teacher/models.h"

#define TOLD_MAX 20 /* documents that are named; further ones are counted */

int run_fail_nomem(struct run *r)
{
	const struct setup *s = r->step.setup;
	if (s && s->pool)
		return error_set(r->err, SOW_NOMEM, "the pool of instructions: out of memory");
	/* A failed allocation ends the process (mem.h), so a method could not read its stored state. */
	return error_set(r->err, SOW_NOMEM, "%s/run.db: damaged, or too large for the memory there is",
			 r->dir);
}

void run_message(struct run *r, const char *line)
{
	if (r->hooks->message)
		r->hooks->message(r->hooks->data, line);
}

int run_failure(const struct run *r)
{
	return r->err && r->err->status ? (int)r->err->status : SOW_IO;
}

/* Opening */

static void make_room(struct run *r)
{
	r->limit = (size_t)teacher_set_capacity(r->teacher_set);
	r->asked = mem_zalloc(r->limit * sizeof(*r->asked));
	r->unused = mem_zalloc(r->limit * sizeof(*r->unused));
	r->arrived = mem_zalloc(r->limit * sizeof(*r->arrived));
	for (size_t i = 0; i < r->limit; i++)
		r->unused[i] = r->limit - 1 - i;
}

static void open_cache(struct run *r)
{
	struct sow_error why;
	bool recorded = true;
	for (int d = 0; d < DUTY_COUNT; d++)
		recorded = recorded && teacher_is_recorded(teacher_set_teacher(r->teacher_set, (enum duty)d));
	if (r->recipe->no_cache || recorded)
		return;
	r->answers.cache = cache_open(r->recipe->cache_dir, &why);
	if (r->answers.cache)
		cache_bound(r->answers.cache, r->recipe->cache_size);
	else
		run_message(r, why.text);
}

/* A teacher that cannot answer the requests of a step is an error before the first request. */
static int check_kinds(const struct run *r, const struct method *m, unsigned kinds)
{
	for (int k = 0; k < REQUEST_KINDS; k++) {
		for (int64_t i = 1; kinds & ASKS_TO(k) && method_stage(m, i); i++) {
			const struct stage *stage = method_stage(m, i);
			const struct teacher *t = teacher_set_teacher(r->teacher_set, stage->duty);
			unsigned asked = stage->kinds ? stage->kinds : ASKS_TO(REQUEST_GENERATE);
			if (!(asked & ASKS_TO(k)) || teacher_can(t, (enum request_kind)k))
				continue;
			return error_set(r->err, SOW_USAGE, "%s: the %s cannot %s texts (%s); expected one that "
					 "can, such as %s", m->name, duty_names[stage->duty],
					 request_kind_names[k], teacher_identity(t),
					 k == REQUEST_EMBED ? "the built-in " MODEL_EMBEDDER
							    : "the embedded model or a server");
		}
	}
	return SOW_OK;
}

static int open_setups(struct run *r, bool measures)
{
	const struct teacher *writer = teacher_set_teacher(r->teacher_set, DUTY_WRITE);
	int status = SOW_OK;
	for (enum duty d = DUTY_WRITE_2; d <= DUTY_USER; d++) { /* prompted in the step's style */
		const struct teacher *other = teacher_set_teacher(r->teacher_set, d);
		if (teacher_can_chat(other) != teacher_can_chat(writer))
			return error_set(r->err, SOW_USAGE, "%s: expected a teacher that takes %s, as the "
					 "writer does", duty_names[d],
					 teacher_can_chat(writer) ? "messages" : "raw text");
	}
	for (size_t i = 0; i < r->recipe->step_count && !status; i++) {
		/* an input is put to it as a user's message; a list is continued as raw text */
		const struct teacher_style style = {
			.prefers_chat = r->recipe->steps[i].method->takes_input
						? teacher_can_chat(writer) : teacher_prefers_chat(writer),
			.opens = teacher_opens(writer),
		};
		const struct recipe_step *step = &r->recipe->steps[i];
		status = check_kinds(r, step->method, method_asks(step->method, step->o.own));
		if (status)
			break;
		status = setup_init(&r->setups[i], r->recipe, i + 1, &style, measures, r->err);
		r->setup_count += !status;
	}
	return status;
}

/* Counts money if every teacher in use has its price. */
static int open_budget(struct run *r)
{
	r->budget.limit = r->recipe->budget;
	for (int d = 0; d < DUTY_COUNT; d++) {
		if (r->recipe->budget >= 0 && r->recipe->has_duty[d] &&
		    !prices_known(teacher_set_prices(r->teacher_set, (enum duty)d)))
			return error_set(r->err, SOW_USAGE, "--budget needs to know what the %s costs: "
					 "--price-in and --price-out", duty_names[d]);
	}
	r->progress.budget = r->recipe->budget;
	r->progress.has_price = prices_known(teacher_set_prices(r->teacher_set, DUTY_WRITE));
	return SOW_OK;
}

static int load_counts(struct run *r)
{
	struct store_counts counts = { 0 };
	int status = store_count_replies(r->store, 0, &counts, r->err);
	if (status)
		return status;
	r->budget.spent = counts.cost + counts.unknown_cost;
	r->progress.cost = counts.cost;
	r->progress.replies = counts.replies;
	r->progress.cached = counts.replies_cached;
	r->progress.refused = counts.replies_error;
	r->progress.prompt_tokens = counts.prompt_tokens;
	r->progress.completion_tokens = counts.completion_tokens;
	r->progress.unknown = counts.unknown;
	return SOW_OK;
}

/* Makes the directory last: a mistake in the command leaves none behind. */
int run_open(struct run *r, const char *dir, bool measures)
{
	r->dir = dir;
	if (!r->recipe->step_count)
		return error_set(r->err, SOW_USAGE, "a recipe needs a step");
	r->teacher_set = teacher_set_open(r->recipe, r->hooks->teacher, dir, r->err);
	int status = r->teacher_set ? open_setups(r, measures) : run_failure(r);
	if (!status)
		status = open_budget(r);
	if (status)
		return status;
	make_room(r);
	if (!(r->store = store_open(dir, STORE_RUN, r->err)))
		return run_failure(r);
	r->answers.store = r->store;
	open_cache(r);
	status = store_expect(r->store, r->limit, r->err);
	return status ? status : load_counts(r);
}

void run_close(struct run *r)
{
	teacher_set_close(r->teacher_set);
	step_close(r);
	answers_release(&r->answers);
	store_close(r->store);
	mem_free(r->asked);
	mem_free(r->unused);
	mem_free(r->arrived);
	for (size_t i = 0; i < r->setup_count; i++)
		setup_release(&r->setups[i]);
}

/* A step */

static int load_pool_unit(void *data, const struct unit *u)
{
	struct run *r = data;
	struct step *s = &r->step;
	if (pool_add_machine(s->setup->pool, u))
		return run_fail_nomem(r);
	mem_grow(&s->made, &s->made_room, s->made_count + 1);
	s->made[s->made_count++] = (struct unit_mark){ u->ticket, u->state };
	return u->state == UNIT_UNDER_WAY ? active_unit_add(r, u, s->made_count - 1) : SOW_OK;
}

static int load_live(void *data, const struct unit *u)
{
	return active_unit_add(data, u, 0);
}

static int recall(void *data, const struct unit *u)
{
	struct run *r = data;
	const struct setup *s = r->step.setup;
	return s->method->recall(s->state, u) ? run_fail_nomem(r) : SOW_OK;
}

/* For an input whose finished units are counted. */
static int load_made(void *data, const struct unit *u)
{
	struct run *r = data;
	struct step *s = &r->step;
	mem_grow(&s->made, &s->made_room, s->made_count + 1);
	s->made[s->made_count++] = (struct unit_mark){ u->ticket, u->state };
	int status = recall(r, u);
	return status || u->state != UNIT_UNDER_WAY ? status : active_unit_add(r, u, s->made_count - 1);
}

/* 1 if the tickets are not numbered from 1 without a gap. */
static int load_ticket(void *data, int64_t ticket, int64_t accepted)
{
	struct run *r = data;
	struct step *s = &r->step;
	if (ticket != s->committed + 1 || accepted < 0)
		return 1;
	mem_grow(&s->accepted_upto, &s->accepted_room, (size_t)ticket + 1);
	s->accepted_upto[ticket] = s->accepted_upto[ticket - 1] + (size_t)accepted;
	s->committed = ticket;
	return SOW_OK;
}

static int load_pool_units(struct run *r)
{
	struct pool *pool = r->step.setup->pool;
	pool_begin_bulk(pool);
	int status = store_each_unit(r->store, r->step.number, false, load_pool_unit, r, r->err);
	return !status && pool_end_bulk(pool) ? run_fail_nomem(r) : status;
}

static int load_pool(struct run *r)
{
	struct step *s = &r->step;
	s->tickets = mem_zalloc((size_t)(s->setup->lookahead + 1) * sizeof(struct pending_request *));
	mem_grow(&s->accepted_upto, &s->accepted_room, 1);
	s->accepted_upto[0] = 0;
	int status = store_each_ticket(r->store, s->number, load_ticket, r, r->err);
	if (!status)
		status = load_pool_units(r);
	if (status > 0 || (!status && s->accepted_upto[s->committed] != s->made_count))
		status = error_set(r->err, SOW_INVALID, "%s/run.db: damaged: its tickets and units "
				   "do not fit together", r->dir);
	s->planned = s->committed;
	step_advance(s);
	s->unread.from = s->committed;
	s->last_yield = s->committed; /* a run that stopped as stalled may try again */
	return status;
}

/* A lower n removes nothing: a choice sees at least as many entries as it has begun. */
static int open_source(struct run *r, int64_t begun)
{
	struct step *s = &r->step;
	s->source = s->setup->source;
	if (s->source)
		return SOW_OK;
	const struct recipe_step *before = &r->recipe->steps[s->number - 2];
	s->owns_source = true;
	bool is_counted = !before->method->takes_input || before->method->finds_new;
	int64_t limit = is_counted ? before->n : 0;
	if (s->setup->method->order_input)
		s->source = source_step_held(r->store, s->number - 1, limit && limit < begun ? begun : limit,
					     r->err);
	else
		s->source = source_step(r->store, s->number - 1, limit, r->err);
	return s->source ? SOW_OK : run_failure(r);
}

static void tell_answered(struct run *r)
{
	const struct step *s = &r->step;
	const char *what = s->setup->method->answered;
	int64_t answered = source_answered(s->source);
	if (!answered || !what)
		return;
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s: %" PRId64 " of %" PRId64 " records with an answer already: %s",
		 source_name(s->source), answered, source_count(s->source),
		 s->setup->step->o.again ? "asked again" : what);
	r->hooks->note(r->hooks->data, line.data);
	buf_release(&line);
}

/* Reports documents that were left out. */
static void tell_documents(struct run *r)
{
	struct view rest = source_omissions(r->step.source), line;
	char text[512];
	for (size_t i = 0; view_line(&rest, &line); i++) {
		if (i == TOLD_MAX) {
			size_t more = 1;
			while (view_line(&rest, &line))
				more++;
			snprintf(text, sizeof(text), "%zu more documents left out", more);
		} else {
			snprintf(text, sizeof(text), "%.*s", VIEW_ARG(line));
		}
		run_message(r, text);
	}
}

/* Reports the detected format of the input when the step begins, and what was left out each time. */
static void tell_input(struct run *r, int64_t begun)
{
	const struct step *s = &r->step;
	struct buf line = BUF_INIT;
	const char *name = source_name(s->source), *what = source_description(s->source);
	int64_t bad = source_bad(s->source);
	if (bad && begun < s->inputs) {
		buf_addf(&line, "%s: %" PRId64 " bad %s skipped", name, bad,
			 bad == 1 ? "record" : "records");
		run_message(r, line.data);
	}
	if (begun < s->inputs)
		tell_documents(r);
	if (name && !begun && r->hooks->note) {
		if (what) {
			buf_clear(&line);
			buf_addf(&line, "%s: %s", name, what);
			r->hooks->note(r->hooks->data, line.data);
		}
		tell_answered(r);
	}
	buf_release(&line);
}

static int load_input(struct run *r, int64_t begun)
{
	struct step *s = &r->step;
	int status = open_source(r, begun);
	if (status)
		return status;
	bool orders = s->setup->method->order_input;
	/* the tasks of the step before do not include those that were begun */
	bool is_rest = s->owns_source && !orders;
	int64_t count = source_count(s->source) + (is_rest ? begun : 0);
	int64_t n = s->setup->step->n;
	s->begun = begun;
	s->wanted = s->setup->method->finds_new ? n : 0;
	s->inputs = n && n < count && !s->wanted ? n : count;
	s->inputs = orders && s->inputs < begun ? begun : s->inputs;
	s->gate = method_gate(s->setup->method);
	tell_input(r, begun);
	if (orders)
		status = step_order_input(r, begun);
	else if (!is_rest)
		status = source_skip(s->source, begun, r->err);
	bool is_counted = s->setup->method->finds_new;
	if (!status && is_counted)
		status = store_each_unit(r->store, s->number, false, load_made, r, r->err);
	else if (!status && s->setup->method->recall)
		status = store_each_unit(r->store, s->number, false, recall, r, r->err);
	if (!status && !is_counted)
		status = store_each_unit(r->store, s->number, true, load_live, r, r->err);
	step_advance(s);
	char text[24];
	struct view left_out = source_left_out(s->source);
	bool is_documents = s->setup->step->documents.count;
	if (!status && is_documents)
		status = store_operation(r->store, s->number, STORE_LEFT_OUT, left_out, r->err);
	snprintf(text, sizeof(text), "%lld", s->wanted ? 0 : (long long)s->inputs);
	return status ? status : store_operation(r->store, s->number, "inputs", view_of(text), r->err);
}

int step_open(struct run *r, size_t number)
{
	struct step *s = &r->step;
	struct store_counts counts = { 0 };
	*s = (struct step){ .number = (int64_t)number, .setup = &r->setups[number - 1] };
	int status = store_count_units(r->store, s->number, &counts, r->err);
	if (!status)
		status = s->setup->method->takes_input ? load_input(r, counts.begun) : load_pool(r);
	if (!status && s->order) /* step_order_input may have begun other entries */
		status = store_count_units(r->store, s->number, &counts, r->err);
	if (status)
		return status;
	s->failed = counts.failed;
	r->refusals = (struct refusals){ .is_open = teacher_set_gathers(r->teacher_set) };
	r->unanswered = 0; /* the step before did without those replies */
	struct run_progress *p = &r->progress;
	p->step = s->number;
	p->steps = (int64_t)r->setup_count;
	p->takes_input = s->setup->method->takes_input && !s->wanted;
	p->target = p->takes_input ? s->inputs : s->setup->step->n;
	p->finished = counts.finished;
	p->failed = counts.failed;
	p->accepted = counts.units;
	p->rejected = counts.rejected;
	p->tickets = counts.tickets;
	p->done = p->takes_input ? step_inputs_done(s) : p->finished;
	p->done_before = p->done;
	return SOW_OK;
}

void step_close(struct run *r)
{
	struct step *s = &r->step;
	for (size_t i = 0; r->asked && i < r->limit; i++) {
		if (r->asked[i].used)
			run_release(r, &r->asked[i]);
	}
	while (s->first)
		active_unit_end(r, s->first);
	heap_release(&s->ready);
	heap_release(&s->held);
	if (s->owns_source)
		source_free(s->source);
	mem_free(s->order);
	mem_free(s->accepted_upto);
	mem_free(s->made);
	mem_free(s->tickets);
	*s = (struct step){ 0 };
}
