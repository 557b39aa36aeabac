#include "data/table.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "data/array.h"
#include "data/parquet_lines.h"
#include "data/table_columns.h"
#include "io/compress.h"
#include "io/folder.h"
#include "io/json.h"
#include "io/outfile.h"
#include "io/spool.h"

const char *const table_kind_names[] = { "", "Parquet", "CSV", "TSV" };

struct table {
	enum table_kind kind;
	struct table_columns *columns;
	const struct parquet_node *nodes; /* once all lines are added */
	size_t node_count;
	FILE *spools[TABLE_PARTS];
	struct arena *scratch;
	struct buf line;
};

struct table_file {
	struct table *table;
	struct outfile *out;
	struct parquet_lines *parquet;
	struct buf row;
	struct arena *scratch;
};

enum table_kind table_kind_of(const char *path)
{
	static const char *const endings[] = { NULL, ".parquet", ".csv", ".tsv" };
	const char *name = folder_base_name(path);
	for (int kind = TABLE_PARQUET; kind <= TABLE_TSV; kind++) {
		if (compression_stem_ends(name, endings[kind]))
			return (enum table_kind)kind;
	}
	return TABLE_NONE;
}

int table_check_name(enum table_kind kind, const char *path, struct sow_error *err)
{
	if (kind != TABLE_PARQUET || !compression_by_name(path))
		return SOW_OK;
	return error_set(err, SOW_USAGE, "%s: Parquet is compressed inside; expected a name in .parquet",
			 path);
}

/* Lines */

static FILE *open_spool(const char *path, struct sow_error *err)
{
	struct buf folder = BUF_INIT;
	const char *base = folder_base_name(path);
	buf_add(&folder, path, (size_t)(base - path));
	buf_addch(&folder, '.'); /* "a/." of "a/b", "." of "b" */
	FILE *file = spool_new(folder.data, NULL);
	buf_release(&folder);
	return file ? file : spool_new(NULL, err);
}

struct table *table_new(enum table_kind kind, const char *path, struct sow_error *err)
{
	struct table *t = mem_zalloc(sizeof(*t));
	t->kind = kind;
	t->line = (struct buf)BUF_INIT;
	t->columns = table_columns_new();
	t->scratch = arena_new();
	bool made = true;
	for (int part = 0; part < TABLE_PARTS && made; part++) {
		t->spools[part] = open_spool(path, err);
		made = t->spools[part];
	}
	if (made)
		return t;
	table_free(t);
	return NULL;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (int part = 0; part < TABLE_PARTS; part++) {
		if (t->spools[part])
			fclose(t->spools[part]);
	}
	table_columns_free(t->columns);
	arena_free(t->scratch);
	buf_release(&t->line);
	mem_free(t);
}

static int fail_spool(struct sow_error *err)
{
	return error_errno(err, "temporary file");
}

int table_add(struct table *t, int part, struct view line, struct sow_error *err)
{
	uint32_t len = (uint32_t)line.len;
	FILE *spool = t->spools[part];
	arena_clear(t->scratch);
	struct json *doc = json_parse_lenient(line, t->scratch, NULL, NULL, err);
	if (!doc)
		return err->status;
	int status = table_columns_add(t->columns, json_root(doc), err);
	if (!status && (fwrite(&len, sizeof(len), 1, spool) != 1 ||
			fwrite(line.p, 1, line.len, spool) != line.len))
		status = fail_spool(err);
	return status;
}

void table_save_columns(const struct table *t, struct buf *out)
{
	table_columns_save(t->columns, out);
}

int table_set_columns(struct table *t, struct view saved, struct sow_error *err)
{
	table_columns_free(t->columns);
	t->columns = table_columns_new();
	return table_columns_add_saved(t->columns, saved, err);
}

int table_rewind(struct table *t, int part, struct sow_error *err)
{
	t->nodes = table_columns_nodes(t->columns, &t->node_count);
	return fseek(t->spools[part], 0, SEEK_SET) == 0 ? SOW_OK : fail_spool(err);
}

int table_next(struct table *t, int part, struct view *line, struct sow_error *err)
{
	uint32_t len;
	FILE *spool = t->spools[part];
	if (fread(&len, sizeof(len), 1, spool) != 1)
		return ferror(spool) ? fail_spool(err) : 0;
	buf_clear(&t->line);
	if (fread(buf_space(&t->line, len), 1, len, spool) != len)
		return fail_spool(err);
	buf_wrote(&t->line, len);
	*line = view_from(t->line.data, len);
	return 1;
}

