/* store_private.h - what the files of the store share: store.c opens it and keeps its settings,
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

/* The statement, made when it is first needed; NULL with *err set. */
struct db_query *store_prepared(struct store *s, enum statement which, struct sow_error *err);

/* The status to hand on after a db call that returned NULL. */
int store_failed(const struct sow_error *err);

/* A copy of a text column in `a`: SOW_OK or SOW_NOMEM. */
int store_copy_column(struct arena *a, struct db_query *q, int column, struct view *out);

/* What a query selects of a unit `u`, and the unit that a row begins with. Texts live until the
 * next step; the parent's are empty. */
#define UNIT_COLUMNS \
	"u.step, u.ticket, u.item, u.stage, u.state, ifnull(u.is_classification, -1), u.parent, " \
	"u.instruction, u.input, u.turns, u.tools, u.fields, u.operation, u.source, u.object, u.context"
#define UNIT_COLUMN_COUNT 16
struct unit store_unit_of(struct db_query *q);

#endif
