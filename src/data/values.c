#include "data/values_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "io/compress.h"
#include "io/json.h"

#define PARQUET_BEGINS "PAR1\x15" /* and the first member of the header that follows */
#define KNOWN_LEAST 2 /* names in a first line that make it a header, whatever else is there */

/* Bytes and lines: what fails here is final, but for a line that is too long. That goes into
 * *err, and the next call gives the line after it. */

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

/* Without white space at its end, and without a comma there. */
static struct view without_comma(struct view line)
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
	struct view json = without_comma(line);
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
		/* what follows an array in an object is not the array's */
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

bool values_is_called(const struct values *v, const char *ending)
{
	return compression_stem_ends(values_name(v), ending);
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

static void use_csv(struct values *v, char delimiter)
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

static int use_parquet(struct values *v)
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

/* What kind of file it is */

/* What the first line holds: all of a value, values, or the beginning of one. */
enum first_line { LINE_WHOLE, LINE_MORE, LINE_BEGUN, LINE_BROKEN };

/* Another object begins where an object cannot: after a line that opens nothing. */
static bool begins_anew(struct view line, struct view rest)
{
	struct view before = view_trim(line), next = { 0 };
	while (view_line(&rest, &next) && !view_trim(next).len)
		;
	return before.len && !strchr("[{:,", before.p[before.len - 1]) && next.len &&
	       *next.p == '{';
}

static enum first_line look_at_line(struct view window)
{
	struct array one = ARRAY_BARE_INIT;
	struct view rest = window, line, element;
	bool ends = memchr(window.p, '\n', window.len) != NULL;
	view_line(&rest, &line);
	struct view left = line;
	int status = array_next(&one, &left, &element);
	bool in_text = one.in_text;
	array_release(&one);
	if (status > 0) {
		left = view_trim(left);
		return left.len && !(left.len == 1 && *left.p == ',') ? LINE_MORE : LINE_WHOLE;
	}
	/* a line break is never inside a text; what the window cuts is one long line */
	return !ends || in_text || begins_anew(line, rest) ? LINE_BROKEN : LINE_BEGUN;
}

static void use_lines(struct values *v)
{
	v->next = next_json_line;
	v->kind = "JSON Lines";
}

static void use_text(struct values *v)
{
	v->next = next_text_line;
	v->kind = "plain text";
}

static void use_elements(struct values *v, bool bare)
{
	struct text_place at = v->array.at;
	array_release(&v->array);
	v->array = bare ? (struct array)ARRAY_BARE_INIT : (struct array)ARRAY_INIT;
	v->array.at = v->array.behind = at;
	v->next = values_next_element;
	v->kind = bare ? "JSON values one after another" : "a JSON array";
}

static int choose_object(struct values *v, struct view window)
{
	size_t start;
	if (envelope_find(v, window, &start))
		return envelope_begin(v, window, start);
	enum first_line line = look_at_line(window);
	if (line == LINE_WHOLE || line == LINE_BROKEN)
		use_lines(v);
	else
		use_elements(v, true);
	return SOW_OK;
}

static size_t spaces(struct view v)
{
	size_t n = 0;
	while (n < v.len && ascii_space(v.p[n]))
		n++;
	return n;
}

static bool choose_array(struct values *v, struct view window)
{
	struct view inside = view_sub(window, 1, window.len);
	inside = view_sub(inside, spaces(inside), inside.len);
	char c = inside.len ? *inside.p : '\0';
	if (list_begins_with_turn(window))
		use_elements(v, true); /* conversations */
	else if (c == '{' || c == '"' || c == '[' || view_eqstr(view_trim(inside), "]"))
		use_elements(v, false);
	else
		return false;
	return true;
}

/* What files begin with that people have data in, and that are no text. */
static bool is_other_kind(struct view window)
{
	static const char *const begins[] = {
		"PK\x03\x04", "ARROW1", "SQLite format 3", "%PDF-", "\x89HDF", "7z\xBC\xAF",
	};
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		if (view_starts(window, begins[i]))
			return true;
	}
	return false;
}

