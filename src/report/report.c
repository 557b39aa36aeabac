#include "report/report.h"

#include "base/clock.h"
#include "base/draw.h"
#include "base/error.h"
#include "report/page.h"
#include "report/report_private.h"
#include "report/review_figures.h"
#include "run/seeds.h"

int report_builder_init(struct report_builder *b, const struct report_options *o,
			struct sow_error *err)
{
	*b = (struct report_builder){ .lineage = BUF_INIT, .err = err };
	reservoir_init(&b->near_rejects, o->records, 0, DRAW_NEAR_REJECTS);
	reservoir_init(&b->other_rejects, o->records, 0, DRAW_REJECTS);
	figures_init(&b->figures);
	lineage_init(&b->web);
	return report_data_init(&b->data, o, err);
}

void report_builder_release(struct report_builder *b)
{
	report_data_release(&b->data);
	lineage_release(&b->web);
	reservoir_release(&b->near_rejects);
	reservoir_release(&b->other_rejects);
	buf_release(&b->lineage);
	figures_release(&b->figures);
}

int report_builder_compare(struct report_builder *b, const char *path)
{
	int status = seeds_read(&b->data.seeds, b->data.arena, path, b->err);
	return status ? status : report_data_compare(&b->data, path ? path : "the seed tasks built in",
						     WORDS_UNICODE, b->err);
}

/* Writing */

/* As JSON for the charts, and as rows for the tables of all figures. */
static int write_figures(struct report_builder *b, int64_t bad, struct buf *json, struct buf *rows)
{
	struct figures *f = &b->figures;
	figures_text(f, "name", NULL, view_of(b->data.o->name));
	figures_text(f, "kind", NULL, view_of(b->store ? "run" : "file"));
	figures_text(f, "version", NULL, view_of(sow_version()));
	figures_integer(f, "made_ns", NULL, UNIT_DATE, clock_wall());
	figures_count(f, "bad", NULL, bad);
	report_data_figures(&b->data, f);
	int status = b->data.o->path ? review_figures(b->data.o->path, b->store != NULL, f, b->err) : SOW_OK;
	if (status)
		return status;
	status = figures_json(f, json, JSON_LINE);
	if (!status)
		status = figures_rows(f, rows);
	return status ? error_set(b->err, SOW_USAGE, "%s: expected a name in UTF-8", b->data.o->name) : SOW_OK;
}

static int write_page(struct report_builder *b, const struct page_part *parts, size_t count,
		      const char *path)
{
	struct outfile *out = outfile_open(path, b->err);
	if (!out)
		return b->err->status;
	page_write(out, parts, count);
	return outfile_finish(out, b->err);
}

int report_builder_write(struct report_builder *b, int64_t bad, const char *path)
{
	static const char *const ids[] = { "data", "rows", "records", "near", "rejects",
					   "lineage" };
	enum { DATA, ROWS, RECORDS, NEAR, REJECTS, LINEAGE, PARTS };
	struct buf texts[PARTS];
	struct page_part parts[PARTS];
	for (size_t i = 0; i < PARTS; i++)
		texts[i] = (struct buf)BUF_INIT;
	int status = write_figures(b, bad, &texts[DATA], &texts[ROWS]);
	reservoir_list(&b->data.records, &texts[RECORDS]);
	reservoir_list(&b->near_rejects, &texts[NEAR]);
	reservoir_list(&b->other_rejects, &texts[REJECTS]);
	buf_add(&texts[LINEAGE], b->lineage.len ? b->lineage.data : "{}",
		b->lineage.len ? b->lineage.len : 2);
	for (size_t i = 0; i < PARTS; i++)
		parts[i] = (struct page_part){ ids[i], view_from(texts[i].data, texts[i].len) };
	if (!status)
		status = write_page(b, parts, PARTS, path);
	for (size_t i = 0; i < PARTS; i++)
		buf_release(&texts[i]);
	return status;
}

/* A file */

static int read_all(struct report_builder *b, struct records *in)
{
	struct arena *a = arena_new();
	struct record record;
	int status = SOW_OK;
	while (!status && (status = records_next(in, a, &record, b->err)) > 0) {
		status = report_data_add(&b->data, &record, true, b->err);
		arena_clear(a);
	}
	arena_free(a);
	return status;
}

int report_records(struct records *in, const struct report_options *o, const char *path,
		   struct sow_error *err)
{
	struct report_builder b;
	int status = report_builder_init(&b, o, err);
	if (!status)
		status = report_builder_compare(&b, o->seeds);
	if (!status)
		status = read_all(&b, in);
	if (!status)
		status = report_data_finish(&b.data, err);
	if (!status)
		status = report_builder_write(&b, (int64_t)records_bad(in), path);
	report_builder_release(&b);
	return status;
}
