#include "store/recording.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "io/db.h"

#define MODELS_MAX 64        /* of a run: one per duty */

/* Requests must have the style of the recording, or their keys would not match. */
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

static int read_models(struct db *db, struct arena *a, struct recording *r, struct sow_error *err)
{
	struct db_query *q = db_query(db, "SELECT name, value FROM identity WHERE value <> '' AND "
					  "(name = 'model' OR name LIKE 'model of %')", err);
	int status = q ? 1 : (int)err->status;
	r->models = arena_array(a, MODELS_MAX, sizeof(*r->models));
	while (status > 0 && r->model_count < MODELS_MAX && (status = db_step(q, err)) > 0)
		r->models[r->model_count++] = (struct recorded_model){ arena_copyview(a, db_text(q, 0)),
								       arena_copyview(a, db_text(q, 1)) };
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

/* 1 if the replies of this run have that column, 0 if an older sow began it without; negative on
 * failure. */
static int find_column(struct db *db, const char *name, struct sow_error *err)
{
	struct db_query *q = db_query(db, "SELECT 1 FROM pragma_table_info('reply') WHERE name = ?1", err);
	if (!q)
		return err ? (int)err->status : SOW_IO;
	db_bind_text(q, 1, view_of(name));
	int status = db_step(q, err);
	db_query_free(q);
	return status;
}

/* Runs of format 1 kept no reasoning, those before 6 no numbers. */
static struct db_query *query_replies(struct db *db, struct sow_error *err)
{
	struct buf sql = BUF_INIT;
	int thought = find_column(db, "reasoning", err);
	int numbers = thought < 0 ? thought : find_column(db, "numbers", err);
	if (numbers < 0)
		return NULL;
	buf_addf(&sql, "SELECT key, text, finish, prompt_tokens, shared_tokens, completion_tokens, %s, %s "
		 "FROM reply ORDER BY id", thought ? "reasoning, reasoning_tokens" : "'', 0",
		 numbers ? "numbers" : "NULL");
	struct db_query *q = db_query(db, sql.data, err);
	buf_release(&sql);
	return q;
}

static int read_replies(struct db *db, const char *dir,
			int (*each)(void *data, const struct recorded *one), void *data,
			struct sow_error *err)
{
	struct db_query *q = query_replies(db, err);
	int status = q ? SOW_OK : (int)err->status;
	while (q && (status = db_step(q, err)) > 0) {
		struct view key = db_text(q, 0);
		struct recorded r = { .text = db_text(q, 1),
				      .reasoning = db_text(q, 6),
				      .numbers = db_text(q, 8),
				      .is_numbers = !db_null(q, 8),
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
	*r = (struct recording){ .can_chat = true };
	buf_addf(&path, "%s/run.db", dir);
	struct db *db = db_open(path.data, DB_READ, err);
	buf_release(&path);
	int status = db ? read_models(db, a, r, err) : SOW_IO;
	if (!status)
		status = read_style(db, r, err);
	if (!status)
		status = read_replies(db, dir, each, data, err);
	db_close(db);
	return status;
}
