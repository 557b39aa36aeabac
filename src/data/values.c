#include "data/values_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"

/* Bytes and lines: a failure here is final, except a line that is too long. That goes into *err, and the next
 * call gives the line after it. */

static int next_line(struct values *v, struct view *line, struct sow_error *err)
{
	struct sow_error own = { 0 };
	if (v->too_long && infile_pass(v->in, &v->failure))
		return v->failure.status;
	int more = v->in ? infile_line(v->in, line, &own) : view_line(&v->rest, line);
	v->too_long = more == SOW_TOOBIG;
	v->number += more > 0 || v->too_long;
	if (more < 0)
		*(v->too_long ? err : &v->failure) = own;
	return more;
}

/* The next line that is not blank. 1, 0 at the end, negative. */
static int next_full_line(struct values *v, struct view *line, struct sow_error *err)
{
	int more;
	do {
		more = next_line(v, line, err);
	} while (more > 0 && !view_trim(*line).len);
	return more;
}

int values_peek(struct values *v, size_t least, struct view *bytes)
{
	if (v->in)
		return infile_peek(v->in, least, bytes, &v->failure);
	*bytes = v->rest;
	return v->rest.len > 0;
}

void values_take(struct values *v, size_t len)
{
	if (v->in)
		infile_take(v->in, len);
	else
		v->rest = view_sub(v->rest, len, v->rest.len);
}

int values_wrong(const struct values *v, struct text_place p, struct sow_error *err,
		    const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(err, SOW_INVALID, "%s:%zu:%zu: %s", values_name(v), p.line, p.column, text);
}

/* Lines */

struct view values_without_comma(struct view line)
{
	struct view text = view_trim(line);
	if (text.len && text.p[text.len - 1] == ',')
		text = view_trim(view_sub(text, 0, text.len - 1));
	return text;
}

static int next_json_line(struct values *v, struct value *value, struct sow_error *err)
{
	struct view line;
	int more = next_full_line(v, &line, err);
	if (more <= 0)
		return more;
	struct view json = values_without_comma(line);
	size_t before = (size_t)(json.p - line.p);
	*value = (struct value){ .json = json, .raw = line, .at = { v->number, before + 1 },
				 .is_line = true };
	return 1;
}

static int next_text_line(struct values *v, struct value *value, struct sow_error *err)
{
	struct view line;
	int more = next_full_line(v, &line, err);
	if (more <= 0)
		return more;
	struct text_place start = { v->number, 1 };
	const char *nul = memchr(line.p, '\0', line.len);
	struct view before = view_from(line.p, nul ? (size_t)(nul - line.p) : 0);
	if (nul)
		return values_wrong(v, text_place_behind(start, before), err,
				    "expected text, not a zero byte");
	buf_clear(&v->text);
	buf_addch(&v->text, '"');
	json_escape(&v->text, line);
	buf_addch(&v->text, '"');
	*value = (struct value){ .json = view_from(v->text.data, v->text.len), .raw = line,
				 .at = start, .is_line = true, .is_text = true };
	return 1;
}

/* An array, and values one after another */

static int broken_array(struct values *v, int status)
{
	struct sow_error *err = &v->failure;
	if (status == SOW_TOOBIG)
		return error_set(err, SOW_TOOBIG, "%s:%zu: record %zu is longer than %zu MiB",
				 values_name(v), v->array.start.line, v->records + 1,
				 ARRAY_ELEMENT_MAX >> 20);
	return values_wrong(v, v->array.start, err, "%s", v->array.wrong);
}

int values_next_element(struct values *v, struct value *value, struct sow_error *err)
{
	struct view bytes, element;
	int status = 0;
	(void)err;
	while (!status) {
		if (v->enveloped && v->array.phase == ARRAY_DONE) {
			bool again;
			status = envelope_end(v, &again);
			if (status || !again)
				return status;
		}
		int more = values_peek(v, 1, &bytes);
		if (more < 0)
			return more;
		if (!more && v->array.bare && v->array.scalar && v->array.phase == ARRAY_INSIDE) {
			bytes = view_of("\n"); /* ends a number, or what should be one */
			status = array_next(&v->array, &bytes, &element);
			break;
		}
		if (!more) {
			status = array_end(&v->array);
			break;
		}
		/* text after an array in an object does not belong to the array */
		if (v->enveloped && v->array.phase != ARRAY_INSIDE)
			bytes.len = 1;
		size_t shown = bytes.len;
		status = array_next(&v->array, &bytes, &element);
		values_take(v, shown - bytes.len);
	}
	if (status <= 0)
		return status ? broken_array(v, status) : 0;
	v->records++;
	v->number = v->array.start.line;
	*value = (struct value){ .json = element, .raw = element, .at = v->array.start };
	return 1;
}

/* CSV */

