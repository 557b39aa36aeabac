/* Finished tasks as records: the unit, its answers, and its origin. */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "data/record_read.h"
#include "data/turns.h"
#include "store/store_private.h"
#include "text/spacing.h"

struct task_walk {
	struct db_query *instances;
	struct db_query *graded;     /* NULL: not wanted */
	int (*each)(void *data, const struct record *t);
	void *data;
	struct sow_error *err;
};

/* Answers that are being collected for a record. */
struct answers {
	struct instance *list;
	size_t count, room;
};

static int damaged(const struct record *task, const char *what, struct sow_error *err)
{
	return error_set(err, SOW_INVALID, "run.db: damaged: the %s of %.*s", what, VIEW_ARG(task->id));
}

static int parse_turns(const struct record *task, struct view text, struct arena *a,
		       struct turn **turns, size_t *count, struct sow_error *err)
{
	*turns = NULL;
	*count = 0;
	if (!text.len)
		return SOW_OK;
	int status = turns_parse(text, a, turns, count);
	return status ? damaged(task, "turns", err) : SOW_OK;
}

static int read_instance(struct db_query *q, const struct record *task, struct arena *a,
			 struct instance *i, struct sow_error *err)
{
	*i = (struct instance){
		.role = (enum answer_role)db_int(q, 2), .scored = !db_null(q, 3),
		.score = db_number(q, 3), .sample = db_int(q, 4),
		.reasoning_name = (enum reasoning_name)db_int(q, 6),
	};
	store_copy_column(a, q, 0, &i->input);
	store_copy_column(a, q, 1, &i->output);
	store_copy_column(a, q, 5, &i->reasoning);
	if (i->role > ANSWER_REJECTED || i->reasoning_name >= REASONING_NAMES)
		return damaged(task, "answers", err);
	return parse_turns(task, db_text(q, 7), a, &i->turns, &i->turn_count, err);
}

/* Reads a graded reply as the answer that it would have become. */
static void read_graded(struct db_query *q, const struct unit *u, struct arena *a,
			struct instance *i)
{
	struct view text = spacing_trim(db_text(q, 0));
	char *input = arena_copyview(a, u->input), *output = arena_copyview(a, text);
	*i = (struct instance){
		.input = view_from(input, u->input.len), .output = view_from(output, text.len),
		.scored = true, .score = db_number(q, 2), .sample = db_int(q, 3),
	};
	store_copy_column(a, q, 1, &i->reasoning);
}

static struct instance *add_answer(struct answers *l)
{
	mem_grow(&l->list, &l->room, l->count + 1);
	return &l->list[l->count++];
}

/* Moves them from the heap, where they grew, into the arena. */
static void give_answers(struct answers *l, struct arena *a, struct record *task)
{
	task->instances = arena_array(a, l->count, sizeof(*l->list));
	if (l->count)
		memcpy(task->instances, l->list, l->count * sizeof(*l->list));
	task->instance_count = l->count;
}

static int read_instances(struct task_walk *w, const struct unit *u, struct arena *a,
			  struct record *task)
{
	struct answers l = { 0 };
	int status = SOW_OK;
	BIND_INTS(w->instances, 1, u->step, u->ticket, u->item);
	while (store_row(w->instances, &status, w->err)) {
		struct instance *i = add_answer(&l);
		status = read_instance(w->instances, task, a, i, w->err);
	}
	db_query_reset(w->instances);
	if (!status)
		give_answers(&l, a, task);
	mem_free(l.list);
	return status;
}

/* The answers that a judge graded, in place of the one that was kept: only if that is a complete reply,
 * word for word, because of other replies the method kept a part. */
static int take_graded(struct task_walk *w, const struct unit *u, struct arena *a,
		       struct record *task)
{
	struct answers l = { 0 };
	bool has_kept = false;
	int status = SOW_OK;
	if (task->instance_count != 1)
		return SOW_OK;
	BIND_INTS(w->graded, 1, u->step, u->ticket, u->item);
	while (store_row(w->graded, &status, w->err)) {
		struct instance *i = add_answer(&l);
		read_graded(w->graded, u, a, i);
		has_kept = has_kept || (db_int(w->graded, 4) &&
					view_eq(i->output, task->instances[0].output));
	}
	db_query_reset(w->graded);
	if (!status && has_kept) {
		give_answers(&l, a, task);
		task->beside = true;
	}
	mem_free(l.list);
	return status;
}

/* A conversation ends with its answer; several answers, or one with a role, are stored apart from it. */
static int read_turns(struct task_walk *w, const struct unit *u, struct arena *a,
		      struct record *task)
{
	struct turn *asked;
	size_t count;
	int status = parse_turns(task, u->turns, a, &asked, &count, w->err);
	task->beside = task->beside || record_has_roles(task);
	if (status || !count)
		return status;
	task->turns = asked;
	task->turn_count = count;
	task->beside = task->beside || task->instance_count > 1;
	if (task->beside || !task->instance_count)
		return SOW_OK;
	struct record question = *task;
	question.beside = true;
	record_conversation(&question, &task->instances[0], a, &task->turns,
				   &task->turn_count);
	return SOW_OK;
}

static int read_answers(struct task_walk *w, const struct unit *u, struct arena *a,
			struct record *task)
{
	/* readers of a task parse these as JSON, or write them unchanged */
	if (task->fields.len && !json_own(task->fields, a))
		return damaged(task, "fields", w->err);
	if (task->tools.len && !json_own(task->tools, a))
		return damaged(task, "tools", w->err);
	int status = read_instances(w, u, a, task);
	if (!status && w->graded)
		status = take_graded(w, u, a, task);
	return status ? status : read_turns(w, u, a, task);
}

