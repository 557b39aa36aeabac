/* Events pushed to each page (server-sent events): the progress of reading, new verdicts of any process,
 * and the progress of a run. */
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "report/status.h"
#include "review/review_private.h"

#define STATUS_EVERY CLOCK_SECOND    /* at least; or twenty times the time it takes */
#define QUIET 20                     /* silent rounds before a comment, which tests the connection */

struct feed {
	size_t actions;              /* actions already sent */
	size_t records;
	bool settled, finished;
	int64_t status;
	int quiet;
};

int feed_status(struct review *r, struct sow_error *err)
{
	struct run_status st;
	struct buf text = BUF_INIT;
	int64_t now = clock_monotonic();
	if (r->status.len && now < r->status_due)
		return SOW_OK;
	struct arena *a = arena_new();
	int status = run_status_read(&st, r->store, a, err);
	if (!status)
		status = run_status_show(&st, "sow", r->o->path, true, &text, err);
	struct view fresh = view_from(text.data, text.len);
	if (!status && !view_eq(fresh, view_from(r->status.data, r->status.len))) {
		buf_clear(&r->status);
		buf_add(&r->status, text.data, text.len);
		r->status_number++;
	}
	int64_t took = clock_monotonic() - now;
	r->status_due = now + (20 * took > STATUS_EVERY ? 20 * took : STATUS_EVERY);
	buf_release(&text);
	arena_free(a);
	return status;
}

int feed_refresh(struct review *r, struct sow_error *err)
{
	int status = verdicts_refresh(r->verdicts, err);
	if (status >= 0)
		links_sync(&r->links);
	return status < 0 ? status : SOW_OK;
}

static void add_event(struct buf *out, const char *name, struct view data)
{
	struct view line;
	buf_addf(out, "event: %s\n", name);
	while (view_line(&data, &line))
		buf_addf(out, "data: %.*s\n", VIEW_ARG(line));
	buf_addch(out, '\n');
}

/* Places of the records with new verdicts. */
static void add_verdicts(struct review *r, struct feed *l, struct buf *out)
{
	size_t count = verdicts_count(r->verdicts), record, told = 0;
	if (l->actions == count)
		return;
	buf_addstr(out, "event: verdicts\ndata: [");
	for (; l->actions < count; l->actions++) {
		struct view key = verdicts_at(r->verdicts, l->actions)->key;
		bool here = verdicts_find(r->verdicts, key, &record) && record < r->links.count &&
			    r->links.entry[record];
		if (here)
			buf_addf(out, "%s%u", told++ ? "," : "", (unsigned)(r->links.entry[record] - 1));
	}
	buf_addstr(out, "]\n\n");
}

static void add_state(struct feed *l, const struct fill_state *s, size_t records, size_t tasks,
		      struct buf *out)
{
	if (l->records == records && l->settled == s->settled && l->finished == s->finished)
		return;
	l->records = records;
	l->settled = s->settled;
	l->finished = s->finished;
	buf_addf(out, "event: state\ndata: {\"records\":%zu,\"tasks\":%zu,\"read\":%s,\"settled\":%s,"
		 "\"finished\":%s}\n\n", records, tasks,
		 s->read ? "true" : "false", s->settled ? "true" : "false", s->finished ? "true" : "false");
}

struct feed *feed_begin(struct review *r)
{
	struct feed *l = mem_zalloc(sizeof(*l));
	index_lock(r->index);
	l->actions = verdicts_count(r->verdicts);
	index_unlock(r->index);
	l->status = -1;
	return l;
}

void feed_end(struct feed *l)
{
	mem_free(l);
}

/* A failed read may succeed next time: it is reported once, and does not end the review. */
static void tell(struct review *r, const struct sow_error *err)
{
	if (r->told_failures++ == 0 && r->o->tell)
		r->o->tell(r->o->data, err->text);
}

bool feed_more(struct review *r, struct feed *l, struct buf *out)
{
	struct fill_state s;
	struct sow_error err = { 0 };
	size_t before = out->len;
	fill_state(r->fill, &s);
	index_lock(r->index);
	if (feed_refresh(r, &err))
		tell(r, &err);
	add_verdicts(r, l, out);
	add_state(l, &s, index_count(r->index), index_tasks(r->index), out);
	index_unlock(r->index);
	if (r->store) {
		if (feed_status(r, &err))
			tell(r, &err);
		if (l->status != r->status_number)
			add_event(out, "status", view_from(r->status.data, r->status.len));
		l->status = r->status_number;
	}
	l->quiet = out->len > before ? 0 : l->quiet + 1;
	if (l->quiet >= QUIET) {
		buf_addstr(out, ": still here\n\n");
		l->quiet = 0;
	}
	return !buf_failed(out);
}