static int next_row(struct values *v, struct value *value, struct sow_error *err)
{
	struct view bytes, row;
	int status = 0;
	bool over = false;
	while (!status && !over) {
		int more = values_peek(v, 1, &bytes);
		if (more < 0)
			return more;
		over = !more;
		size_t before = bytes.len;
		status = over ? csv_end(&v->csv, &row) : csv_next(&v->csv, &bytes, &row);
		values_take(v, over ? 0 : before - bytes.len);
	}
	v->number = v->csv.start.line;
	if (status == SOW_INVALID) {
		if (!v->csv.has_header)
			return values_wrong(v, v->csv.where, &v->failure, "%s", v->csv.wrong);
		return values_wrong(v, v->csv.where, err, "%s", v->csv.wrong);
	}
	if (status == SOW_TOOBIG)
		return error_set(&v->failure, SOW_TOOBIG, "%s:%zu: the row is longer than %zu MiB",
				 values_name(v), v->csv.start.line, ARRAY_ELEMENT_MAX >> 20);
	if (status)
		*value = (struct value){ .json = row, .raw = row, .at = v->csv.start,
					 .is_line = true };
	return status;
}

void values_use_csv(struct values *v, char delimiter)
{
	v->csv = (struct csv)CSV_INIT(delimiter);
	v->csv.at.line = v->number + 1;
	v->next = next_row;
	v->kind = delimiter == '\t' ? "TSV" : "CSV";
}

/* Parquet */

static int next_parquet_row(struct values *v, struct value *value, struct sow_error *err)
{
	struct view row;
	struct sow_error own = { 0 };
	int status = parquet_rows_next(v->rows, &row, &own);
	v->number += status > 0 || (status < 0 && !parquet_rows_broken(v->rows));
	if (status > 0)
		*value = (struct value){ .json = row, .raw = row, .at = { v->number, 1 },
					 .is_line = true };
	if (status < 0)
		*(parquet_rows_broken(v->rows) ? &v->failure : err) = own;
	return status;
}

int values_use_parquet(struct values *v)
{
	FILE *file = v->in ? infile_seekable(v->in, &v->failure)
			   : fmemopen((void *)(uintptr_t)v->rest.p, v->rest.len, "rb");
	if (!file)
		return v->failure.status ? (int)v->failure.status : error_nomem(&v->failure);
	v->number = 0;
	v->kind = "Parquet";
	v->next = next_parquet_row;
	v->rows = parquet_rows_open(file, values_name(v), &v->failure);
	return v->rows ? SOW_OK : (int)v->failure.status;
}

/* A file of records of one kind */

void values_use_lines(struct values *v)
{
	v->next = next_json_line;
	v->kind = "JSON Lines";
}

void values_use_text(struct values *v)
{
	v->next = next_text_line;
	v->kind = "plain text";
}

void values_use_elements(struct values *v, bool bare)
{
	struct text_place at = v->array.at;
	array_release(&v->array);
	v->array = bare ? (struct array)ARRAY_BARE_INIT : (struct array)ARRAY_INIT;
	v->array.at = v->array.behind = at;
	v->next = values_next_element;
	v->kind = bare ? "JSON values one after another" : "a JSON array";
}

/* True if several files are read, by this process or others: then the line numbers of one file do not
 * count. */
static bool are_several(const struct values *v)
{
	return v->o.parts ? v->o.parts->several : v->hub.count > 1;
}

/* A part that begins inside its file is of the kind found for the file. */
static int open_part(struct values *v, const struct file_part *p, struct sow_error *err)
{
	int status = SOW_OK;
	v->in = p->to == UINT64_MAX ? infile_open(p->path, err) : infile_open_part(p->path, p->from, p->to, err);
	if (!v->in)
		return err->status;
	if (!are_several(v))
		v->number = v->o.parts->before;
	else if (v->o.parts->count_lines)
		status = infile_count_lines(p->path, p->from, &v->number, err);
	if (p->from)
		(p->lines == LINES_JSON ? values_use_lines : values_use_text)(v);
	return status;
}

/* Begins the next file of several like the first. */
static int begin_file(struct values *v)
{
	v->repaired += v->in ? infile_repaired(v->in) : 0;
	infile_close(v->in);
	array_release(&v->array);
	csv_release(&v->csv);
	parquet_rows_close(v->rows);
	v->array = (struct array)ARRAY_INIT;
	v->csv = (struct csv)CSV_INIT(',');
	v->rows = NULL;
	v->next = NULL;
	v->enveloped = v->too_long = false;
	v->number = v->records = 0;
	if (v->o.parts)
		return open_part(v, &v->o.parts->list[v->hub_at], &v->failure);
	v->in = infile_open(v->hub.list[v->hub_at].path, &v->failure);
	return v->in ? SOW_OK : (int)v->failure.status;
}

/* The next value in the current file. */
static int next_in_file(struct values *v, struct value *value, struct sow_error *err)
{
	int status = v->failure.status;
	if (!status && !v->next)
		status = values_choose(v);
	return status ? status : v->next(v, value, err);
}

int values_next(struct values *v, struct value *value, struct sow_error *err)
{
	struct sow_error own = { 0 };
	int status = next_in_file(v, value, &own);
	while (status == 0 && v->hub_at + 1 < v->hub.count) {
		v->hub_at++;
		status = begin_file(v);
		if (!status)
			status = next_in_file(v, value, &own);
	}
	v->passed += status != 0;
	if (status < 0 && status != SOW_INVALID && !v->too_long && !v->failure.status)
		v->failure = own;
	if (status < 0 && v->failure.status)
		own = v->failure;
	return status < 0 ? error_set(err, own.status, "%s", own.text) : status;
}

