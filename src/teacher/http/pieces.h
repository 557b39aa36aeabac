/* pieces.h - where a given text begins among the tokens of a server.
 *
 * A server that reports how likely each token of a prompt is reads prompt and given text in one piece, and
 * reports its tokens as texts. Laying them along the text shows which of them are the given text's:
 *
 *     text     "Say hi.\n" "Hello!"           border 8
 *     tokens   "<s>" "Say" " hi" ".\n" "Hel" "lo" "!"
 *     pieces_find: from 4, to 7
 *
 * A token that spans the border counts as the given text's. Servers do not report tokens exactly:
 * a special one at the beginning stands for no text, a blank at a token's front may be missing or one
 * too many, and a part of a character reads as U+FFFD or as nothing. The next complete token shows what
 * such parts stand for. Pure functions.
 */
#ifndef TEACHER_HTTP_PIECES_H
#define TEACHER_HTTP_PIECES_H

#include <stddef.h>

#include "base/view.h"

struct piece {
	struct view text;
	double log;          /* natural logarithm of its probability; NAN: not given, as for the first */
};

/* Lays the pieces along `text`; the given text begins at byte `border`. *from is its first token, *to
 * the one after its last: the rest was generated. SOW_OK, or SOW_INVALID if the pieces do not make
 * up the text. */
int pieces_find(const struct piece *list, size_t count, struct view text, size_t border, size_t *from,
		size_t *to);

#endif
