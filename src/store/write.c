#include <string.h>

#include "base/error.h"
#include "data/turns.h"
#include "store/store_private.h"

/* Replies */

static int part_id(struct store *s, struct view text, int64_t *id, struct sow_error *err)
{
	struct hash hash;
	hash_bytes(text.p, text.len, &hash);
	uint64_t *known = map_get(&s->parts, (const char *)hash.bytes, HASH_SIZE);
	if (known) {
		*id = (int64_t)*known;
		return SOW_OK;
	}
	struct db_query *get = store_prepared(s, GET_PART, err), *put = store_prepared(s, PUT_PART, err);
	if (!get || !put)
		return store_failed(err);
	db_bind_blob(get, 1, hash.bytes, HASH_SIZE);
	int status = db_step(get, err);
	*id = status > 0 ? db_int(get, 0) : 0;
	db_query_reset(get);
	if (status == 0) {
		db_bind_blob(put, 1, hash.bytes, HASH_SIZE);
		db_bind_text(put, 2, text);
		status = db_run(put, err);
		*id = db_last_id(s->db);
	}
	if (status < 0)
		return status;
	map_put(&s->parts, (const char *)hash.bytes, HASH_SIZE, (uint64_t)*id);
	return SOW_OK;
}

static int write_json(struct store *s, struct buf *out, struct sow_error *err)
{
	int status = json_out_write(s->json, out, JSON_LINE);
	return status ? error_set(err, (enum sow_status)status, "%s: a text could not be written "
				  "as JSON", s->dir)
		      : SOW_OK;
}

static int prompt_json(struct store *s, const struct request *r, struct buf *out,
		       struct sow_error *err)
{
	int64_t id = 0;
	int status = SOW_OK;
	json_out_array(s->json, NULL);
	for (size_t i = 0; i < r->part_count && !status; i++) {
		const struct part *part = &r->parts[i];
		if (part->shared)
			status = part_id(s, part->text, &id, err);
		json_out_object(s->json, NULL);
		json_out_text(s->json, "role", view_of(role_names[part->role]));
		if (part->shared)
			json_out_integer(s->json, "part", id);
		else
			json_out_text(s->json, "text", part->text);
		if (part->content.len)
			json_out_raw(s->json, "content", part->content);
		part_members(part, s->json);
		json_out_end(s->json);
	}
	if (r->tools.len) {
		json_out_object(s->json, NULL);
		json_out_raw(s->json, "tools", r->tools);
		json_out_end(s->json);
	}
	if (r->schema.len) { /* equal in all requests, and long */
		if (!status)
			status = part_id(s, r->schema, &id, err);
		json_out_object(s->json, NULL);
		json_out_integer(s->json, "schema", id);
		json_out_end(s->json);
	}
	json_out_end(s->json);
	int written = write_json(s, out, err);
	return status ? status : written;
}

static int sampling_text(struct store *s, const struct request *r, struct buf *out,
			 struct sow_error *err)
{
	json_out_object(s->json, NULL);
	if (r->kind == REQUEST_EMBED) /* without sampling: the reply is a vector */
		json_out_text(s->json, "kind", view_of(request_kind_names[r->kind]));
	else
		sampling_json(&r->sampling, s->json);
	json_out_end(s->json);
	return write_json(s, out, err);
}

static void bind_key(struct db_query *q, const struct unit_key *p)
{
	BIND_INTS(q, 1, p->step, p->ticket, p->item, p->stage, p->sample);
}

static void bind_reply(struct db_query *q, const struct reply *r)
{
	const struct usage *u = &r->usage;
	BIND_TEXTS(q, 10, r->text, r->reasoning, view_of(finish_names[r->finish]));
	BIND_INTS(q, 14, u->prompt_tokens, u->shared_tokens, u->completion_tokens, u->reasoning_tokens,
		  u->estimated, r->attempts ? r->attempts : 1, r->unknown);
	BIND_INTS(q, 22, r->began, r->took);
}

