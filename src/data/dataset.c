#include "data/dataset.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/table.h"
#include "io/compress.h"
#include "io/folder.h"
#include "io/hash.h"
#include "io/infile.h"
#include "io/outfile.h"

enum { TRAIN, VALIDATION, SIDES };

static const char *const side_names[SIDES] = { "train", "validation" };

struct side {
	struct format_writer *writer;
	struct buf path;             /* of a file */
	struct outfile *file;        /* of a table */
	struct table_file *rows;     /* the same, while it is written */
	struct dataset_set made;
	struct format_entry *held;   /* those that wait for their place in the shuffled order */
	size_t held_count, held_room;
};

struct dataset {
	struct dataset_options o;
	struct side sides[SIDES];
	struct arena *arena;         /* the records held */
	struct buf work;             /* the folder while it is written */
	struct buf beside_path, beside;
	uint64_t number;             /* of the next line */
	bool flushed;
	bool tools;                  /* a record has tools */
	int adding;                  /* the side that gets the record */
	enum table_kind kind;
	struct table *table;         /* NULL: the files are JSON */
	bool is_part;                /* other processes have rows of it */
	struct sow_error *err;
};

static bool is_stream(const struct dataset_options *o)
{
	return strcmp(o->path, "-") == 0;
}

static bool is_called(const char *path, const char *ending)
{
	return compression_stem_ends(folder_base_name(path), ending);
}

static bool is_lines(const struct dataset_options *o)
{
	return o->jsonl || o->folder || o->format->lines || is_called(o->path, ".jsonl") ||
	       is_called(o->path, ".ndjson");
}

/* "data.jsonl.zst", or "data-validation.jsonl.zst". */
static void name_file(const struct dataset *p, int side, struct buf *path)
{
	const char *base = folder_base_name(p->o.path);
	struct view stem = format_stem(base);
	buf_add(path, p->o.path, (size_t)(base - p->o.path) + stem.len);
	if (side == VALIDATION)
		buf_addstr(path, "-validation");
	buf_addstr(path, base + stem.len);
}

static void name_shard(const struct dataset *p, int side, struct buf *path)
{
	buf_addf(path, "%s/data/%s-%05zu.%s", p->work.data, side_names[side],
		 p->sides[side].made.files, p->table ? "parquet" : "jsonl");
}

/* The name of the side's next file. */
static void name_next(struct dataset *p, int side)
{
	struct buf *path = &p->sides[side].path;
	buf_clear(path);
	(p->o.folder ? name_shard : name_file)(p, side, path);
}

/* The file of a table. */
static int open_out(struct dataset *p, int side, struct sow_error *err)
{
	struct side *s = &p->sides[side];
	name_next(p, side);
	s->file = outfile_open(s->path.data, err);
	if (!s->file)
		return err->status;
	s->made.files++;
	return SOW_OK;
}

static int keep_train(void *data, struct view line, struct sow_error *err)
{
	return table_add(data, TRAIN, line, err);
}

static int keep_validation(void *data, struct view line, struct sow_error *err)
{
	return table_add(data, VALIDATION, line, err);
}

/* Lines go into the table; its file is opened now to show that this is possible. */
static int open_part(struct dataset *p, int side, struct sow_error *err)
{
	struct side *s = &p->sides[side];
	const struct format_sink sink = { p->table, side == TRAIN ? keep_train : keep_validation };
	s->writer = format_open_to(p->o.format, &p->o.lines, &sink, err);
	if (!s->writer)
		return err->status;
	return p->o.folder ? SOW_OK : open_out(p, side, err);
}

static int open_file(struct dataset *p, int side, struct sow_error *err)
{
	struct sow_error own = { 0 };
	struct side *s = &p->sides[side];
	err = err ? err : &own;
	if (p->table)
		return open_part(p, side, err);
	name_next(p, side);
	s->writer = format_open(p->o.format, &p->o.lines, s->path.data, is_lines(&p->o), err);
	if (!s->writer)
		return err->status;
	s->made.files++;
	return SOW_OK;
}

