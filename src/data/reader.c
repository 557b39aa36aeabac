#include "data/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/array.h"
#include "data/record.h"
#include "io/infile.h"
#include "io/json.h"

struct reader {
	char *name;
	struct infile *in;           /* NULL: `rest` */
	struct view rest;
	size_t number;               /* of the line at hand, from 1 */
	/* Reads the next task; chosen by the first bytes. */
	int (*next)(struct reader *r, struct arena *a, struct task *task, struct sow_error *err);
	struct array array;
	size_t records;              /* of the array, so far */
	struct sow_error failure;    /* the one that is final */
};

/* -- bytes and lines: what fails here is final ----------------------------------- */

static int next_line(struct reader *r, struct view *line)
{
	int more = r->in ? infile_line(r->in, line, &r->failure) : view_line(&r->rest, line);
	r->number += more > 0;
	return more;
}

/* The next line that is not blank. 1, 0 at the end, negative. */
static int next_full_line(struct reader *r, struct view *line)
{
	int more;
	do {
		more = next_line(r, line);
	} while (more > 0 && !view_trim(*line).len);
	return more;
}

static int peek(struct reader *r, size_t least, struct view *bytes)
{
	if (r->in)
		return infile_peek(r->in, least, bytes, &r->failure);
	*bytes = r->rest;
	return r->rest.len > 0;
}

static void take(struct reader *r, size_t len)
{
	if (r->in)
		infile_take(r->in, len);
	else
		r->rest = view_sub(r->rest, len, r->rest.len);
}

/* -- what is wrong, and where ----------------------------------------------------- */

