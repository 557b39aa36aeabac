/* error.h - report a failure once, in one line.
 *
 *     if (!fp)
 *             return error_set(err, SOW_IO, "%s: %s", path, strerror(errno));
 *
 * Every function here returns its status argument, so it can be the operand of a
 * return. A newline in the text becomes a space; a text that is too long is cut
 * at the end of a character. `err` may be NULL.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "sow/sow.h"

int error_set(struct sow_error *err, enum sow_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for a place in a text, with which the message begins: SOW_INVALID and "line L, column C:
 * …". `text` is the text that was read, `offset` the byte of the error. */
int error_at(struct sow_error *err, const char *text, size_t offset, const char *message);

/* Puts "prefix: " before an existing message, whose place is unchanged. */
int error_prefix(struct sow_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "out of memory", without an allocation: for a library that could not allocate (base/mem.h). */
int error_nomem(struct sow_error *err);

/* "WHAT: strerror(errno)". */
int error_errno(struct sow_error *err, const char *what);

#endif
