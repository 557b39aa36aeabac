#include "run/state.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

int run_fail_nomem(struct run *r)
{
	return error_nomem(r->err);
}

void run_message(struct run *r, const char *line)
{
	if (r->hooks->message)
		r->hooks->message(r->hooks->data, line);
}

void run_settle(struct run *r)
{
	while (r->settled < r->unit_count && r->units[r->settled].state != UNIT_UNDER_WAY) {
		const struct unit *u = &r->units[r->settled++];
		if (u->state == UNIT_FINISHED) {
			r->settled_finished++;
			r->fruitful = u->ticket > r->fruitful ? u->ticket : r->fruitful;
		}
	}
}

void run_release(struct run *r, struct asked *a)
{
	request_free(a->request);
	reply_free(a->reply);
	*a = (struct asked){ 0 };
	r->unused[r->limit - r->in_flight--] = (size_t)(a - r->asked);
}

int run_add_unit(struct run *r, const struct unit *u)
{
	if (mem_grow((void **)&r->units, &r->unit_room, r->unit_count + 1, sizeof(*r->units)))
		return run_fail_nomem(r);
	struct unit *to = &r->units[r->unit_count];
	*to = *u;
	to->instruction = pool_machine_instruction(r->setup.pool, r->unit_count);
	r->progress.under_way += u->state == UNIT_UNDER_WAY;
	if (u->state == UNIT_UNDER_WAY && heap_push(&r->ready, r->unit_count))
		return run_fail_nomem(r);
	r->unit_count++;
	r->progress.accepted++;
	return SOW_OK;
}

static int differs(struct run *r, struct buf *list, const struct identity *i, struct view stored)
{
	struct view there = stored.len ? stored : view_of("none");
	struct view here = i->shown.len ? i->shown : view_of("none");
	bool same = view_eq(there, here);
	/* Another language brings other prompts: that follows from what is said already. */
	if (same && list->len)
		return SOW_OK;
	buf_addf(list, "%s%s: %.*s there, %.*s here%s", list->len ? "; " : "", i->name,
		 VIEW_ARG(there), VIEW_ARG(here), same ? " (with other contents)" : "");
	return buf_failed(list) ? run_fail_nomem(r) : SOW_OK;
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
			status = run_fail_nomem(r);
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
		return run_fail_nomem(r);
	r->failed += u->state == UNIT_FAILED;
	r->progress.finished += u->state == UNIT_FINISHED;
	return run_add_unit(r, u);
}

/* 1 if the tickets are not those from 1 on. */
static int load_ticket(void *data, int64_t step, int64_t ticket, int64_t accepted)
{
	struct run *r = data;
	if (step != STEP || ticket != r->committed + 1 || accepted < 0)
		return 1;
	if (mem_grow((void **)&r->accepted_upto, &r->accepted_room, (size_t)ticket + 1,
		     sizeof(*r->accepted_upto)))
		return run_fail_nomem(r);
	r->accepted_upto[ticket] = r->accepted_upto[ticket - 1] + (size_t)accepted;
	r->committed = ticket;
	return SOW_OK;
}

static int load(struct run *r, const char *dir)
{
	struct store_counts counts;
	int status = mem_grow((void **)&r->accepted_upto, &r->accepted_room, 1,
			      sizeof(*r->accepted_upto)) ? run_fail_nomem(r) : SOW_OK;
	if (status)
		return status;
	r->accepted_upto[0] = 0;
	status = store_each_ticket(r->store, load_ticket, r, r->err);
	if (!status)
		status = store_each_unit(r->store, load_unit, r, r->err);
	if (status > 0 || (!status && r->accepted_upto[r->committed] != r->unit_count))
		status = error_set(r->err, SOW_INVALID, "%s/run.db: damaged: its tickets and units "
				   "do not fit together", dir);
	if (!status)
		status = store_count(r->store, &counts, r->err);
	if (status)
		return status;
	r->planned = r->committed;
	run_settle(r);
	r->fruitful = r->committed; /* one that stopped for want of news may try again */
	r->progress.finished_before = r->progress.finished;
	r->progress.target = r->recipe->n;
	r->progress.replies = counts.replies;
	r->progress.cached = counts.replies_cached;
	r->progress.rejected = counts.rejected;
	r->progress.prompt_tokens = counts.prompt_tokens;
	r->progress.completion_tokens = counts.completion_tokens;
	return SOW_OK;
}

static int open_teacher(struct run *r)
{
	struct teacher_options o;
	teacher_options_default(&o);
	o.specs = &r->recipe->teacher;
	o.spec_count = r->recipe->teacher != NULL;
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
		return run_fail_nomem(r);
	for (size_t i = 0; i < r->limit; i++)
		r->unused[i] = r->limit - 1 - i;
	return SOW_OK;
}

static void open_cache(struct run *r)
{
	struct sow_error why;
	if (r->recipe->no_cache || teacher_is_recorded(r->teacher))
		return;
	r->cache = cache_open(r->recipe->cache_dir, &why);
	if (!r->cache)
		run_message(r, why.text);
}

/* The directory comes last: a mistake in what was asked for leaves none behind. */
int run_begin(struct run *r, const char *dir)
{
	int status = open_teacher(r);
	if (!status)
		status = setup_init(&r->setup, r->recipe, teacher_identity(r->teacher),
				    teacher_prefers_chat(r->teacher), r->err);
	if (!status)
		status = make_room(r);
	if (!status && !(r->store = store_open(dir, STORE_RUN, r->err)))
		status = r->err && r->err->status ? (int)r->err->status : SOW_IO;
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
	return load(r, dir);
}

void run_end(struct run *r)
{
	teacher_close(r->teacher);
	for (size_t i = 0; r->asked && i < r->limit; i++) {
		if (r->asked[i].used)
			run_release(r, &r->asked[i]);
	}
	cache_close(r->cache);
	store_close(r->store);
	heap_release(&r->ready);
	heap_release(&r->held);
	mem_free(r->asked);
	mem_free(r->unused);
	mem_free(r->arrived);
	mem_free(r->tickets);
	mem_free(r->units);
	mem_free(r->accepted_upto);
	setup_release(&r->setup);
}
