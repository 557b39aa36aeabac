#include "data/array.h"

#include <string.h>

#include "base/utf8.h"

struct text_place text_place_behind(struct text_place p, struct view text)
{
	for (const char *end; text.len && (end = memchr(text.p, '\n', text.len));) {
		p = (struct text_place){ p.line + 1, 1 };
		text = view_sub(text, (size_t)(end - text.p) + 1, text.len);
	}
	p.column += utf8_count(text.p, text.len);
	return p;
}

static int wrong(struct array *a, struct text_place where, const char *expected)
{
	a->start = where;
	a->wrong = expected;
	return SOW_INVALID;
}

static void open_element(struct array *a, char c)
{
	a->phase = ARRAY_INSIDE;
	a->start = a->at;
	a->in_text = c == '"';
	a->escaped = false;
	a->depth = c == '{' || c == '[';
	a->scalar = !a->in_text && !a->depth;
	buf_clear(&a->element);
}

/* A byte outside of elements. */
static int between(struct array *a, char c)
{
	if (ascii_space(c))
		return SOW_OK;
	switch (a->phase) {
	case ARRAY_BEGIN:
		a->phase = ARRAY_FIRST;
		return c == '[' ? SOW_OK : wrong(a, a->at, "expected [");
	case ARRAY_FIRST:
	case ARRAY_VALUE:
		if (c == ']' && a->phase == ARRAY_VALUE)
			return wrong(a, a->at, "expected no comma before the closing bracket");
		if (c == ',')
			return wrong(a, a->at, "expected a value");
		a->phase = ARRAY_DONE;
		if (c != ']')
			open_element(a, c);
		return SOW_OK;
	case ARRAY_BARE:
		if (c != ',')
			open_element(a, c);
		return SOW_OK;
	case ARRAY_BEHIND:
		a->phase = c == ',' ? ARRAY_VALUE : ARRAY_DONE;
		return c == ',' || c == ']' ? SOW_OK : wrong(a, a->at, "expected , or ]");
	default:
		return wrong(a, a->at, "expected nothing more after the value");
	}
}

/* True if the element ends after this byte. */
static bool ends_behind(struct array *a, char c)
{
	if (a->in_text) {
		if (!a->escaped && c == '"')
			a->in_text = false;
		a->escaped = !a->escaped && c == '\\';
		return !a->in_text && !a->depth;
	}
	if (c == '"')
		a->in_text = true;
	else if (c == '{' || c == '[')
		a->depth++;
	else if (c == '}' || c == ']')
		a->depth--;
	return !a->scalar && !a->depth;
}

static bool ends_before(const struct array *a, char c)
{
	return a->scalar && (ascii_space(c) || c == ',' || c == ']');
}

static int give(struct array *a, struct view *element)
{
	a->behind = a->at;
	a->phase = a->bare ? ARRAY_BARE : ARRAY_BEHIND;
	*element = view_from(a->element.data, a->element.len);
	return 1;
}

/* Continues an element: 1 if it is complete, 0 if `bytes` ended first. */
static int inside(struct array *a, struct view *bytes, struct view *element)
{
	bool before = false, behind = false;
	size_t len = 0;
	for (; len < bytes->len && !behind; len++) {
		char c = bytes->p[len];
		if (a->in_text && !a->escaped && a->element.len + len && c != '"' && c != '\\') {
			text_place_step(&a->at, c); /* most of any file */
			continue;
		}
		/* the first byte, of any kind, opened it */
		before = a->element.len + len && ends_before(a, c);
		if (before)
			break;
		behind = a->element.len + len ? ends_behind(a, c) : false;
		text_place_step(&a->at, c);
	}
	int status = buf_add(&a->element, bytes->p, len);
	*bytes = view_sub(*bytes, len, bytes->len);
	if (status)
		return status;
	return before || behind ? give(a, element) : 0;
}

int array_next(struct array *a, struct view *bytes, struct view *element)
{
	int status = a->wrong ? SOW_INVALID : a->element.status;
	while (!status && bytes->len) {
		if (a->phase == ARRAY_INSIDE) {
			status = inside(a, bytes, element);
			continue;
		}
		status = between(a, *bytes->p);
		if (status || a->phase == ARRAY_INSIDE)
			continue;
		text_place_step(&a->at, *bytes->p);
		if (!ascii_space(*bytes->p))
			a->behind = a->at;
		*bytes = view_sub(*bytes, 1, bytes->len);
	}
	return status;
}

int array_end(struct array *a)
{
	if (a->wrong || a->phase == ARRAY_DONE || a->phase == ARRAY_BARE)
		return a->wrong ? SOW_INVALID : SOW_OK;
	struct text_place where = a->behind;
	if (a->phase == ARRAY_INSIDE) /* after its last byte that is not space */
		where = text_place_behind(a->start, view_trim(view_from(a->element.data,
									a->element.len)));
	return wrong(a, where, "unexpected end of the text");
}

void array_release(struct array *a)
{
	buf_release(&a->element);
}
