/* What a report tells of a run: when what arrived, what was rejected, what comes from what. */
#include <stdio.h>

#include "base/error.h"
#include "run/store_private.h"

/* A unit's place at the stage where it ended, or in a request that made whole tasks. */
#define KEPT \
	"CASE WHEN r.sample > 0 OR r.stage >= 100 THEN 0" \
	" WHEN r.item = 0 THEN (SELECT accepted FROM ticket t" \
	"  WHERE t.step = r.step AND t.ticket = r.ticket)" \
	" ELSE (SELECT CASE WHEN u.stage <> r.stage THEN 1 WHEN u.state = 1 THEN" \
	"   (SELECT count(*) FROM instance i WHERE i.step = u.step AND i.ticket = u.ticket" \
	"    AND i.item = u.item) ELSE 0 END" \
	"  FROM unit u WHERE u.step = r.step AND u.ticket = r.ticket AND u.item = r.item) END"
#define FINISHED \
	"CASE WHEN r.sample > 0 THEN 0" \
	" ELSE (SELECT count(*) FROM unit u WHERE u.step = r.step AND u.ticket = r.ticket" \
	"  AND (r.item = 0 OR u.item = r.item) AND u.state = 1 AND u.stage = r.stage) END"
/* When the reply was there that a reject was read in: of the unit, or of the request itself. */
#define REJECTED_AT \
	"ifnull((SELECT max(began + took) FROM reply r WHERE r.step = j.step" \
	"  AND r.ticket = j.ticket AND r.item = j.item AND r.stage = j.stage)," \
	" ifnull((SELECT max(began + took) FROM reply r WHERE r.step = j.step" \
	"  AND r.ticket = j.ticket AND r.item = 0 AND r.stage = j.stage), 0))"

int store_each_arrival(struct store *s, int (*each)(void *data, const struct store_arrival *a),
		       void *data, struct sow_error *err)
{
	struct db_query *q = db_query(s->db,
		"SELECT step, stage, began + took AS at, 1 AS replies, cached, finish = 'error', "
		"prompt_tokens, completion_tokens, cost, ifnull(" KEPT ", 0), 0, " FINISHED
		" FROM reply r UNION ALL SELECT step, stage, " REJECTED_AT
		", 0, 0, 0, 0, 0, 0, 0, 1, 0 FROM reject j ORDER BY at, replies DESC", err);
	if (!q)
		return store_failed(err);
	int status;
	while ((status = db_step(q, err)) > 0) {
		const struct store_arrival a = {
			db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3), db_int(q, 4),
			db_int(q, 5), db_int(q, 6), db_int(q, 7), db_int(q, 8), db_int(q, 9),
			db_int(q, 10), db_int(q, 11),
		};
		if ((status = each(data, &a)) != 0)
			break;
	}
	db_query_free(q);
	return status;
}

int store_each_reject(struct store *s, int (*each)(void *data, const struct rejected *r),
		      void *data, struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT step, ticket, item, stage, rule, text, detail, "
				      "ifnull(near, ''), ifnull(score, 0) FROM reject ORDER BY id",
				      err);
	if (!q)
		return store_failed(err);
	int status;
	while ((status = db_step(q, err)) > 0) {
		char rule[64];
		struct view name = db_text(q, 4);
		snprintf(rule, sizeof(rule), "%.*s", VIEW_ARG(name));
		struct rejected r = {
			.step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2),
			.stage = db_int(q, 3), .rule = rule, .text = db_text(q, 5),
			.detail = db_text(q, 6), .near_id = db_text(q, 7),
			.near_score = db_number(q, 8),
		};
		if ((status = each(data, &r)) != 0)
			break;
	}
	db_query_free(q);
	return status;
}

/* -- where a unit comes from ---------------------------------------------------------------- */

#define SELECT_UNIT \
	"SELECT step, ticket, item, stage, state, instruction, input, turns, " \
	"ifnull(is_classification, -1), parent, operation, source FROM unit " \
	"WHERE step = ?1 AND ticket = ?2"

