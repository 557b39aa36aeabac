#include "store/recording.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "io/db.h"

/* Asks in the style of the recording, or its requests would not be found. */
static int read_style(struct db *db, struct recording *r, struct sow_error *err)
{
	struct db_query *q = db_query(db, "SELECT count(*), min(value = 'chat'), max(value = 'chat') "
					  "FROM identity WHERE name = 'prompt-style'", err);
	int status = q ? db_step(q, err) : (int)err->status;
	if (status > 0 && db_int(q, 0)) {
		r->prefers_chat = db_int(q, 1) != 0;
		r->can_chat = db_int(q, 2) != 0;
	}
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

static int read_model(struct db *db, struct arena *a, struct recording *r, struct sow_error *err)
{
	struct db_query *q = db_query(db, "SELECT value FROM identity WHERE name = 'model'", err);
	int status = q ? db_step(q, err) : (int)err->status;
	if (status > 0) {
		struct view model = db_text(q, 0);
		const char *copy = arena_copyview(a, model);
		r->model = view_from(copy, model.len);
		status = copy ? SOW_OK : error_nomem(err);
	}
	db_query_free(q);
	return status;
}

/* Runs of format 1 kept no reasoning. */
static const char *replies_query(struct db *db, struct sow_error *err)
{
	struct db_query *q = db_query(db, "SELECT 1 FROM pragma_table_info('reply') "
					  "WHERE name = 'reasoning'", err);
	int status = q ? db_step(q, err) : (int)err->status;
	db_query_free(q);
	return status < 0 ? NULL
	       : status   ? "SELECT key, text, finish, prompt_tokens, shared_tokens, "
			    "completion_tokens, reasoning, reasoning_tokens FROM reply ORDER BY id"
			  : "SELECT key, text, finish, prompt_tokens, shared_tokens, "
			    "completion_tokens, '', 0 FROM reply ORDER BY id";
}

static int read_replies(struct db *db, const char *dir,
			int (*each)(void *data, const struct recorded *one), void *data,
			struct sow_error *err)
{
	const char *sql = replies_query(db, err);
	struct db_query *q = sql ? db_query(db, sql, err) : NULL;
	int status = q ? SOW_OK : (int)err->status;
	while (q && (status = db_step(q, err)) > 0) {
		struct view key = db_text(q, 0);
		struct recorded r = { .text = db_text(q, 1),
				      .reasoning = db_text(q, 6),
				      .usage = { .prompt_tokens = db_int(q, 3),
						 .shared_tokens = db_int(q, 4),
						 .completion_tokens = db_int(q, 5),
						 .reasoning_tokens = db_int(q, 7) } };
		if (key.len != HASH_SIZE || finish_find(db_text(q, 2), &r.finish)) {
			status = error_set(err, SOW_INVALID, "%s: not a run of sow", dir);
			break;
		}
		memcpy(r.key.bytes, key.p, HASH_SIZE);
		if ((status = each(data, &r)) != 0)
			break;
	}
	db_query_free(q);
	return status;
}

int recording_read(const char *dir, struct arena *a, struct recording *r,
		   int (*each)(void *data, const struct recorded *one), void *data,
		   struct sow_error *err)
{
	struct buf path = BUF_INIT;
	*r = (struct recording){ .model = view_of(""), .can_chat = true };
	buf_addf(&path, "%s/run.db", dir);
	bool failed = buf_failed(&path);
	struct db *db = failed ? NULL : db_open(path.data, DB_READ, err);
	buf_release(&path);
	int status = db ? read_model(db, a, r, err) : failed ? error_nomem(err) : SOW_IO;
	if (!status)
		status = read_style(db, r, err);
	if (!status)
		status = read_replies(db, dir, each, data, err);
	db_close(db);
	return status;
}
