#include "report/report.h"

#include "base/clock.h"
#include "base/draw.h"
#include "base/error.h"
#include "report/page.h"
#include "report/report_private.h"
#include "run/seeds.h"

int making_init(struct making *m, const struct report_options *o, struct sow_error *err)
{
	*m = (struct making){ .lineage = BUF_INIT, .err = err };
	reservoir_init(&m->near_rejects, o->records, 0, DRAW_NEAR_REJECTS);
	reservoir_init(&m->other_rejects, o->records, 0, DRAW_REJECTS);
	figures_init(&m->figures);
	int web = lineage_init(&m->web);
	int status = collect_init(&m->c, o, err);
	if (!status && web)
		status = error_nomem(err);
	return status;
}

void making_release(struct making *m)
{
	collect_release(&m->c);
	lineage_release(&m->web);
	reservoir_release(&m->near_rejects);
	reservoir_release(&m->other_rejects);
	buf_release(&m->lineage);
	figures_release(&m->figures);
}

int making_compare(struct making *m, const char *path)
{
	int status = seeds_read(&m->c.seeds, m->c.arena, path, m->err);
	return status ? status : collect_compare(&m->c, path ? path : "the seed tasks built in",
						 WORDS_UNICODE, m->err);
}

/* -- writing ------------------------------------------------------------------------------------ */

/* As JSON for the charts, and as rows for the tables of all figures. */
static int write_figures(struct making *m, int64_t bad, struct buf *json, struct buf *rows)
{
	struct figures *f = &m->figures;
	figures_text(f, "name", NULL, view_of(m->c.o->name));
	figures_text(f, "kind", NULL, view_of(m->store ? "run" : "file"));
	figures_text(f, "version", NULL, view_of(sow_version()));
	figures_integer(f, "made_ns", NULL, UNIT_DATE, clock_wall());
	figures_count(f, "bad", NULL, bad);
	collect_figures(&m->c, f);
	int status = figures_json(f, json, JSON_LINE);
	if (!status)
		status = figures_rows(f, rows);
	if (status == SOW_INVALID)
		return error_set(m->err, SOW_USAGE, "%s: expected a name in UTF-8", m->c.o->name);
	return status ? error_nomem(m->err) : SOW_OK;
}

static int write_page(struct making *m, const struct page_part *parts, size_t count,
		      const char *path)
{
	struct outfile *out = outfile_open(path, m->err);
	if (!out)
		return m->err->status;
	if (page_write(out, parts, count)) {
		outfile_drop(out);
		return error_nomem(m->err);
	}
	return outfile_finish(out, m->err);
}

int making_write(struct making *m, int64_t bad, const char *path)
{
	static const char *const ids[] = { "data", "rows", "records", "near", "rejects",
					   "lineage" };
	enum { DATA, ROWS, RECORDS, NEAR, REJECTS, LINEAGE, PARTS };
	struct buf texts[PARTS];
	struct page_part parts[PARTS];
	for (size_t i = 0; i < PARTS; i++)
		texts[i] = (struct buf)BUF_INIT;
	int status = write_figures(m, bad, &texts[DATA], &texts[ROWS]);
	collect_list(&m->c.records, &texts[RECORDS]);
	collect_list(&m->near_rejects, &texts[NEAR]);
	collect_list(&m->other_rejects, &texts[REJECTS]);
	buf_add(&texts[LINEAGE], m->lineage.len ? m->lineage.data : "{}",
		m->lineage.len ? m->lineage.len : 2);
	for (size_t i = 0; i < PARTS; i++) {
		parts[i] = (struct page_part){ ids[i], view_from(texts[i].data, texts[i].len) };
		if (!status && buf_failed(&texts[i]))
			status = error_nomem(m->err);
	}
	if (!status)
		status = write_page(m, parts, PARTS, path);
	for (size_t i = 0; i < PARTS; i++)
		buf_release(&texts[i]);
	return status;
}

/* -- a file --------------------------------------------------------------------------------------- */

static int read_all(struct making *m, struct records *in)
{
	struct arena *a = arena_new();
	struct record record;
	int status = a ? SOW_OK : error_nomem(m->err);
	while (!status && (status = records_next(in, a, &record, m->err)) > 0) {
		status = collect_add(&m->c, &record, true, m->err);
		arena_clear(a);
	}
	arena_free(a);
	return status;
}

int report_records(struct records *in, const struct report_options *o, const char *path,
		   struct sow_error *err)
{
	struct making m;
	int status = making_init(&m, o, err);
	if (!status)
		status = making_compare(&m, o->seeds);
	if (!status)
		status = read_all(&m, in);
	if (!status)
		status = collect_finish(&m.c, err);
	if (!status)
		status = making_write(&m, (int64_t)records_bad(in), path);
	making_release(&m);
	return status;
}