int store_reply(struct store *s, const struct unit_key *p, const struct request *request,
		const struct reply *reply, bool cached, int64_t cost, struct sow_error *err)
{
	struct buf sampling = BUF_INIT;
	buf_clear(&s->text);
	int status = prompt_json(s, request, &s->text, err);
	if (!status)
		status = sampling_text(s, request, &sampling, err);
	struct db_query *q = status ? NULL : store_prepared(s, PUT_REPLY, err);
	if (q) {
		bind_key(q, p);
		db_bind_blob(q, 6, request->key.bytes, HASH_SIZE);
		db_bind_text(q, 7, view_from(s->text.data, s->text.len));
		db_bind_text(q, 8, view_from(sampling.data, sampling.len));
		db_bind_int(q, 9, (int64_t)request->seed);
		bind_reply(q, reply);
		db_bind_int(q, 13, cached);
		db_bind_int(q, 21, cost);
		buf_clear(&s->text);
		if (reply->numbers) {
			reply_numbers_write(reply, &s->text);
			db_bind_blob(q, 24, s->text.data, s->text.len);
		} else {
			db_bind_null(q, 24);
		}
		status = db_run(q, err);
	} else if (!status) {
		status = store_failed(err);
	}
	buf_release(&sampling);
	return status;
}

/* NULL if its finish reason is unknown. */
static struct reply *reply_of(struct db_query *q, struct sow_error *err)
{
	struct view key = db_text(q, 0);
	enum finish finish;
	if (finish_find(db_text(q, 3), &finish)) {
		error_set(err, SOW_INVALID, "run.db: damaged: a reply with finish '%.*s'",
			  VIEW_ARG(db_text(q, 3)));
		return NULL;
	}
	struct reply *r = db_null(q, 13) ? reply_new_reasoned(db_text(q, 1), db_text(q, 2))
					    : reply_numbers_read(db_text(q, 13));
	if (key.len == HASH_SIZE)
		memcpy(r->key.bytes, key.p, HASH_SIZE);
	r->finish = finish;
	r->usage = (struct usage){
		.prompt_tokens = db_int(q, 4), .shared_tokens = db_int(q, 5),
		.completion_tokens = db_int(q, 6), .reasoning_tokens = db_int(q, 7),
		.estimated = db_int(q, 8) != 0,
	};
	r->attempts = (int32_t)db_int(q, 9);
	r->unknown = (int32_t)db_int(q, 10);
	r->began = db_int(q, 11);
	r->took = db_int(q, 12);
	return r;
}

int store_find_reply(struct store *s, const struct unit_key *p, const struct hash *key,
		     struct reply **reply, struct sow_error *err)
{
	struct db_query *q = store_prepared(s, GET_REPLY, err);
	*reply = NULL;
	if (!q)
		return store_failed(err);
	bind_key(q, p);
	int status = db_step(q, err);
	if (status > 0) {
		struct view stored = db_text(q, 0);
		bool same = stored.len == HASH_SIZE && memcmp(stored.p, key->bytes, HASH_SIZE) == 0;
		status = same;
		if (same && !(*reply = reply_of(q, err)))
			status = store_failed(err);
	}
	db_query_reset(q);
	return status;
}

/* Commits */

int store_ticket(struct store *s, int64_t step, int64_t ticket, const struct view *examples,
		 size_t example_count, int64_t accepted, bool has_failed, struct sow_error *err)
{
	buf_clear(&s->text);
	json_out_array(s->json, NULL);
	for (size_t i = 0; i < example_count; i++)
		json_out_text(s->json, NULL, examples[i]);
	json_out_end(s->json);
	int status = write_json(s, &s->text, err);
	struct db_query *q = status ? NULL : store_prepared(s, PUT_TICKET, err);
	if (!q)
		return status ? status : store_failed(err);
	BIND_INTS(q, 1, step, ticket);
	db_bind_text(q, 3, view_from(s->text.data, s->text.len));
	BIND_INTS(q, 4, accepted, has_failed);
	return db_run(q, err);
}

