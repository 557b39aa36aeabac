#include "data/tasks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/record.h"
#include "io/infile.h"
#include "io/json.h"

#define EXPECTED "expected JSON lines, one JSON array, or one instruction a line"

/* Lines of a file or of a text in memory, and where the tasks in them go. */
struct source {
	const char *name;
	struct infile *in;           /* NULL: `rest` */
	struct view rest;
	size_t number;               /* of the line at hand, from 1 */
	struct tasks *tasks;
	struct arena *arena;
	struct sow_error *err;
};

static int next_line(struct source *s, struct view *line)
{
	int more = s->in ? infile_line(s->in, line, s->err) : view_line(&s->rest, line);
	s->number += more > 0;
	return more;
}

/* The next line that is not blank. 1, 0 at the end, negative. */
static int next_full_line(struct source *s, struct view *line)
{
	int more;
	do {
		more = next_line(s, line);
	} while (more > 0 && !view_trim(*line).len);
	return more;
}

static int wrong_at(struct source *s, struct view line, size_t offset, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Failure at a byte of a line; columns count characters. */
static int wrong_at(struct source *s, struct view line, size_t offset, const char *fmt, ...)
{
	char text[512];
	size_t column = utf8_count(line.p, view_sub(line, 0, offset).len) + 1;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(s->err, SOW_INVALID, "%s:%zu:%zu: %s", s->name, s->number, column, text);
}

static int check_text(struct source *s, struct view line)
{
	size_t bad;
	if (!utf8_valid(line.p, line.len, &bad))
		return wrong_at(s, line, bad, "expected UTF-8, not the byte 0x%02X",
				(unsigned char)line.p[bad]);
	const char *nul = line.len ? memchr(line.p, '\0', line.len) : NULL;
	if (nul)
		return wrong_at(s, line, (size_t)(nul - line.p), "expected text, not a zero byte");
	return SOW_OK;
}

/* What json_parse says behind its own idea of the place. */
static const char *without_place(const char *message)
{
	const char *colon = strncmp(message, "line ", 5) == 0 ? strstr(message, ": ") : NULL;
	return colon ? colon + 2 : message;
}

static int add_task(struct source *s, const struct task *task)
{
	void *list = s->tasks->list;
	if (mem_grow(&list, &s->tasks->room, s->tasks->count + 1, sizeof(*task)))
		return error_nomem(s->err);
	s->tasks->list = list;
	s->tasks->list[s->tasks->count++] = *task;
	return SOW_OK;
}

static int add_record(struct source *s, const json_value *record)
{
	struct task task;
	int status = record_task(record, s->arena, &task, s->err);
	return status ? status : add_task(s, &task);
}

/* -- one record a line -------------------------------------------------------- */

static int broken_line(struct source *s, struct view line, size_t offset,
		       const struct sow_error *why)
{
	if (!view_trim(view_sub(line, offset, line.len)).len)
		return wrong_at(s, line, offset, "the line ends inside a JSON value; expected one "
				"whole object a line, or all in one array");
	return wrong_at(s, line, offset, "%s", without_place(why->text));
}

static int read_json_line(struct source *s, struct view line)
{
	struct sow_error why = { 0 };
	size_t offset = 0;
	int status = check_text(s, line);
	if (status)
		return status;
	struct json *doc = json_parse_at(line.p, line.len, &offset, &why);
	if (!doc)
		return why.status == SOW_INVALID ? broken_line(s, line, offset, &why)
						 : error_set(s->err, why.status, "%s", why.text);
	status = add_record(s, json_root(doc));
	if (status == SOW_INVALID)
		error_prefix(s->err, "%s:%zu", s->name, s->number);
	json_free(doc);
	return status;
}

static int read_plain_line(struct source *s, struct view line)
{
	int status = check_text(s, line);
	if (status)
		return status;
	struct view text = view_trim(line);
	struct task task = { .id = view_of(""), .name = view_of("") };
	const char *copy = arena_copyview(s->arena, text);
	if (!copy)
		return error_nomem(s->err);
	task.instruction = view_from(copy, text.len);
	return add_task(s, &task);
}

static int read_lines(struct source *s, struct view line,
		      int (*read_line)(struct source *s, struct view line))
{
	int more = 1;
	while (more > 0) {
		int status = read_line(s, line);
		if (status)
			return status;
		more = next_full_line(s, &line);
	}
	return more;
}

/* -- all in one array ----------------------------------------------------------- */

/* The file from `line` on. The lines are those of the file, so that a place in it is
 * found again by counting. */
static int gather(struct source *s, struct view line, struct buf *text)
{
	int more = 1;
	while (more > 0) {
		int status = check_text(s, line);
		if (status)
			return status;
		buf_add(text, line.p, line.len);
		buf_addch(text, '\n');
		if (buf_failed(text))
			return error_set(s->err, text->status, "%s: too much for memory; JSON lines "
					 "are read one by one", s->name);
		more = next_line(s, &line);
	}
	return more;
}

static int broken_array(struct source *s, struct view text, size_t offset, size_t first,
			const char *why)
{
	size_t start = 0;
	/* where it ends too early, that is behind its last word */
	if (offset == text.len)
		offset = (size_t)(view_trim(text).p + view_trim(text).len - text.p);
	s->number = first;
	for (size_t i = 0; i < offset; i++) {
		if (text.p[i] == '\n') {
			s->number++;
			start = i + 1;
		}
	}
	return wrong_at(s, view_sub(text, start, text.len), offset - start, "%s",
			without_place(why));
}

static int add_array(struct source *s, const json_value *list)
{
	size_t number = 0;
	int status = SOW_OK;
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
		number++;
		status = add_record(s, v);
	}
	if (status == SOW_INVALID)
		error_prefix(s->err, "%s: record %zu", s->name, number);
	return status;
}

