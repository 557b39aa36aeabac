/* secrets.h - keys, which no message may contain.
 *
 *     struct secrets s = { 0 };
 *     secrets_add(&s, key);
 *     secrets_redact(&s, &line);       // whatever text of a server it holds
 */
#ifndef TEACHER_HTTP_SECRETS_H
#define TEACHER_HTTP_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

struct secrets {
	struct view *list;
	size_t count;
	size_t room;
};

/* Kept by pointer. Texts shorter than 4 bytes are not kept: removing every "x" would leave little
 * of a message. */
void secrets_add(struct secrets *s, struct view text);
/* Only for longer ones: a chance match in an answer must not change it. */
bool secrets_in(const struct secrets *s, struct view text);
void secrets_redact(const struct secrets *s, struct buf *text);
/* Appends a server's words to a line: control characters become blanks, and it is cut after `most`
 * bytes. Keys are removed first, because half a key is still secret. */
void secrets_quote(const struct secrets *s, struct view said, size_t most, struct buf *out);
void secrets_release(struct secrets *s);

/* The key in a file (its first line) or a variable, trimmed; the arena's. NULL with a message
 * that names neither key nor contents. */
const char *secrets_from_file(struct arena *a, const char *path, struct sow_error *err);
const char *secrets_from_env(struct arena *a, const char *name, struct sow_error *err);

#endif
