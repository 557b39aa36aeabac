#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "store/store_private.h"

/* A query about a place: ?1 its step, ?2 its ticket, ?3 its item. */
static struct db_query *ask(struct store *s, const char *sql, const struct unit_key *p,
			    struct sow_error *err)
{
	return QUERY(s, sql, err, p->step, p->ticket, p->item);
}

int store_unit_at(struct store *s, const struct unit_key *p, struct arena *a, struct unit *u,
		    struct sow_error *err)
{
	struct db_query *q = ask(s, "SELECT " UNIT_COLUMNS " FROM unit u "
				 "WHERE u.step = ?1 AND u.ticket = ?2 AND u.item = ?3", p, err);
	if (!q)
		return store_failed(err);
	*u = (struct unit){ .step = p->step, .ticket = p->ticket, .item = p->item };
	int status = db_step(q, err);
	const struct unit found = status > 0 ? store_unit_of(q) : *u;
	if (status > 0)
		unit_copy(&found, a, u);
	db_query_free(q);
	return status;
}

/* The JSON array in a query's only column; NULL and SOW_OK if there is none. */
static int find_array(struct store *s, const char *sql, const struct unit_key *p, struct json **doc,
		      struct sow_error *err)
{
	struct db_query *q = ask(s, sql, p, err);
	*doc = NULL;
	int status = q ? db_step(q, err) : store_failed(err);
	struct view text = status > 0 ? db_text(q, 0) : view_of("");
	if (text.len) {
		*doc = json_parse(text.p, text.len, err);
		status = *doc ? SOW_OK
			      : error_set(err, err->status, "run.db: damaged: a list of ids is not JSON");
	}
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

static void copy_text(struct arena *a, const json_value *v, struct view *out)
{
	struct view text = json_text(v);
	char *copy = arena_copyview(a, text);
	*out = view_from(copy, text.len);
}

int store_unit_nearest(struct store *s, const struct unit_key *p, struct arena *a,
		  struct near_text **list, size_t *count, struct sow_error *err)
{
	struct json *doc;
	int status = find_array(s, "SELECT nearest FROM unit WHERE step = ?1 AND ticket = ?2 AND "
				"item = ?3", p, &doc, err);
	const json_value *array = json_root(doc);
	*count = 0;
	*list = arena_array(a, json_count(array), sizeof(**list));
	for (const json_value *v = json_first(array); v && !status; v = json_next(array, v)) {
		struct near_text *n = &(*list)[(*count)++];
		n->score = json_number(json_get(v, "score"));
		copy_text(a, json_get(v, "id"), &n->id);
	}
	json_free(doc);
	return status;
}

int store_unit_examples(struct store *s, const struct unit_key *p, struct arena *a, struct view **list,
		   size_t *count, struct sow_error *err)
{
	struct json *doc;
	int status = find_array(s, "SELECT examples FROM ticket WHERE step = ?1 AND ticket = ?2 "
				"AND ?3 >= 0", p, &doc, err);
	const json_value *array = json_root(doc);
	*count = 0;
	*list = arena_array(a, json_count(array), sizeof(**list));
	for (const json_value *v = json_first(array); v && !status; v = json_next(array, v)) {
		copy_text(a, v, &(*list)[(*count)++]);
	}
	json_free(doc);
	return status;
}

/* A rule's name followed by a NUL, as struct rejected needs it. */
static const char *rule_of(struct db_query *q, int column, struct buf *name)
{
	struct view rule = db_text(q, column);
	buf_clear(name);
	buf_add(name, rule.p, rule.len);
	return name->data;
}

int store_each_rejected(struct store *s, const struct unit_key *at,
			int (*each)(void *data, const struct rejected *r), void *data,
			struct sow_error *err)
{
	struct buf name = BUF_INIT;
	const struct unit_key p = at ? *at : (struct unit_key){ 0 };
	struct db_query *q = QUERY(s, "SELECT step, ticket, item, stage, rule, text, detail, "
				   "ifnull(near, ''), ifnull(score, 0) FROM reject WHERE ?4 OR "
				   "(step, ticket, item) = (?1, ?2, ?3) "
				   "ORDER BY step, ticket, item, stage, id", err, p.step, p.ticket, p.item, !at);
	int status = SOW_OK;
	while (store_row(q, &status, err)) {
		const struct rejected r = {
			.step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2),
			.stage = db_int(q, 3), .rule = rule_of(q, 4, &name), .text = db_text(q, 5),
			.detail = db_text(q, 6), .near_id = db_text(q, 7), .near_score = db_number(q, 8),
		};
		status = each(data, &r);
	}
	buf_release(&name);
	db_query_free(q);
	return status;
}