static void bind_unit(struct db_query *q, const struct unit *u)
{
	BIND_INTS(q, 1, u->step, u->ticket, u->item, u->stage, u->state);
	if (u->is_classification < 0)
		db_bind_null(q, 6);
	else
		db_bind_int(q, 6, u->is_classification);
	BIND_TEXTS(q, 7, u->instruction, u->input, u->object, u->context, u->turns);
}

static int near_json(struct store *s, const struct near_text *near, size_t count,
		     struct sow_error *err)
{
	buf_clear(&s->text);
	json_out_array(s->json, NULL);
	for (size_t i = 0; i < count; i++) {
		json_out_object(s->json, NULL);
		json_out_text(s->json, "id", near[i].id);
		json_out_number(s->json, "score", near[i].score);
		json_out_end(s->json);
	}
	json_out_end(s->json);
	return write_json(s, &s->text, err);
}

int store_new_unit(struct store *s, const struct unit *u, const struct near_text *near,
		   size_t near_count, double mean_score, struct sow_error *err)
{
	int status = near_json(s, near, near_count, err);
	struct db_query *q = status ? NULL : store_prepared(s, PUT_UNIT, err);
	if (!q)
		return status ? status : store_failed(err);
	bind_unit(q, u);
	db_bind_int(q, 12, u->parent);
	BIND_TEXTS(q, 13, u->operation, u->source);
	if (near_count)
		db_bind_text(q, 15, view_from(s->text.data, s->text.len));
	else
		db_bind_null(q, 15);
	store_bind_number_if(q, 16, near_count, mean_score);
	BIND_TEXTS(q, 17, u->tools, u->fields);
	return db_run(q, err);
}

int store_unit(struct store *s, const struct unit *u, struct sow_error *err)
{
	struct db_query *q = store_prepared(s, SET_UNIT, err);
	if (!q)
		return store_failed(err);
	bind_unit(q, u);
	db_bind_text(q, 12, u->fields);
	return db_run(q, err);
}

int store_answer(struct store *s, const struct unit_key *p, double score, bool chosen,
		 struct sow_error *err)
{
	struct db_query *q = store_prepared(s, PUT_ANSWER, err);
	if (!q)
		return store_failed(err);
	bind_key(q, p);
	db_bind_number(q, 6, score);
	db_bind_int(q, 7, chosen);
	return db_run(q, err);
}

int store_forget_units(struct store *s, int64_t step, struct sow_error *err)
{
	static const char *const statements[] = {
		"DELETE FROM unit WHERE step = ?1", "DELETE FROM instance WHERE step = ?1",
		"DELETE FROM reject WHERE step = ?1",
	};
	int status = SOW_OK;
	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements) && !status; i++) {
		struct db_query *q = QUERY(s, statements[i], err, step);
		status = q ? db_step(q, err) : store_failed(err);
		db_query_free(q);
	}
	return status;
}

/* If a chain continued, a later link exists, and the unit is left alone. An empty reply counts as
 * refused. */
#define IS_BLANK "trim(text, ' ' || char(9, 10, 11, 12, 13)) = ''"
#define SELECT_REFUSED \
	"SELECT DISTINCT u.step, u.ticket, u.item, u.stage " \
	"FROM unit u JOIN reject r ON r.step = u.step AND r.ticket = u.ticket " \
	"AND r.item = u.item AND r.stage = u.stage AND (r.rule = 'refused' OR " \
	"(r.rule = 'no-output' AND EXISTS (SELECT 1 FROM reply WHERE step = u.step AND " \
	"ticket = u.ticket AND item = u.item AND stage = u.stage AND " IS_BLANK "))) " \
	"WHERE u.state = 2 AND NOT EXISTS (SELECT 1 FROM unit n WHERE n.step = u.step " \
	"AND n.ticket = u.ticket AND n.parent > 0 AND n.item > u.item)"

