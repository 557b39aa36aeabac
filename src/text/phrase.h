/* phrase.h - does a text hold these very words? */
#ifndef TEXT_PHRASE_H
#define TEXT_PHRASE_H

#include <stdbool.h>

#include "base/view.h"

/* True if `phrase` occurs in `text` as whole words: ASCII letters match in either case, and
 * neither neighbour is a letter, digit or underscore of any script (the \b of regular
 * expressions: "file" is in "file.txt" and in "the file's", not in "profile"). */
bool phrase_find(struct view text, const char *phrase);

#endif
