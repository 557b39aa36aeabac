/* The course of a run for a report: what arrived when. */
#include "store/store_private.h"

/* A unit's place at the stage where it ended, or in a request that made whole tasks. Replies that only
 * grade advance no unit: readers that know the stages ignore this value for them. */
#define KEPT \
	"CASE WHEN r.sample > 0 THEN 0" \
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
/* The arrival of the reply that a reject comes from: of the unit, or of the pool request. */
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
	int status = SOW_OK;
	while (store_row(q, &status, err)) {
		const struct store_arrival a = {
			db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3), db_int(q, 4),
			db_int(q, 5), db_int(q, 6), db_int(q, 7), db_int(q, 8), db_int(q, 9),
			db_int(q, 10), db_int(q, 11),
		};
		status = each(data, &a);
	}
	db_query_free(q);
	return status;
}

int store_each_relative(struct store *s, int64_t step, int64_t ticket,
			int (*each)(void *data, const struct unit *u), void *data,
			struct sow_error *err)
{
	struct db_query *q = QUERY(s, "SELECT " UNIT_COLUMNS " FROM unit u "
				   "WHERE u.step = ?1 AND u.ticket = ?2 ORDER BY u.item", err, step,
				   ticket);
	int status = SOW_OK;
	while (store_row(q, &status, err)) {
		const struct unit u = store_unit_of(q);
		status = each(data, &u);
	}
	db_query_free(q);
	return status;
}
