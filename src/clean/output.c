#include "clean/output.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "clean/clean.h"
#include "data/table.h"
#include "io/compress.h"
#include "io/json.h"
#include "io/outfile.h"

struct output {
	struct outfile *file;
	bool as_array;
	struct table *table;         /* NULL: no rows */
	struct buf element;
	size_t kept;
};

static int start(struct output *out, const struct clean_options *o, struct sow_error *err)
{
	enum table_kind kind = o->plain ? TABLE_NONE : table_kind_of(o->out);
	if (table_check_name(kind, o->out, err))
		return err->status;
	out->as_array = compression_stem_ends(o->out, ".json");
	out->file = o->append ? outfile_append(o->out, o->append->out, err) : outfile_open(o->out, err);
	if (out->file && kind)
		out->table = table_new(kind, o->out, err);
	return out->file && (out->table || !kind) ? SOW_OK : (int)err->status;
}

struct output *output_open(const struct clean_options *o, struct sow_error *err)
{
	struct output *out = mem_zalloc(sizeof(*out));
	out->element = (struct buf)BUF_INIT;
	if (!start(out, o, err))
		return out;
	output_free(out);
	return NULL;
}

void output_free(struct output *out)
{
	if (!out)
		return;
	outfile_drop(out->file);
	table_free(out->table);
	buf_release(&out->element);
	mem_free(out);
}

static int keep_element(struct output *out, struct view raw, struct view json)
{
	struct buf *text = &out->element;
	buf_clear(text);
	buf_addstr(text, out->kept ? ",\n" : "[\n");
	if (json.len) {
		buf_add(text, json.p, json.len);
	} else {
		buf_addch(text, '"');
		json_escape(text, raw);
		buf_addch(text, '"');
	}
	return outfile_write(out->file, text->data, text->len);
}

static int keep_row(struct output *out, struct view json, struct sow_error *err)
{
	if (!json.len)
		return error_set(err, SOW_INVALID, "a line of text is not a row of a table; expected a name in "
				 ".jsonl or .json");
	return table_add(out->table, 0, json, err);
}

int output_keep(struct output *out, struct view raw, struct view json, struct sow_error *err)
{
	int status = out->table      ? keep_row(out, json, err)
		     : out->as_array ? keep_element(out, raw, json)
				     : outfile_write(out->file, raw.p, raw.len + 1);
	out->kept++;
	return status;
}

/* The table, when all that is kept has been seen. */
static int write_rows(struct output *out, struct sow_error *err)
{
	struct view line;
	int status = table_rewind(out->table, 0, err);
	struct table_file *f = status ? NULL : table_open_file(out->table, out->file, err);
	if (!f)
		return err->status;
	while (!status && (status = table_next(out->table, 0, &line, err)) > 0)
		status = table_file_add(f, line, err);
	if (!status)
		return table_file_finish(f, err);
	table_file_drop(f);
	return status;
}

int output_end(struct output *out, struct sow_error *err)
{
	const char *end = out->kept ? "\n]\n" : "[]\n";
	int status = out->table ? write_rows(out, err) : SOW_OK;
	if (out->as_array && !output_failed(out))
		outfile_write(out->file, end, strlen(end));
	return output_failed(out) ? SOW_OK : status;
}

bool output_failed(const struct output *out)
{
	return outfile_status(out->file) != SOW_OK;
}

int output_finish(struct output *out, struct sow_error *err)
{
	int status = outfile_finish(out->file, err);
	out->file = NULL;
	return status;
}

void output_say_json(const struct output *out, struct buf *names)
{
	if (out->table)
		table_say_json(out->table, names);
}
