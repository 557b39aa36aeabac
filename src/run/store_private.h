/* store_private.h - what the three files of the store share: store.c opens it and keeps its
 * settings, store_write.c fills it, store_look.c reads it. */
#ifndef RUN_STORE_PRIVATE_H
#define RUN_STORE_PRIVATE_H

#include "base/buf.h"
#include "base/map.h"
#include "io/db.h"
#include "io/json.h"
#include "run/store.h"

enum statement {
	PUT_IDENTITY, GET_IDENTITY, PUT_OPERATION, GET_OPERATION, GET_SETTING, PUT_PART, GET_PART,
	PUT_REPLY, GET_REPLY, PUT_TICKET, PUT_UNIT, SET_UNIT, PUT_INSTANCE, PUT_ANSWER, PUT_REJECT, GET_INSTANCES,
	STATEMENTS
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

#endif