/* Reads question and answer from the object, as from a file; the ids are the run's. */
static int read_object(struct task_walk *w, const struct unit *u, struct arena *a,
		       struct record *task)
{
	struct sow_error why = { 0 };
	struct record read;
	struct json *doc = json_parse_lenient(u->object, a, NULL, NULL, &why);
	int status = doc ? record_read_any(json_root(doc), NULL, a, &read, NULL, &why)
			 : why.status ? (int)why.status : SOW_INVALID;
	if (!status)
		status = record_further(&read, a, &read.fields);
	if (status)
		return damaged(task, "object", w->err);
	read.id = task->id;
	read.name = task->name;
	read.id_is_json = false;
	read.given &= GIVEN_SCORES;
	read.lineage = task->lineage;
	*task = read;
	return SOW_OK;
}

static int walk_task(struct task_walk *w, struct db_query *q)
{
	char id[UNIT_ID_MAX], parent[UNIT_ID_MAX] = "";
	const struct unit u = store_unit_of(q);
	unit_id(id, u.step, u.ticket, u.item);
	if (u.parent)
		unit_id(parent, u.step, u.ticket, u.parent); /* links of a chain differ in the item */
	struct record task = {
		.id = view_of(id), .name = view_of(id), .instruction = u.instruction,
		.is_classification = u.is_classification == 1, .tools = u.tools, .fields = u.fields,
		.lineage = { .root = u.source.len ? u.source : view_of(id),
			     .parent = view_of(parent), .operation = u.operation,
			     .round = u.source.len ? u.item - 1 : 0 },
	};
	struct arena *a = arena_new();
	int status = u.object.len ? read_object(w, &u, a, &task) : read_answers(w, &u, a, &task);
	if (!status)
		status = w->each(w->data, &task);
	arena_free(a);
	return status;
}

static int query_tasks(struct store *s, const struct task_range *range, struct db_query **out,
		       struct sow_error *err)
{
	int64_t last;
	int status = store_steps(s, &last, err);
	if (status)
		return status;
	*out = QUERY(s,
		"SELECT " UNIT_COLUMNS " FROM unit u "
		"WHERE step = ?1 AND (ticket, item) > (?2, ?3) AND state = 1 "
		"AND (NOT ?5 OR source = '' OR item = (SELECT max(item) FROM unit l WHERE "
		"l.step = u.step AND l.ticket = u.ticket AND l.state = 1)) "
		"AND (NOT ?6 OR source = '' OR parent > 0) "
		"ORDER BY step, ticket, item LIMIT ?4", err,
		range->step ? range->step : last, range->after_ticket, range->after_item,
		range->limit > 0 ? range->limit : -1, range->last_only, range->made_only);
	return *out ? SOW_OK : store_failed(err);
}

static int prepare(struct store *s, const struct task_range *range, struct task_walk *w)
{
	w->instances = store_prepared(s, GET_INSTANCES, w->err);
	if (range->graded)
		w->graded = store_prepared(s, GET_GRADED, w->err);
	return w->instances && (w->graded || !range->graded) ? SOW_OK : store_failed(w->err);
}

int store_each_task(struct store *s, const struct task_range *range,
		    int (*each)(void *data, const struct record *t), void *data,
		    struct sow_error *err)
{
	/* One transaction is one snapshot for all queries. */
	int status = db_exec(s->db, "SAVEPOINT tasks", err);
	if (status)
		return status;
	struct db_query *q = NULL;
	struct task_walk walk = { .each = each, .data = data, .err = err };
	status = prepare(s, range, &walk);
	if (!status)
		status = query_tasks(s, range, &q, err);
	while (store_row(q, &status, err))
		status = walk_task(&walk, q);
	db_query_free(q);
	int released = db_exec(s->db, "RELEASE tasks", err);
	return status ? status : released;
}

static int give_vector(struct db_query *q, int (*each)(void *data, const float *numbers, size_t count),
		       void *data)
{
	struct reply *r = reply_numbers_read(db_text(q, 0));
	int status = each(data, r->numbers, r->number_count);
	reply_free(r);
	return status;
}

/* A unit's source is its id from unit_id. */
#define VECTOR_OF(step, of) \
	"(SELECT numbers FROM reply r WHERE r.step = " step " AND r.ticket = " of ".ticket AND " \
	"r.item = " of ".item AND finish = 'stop' AND json_extract(sampling, '$.kind') = 'embed' " \
	"ORDER BY stage DESC, sample DESC LIMIT 1)"
static const char own_vectors[] =
	"SELECT " VECTOR_OF("u.step", "u") " FROM unit u WHERE step = ?1 AND state = 1 "
	"ORDER BY ticket, item LIMIT ?2";
static const char vectors_of_source[] =
	"WITH before AS MATERIALIZED (SELECT ticket, item, 'task_' || CASE ?1 WHEN 2 THEN '' ELSE (?1 - 1) || '_' END"
	" || ticket || '_' || item AS id FROM unit WHERE step = ?1 - 1 AND state = 1) "
	"SELECT " VECTOR_OF("?1 - 1", "b") " FROM unit u LEFT JOIN before b ON b.id = u.source "
	"WHERE u.step = ?1 AND u.state = 1 ORDER BY u.ticket, u.item LIMIT ?2";

int store_each_vector(struct store *s, int64_t step, int64_t limit, bool of_source,
		      int (*each)(void *data, const float *numbers, size_t count), void *data,
		      struct sow_error *err)
{
	int64_t last = step;
	int status = step ? SOW_OK : store_steps(s, &last, err);
	if (status)
		return status;
	struct db_query *q = QUERY(s, of_source ? vectors_of_source : own_vectors, err, last, limit > 0 ? limit : -1);
	if (!q)
		return store_failed(err);
	while (store_row(q, &status, err))
		status = give_vector(q, each, data);
	db_query_free(q);
	return status;
}