void table_say_json(const struct table *t, struct buf *out)
{
	if (t->kind == TABLE_PARQUET) {
		table_columns_say_json(t->columns, out);
		return;
	}
	for (size_t i = 0; i < table_columns_count(t->columns); i++) {
		if (table_columns_is_nested(t->columns, i))
			buf_addf(out, "%s%s", out->len ? ", " : "", table_columns_name(t->columns, i));
	}
}

/* CSV */

static char delimiter(const struct table_file *f)
{
	return f->table->kind == TABLE_TSV ? '\t' : ',';
}

static bool needs_quotes(const struct table_file *f, struct view text)
{
	size_t i = 0;
	while (i < text.len && text.p[i] != delimiter(f) && !strchr("\"\r\n", text.p[i]))
		i++;
	bool blank_end = text.len && (ascii_space(text.p[0]) || ascii_space(text.p[text.len - 1]));
	return i < text.len || blank_end;
}

static void add_cell(struct table_file *f, struct view text, bool quoted)
{
	size_t plain = 0;
	if (!quoted && !needs_quotes(f, text)) {
		buf_add(&f->row, text.p, text.len);
		return;
	}
	buf_addch(&f->row, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] != '"')
			continue;
		buf_add(&f->row, text.p + plain, i + 1 - plain);
		plain = i; /* again */
	}
	buf_add(&f->row, text.p + plain, text.len - plain);
	buf_addch(&f->row, '"');
}

static int end_row(struct table_file *f, struct sow_error *err)
{
	buf_addch(&f->row, '\n');
	return outfile_write(f->out, f->row.data, f->row.len)
		       ? error_set(err, SOW_IO, "cannot write a row") : SOW_OK;
}

static int add_header(struct table_file *f, struct sow_error *err)
{
	size_t count = table_columns_count(f->table->columns);
	for (size_t i = 0; i < count; i++) {
		struct view name = view_of(table_columns_name(f->table->columns, i));
		if (i)
			buf_addch(&f->row, delimiter(f));
		add_cell(f, name, !name.len && count == 1);
	}
	return count ? end_row(f, err) : SOW_OK;
}

/* The cell of a row with one empty cell is quoted, since a blank line is not a row. */
static int add_row(struct table_file *f, const json_value *record, struct sow_error *err)
{
	size_t count = 0;
	const json_value *next = json_first(record);
	buf_clear(&f->row);
	for (size_t i = 1; i < f->table->node_count; i = f->table->nodes[i].end) {
		const json_value *v = json_get_next(record, &next, f->table->nodes[i].name);
		struct view text = view_of("");
		enum json_type type = json_type(v);
		if (type == JSON_OBJECT || type == JSON_ARRAY)
			text = json_compact(v, f->scratch);
		else if (!json_is_missing(v))
			text = json_scalar(v, f->scratch);
		if (count++)
			buf_addch(&f->row, delimiter(f));
		add_cell(f, text, !text.len && f->table->nodes[i].end == f->table->node_count &&
					  count == 1);
	}
	return end_row(f, err);
}

/* Files */

struct table_file *table_open_file(struct table *t, struct outfile *out, struct sow_error *err)
{
	struct table_file *f = mem_zalloc(sizeof(*f));
	int status = SOW_OK;
	*f = (struct table_file){ .table = t, .out = out, .row = BUF_INIT };
	f->scratch = arena_new();
	if (t->kind == TABLE_PARQUET && t->node_count < 2)
		status = error_set(err, SOW_INVALID, "nothing to write: the columns of a Parquet file are "
				   "those of its records, and there are none");
	if (!status && t->kind == TABLE_PARQUET) {
		f->parquet = parquet_lines_open(out, t->nodes, t->node_count, err);
		status = f->parquet ? SOW_OK : (int)err->status;
	} else if (!status) {
		status = add_header(f, err);
	}
	if (!status)
		return f;
	table_file_drop(f);
	return NULL;
}

int table_file_add(struct table_file *f, struct view line, struct sow_error *err)
{
	if (f->parquet)
		return parquet_lines_add(f->parquet, line, err);
	arena_clear(f->scratch);
	struct json *doc = json_parse_lenient(line, f->scratch, NULL, NULL, err);
	return doc ? add_row(f, json_root(doc), err) : (int)err->status;
}

int table_file_finish(struct table_file *f, struct sow_error *err)
{
	int status = SOW_OK;
	if (f->parquet)
		status = parquet_lines_finish(f->parquet, err);
	f->parquet = NULL;
	table_file_drop(f);
	return status;
}

void table_file_drop(struct table_file *f)
{
	if (!f)
		return;
	parquet_lines_drop(f->parquet);
	arena_free(f->scratch);
	buf_release(&f->row);
	mem_free(f);
}
