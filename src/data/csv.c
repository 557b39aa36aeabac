#include "data/csv.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/columns.h"
#include "io/json.h"

static int wrong(struct csv *c, struct text_place where, const char *message)
{
	c->where = where;
	snprintf(c->wrong, sizeof(c->wrong), "%s", message);
	return SOW_INVALID;
}

static void end_cell(struct csv *c)
{
	mem_grow(&c->ends, &c->room, c->count + 1);
	c->ends[c->count++] = c->text.len;
	c->quoted = c->closed = false;
	c->cell = (struct text_place){ c->at.line, c->at.column + 1 };
}

static struct view cell(const struct buf *text, const size_t *ends, size_t i)
{
	size_t from = i ? ends[i - 1] : 0;
	return view_from(text->data + from, ends[i] - from);
}

static void begin_row(struct csv *c)
{
	buf_clear(&c->text);
	c->count = 0;
	c->begun = c->quoted = c->closed = false;
}

/* True for a \r without a \n, which does not end a line here: rows of the file end with \r alone. */
static bool has_lone_return(struct view name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.p[i] == '\r' && (i + 1 == name.len || name.p[i + 1] != '\n'))
			return true;
	}
	return false;
}

static int take_header(struct csv *c)
{
	for (size_t i = 0; i < c->count; i++) {
		struct view name = view_trim(cell(&c->text, c->ends, i));
		char number[32];
		snprintf(number, sizeof(number), "column_%zu", i + 1);
		if (has_lone_return(name))
			return wrong(c, c->start, "rows end with a carriage return alone; expected a "
					 "line feed");
		if (!name.len)
			name = view_of(number);
		for (size_t k = 0; k < c->columns; k++) {
			if (!view_eq(name, cell(&c->header, c->name_ends, k)))
				continue;
			char message[160];
			name = utf8_head(name, 80);
			if (utf8_valid(name.p, name.len, NULL))
				snprintf(message, sizeof(message), "two columns are named '%.*s'",
					 VIEW_ARG(name));
			else
				snprintf(message, sizeof(message), "two columns have one name");
			return wrong(c, c->start, message);
		}
		mem_grow(&c->name_ends, &c->name_room, c->columns + 1);
		buf_add(&c->header, name.p, name.len);
		c->name_ends[c->columns++] = c->header.len;
	}
	c->has_header = true;
	return c->header.status;
}

static bool is_json(struct view text)
{
	struct sow_error own = { 0 };
	struct json *doc = json_parse(text.p, text.len, &own);
	json_free(doc);
	return doc != NULL;
}

/* True if the cell is JSON: turns, and lists that are never texts. */
static bool holds_json(struct view name, struct view text)
{
	static const char *const turns[] = { "[{\"role\"", "[{\"from\"", "{\"role\"", "{\"from\"",
					     "{\"messages\"" };
	if (!text.len || (*text.p != '[' && *text.p != '{'))
		return false;
	const struct column_row *row = column_find(name);
	enum column c = row ? row->column : COLUMN_FIELD;
	bool is = *text.p == '[' && (c == COLUMN_INSTANCES || c == COLUMN_HISTORY ||
				     c == COLUMN_COMPLETIONS);
	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]) && c != COLUMN_FIELD && !is; i++)
		is = view_starts(text, turns[i]);
	return is && is_json(text);
}

static void add_cell(struct csv *c, struct view name, struct view text)
{
	if (holds_json(name, text)) {
		buf_add(&c->json, text.p, text.len);
		return;
	}
	buf_addch(&c->json, '"');
	json_escape(&c->json, text);
	buf_addch(&c->json, '"');
}

static int give_row(struct csv *c, struct view *json)
{
	buf_clear(&c->json);
	for (size_t i = 0; i < c->columns; i++) {
		struct view name = cell(&c->header, c->name_ends, i);
		buf_addstr(&c->json, i ? ",\"" : "{\"");
		json_escape(&c->json, name);
		buf_addstr(&c->json, "\":");
		add_cell(c, name, cell(&c->text, c->ends, i));
	}
	buf_addch(&c->json, '}');
	*json = view_from(c->json.data, c->json.len);
	return c->json.status ? c->json.status : 1;
}

/* 1 and a row, 0 for a blank one or the header, or negative. */
static int end_row(struct csv *c, struct view *json)
{
	bool blank = !c->begun;
	int status = SOW_OK;
	if (!blank)
		end_cell(c);
	if (!blank && !c->has_header) {
		status = take_header(c);
	} else if (!blank && c->count != c->columns) {
		char message[160];
		snprintf(message, sizeof(message), "expected %zu cells as in the header, not %zu",
			 c->columns, c->count);
		status = wrong(c, c->start, message);
	} else if (!blank) {
		status = give_row(c, json);
	}
	begin_row(c);
	return status;
}

/* A byte inside a quoted cell. */
static int quoted_byte(struct csv *c, char b)
{
	if (!c->closed) {
		if (b == '"')
			c->closed = true;
		else
			buf_addch(&c->text, b);
		return c->text.status;
	}
	c->closed = false; /* a doubled quote */
	return buf_addch(&c->text, b);
}

