/* uniwords.h - words of a text in any script, by libunistring.
 *
 * The general way of WORDS_UNICODE (see words.h, which has a shorter one for ASCII and
 * is what callers want).
 */
#ifndef TEXT_WORDS_UNIWORDS_H
#define TEXT_WORDS_UNIWORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

/* As words_each. `text` must be valid UTF-8. Takes 2 bytes of scratch a byte of text. */
int uniwords_each(const char *text, size_t len, int (*each)(void *data, struct view word),
		  void *data);

/* A letter of a script without spaces: Han, kana, Thai, Lao, Khmer, Myanmar, … */
bool uniwords_stands_alone(uint32_t codepoint);

#endif
