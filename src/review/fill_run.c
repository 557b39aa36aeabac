/* A run's finished tasks, with every answer that a judge graded, and its rejects. A run in progress ends
 * its tasks in any order: each reading adds the new ones. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "report/status.h"
#include "review/fill_private.h"

struct walk {
	struct fill *f;
	struct arena *a;
	int64_t place[4];            /* of the reject before it */
	size_t nth;
};

/* True if the name was not known before. */
static bool is_new(struct fill *f, const char *name)
{
	size_t len = strlen(name);
	if (map_get(&f->places, name, len))
		return false;
	map_put(&f->places, name, len, 1);
	return true;
}

static int add_task(void *data, const struct record *r)
{
	struct walk *w = data;
	char key[UNIT_ID_MAX];
	int status = SOW_OK;
	snprintf(key, sizeof(key), "%.*s", VIEW_ARG(r->id));
	if (is_new(w->f, key))
		status = fill_add(w->f, r, ++w->f->number, key);
	return status || !fill_stopped(w->f) ? status : 1;
}

static int add_rejected(void *data, const struct rejected *r)
{
	struct walk *w = data;
	const int64_t place[4] = { r->step, r->ticket, r->item, r->stage };
	char name[120];
	w->nth = memcmp(place, w->place, sizeof(place)) == 0 ? w->nth + 1 : 0;
	memcpy(w->place, place, sizeof(place));
	snprintf(name, sizeof(name), "r%" PRId64 ".%" PRId64 ".%" PRId64 ".%" PRId64 ".%zu", place[0], place[1],
		 place[2], place[3], w->nth);
	if (!is_new(w->f, name))
		return SOW_OK;
	struct view near = view_of("");
	arena_clear(w->a);
	if (r->near_id.len &&
	    lookup_instruction(w->f->lookup, r->step, r->near_id, w->a, &near, &w->f->state.failure) < 0)
		return w->f->state.failure.status;
	int status = fill_add_reject(w->f, r, ++w->f->number, near);
	return status || !fill_stopped(w->f) ? status : 1;
}

int fill_read_run(struct fill *f)
{
	struct sow_error *err = &f->state.failure;
	struct store_counts counts;
	struct walk w = { .f = f, .a = arena_new() };
	int status = store_count(f->store, 0, &counts, err);
	if (status || (f->number && counts.finished == f->seen_units && counts.rejected == f->seen_rejects)) {
		arena_free(w.a);
		return status;
	}
	f->seen_units = counts.finished;
	f->seen_rejects = counts.rejected;
	const struct task_range range = { .limit = run_status_limit(&counts), .graded = true };
	status = store_each_task(f->store, &range, add_task, &w, err);
	if (!status)
		status = store_each_rejected(f->store, NULL, add_rejected, &w, err);
	arena_free(w.a);
	return status > 0 ? SOW_OK : status;
}
