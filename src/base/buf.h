/* buf.h - a byte buffer that grows, up to a cap if one is set.
 *
 *     struct buf b = BUF_INIT;
 *     buf_addstr(&b, "Task ");
 *     buf_addf(&b, "%d", n);
 *     ... b.data is NUL-terminated, b.len bytes ...
 *     buf_release(&b);
 *
 * Adding cannot fail: more than BUF_MOST bytes end the process, as running out of memory does. With a
 * cap it can, and failure sticks: every further add does nothing and fails too, so a row of adds is
 * checked once at its end, with buf_failed. `data` is never NULL.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define BUF_MOST ((size_t)1 << 30)

struct buf {
	char *data;
	size_t len;
	size_t room;   /* bytes allocated, 0 for none */
	size_t cap;    /* most bytes it may hold; 0: BUF_MOST alone */
	int status;    /* SOW_OK; SOW_TOOBIG past the cap; SOW_NOMEM after buf_try_add; or the writer's */
};

extern char buf_empty[1];
#define BUF_INIT { .data = buf_empty }

/* SOW_OK or the buffer's status. */
int buf_add(struct buf *b, const char *bytes, size_t len);
int buf_addstr(struct buf *b, const char *text);
int buf_addch(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* As buf_add, for a text whose size the input decides: fails when out of memory. */
int buf_try_add(struct buf *b, const char *bytes, size_t len);

/* Room for `len` more bytes and a NUL after them: the place to write to, NULL past the cap.
 * Follow with buf_wrote. */
char *buf_space(struct buf *b, size_t len);
void buf_wrote(struct buf *b, size_t len);

static inline bool buf_failed(const struct buf *b)
{
	return b->status != 0;
}

void buf_clear(struct buf *b);                /* empty, memory kept, failure reset */
void buf_renew(struct buf *b);                /* the same, but freed if over MEM_KEPT */
void buf_cut(struct buf *b, size_t len);      /* shorter: at most `len` bytes stay */
void buf_release(struct buf *b);              /* empty, memory freed */

/* Releases a buffer whose text went into `whole`, and passes its failure on to `whole`. */
void buf_release_part(struct buf *part, struct buf *whole);

/* The text itself, to be freed with mem_free, NULL if the buffer failed; the buffer
 * is empty afterwards. */
char *buf_detach(struct buf *b);

#endif