/* A byte of a row, not the end of its line. */
static int row_byte(struct csv *c, char b)
{
	if (b == c->delimiter && (!c->quoted || c->closed)) {
		c->begun = true;
		end_cell(c);
		return SOW_OK;
	}
	if (c->quoted && (!c->closed || b == '"'))
		return quoted_byte(c, b);
	if (c->quoted) {
		c->skipping = true;
		return wrong(c, c->at, "expected a delimiter or the end of the row after the closing "
				       "quote");
	}
	size_t from = c->count ? c->ends[c->count - 1] : 0;
	c->begun = true;
	if (b == '"' && c->text.len == from) {
		c->quoted = true;
		return SOW_OK;
	}
	return buf_addch(&c->text, b);
}

/* At the end of the line: 1 and a row, 0 if there is none, or negative. */
static int end_line(struct csv *c, struct view *json)
{
	bool skipped = c->skipping;
	c->skipping = c->carriage = false;
	if (!skipped)
		return end_row(c, json);
	begin_row(c);
	return SOW_OK;
}

static int next_byte(struct csv *c, char b, struct view *json)
{
	bool inside = c->quoted && !c->closed && !c->skipping;
	if (b == '\n' && !inside)
		return end_line(c, json);
	if (c->skipping)
		return SOW_OK;
	int status = c->carriage ? row_byte(c, '\r') : SOW_OK; /* it did not end the row */
	c->carriage = !inside && b == '\r';
	return status || c->carriage ? status : row_byte(c, b);
}

/* The number of bytes that surely are the cell's text: up to a quote if the cell is quoted, else up to its
 * end. */
static size_t plain_bytes(const struct csv *c, struct view bytes)
{
	size_t from = c->count ? c->ends[c->count - 1] : 0, i = 0;
	const char *quote = c->quoted ? memchr(bytes.p, '"', bytes.len) : NULL;
	if (c->quoted)
		return quote ? (size_t)(quote - bytes.p) : bytes.len;
	if (*bytes.p == '"' && c->text.len == from)
		return 0; /* it opens the cell */
	const uint64_t delimiter = BITS_EACH((uint64_t)(unsigned char)c->delimiter);
	for (; i + 8 <= bytes.len; i += 8) {
		uint64_t v = bits_load(bytes.p + i);
		if (bits_has_zero(v ^ delimiter) | bits_has_zero(v ^ BITS_EACH('\n')) |
		    bits_has_zero(v ^ BITS_EACH('\r')))
			break;
	}
	while (i < bytes.len && bytes.p[i] != c->delimiter && bytes.p[i] != '\n' && bytes.p[i] != '\r')
		i++;
	return i;
}

/* Takes all such bytes at once: false if there are none. */
static bool take_plain(struct csv *c, struct view *bytes, int *status)
{
	if (c->skipping || c->carriage || c->closed)
		return false;
	struct view text = view_sub(*bytes, 0, plain_bytes(c, *bytes));
	if (!text.len)
		return false;
	c->begun = true;
	*status = buf_add(&c->text, text.p, text.len);
	c->at = text_place_behind(c->at, text);
	*bytes = view_sub(*bytes, text.len, bytes->len);
	return true;
}

int csv_next(struct csv *c, struct view *bytes, struct view *json)
{
	int status = 0;
	while (!status && bytes->len) {
		char b = *bytes->p;
		if (!c->begun && !c->count && !c->skipping && !c->carriage)
			c->start = c->cell = c->at;
		if (take_plain(c, bytes, &status))
			continue;
		*bytes = view_sub(*bytes, 1, bytes->len);
		status = next_byte(c, b, json);
		text_place_step(&c->at, b);
	}
	return status;
}

int csv_end(struct csv *c, struct view *json)
{
	if (c->quoted && !c->closed && !c->skipping) {
		c->quoted = false;
		begin_row(c);
		return wrong(c, c->cell, "the quote that opens here is never closed");
	}
	return end_line(c, json);
}

void csv_release(struct csv *c)
{
	buf_release(&c->text);
	buf_release(&c->header);
	buf_release(&c->json);
	mem_free(c->ends);
	mem_free(c->name_ends);
}

static size_t count_known(struct view line, char delimiter)
{
	size_t known = 0;
	for (size_t from = 0, at = 0; at <= line.len; at++) {
		if (at < line.len && line.p[at] != delimiter)
			continue;
		struct view name = view_trim(view_sub(line, from, at));
		if (name.len > 1 && name.p[0] == '"' && name.p[name.len - 1] == '"')
			name = view_sub(name, 1, name.len - 1);
		known += column_find(name) != NULL;
		from = at + 1;
	}
	return known;
}

char csv_delimiter(struct view line, size_t *known)
{
	static const char delimiters[] = { ',', '\t', ';', '|' };
	char best = ',';
	*known = 0;
	for (size_t i = 0; i < sizeof(delimiters); i++) {
		if (!memchr(line.p, delimiters[i], line.len))
			continue;
		size_t n = count_known(line, delimiters[i]);
		if (n > *known) {
			*known = n;
			best = delimiters[i];
		}
	}
	return best;
}

bool csv_is_names(struct view line, char delimiter)
{
	size_t names = 0, from = 0;
	for (size_t at = 0; at <= line.len; at++) {
		if (at < line.len && ascii_space(line.p[at]) && line.p[at] != delimiter)
			return false;
		if (at < line.len && line.p[at] != delimiter)
			continue;
		if (at == from)
			return false;
		from = at + 1;
		names++;
	}
	return names > 1;
}
