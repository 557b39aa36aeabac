/* turns.h - a conversation as one text, and back: JSON [{"role", "content"}, …].
 *
 *     status = turns_write(turns, count, &buf);
 *     status = turns_read(view, arena, &turns, &count);
 */
#ifndef DATA_TURNS_H
#define DATA_TURNS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "data/turn.h"
#include "sow/sow.h"

/* Appends one line. SOW_OK, SOW_NOMEM, SOW_TOOBIG, or SOW_INVALID if a text is not UTF-8. */
int turns_write(const struct turn *turns, size_t count, struct buf *out);

/* Texts are copied into `a`. SOW_OK, SOW_NOMEM, or SOW_INVALID if it is not such a text. */
int turns_read(struct view text, struct arena *a, struct turn **turns, size_t *count);

/* Appends what a user would say: an instruction and, behind an empty line, its input if there
 * is one. Returns out->status. */
int turns_join(struct view instruction, struct view input, struct buf *out);

#endif