static int close_file(struct dataset *p, struct side *s, struct sow_error *err)
{
	size_t count;
	if (!s->writer)
		return SOW_OK;
	const struct format_left *left = format_left(s->writer, &count);
	for (size_t i = 0; i < count; i++)
		format_left_add(s->made.left, &s->made.left_count, left[i].name, left[i].count);
	p->tools = p->tools || format_has_tools(s->writer);
	s->made.lines += format_written(s->writer);
	int status = format_finish(s->writer, err);
	s->writer = NULL;
	return status;
}

static int write_entry(struct dataset *p, int side, const struct format_entry *entry,
			struct sow_error *err)
{
	struct side *s = &p->sides[side];
	int status = SOW_OK;
	if (s->writer && p->o.folder && !p->table && format_bytes(s->writer) >= p->o.shard_bytes)
		status = close_file(p, s, err);
	if (!status && !s->writer)
		status = open_file(p, side, err);
	/* only the writer has the reason */
	if (!status && format_write_entry(s->writer, entry))
		status = close_file(p, s, err);
	return status;
}

static void side_of(const struct dataset *p, const struct record *record, int *side)
{
	struct view root = record->lineage.root.len ? record->lineage.root
			   : record->id.len           ? record->id
						      : record->instruction;
	struct hash hash;
	uint64_t unit;
	*side = TRAIN;
	if (p->o.validation <= 0)
		return;
	hash_bytes(root.p, root.len, &hash);
	memcpy(&unit, hash.bytes, sizeof(unit));
	struct draw d = draw_start(p->o.seed, DRAW_SPLIT, unit);
	double x = (double)(draw_u64(&d) >> 11) * 0x1p-53; /* 0 … below 1 */
	*side = x < p->o.validation ? VALIDATION : TRAIN;
}

static int hold(void *data, const struct format_entry *entry)
{
	struct dataset *p = data;
	struct side *s = &p->sides[p->adding];
	mem_grow(&s->held, &s->held_room, s->held_count + 1);
	s->held[s->held_count++] = *entry;
	p->number++;
	return SOW_OK;
}

static int hold_all(struct dataset *p, const struct record *record)
{
	struct record *copy = arena_alloc(p->arena, sizeof(*copy));
	record_copy(record, p->arena, copy);
	return format_entries(p->o.format, &p->o.lines, copy, p->number, hold, p);
}

static int write_each(void *data, const struct format_entry *entry)
{
	struct dataset *p = data;
	p->number++;
	return write_entry(p, p->adding, entry, p->err);
}

int dataset_add(struct dataset *p, const struct record *record, struct sow_error *err)
{
	side_of(p, record, &p->adding);
	p->sides[p->adding].made.records++;
	if (p->o.shuffle)
		return hold_all(p, record) ? error_nomem(err) : SOW_OK;
	p->err = err;
	return format_entries(p->o.format, &p->o.lines, record, p->number, write_each, p);
}

static int write_held(struct dataset *p, int side, struct sow_error *err)
{
	struct side *s = &p->sides[side];
	struct draw d = draw_start(p->o.seed, DRAW_SHUFFLE, (uint64_t)side);
	size_t *order = mem_alloc((s->held_count + 1) * sizeof(*order));
	for (size_t i = 0; i < s->held_count; i++)
		order[i] = i;
	draw_shuffle(&d, order, s->held_count);
	int status = SOW_OK;
	for (size_t i = 0; i < s->held_count && !status; i++)
		status = write_entry(p, side, &s->held[order[i]], err);
	mem_free(order);
	return status;
}

