/* store_private.h - shared by the files of the store: store.c opens it and keeps its settings,
 * write.c fills it, read.c and the others read it. */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include "base/buf.h"
#include "base/map.h"
#include "io/db.h"
#include "io/json.h"
#include "store/store.h"

enum statement {
	PUT_IDENTITY, GET_IDENTITY, PUT_OPERATION, GET_OPERATION, GET_SETTING, PUT_PART, GET_PART, PUT_REPLY,
	GET_REPLY, PUT_TICKET, PUT_UNIT, SET_UNIT, PUT_INSTANCE, PUT_ANSWER, PUT_REJECT, GET_INSTANCES,
	GET_GRADED, STATEMENTS
};

struct store {
	char *dir;
	struct db *db;
	int lock;
	bool is_new;
	struct db_query *prepared[STATEMENTS];
	struct map parts; /* hash -> id */
	struct json_out *json;
	struct buf text;  /* scratch */
};

/* The statement, prepared at its first use; NULL with *err set. */
struct db_query *store_prepared(struct store *s, enum statement which, struct sow_error *err);

/* Binds whole numbers, or texts, to the parameters from `first` on. */
#define BIND_INTS(q, first, ...) \
	store_bind_ints(q, first, (const int64_t[]){ __VA_ARGS__ }, \
			sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))
#define BIND_TEXTS(q, first, ...) \
	store_bind_texts(q, first, (const struct view[]){ __VA_ARGS__ }, \
			 sizeof((const struct view[]){ __VA_ARGS__ }) / sizeof(struct view))
void store_bind_ints(struct db_query *q, int first, const int64_t *list, size_t count);
void store_bind_texts(struct db_query *q, int first, const struct view *list, size_t count);
void store_bind_number_if(struct db_query *q, int at, bool given, double x); /* else binds NULL */

/* A query with whole numbers for ?1 and on; the caller frees it. NULL with *err set. */
#define QUERY(s, sql, err, ...) \
	store_query(s, sql, (const int64_t[]){ __VA_ARGS__ }, \
		    sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), err)
struct db_query *store_query(struct store *s, const char *sql, const int64_t *list, size_t count,
			     struct sow_error *err);

/* Steps through the rows of a query (NULL if it could not be made) as long as *status is SOW_OK:
 *
 *     int status = SOW_OK;
 *     while (store_row(q, &status, err))
 *             status = each(data, db_int(q, 0));
 */
bool store_row(struct db_query *q, int *status, struct sow_error *err);

/* The status to return after a db call that returned NULL. */
int store_failed(const struct sow_error *err);

/* A copy of a text column in `a`. */
void store_copy_column(struct arena *a, struct db_query *q, int column, struct view *out);

/* The columns of a unit `u`, and the unit at the beginning of a row. Texts live until the next
 * step; the parent's are empty. */
#define UNIT_COLUMNS \
	"u.step, u.ticket, u.item, u.stage, u.state, ifnull(u.is_classification, -1), u.parent, " \
	"u.instruction, u.input, u.turns, u.tools, u.fields, u.operation, u.source, u.object, u.context"
#define UNIT_COLUMN_COUNT 16
struct unit store_unit_of(struct db_query *q);

#endif