static int wrong_at(const struct reader *r, struct text_place p, struct sow_error *err,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static int wrong_at(const struct reader *r, struct text_place p, struct sow_error *err,
		    const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(err, SOW_INVALID, "%s:%zu:%zu: %s", r->name, p.line, p.column, text);
}

/* SOW_OK if all of `text`, which begins at `start`, is UTF-8 without zero bytes. */
static int check_text(const struct reader *r, struct text_place start, struct view text,
		      struct sow_error *err)
{
	size_t bad;
	if (!utf8_valid(text.p, text.len, &bad))
		return wrong_at(r, text_place_behind(start, view_sub(text, 0, bad)), err,
				"expected UTF-8, not the byte 0x%02X", (unsigned char)text.p[bad]);
	const char *nul = text.len ? memchr(text.p, '\0', text.len) : NULL;
	if (!nul)
		return SOW_OK;
	bad = (size_t)(nul - text.p);
	return wrong_at(r, text_place_behind(start, view_sub(text, 0, bad)), err,
			"expected text, not a zero byte");
}

/* What json_parse says behind its own idea of the place. */
static const char *without_place(const char *message)
{
	const char *colon = strncmp(message, "line ", 5) == 0 ? strstr(message, ": ") : NULL;
	return colon ? colon + 2 : message;
}

static int broken_value(const struct reader *r, struct text_place start, struct view text,
			size_t offset, const struct sow_error *why, struct sow_error *err)
{
	if (why->status != SOW_INVALID)
		return error_set(err, why->status, "%s", why->text);
	int status = check_text(r, start, text, err);
	if (status)
		return status;
	struct text_place place = text_place_behind(start, view_sub(text, 0, offset));
	if (!r->records && !view_trim(view_sub(text, offset, text.len)).len)
		return wrong_at(r, place, err, "the line ends inside a JSON value; expected one "
				"whole object a line, or all in one array");
	return wrong_at(r, place, err, "%s", without_place(why->text));
}

static int read_value(struct reader *r, struct text_place start, struct view text,
		      struct arena *a, struct task *task, struct sow_error *err)
{
	struct sow_error why = { 0 };
	size_t offset = 0;
	struct json *doc = json_parse_at(text.p, text.len, &offset, &why);
	if (!doc)
		return broken_value(r, start, text, offset, &why, err);
	int status = record_task(json_root(doc), a, task, err);
	if (status == SOW_INVALID && r->records)
		error_prefix(err, "%s:%zu: record %zu", r->name, start.line, r->records);
	else if (status == SOW_INVALID)
		error_prefix(err, "%s:%zu", r->name, start.line);
	json_free(doc);
	return status ? status : 1;
}

/* -- the three kinds of file --------------------------------------------------------- */

static int next_json_line(struct reader *r, struct arena *a, struct task *task,
			  struct sow_error *err)
{
	struct view line;
	int more = next_full_line(r, &line);
	if (more <= 0)
		return more;
	struct text_place start = { r->number, 1 };
	return read_value(r, start, line, a, task, err);
}

static int next_text_line(struct reader *r, struct arena *a, struct task *task,
			  struct sow_error *err)
{
	struct view line;
	int more = next_full_line(r, &line);
	if (more <= 0)
		return more;
	struct text_place start = { r->number, 1 };
	int status = check_text(r, start, line, err);
	if (status)
		return status;
	struct view text = view_trim(line);
	const char *copy = arena_copyview(a, text);
	if (!copy)
		return error_nomem(err);
	*task = (struct task)TASK_INIT;
	task->instruction = view_from(copy, text.len);
	return 1;
}

static int broken_array(struct reader *r, int status)
{
	struct sow_error *err = &r->failure;
	if (status == SOW_NOMEM)
		return error_nomem(err);
	if (status == SOW_TOOBIG)
		return error_set(err, SOW_TOOBIG, "%s:%zu: record %zu is longer than %zu MiB",
				 r->name, r->array.start.line, r->records + 1,
				 ARRAY_ELEMENT_MAX >> 20);
	return wrong_at(r, r->array.start, err, "%s", r->array.wrong);
}

static int next_element(struct reader *r, struct arena *a, struct task *task,
			struct sow_error *err)
{
	struct view bytes, element;
	int status = 0;
	while (!status) {
		int more = peek(r, 1, &bytes);
		if (more < 0)
			return more;
		if (!more) {
			status = array_end(&r->array);
			break;
		}
		size_t before = bytes.len;
		status = array_next(&r->array, &bytes, &element);
		take(r, before - bytes.len);
	}
	if (status <= 0)
		return status ? broken_array(r, status) : 0;
	r->records++;
	return read_value(r, r->array.start, element, a, task, err);
}

/* -- any of them ---------------------------------------------------------------------- */

static size_t spaces(struct view v)
{
	size_t n = 0;
	while (n < v.len && ascii_space(v.p[n]))
		n++;
	return n;
}

/* Looks for what follows "[" as far as a peek goes. */
static int is_array(struct reader *r, bool *array)
{
	struct view bytes;
	int status = peek(r, INFILE_PEEK_MAX, &bytes);
	if (status < 0)
		return status;
	struct view inside = view_sub(bytes, spaces(bytes) + 1, bytes.len);
	inside = view_sub(inside, spaces(inside), inside.len);
	*array = view_starts(inside, "{") || view_starts(inside, "\"") ||
		 view_eqstr(view_trim(inside), "]");
	return SOW_OK;
}

/* Blank blocks go; the first line that says something stays whole. */
static int choose(struct reader *r)
{
	struct view bytes;
	int status;
	r->next = next_text_line;
	while ((status = peek(r, 1, &bytes)) > 0) {
		size_t blank = spaces(bytes);
		if (blank < bytes.len) {
			bool array = false;
			if (bytes.p[blank] == '[')
				status = is_array(r, &array);
			if (array)
				r->next = next_element;
			else if (bytes.p[blank] == '{')
				r->next = next_json_line;
			return status < 0 ? status : SOW_OK;
		}
		for (size_t i = 0; i < blank; i++)
			r->number += bytes.p[i] == '\n';
		r->array.at.line = r->number + 1;
		take(r, blank);
	}
	return status;
}

int reader_next(struct reader *r, struct arena *a, struct task *task, struct sow_error *err)
{
	struct sow_error own = { 0 };
	int status = r->failure.status;
	if (!status && !r->next)
		status = choose(r);
	if (!status)
		status = r->next(r, a, task, &own);
	if (status < 0 && status != SOW_INVALID && !r->failure.status)
		r->failure = own;
	if (status < 0 && r->failure.status)
		own = r->failure;
	return status < 0 ? error_set(err, own.status, "%s", own.text) : status;
}

bool reader_broken(const struct reader *r)
{
	return r->failure.status != SOW_OK;
}

const char *reader_name(const struct reader *r)
{
	return r->name;
}

static struct reader *make(struct sow_error *err)
{
	struct reader *r = mem_zalloc(sizeof(*r));
	if (r)
		r->array = (struct array)ARRAY_INIT;
	else
		error_nomem(err);
	return r;
}

static struct reader *named(struct reader *r, const char *name, struct sow_error *err)
{
	r->name = mem_copystr(name);
	if (r->name)
		return r;
	error_nomem(err);
	reader_close(r);
	return NULL;
}

struct reader *reader_of(const char *name, struct view text, struct sow_error *err)
{
	struct reader *r = make(err);
	if (!r)
		return NULL;
	r->rest = text;
	return named(r, name, err);
}

struct reader *reader_open(const char *path, struct sow_error *err)
{
	struct reader *r = make(err);
	if (!r)
		return NULL;
	r->in = infile_open(path, err);
	if (r->in)
		return named(r, infile_path(r->in), err);
	reader_close(r);
	return NULL;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	infile_close(r->in);
	array_release(&r->array);
	mem_free(r->name);
	mem_free(r);
}