static int check(const struct dataset_options *o, struct sow_error *err)
{
	enum table_kind kind = o->folder ? TABLE_NONE : table_kind_of(o->path);
	if (kind && o->jsonl)
		return error_set(err, SOW_USAGE, "%s: expected a name in .jsonl with --jsonl, or %s without "
				 "it", o->path, table_kind_names[kind]);
	if (table_check_name(kind, o->path, err))
		return err->status;
	if (!is_stream(o))
		return o->folder && !folder_is_free(o->path)
			? error_set(err, SOW_USAGE, "%s: expected a folder that is new or empty",
				    o->path)
			: SOW_OK;
	if (o->folder)
		return error_set(err, SOW_USAGE, "expected a folder to write to, not -");
	if (o->validation > 0)
		return error_set(err, SOW_USAGE, "expected a file to write to: a validation set "
				 "goes beside it, and cannot go beside standard output");
	return SOW_OK;
}

/* The path of the sidecar file. */
static void name_beside(struct dataset *p)
{
	const char *base = folder_base_name(p->o.path), *name = p->o.format->beside_name;
	const char *star = strchr(name, '*');
	struct view stem = format_stem(base);
	buf_add(&p->beside_path, p->o.path, (size_t)(base - p->o.path));
	if (star)
		buf_add(&p->beside_path, stem.p, stem.len);
	buf_addstr(&p->beside_path, star ? star + 1 : name);
}

/* Builds it before any write, so that an unusable name is refused at once. */
static int make_beside(struct dataset *p, struct sow_error *err)
{
	struct buf validation = BUF_INIT, found = BUF_INIT;
	int status = SOW_OK;
	name_beside(p);
	name_file(p, VALIDATION, &validation);
	if (access(p->beside_path.data, F_OK) == 0)
		status = infile_whole(p->beside_path.data, &found, err);
	if (!status) {
		struct beside b = { .data = folder_base_name(p->o.path), .tools = p->tools,
				    .found = view_from(found.data, found.len) };
		if (p->o.validation > 0)
			b.validation = folder_base_name(validation.data);
		status = p->o.format->beside(&b, &p->beside, err);
		if (status == SOW_INVALID)
			error_prefix(err, "%s", p->beside_path.data);
	}
	buf_release(&validation);
	buf_release(&found);
	return status;
}

static int make_folder(struct dataset *p, struct sow_error *err)
{
	struct buf data = BUF_INIT;
	int status = folder_make_temporary(p->o.path, &p->work, err);
	if (status) {
		buf_clear(&p->work); /* not ours */
		return status;
	}
	buf_addf(&data, "%s/data", p->work.data);
	status = folder_make(data.data, err);
	buf_release(&data);
	return status;
}

/* Keeps a folder's path without the slashes at its end: temporary names are beside it. */
static void keep_path(struct dataset *p)
{
	struct view path = view_of(p->o.path);
	while (p->o.folder && path.len > 1 && path.p[path.len - 1] == '/')
		path.len--;
	p->o.path = arena_copyview(p->arena, path);
}

static enum table_kind kind_of(const struct dataset_options *o)
{
	return !o->folder ? table_kind_of(o->path) : o->jsonl ? TABLE_NONE : TABLE_PARQUET;
}

const char *dataset_kind(const struct dataset_options *o)
{
	enum table_kind kind = kind_of(o);
	return kind ? table_kind_names[kind] : is_lines(o) ? "JSONL" : "JSON";
}

static int make_table(struct dataset *p, struct sow_error *err)
{
	p->kind = kind_of(&p->o);
	if (!p->kind)
		return SOW_OK;
	p->table = table_new(p->kind, p->o.path, err);
	return p->table ? SOW_OK : (int)err->status;
}

static int start(struct dataset *p, struct sow_error *err)
{
	keep_path(p);
	int status = check(&p->o, err);
	if (!status)
		status = make_table(p, err);
	if (!status && p->o.folder)
		status = make_folder(p, err);
	else if (!status && p->o.format->beside && !is_stream(&p->o))
		status = make_beside(p, err);
	if (!status)
		status = open_file(p, TRAIN, err);
	if (!status && p->o.validation > 0 && !p->o.folder)
		status = open_file(p, VALIDATION, err);
	return status;
}

