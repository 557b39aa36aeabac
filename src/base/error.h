/* error.h - say once, in one line, what went wrong.
 *
 *     if (!fp)
 *             return error_set(err, SOW_IO, "%s: %s", path, strerror(errno));
 *
 * Every function here returns the status it was given, so that it can be the
 * operand of a return. A newline in the text becomes a space; what does not fit
 * is cut at a character's end. `err` may be NULL.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "sow/sow.h"

int error_set(struct sow_error *err, enum sow_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same at a place of a text, which the message begins with: SOW_INVALID and "line L, column C:
 * …". `text` is all that was read, `offset` the byte where it went wrong. */
int error_at(struct sow_error *err, const char *text, size_t offset, const char *message);

/* Puts "prefix: " before a message that is already there, whose place stays. */
int error_prefix(struct sow_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "out of memory", with nothing allocated: where a library could not allocate (base/mem.h). */
int error_nomem(struct sow_error *err);

/* "WHAT: strerror(errno)". */
int error_errno(struct sow_error *err, const char *what);

#endif