static struct unit read_unit(struct db_query *q)
{
	return (struct unit){
		.step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2),
		.stage = db_int(q, 3), .state = (enum unit_state)db_int(q, 4),
		.instruction = db_text(q, 5), .input = db_text(q, 6), .turns = db_text(q, 7),
		.is_classification = (int)db_int(q, 8), .parent = db_int(q, 9),
		.operation = db_text(q, 10), .source = db_text(q, 11),
		.parent_instruction = view_of(""), .parent_input = view_of(""),
	};
}

/* "task_TICKET_ITEM" of the first step, "task_STEP_TICKET_ITEM" of the others. */
static bool read_id(struct view id, int64_t place[3])
{
	char text[64], rest;
	long long a, b, c;
	if (id.len >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", VIEW_ARG(id));
	int found = sscanf(text, "task_%18lld_%18lld_%18lld%c", &a, &b, &c, &rest);
	place[0] = found == 3 ? a : 1;
	place[1] = found == 3 ? b : a;
	place[2] = found == 3 ? c : b;
	return found == 2 || found == 3;
}

static int copy_unit(struct arena *a, struct unit *u)
{
	struct view *const texts[] = { &u->instruction, &u->input, &u->turns, &u->operation,
				       &u->source };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *copy = arena_copyview(a, *texts[i]);
		if (!copy)
			return SOW_NOMEM;
		texts[i]->p = copy;
	}
	return SOW_OK;
}

int store_find_unit(struct store *s, struct view id, struct arena *a, struct unit *u,
		    struct sow_error *err)
{
	int64_t place[3];
	if (!read_id(id, place))
		return 0;
	struct db_query *q = db_query(s->db, SELECT_UNIT " AND item = ?3", err);
	if (!q)
		return store_failed(err);
	for (int i = 0; i < 3; i++)
		db_bind_int(q, i + 1, place[i]);
	int status = db_step(q, err);
	if (status > 0) {
		*u = read_unit(q);
		status = copy_unit(a, u) ? error_nomem(err) : 1;
	}
	db_query_free(q);
	return status;
}

int store_each_relative(struct store *s, int64_t step, int64_t ticket,
			int (*each)(void *data, const struct unit *u), void *data,
			struct sow_error *err)
{
	struct db_query *q = db_query(s->db, SELECT_UNIT " ORDER BY item", err);
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, step);
	db_bind_int(q, 2, ticket);
	int status;
	while ((status = db_step(q, err)) > 0) {
		struct unit u = read_unit(q);
		if ((status = each(data, &u)) != 0)
			break;
	}
	db_query_free(q);
	return status;
}

static int read_ids(struct view text, struct arena *a, struct view **ids, size_t *count,
		    struct sow_error *err)
{
	struct json *doc = json_parse(text.p, text.len, err);
	if (!doc)
		return store_failed(err);
	const json_value *list = json_root(doc);
	struct view *out = arena_array(a, json_count(list), sizeof(*out));
	size_t n = 0;
	int status = out ? SOW_OK : error_nomem(err);
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
		out[n] = json_text(v);
		out[n].p = arena_copyview(a, out[n]);
		status = out[n++].p ? SOW_OK : error_nomem(err);
	}
	json_free(doc);
	*ids = out;
	*count = n;
	return status;
}

int store_examples(struct store *s, int64_t step, int64_t ticket, struct arena *a,
		   struct view **ids, size_t *count, struct sow_error *err)
{
	*ids = NULL;
	*count = 0;
	struct db_query *q = db_query(s->db, "SELECT examples FROM ticket WHERE step = ?1 AND "
				      "ticket = ?2", err);
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, step);
	db_bind_int(q, 2, ticket);
	int status = db_step(q, err);
	if (status > 0)
		status = read_ids(db_text(q, 0), a, ids, count, err);
	db_query_free(q);
	return status;
}
