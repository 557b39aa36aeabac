#include "base/buf.h"

#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sow/sow.h"

char buf_empty[1];

/* Where to add `len` bytes, or NULL. */
static char *make_room(struct buf *b, size_t len, bool may_fail)
{
	if (b->status)
		return NULL;
	size_t cap = b->cap ? b->cap : BUF_MOST;
	if (len > cap || b->len > cap - len) {
		if (!b->cap)
			mem_exhausted(len > SIZE_MAX - b->len ? SIZE_MAX : b->len + len);
		b->status = SOW_TOOBIG;
		return NULL;
	}
	void *data = b->room ? b->data : NULL;
	if (may_fail)
		b->status = mem_try_grow_bytes(&data, &b->room, b->len + len + 1, 1);
	else
		mem_grow_bytes(&data, &b->room, b->len + len + 1, 1);
	if (data)
		b->data = data;
	return b->status ? NULL : b->data + b->len;
}

char *buf_space(struct buf *b, size_t len)
{
	return make_room(b, len, false);
}

void buf_wrote(struct buf *b, size_t len)
{
	b->len += len;
	b->data[b->len] = '\0';
}

int buf_add(struct buf *b, const char *bytes, size_t len)
{
	size_t left = b->room - b->len; /* room is 0 or more than len */
	bool fits = b->room && len < left && !b->status && b->len + len <= (b->cap ? b->cap : BUF_MOST);
	char *p = fits ? b->data + b->len : buf_space(b, len);
	if (!p)
		return b->status;
	if (len)
		memcpy(p, bytes, len);
	buf_wrote(b, len);
	return SOW_OK;
}

int buf_try_add(struct buf *b, const char *bytes, size_t len)
{
	return make_room(b, len, true) ? buf_add(b, bytes, len) : b->status;
}

int buf_addstr(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

int buf_addch(struct buf *b, char c)
{
	if (!b->room || b->room - b->len < 2 || b->status || b->cap || b->len >= BUF_MOST)
		return buf_add(b, &c, 1);
	b->data[b->len++] = c; /* the usual case */
	b->data[b->len] = '\0';
	return SOW_OK;
}

int buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0) /* past INT_MAX */
		mem_exhausted((size_t)INT_MAX + 1);
	char *p = buf_space(b, (size_t)len);
	if (!p)
		return b->status;
	vsnprintf(p, (size_t)len + 1, fmt, ap);
	buf_wrote(b, (size_t)len);
	return SOW_OK;
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int status = buf_addv(b, fmt, ap);
	va_end(ap);
	return status;
}

void buf_renew(struct buf *b)
{
	if (b->room > MEM_KEPT)
		buf_release(b);
	buf_clear(b);
}

void buf_cut(struct buf *b, size_t len)
{
	if (len < b->len) {
		b->len = len;
		b->data[len] = '\0';
	}
}

void buf_clear(struct buf *b)
{
	buf_cut(b, 0);
	b->status = SOW_OK;
}

void buf_release(struct buf *b)
{
	if (b->room)
		mem_free(b->data);
	size_t cap = b->cap;
	*b = (struct buf)BUF_INIT;
	b->cap = cap;
}

void buf_release_part(struct buf *part, struct buf *whole)
{
	if (buf_failed(part) && !whole->status)
		whole->status = part->status;
	buf_release(part);
}

char *buf_detach(struct buf *b)
{
	char *text = NULL;
	if (!buf_failed(b)) {
		text = b->room ? b->data : mem_copy("", 0);
		b->room = 0;
	}
	buf_release(b);
	return text;
}