struct dataset *dataset_open(const struct dataset_options *o, struct sow_error *err)
{
	struct sow_error own = { 0 };
	struct dataset *p = mem_zalloc(sizeof(*p));
	err = err ? err : &own;
	p->o = *o;
	p->o.lines.seed = o->seed;
	p->number = o->first;
	p->o.shard_bytes = o->shard_bytes ? o->shard_bytes : DATASET_SHARD_DEFAULT;
	p->work = p->beside = p->beside_path = (struct buf)BUF_INIT;
	for (int side = 0; side < SIDES; side++)
		p->sides[side].path = (struct buf)BUF_INIT;
	p->arena = arena_new();
	if (start(p, err)) {
		dataset_drop(p);
		return NULL;
	}
	return p;
}

/* Closes a written file of a table; outside a folder it appears at the end. */
static int close_rows(struct dataset *p, struct side *s, struct sow_error *err)
{
	int status = s->rows ? table_file_finish(s->rows, err) : SOW_OK;
	s->rows = NULL;
	if (s->file && (outfile_status(s->file) || (p->o.folder && !status))) {
		status = outfile_finish(s->file, err); /* which has the reason */
		s->file = NULL;
	}
	return status;
}

static int write_row(struct dataset *p, int side, struct view line, size_t *bytes,
		     struct sow_error *err)
{
	struct side *s = &p->sides[side];
	int status = SOW_OK;
	if (p->o.folder && *bytes >= p->o.shard_bytes) {
		status = close_rows(p, s, err);
		*bytes = 0;
	}
	if (!status && !s->file)
		status = open_out(p, side, err);
	if (!status && !s->rows) {
		s->rows = table_open_file(p->table, s->file, err);
		status = s->rows ? SOW_OK : (int)err->status;
	}
	*bytes += line.len + 1;
	return status ? status : table_file_add(s->rows, line, err);
}

/* Writes the files of a side, once all lines of both are known. */
static int write_table(struct dataset *p, int side, struct sow_error *err)
{
	struct side *s = &p->sides[side];
	struct view line;
	size_t bytes = 0;
	int status = table_rewind(p->table, side, err);
	while (!status && (status = table_next(p->table, side, &line, err)) > 0)
		status = write_row(p, side, line, &bytes, err);
	if (!status && s->file && !s->rows) { /* without rows */
		s->rows = table_open_file(p->table, s->file, err);
		status = s->rows ? SOW_OK : (int)err->status;
	}
	struct sow_error own = { 0 };
	int closed = close_rows(p, s, status ? &own : err);
	if (status && closed == SOW_IO) /* the original reason */
		error_set(err, SOW_IO, "%s", own.text);
	return status ? status : closed;
}

static size_t written(const struct side *s)
{
	return s->made.lines + (s->writer ? format_written(s->writer) : 0);
}

static int flush_table(struct dataset *p, struct sow_error *err)
{
	int status = SOW_OK;
	for (int side = 0; side < SIDES && !status; side++)
		status = close_file(p, &p->sides[side], err);
	const struct side *train = &p->sides[TRAIN], *validation = &p->sides[VALIDATION];
	bool nothing = !p->is_part && train->made.records + validation->made.records &&
		       !(written(train) + written(validation)); /* which dataset_check refuses */
	for (int side = 0; side < SIDES && !status && !nothing; side++)
		status = write_table(p, side, err);
	return status;
}

void dataset_save_columns(const struct dataset *p, struct buf *out)
{
	if (p->table)
		table_save_columns(p->table, out);
}

int dataset_set_columns(struct dataset *p, struct view saved, struct sow_error *err)
{
	p->is_part = true;
	return p->table ? table_set_columns(p->table, saved, err) : SOW_OK;
}

