#include "base/view.h"

#include <string.h>

struct view view_from(const char *text, size_t len)
{
	return (struct view){ text ? text : "", text ? len : 0 };
}

struct view view_of(const char *text)
{
	return view_from(text, text ? strlen(text) : 0);
}

struct view view_sub(struct view v, size_t from, size_t to)
{
	if (to > v.len)
		to = v.len;
	if (from > to)
		from = to;
	return (struct view){ v.p + from, to - from };
}

bool ascii_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool ascii_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ascii_punct(char c)
{
	return c > ' ' && c < 0x7F && !ascii_digit(c) && !ascii_alpha(c);
}

char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

struct view view_trim_front(struct view v)
{
	while (v.len && ascii_space(v.p[0])) {
		v.p++;
		v.len--;
	}
	return v;
}

struct view view_trim_back(struct view v)
{
	while (v.len && ascii_space(v.p[v.len - 1]))
		v.len--;
	return v;
}

struct view view_trim(struct view v)
{
	return view_trim_back(view_trim_front(v));
}

bool view_eq(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool view_eqstr(struct view a, const char *b)
{
	return view_eq(a, view_of(b));
}

bool view_eqfold(struct view a, struct view b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	}
	return true;
}

bool view_starts(struct view v, const char *prefix)
{
	return view_eqstr(view_sub(v, 0, strlen(prefix)), prefix);
}

bool view_ends(struct view v, const char *suffix)
{
	size_t len = strlen(suffix);
	return v.len >= len && view_eqstr(view_sub(v, v.len - len, v.len), suffix);
}

size_t view_find(struct view v, size_t from, const char *needle)
{
	if (from >= v.len) /* also a view that is all zero */
		return from == v.len && !*needle ? from : VIEW_NONE;
	const char *hit = memmem(v.p + from, v.len - from, needle, strlen(needle));
	return hit ? (size_t)(hit - v.p) : VIEW_NONE;
}

bool view_line(struct view *rest, struct view *line)
{
	if (!rest->len)
		return false;
	const char *end = memchr(rest->p, '\n', rest->len);
	size_t len = end ? (size_t)(end - rest->p) : rest->len;
	*line = view_sub(*rest, 0, len);
	*rest = view_sub(*rest, end ? len + 1 : len, rest->len);
	if (line->len && line->p[line->len - 1] == '\r')
		line->len--;
	return true;
}
