#include "run/open_records.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "data/hub_read.h"
#include "io/folder.h"

#define TOGETHER 256 /* records read from run.db at a time */

struct run_records {
	struct store *store;
	struct arena *arena;
	struct record_list batch;
	size_t at;
	int64_t left;                /* -1: no limit */
	struct task_range range;
	bool ended;
	struct sow_error *err;
};

static int add(void *data, const struct record *record)
{
	struct run_records *r = data;
	struct record_list *l = &r->batch;
	struct unit_key at;
	mem_grow(&l->list, &l->room, l->count + 1);
	record_copy(record, r->arena, &l->list[l->count]);
	l->count++;
	if (unit_id_read(record->id, &at)) {
		r->range.after_ticket = at.ticket;
		r->range.after_item = at.item;
	}
	return SOW_OK;
}

static int next(void *data, struct arena *a, struct record *record, struct sow_error *err)
{
	struct run_records *r = data;
	if (r->at == r->batch.count && !r->ended) {
		arena_clear(r->arena);
		r->at = r->batch.count = 0;
		r->err = err;
		r->range.limit = r->left < 0 || r->left > TOGETHER ? TOGETHER : r->left;
		int status = r->range.limit ? store_each_task(r->store, &r->range, add, r, err) : SOW_OK;
		if (status)
			return status;
		r->ended = r->batch.count == 0;
		r->left -= r->left < 0 ? 0 : (int64_t)r->batch.count;
	}
	if (r->at == r->batch.count)
		return 0;
	record_copy(&r->batch.list[r->at++], a, record);
	return 1;
}

static void close_run(void *data)
{
	struct run_records *r = data;
	if (!r)
		return;
	store_close(r->store);
	arena_free(r->arena);
	record_list_release(&r->batch);
	mem_free(r);
}

bool run_exists(const char *dir)
{
	struct buf path = BUF_INIT;
	buf_addf(&path, "%s/run.db", dir);
	bool missing = access(path.data, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR);
	buf_release(&path);
	return !missing;
}

struct store *open_run(const char *dir, struct sow_error *err)
{
	if (run_exists(dir))
		return store_open(dir, STORE_LOOK, err);
	if (access(dir, F_OK) < 0)
		error_set(err, SOW_IO, "%s: %s; expected the -o DIR of a run", dir, strerror(errno));
	else
		error_set(err, SOW_MISSING, "%s: no run here; expected the -o DIR of a run, with "
			  "run.db in it", dir);
	return NULL;
}

static struct records *of_run(const char *dir, struct sow_error *err)
{
	struct run_records *r = mem_zalloc(sizeof(*r));
	struct store_counts counts = { 0 };
	int status = SOW_OK;
	r->arena = arena_new();
	if (!(r->store = open_run(dir, err)))
		status = err ? (int)err->status : SOW_IO;
	if (!status)
		status = store_snapshot(r->store, err);
	if (!status)
		status = store_count(r->store, 0, &counts, err);
	if (status) {
		close_run(r);
		return NULL;
	}
	r->left = counts.inputs || !counts.target ? -1 : counts.target;
	const struct records_source source = { r, next, close_run };
	return records_of(dir, &source, err);
}

struct records *open_records(const char *path, const struct records_options *o,
			     struct sow_error *err)
{
	struct sow_error own = { 0 };
	bool is_file = (o && o->parts) || !folder_is(path);
	struct records *r = !is_file ? of_run(path, &own) : records_file(path, o, &own);
	bool is_path = strcmp(path, "-") != 0 && !hub_names(path) && !(o && o->parts);
	if (!r && own.status == SOW_IO && is_path && access(path, F_OK) != 0)
		error_set(&own, SOW_IO, "%s: %s; expected a file of records, the -o DIR of a run, or "
			  "hf:OWNER/NAME", path, strerror(errno));
	if (!r && err)
		*err = own;
	return r;
}

int open_record_list(struct record_list *l, struct arena *a, const char *path,
		     struct sow_error *err)
{
	struct sow_error own = { 0 };
	struct records *r = open_records(path, NULL, &own);
	int status = r ? record_list_take(l, a, r, &own) : (int)own.status;
	if (!status && !records_count(r))
		status = error_set(&own, SOW_INVALID, "%s: no finished tasks in it", path);
	records_close(r);
	return status ? error_set(err, own.status, "%s", own.text) : SOW_OK;
}
