/* secrets.h - keys, which no message may hold.
 *
 *     struct secrets s = { 0 };
 *     secrets_add(&s, key);
 *     secrets_redact(&s, &line);       // whatever a server wrote in there
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

/* Kept by pointer. Texts shorter than 4 bytes are not kept: what would be left of a message
 * without every "x"? */
void secrets_add(struct secrets *s, struct view text);
/* Longer ones only: what stands in an answer by chance must not be changed. */
bool secrets_in(const struct secrets *s, struct view text);
void secrets_redact(const struct secrets *s, struct buf *text);
/* Appends what a server said, for a line: control characters are blanks, and behind `most` bytes it is
 * cut. Keys are hidden before: half a key is one, too. */
void secrets_quote(const struct secrets *s, struct view said, size_t most, struct buf *out);
void secrets_release(struct secrets *s);

/* The key in a file (its first line) or a variable, trimmed; the arena's. NULL after a message
 * that names neither key nor contents. */
const char *secrets_from_file(struct arena *a, const char *path, struct sow_error *err);
const char *secrets_from_env(struct arena *a, const char *name, struct sow_error *err);

#endif