/* "[" opens a JSON array or a line of text such as "[urgent] Write a note". With an
 * object behind it, it is JSON and its mistakes are told; else it is if it parses. */
static bool surely_array(struct view text)
{
	struct view inside = view_trim(view_sub(text, 1, text.len));
	return view_starts(inside, "{") || view_eqstr(inside, "]");
}

static int read_bracket(struct source *s, struct view line)
{
	struct buf buf = BUF_INIT;
	struct sow_error why = { 0 };
	struct json *doc = NULL;
	size_t offset = 0, first = s->number;
	int status = gather(s, line, &buf);
	if (status)
		goto out;
	struct view text = view_from(buf.data, buf.len);
	doc = json_parse_at(text.p, text.len, &offset, &why);
	if (doc) {
		status = add_array(s, json_root(doc));
	} else if (why.status != SOW_INVALID) {
		status = error_set(s->err, why.status, "%s", why.text);
	} else if (surely_array(view_trim(text))) {
		status = broken_array(s, text, offset, first, why.text);
	} else {
		struct source again = *s;
		again.in = NULL;
		again.rest = text;
		again.number = first - 1;
		next_full_line(&again, &line);
		status = read_lines(&again, line, read_plain_line);
	}
out:
	json_free(doc);
	buf_release(&buf);
	return status;
}

/* -- any of them --------------------------------------------------------------- */

static int read_source(struct source *s)
{
	size_t before = s->tasks->count;
	struct view line;
	int status = next_full_line(s, &line);
	if (status > 0) {
		char first = view_trim(line).p[0];
		status = first == '{'   ? read_lines(s, line, read_json_line)
			 : first == '[' ? read_bracket(s, line)
					: read_lines(s, line, read_plain_line);
	}
	if (!status && s->tasks->count == before)
		status = error_set(s->err, SOW_INVALID, "%s: no tasks in it; " EXPECTED, s->name);
	if (status)
		s->tasks->count = before;
	return status;
}

int tasks_read(struct tasks *tasks, struct arena *a, const char *path, struct sow_error *err)
{
	struct source s = { .tasks = tasks, .arena = a, .err = err };
	s.in = infile_open(path, err);
	if (!s.in)
		return err ? (int)err->status : SOW_IO;
	s.name = infile_path(s.in);
	int status = read_source(&s);
	infile_close(s.in);
	return status;
}

int tasks_parse(struct tasks *tasks, struct arena *a, const char *name, struct view text,
		struct sow_error *err)
{
	struct source s = { .name = name, .rest = text, .tasks = tasks, .arena = a, .err = err };
	return read_source(&s);
}

void tasks_release(struct tasks *tasks)
{
	mem_free(tasks->list);
	*tasks = (struct tasks)TASKS_INIT;
}
