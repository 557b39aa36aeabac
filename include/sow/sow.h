/* sow.h - shared by every part of the program: its version and its error codes.
 *
 * A function that can fail returns an int: SOW_OK (0) or more on success, one of
 * the negative codes below on failure. Those that take a `struct sow_error *`
 * fill it with one line for a person: where it failed and what was expected.
 * NULL is always a valid error pointer.
 *
 * Ownership: the caller that makes a thing frees it, with the function named beside the one
 * that made it. Text goes in as pointer and length and is never kept, unless the
 * function says so.
 */
#ifndef SOW_SOW_H
#define SOW_SOW_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum sow_status {
	SOW_OK = 0,
	SOW_NOMEM = -1,    /* no memory for a size that the input decides, or in a library */
	SOW_IO = -2,       /* the system refused: disk full, no such file, no permission */
	SOW_INVALID = -3,  /* the input is not valid; the message says where */
	SOW_USAGE = -4,    /* the caller's request makes no sense */
	SOW_TOOBIG = -5,   /* past a documented limit */
	SOW_BUSY = -6,     /* another process holds it */
	SOW_DIFFERS = -7,  /* the directory holds a run of another recipe */
	SOW_MISSING = -8,  /* missing: a recorded reply, a model, a feature */
	SOW_STOPPED = -9,  /* ended early and can be resumed */
	SOW_CLOSED = -10   /* standard output is a pipe whose reader has left */
};

#define SOW_ERROR_MAX 1024

/* `text` is complete: a command shows it unchanged. A caller that knows the origin of a text better takes
 * the place from the numbers, and the message from text + said:
 *
 *     if (err.line)
 *             printf("%s:%zu:%zu: %s\n", path, first + err.line - 1, err.column, err.text + err.said);
 */
struct sow_error {
	enum sow_status status;
	char text[SOW_ERROR_MAX]; /* one line, UTF-8, NUL-terminated, no newline */
	size_t said;              /* bytes of `text` that name the place; the message follows */
	size_t offset;            /* in the text that was read: bytes from its beginning */
	size_t line, column;      /* the same, from 1, the column in characters; line 0: no place */
};

/* "0.1.0". Static. */
const char *sow_version(void);

#ifdef __cplusplus
}
#endif
#endif