int value_broken(const struct value *value, const char *name, size_t offset,
		 const struct sow_error *why, struct sow_error *err)
{
	if (why->status != SOW_INVALID)
		return error_set(err, why->status, "%s", why->text);
	struct view json = value->json;
	struct text_place p = text_place_behind(value->at, view_sub(json, 0, offset));
	const char *nul = json.len ? memchr(json.p, '\0', json.len) : NULL;
	const char *said = why->text + why->said; /* without the place that it names */
	if (nul && (size_t)(nul - json.p) <= offset)
		said = "expected text, not a zero byte";
	else if (value->is_line && !view_trim(view_sub(json, offset, json.len)).len)
		said = "the line ends inside a JSON value; expected one whole object a line, or "
		       "all in one array";
	return error_set(err, SOW_INVALID, "%s:%zu:%zu: %s", name, p.line, p.column, said);
}

bool values_broken(const struct values *v)
{
	return v->failure.status != SOW_OK;
}

const char *values_name(const struct values *v)
{
	return v->hub.count ? v->hub.list[v->hub_at].name : v->name;
}

const char *values_kind(const struct values *v)
{
	return v->kind ? v->kind : "nothing";
}

struct view values_outside(const struct values *v)
{
	return view_from(v->outside.data, v->enveloped || are_several(v) ? v->outside.len : 0);
}

size_t values_repaired(const struct values *v)
{
	return v->repaired + (v->in ? infile_repaired(v->in) : 0);
}

bool values_are_lines(const struct values *v)
{
	return !are_several(v) && (v->next == next_json_line || v->next == next_text_line);
}

size_t values_line(const struct values *v)
{
	return are_several(v) ? v->passed : v->number;
}

/* Opening */

static struct values *make(const struct values_options *o)
{
	struct values *v = mem_zalloc(sizeof(*v));
	v->array = (struct array)ARRAY_INIT;
	v->csv = (struct csv)CSV_INIT(',');
	v->outside = v->text = (struct buf)BUF_INIT;
	if (o)
		v->o = *o;
	return v;
}

static struct values *named(struct values *v, const char *name)
{
	v->name = mem_copystr(name);
	return v;
}

struct values *values_of(const char *name, struct view text, const struct values_options *o,
			 struct sow_error *err)
{
	struct values *v = make(o);
	(void)err;
	v->rest = view_starts(text, "\xEF\xBB\xBF") ? view_sub(text, 3, text.len) : text;
	return named(v, name);
}

/* The files of the list are those of v->o.parts; an empty list is an input without records. */
static struct values *open_parts(struct values *v, const char *path, struct sow_error *err)
{
	const struct parts *parts = v->o.parts;
	v->arena = arena_new();
	v->hub.list = arena_alloc(v->arena, (parts->count + 1) * sizeof(*v->hub.list));
	int status = SOW_OK;
	for (size_t i = 0; i < parts->count; i++)
		v->hub.list[i] = (struct hub_local){ parts->list[i].path, parts->list[i].path };
	v->hub.count = parts->count;
	v->passed = parts->several ? parts->before : 0;
	v->number = parts->several ? 0 : parts->before;
	if (!status && parts->count)
		status = open_part(v, &parts->list[0], err);
	if (!status)
		return named(v, path);
	values_close(v);
	return NULL;
}

enum lines values_lines(const char *path, const struct values_options *o)
{
	struct value value;
	struct values_options own = o ? *o : (struct values_options){ 0 };
	own.parts = NULL;
	struct values *v = values_open(path, &own, NULL);
	enum lines lines = LINES_NOT;
	if (v && values_next(v, &value, NULL) && v->in && infile_is_plain(v->in) && !values_broken(v))
		lines = v->next == next_json_line ? LINES_JSON : v->next == next_text_line ? LINES_TEXT : LINES_NOT;
	values_close(v);
	return lines;
}

struct values *values_open(const char *path, const struct values_options *o, struct sow_error *err)
{
	struct values *v = make(o);
	if (o && o->parts)
		return open_parts(v, path, err);
	if (hub_names(path)) {
		v->arena = arena_new();
		int status = hub_read(path, v->arena, &v->hub, err);
		v->in = status ? NULL : infile_open(v->hub.list[0].path, err);
	} else {
		v->in = infile_open(path, err);
	}
	if (v->in)
		return named(v, v->arena ? path : infile_path(v->in));
	values_close(v);
	return NULL;
}

struct view values_part(const struct values *v)
{
	return v->hub.told;
}

void values_close(struct values *v)
{
	if (!v)
		return;
	infile_close(v->in);
	array_release(&v->array);
	csv_release(&v->csv);
	parquet_rows_close(v->rows);
	buf_release(&v->outside);
	buf_release(&v->text);
	mem_free(v->name);
	arena_free(v->arena);
	mem_free(v);
}