static int choose_text(struct values *v, struct view window)
{
	struct view rest = window, line;
	size_t known = 0;
	view_line(&rest, &line);
	bool is_csv = values_is_called(v, ".csv");
	bool is_tsv = values_is_called(v, ".tsv") || values_is_called(v, ".tab");
	bool is_json = values_is_called(v, ".json") || values_is_called(v, ".jsonl") ||
		       values_is_called(v, ".ndjson");
	char delimiter = csv_delimiter(line, &known);
	bool looks = known >= KNOWN_LEAST || (known && csv_is_names(line, delimiter));
	if (is_csv || is_tsv || (looks && !is_json))
		use_csv(v, is_tsv && !known ? '\t' : delimiter);
	else if (is_json)
		return values_wrong(v, (struct text_place){ v->number + 1, 1 }, &v->failure,
				"expected JSON: an object, an array or a text in double quotes");
	else if (is_other_kind(window))
		return values_wrong(v, (struct text_place){ v->number + 1, 1 }, &v->failure,
				    "expected text; this is another kind of file, such as Arrow, "
				    "XLSX or ZIP");
	else
		use_text(v);
	return SOW_OK;
}

static int choose_by(struct values *v, struct view window)
{
	struct view rest = window, line;
	struct sow_error own = { 0 };
	if (view_starts(window, PARQUET_BEGINS) ||
	    (view_starts(window, "PAR1") && values_is_called(v, ".parquet")))
		return use_parquet(v);
	if (values_is_called(v, ".parquet"))
		return values_wrong(v, (struct text_place){ v->number + 1, 1 }, &v->failure,
				    "expected Parquet, which begins with PAR1");
	if (v->o.lines) {
		use_text(v);
		return SOW_OK;
	}
	if (v->o.delimiter) {
		use_csv(v, v->o.delimiter);
		return SOW_OK;
	}
	if (*window.p == '{')
		return choose_object(v, window);
	if (*window.p == '[' && choose_array(v, window))
		return SOW_OK;
	if (*window.p == '"') {
		view_line(&rest, &line);
		line = without_comma(line);
		struct json *doc = json_parse(line.p, line.len, &own);
		json_free(doc);
		if (doc) {
			use_lines(v);
			return SOW_OK;
		}
	}
	return choose_text(v, window);
}

/* Blank blocks go; the first line that says something stays whole. */
static int choose(struct values *v)
{
	struct view bytes;
	int status;
	v->next = next_text_line;
	v->kind = "nothing";
	while ((status = values_peek(v, INFILE_PEEK_MAX, &bytes)) > 0) {
		size_t blank = spaces(bytes), line = 0;
		bool found = blank < bytes.len;
		if (!found)
			line = blank;
		for (size_t i = 0; i < blank; i++) {
			if (bytes.p[i] != '\n')
				continue;
			v->number++;
			line = i + 1;
		}
		values_take(v, line);
		v->array.at = (struct text_place){ v->number + 1, 1 };
		if (!found)
			continue;
		struct view begun = view_sub(bytes, blank, bytes.len);
		if (*begun.p == '{' || *begun.p == '[') { /* these count their own columns */
			v->array.at.column = blank - line + 1;
			values_take(v, blank - line);
		}
		return choose_by(v, begun);
	}
	return status;
}

/* Several files are read, here or by others: lines of one have no number that counts. */
static bool are_several(const struct values *v)
{
	return v->o.parts ? v->o.parts->several : v->hub.count > 1;
}

/* A part that begins inside of its file is of the kind that the file was taken for. */
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
		(p->lines == LINES_JSON ? use_lines : use_text)(v);
	return status;
}

/* The next file of several, as if it were the first. */
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

/* In the file at hand. */
static int next_in_file(struct values *v, struct value *value, struct sow_error *err)
{
	int status = v->failure.status;
	if (!status && !v->next)
		status = choose(v);
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
	const char *said = why->text + why->said; /* without its own idea of the place */
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

/* The files of the list are those of v->o.parts; none is an input without records. */
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

struct view values_told(const struct values *v)
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