static void tell(struct dataset *p, struct dataset_made *made)
{
	struct buf json = BUF_INIT;
	*made = (struct dataset_made){ p->sides[TRAIN].made, p->sides[VALIDATION].made, dataset_kind(&p->o),
				       "", "" };
	if (p->table) {
		table_say_json(p->table, &json);
		struct view told = utf8_head(view_from(json.data, json.len), sizeof(made->json) - 1);
		memcpy(made->json, told.p, told.len);
	}
	buf_release(&json);
}

int dataset_flush(struct dataset *p, struct dataset_made *made, struct sow_error *err)
{
	struct sow_error own = { 0 };
	int status = SOW_OK;
	err = err ? err : &own;
	for (int side = 0; side < SIDES && !status && !p->flushed; side++) {
		if (p->o.shuffle)
			status = write_held(p, side, err);
		if (!status && p->o.folder && !p->table) /* a file outside a folder appears at the end */
			status = close_file(p, &p->sides[side], err);
	}
	if (!status && p->table && !p->flushed)
		status = flush_table(p, err);
	p->flushed = true;
	tell(p, made);
	if (p->beside_path.len)
		snprintf(made->beside, sizeof(made->beside), "%s",
			 folder_base_name(p->beside_path.data));
	return status;
}

int dataset_check(struct dataset *p, struct sow_error *err)
{
	const struct side *train = &p->sides[TRAIN], *validation = &p->sides[VALIDATION];
	const struct dataset_made made = {
		.train = { .records = train->made.records, .lines = written(train) },
		.validation = { .records = validation->made.records, .lines = written(validation) },
	};
	return dataset_check_made(&made, p->o.format, err);
}

static int write_file(const char *path, const struct buf *text, struct sow_error *err)
{
	struct sow_error own = { 0 };
	err = err ? err : &own;
	struct outfile *out = outfile_open(path, err);
	if (!out)
		return err->status;
	outfile_write(out, text->data, text->len);
	return outfile_finish(out, err);
}

int dataset_add_file(struct dataset *p, const char *name, const struct buf *text,
		     struct sow_error *err)
{
	struct buf path = BUF_INIT;
	buf_addf(&path, "%s/%s", p->work.data, name);
	int status = write_file(path.data, text, err);
	buf_release(&path);
	return status;
}

static int appear(struct dataset *p, struct sow_error *err)
{
	int status = SOW_OK;
	for (int side = 0; side < SIDES && !status; side++) {
		struct side *s = &p->sides[side];
		status = close_file(p, s, err);
		if (!status && s->file) {
			status = outfile_finish(s->file, err);
			s->file = NULL;
		}
	}
	if (!status && p->beside_path.len && p->tools) { /* its columns name them */
		buf_clear(&p->beside);
		buf_clear(&p->beside_path);
		status = make_beside(p, err);
	}
	if (!status && p->beside_path.len)
		status = write_file(p->beside_path.data, &p->beside, err);
	if (status || !p->o.folder)
		return status;
	status = folder_rename(p->work.data, p->o.path, err);
	if (!status)
		buf_clear(&p->work);
	return status;
}

int dataset_finish(struct dataset *p, struct dataset_made *made, struct sow_error *err)
{
	struct dataset_made own_made;
	int status = dataset_flush(p, made ? made : &own_made, err);
	if (!status)
		status = appear(p, err);
	if (made) {
		made->train = p->sides[TRAIN].made;
		made->validation = p->sides[VALIDATION].made;
	}
	dataset_drop(p);
	return status;
}

void dataset_drop(struct dataset *p)
{
	if (!p)
		return;
	for (int side = 0; side < SIDES; side++) {
		format_drop(p->sides[side].writer);
		table_file_drop(p->sides[side].rows);
		outfile_drop(p->sides[side].file);
		buf_release(&p->sides[side].path);
		mem_free(p->sides[side].held);
	}
	if (p->work.len)
		folder_remove(p->work.data);
	buf_release(&p->work);
	buf_release(&p->beside_path);
	buf_release(&p->beside);
	table_free(p->table);
	arena_free(p->arena);
	mem_free(p);
}