int store_count_refused(struct store *s, int64_t *count, struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT count(*) FROM (" SELECT_REFUSED ")", err);
	int status = SOW_OK;
	*count = store_row(q, &status, err) ? db_int(q, 0) : 0;
	db_query_free(q);
	return status;
}

int store_reopen_refused(struct store *s, int64_t *count, struct sow_error *err)
{
	static const char refused[] =
		"CREATE TEMP TABLE refused AS " SELECT_REFUSED ";"
		"UPDATE unit SET state = 0 WHERE (step, ticket, item) IN "
		"(SELECT step, ticket, item FROM refused);"
		"DELETE FROM reject WHERE (step, ticket, item, stage) IN "
		"(SELECT step, ticket, item, stage FROM refused);"
		"DELETE FROM reply WHERE (finish = 'error' OR (numbers IS NULL AND " IS_BLANK ")) AND (step, ticket, item, stage) IN "
		"(SELECT step, ticket, item, stage FROM refused);";
	int status = store_begin(s, err);
	if (!status)
		status = db_exec(s->db, refused, err);
	struct db_query *q = status ? NULL : db_query(s->db, "SELECT count(*) FROM refused", err);
	if (!status)
		status = q ? db_step(q, err) : store_failed(err);
	*count = status > 0 ? db_int(q, 0) : 0;
	db_query_free(q);
	if (status >= 0)
		status = db_exec(s->db, "DROP TABLE refused", err);
	if (!status)
		status = store_commit(s, err);
	if (status)
		store_rollback(s);
	return status;
}

/* Writes its turns as JSON into the scratch text; empty if it is only a text. */
static int answer_json(struct store *s, const struct instance *i, struct sow_error *err)
{
	buf_clear(&s->text);
	int status = i->turn_count ? turns_write(i->turns, i->turn_count, &s->text) : SOW_OK;
	return status ? error_set(err, (enum sow_status)status, "%s: an answer's turns could not be "
				  "written as JSON", s->dir)
		      : SOW_OK;
}

static int put_instance(struct store *s, struct db_query *q, const struct unit *u, size_t number,
			const struct instance *i, struct sow_error *err)
{
	int status = answer_json(s, i, err);
	if (status)
		return status;
	BIND_INTS(q, 1, u->step, u->ticket, u->item, (int64_t)number);
	BIND_TEXTS(q, 5, i->input, i->output);
	db_bind_int(q, 7, i->role);
	store_bind_number_if(q, 8, i->scored, i->score);
	db_bind_int(q, 9, i->sample);
	db_bind_text(q, 10, i->reasoning);
	db_bind_int(q, 11, i->reasoning_name);
	db_bind_text(q, 12, view_from(s->text.data, s->text.len));
	return db_run(q, err);
}

int store_instances(struct store *s, const struct unit *u, const struct instance *list,
		    size_t count, struct sow_error *err)
{
	struct db_query *q = store_prepared(s, PUT_INSTANCE, err);
	int status = q ? SOW_OK : store_failed(err);
	for (size_t i = 0; i < count && !status; i++)
		status = put_instance(s, q, u, i + 1, &list[i], err);
	return status;
}

int store_reject(struct store *s, const struct rejected *r, struct sow_error *err)
{
	struct db_query *q = store_prepared(s, PUT_REJECT, err);
	if (!q)
		return store_failed(err);
	BIND_INTS(q, 1, r->step, r->ticket, r->item, r->stage);
	BIND_TEXTS(q, 5, view_of(r->rule), r->text, r->detail);
	if (r->near_id.len)
		db_bind_text(q, 8, r->near_id);
	else
		db_bind_null(q, 8);
	store_bind_number_if(q, 9, r->near_id.len, r->near_score);
	return db_run(q, err);
}
