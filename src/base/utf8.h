/* utf8.h - UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing
 * above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

/* Length in bytes of the valid character at text[0], 0 if there is none. */
size_t utf8_next(const char *text, size_t len, uint32_t *codepoint);

/* True if all of it is valid; else *bad is the offset of the first byte that is not. */
bool utf8_valid(const char *text, size_t len, size_t *bad);

/* The largest length <= len that does not cut a character in two. */
size_t utf8_floor(const char *text, size_t len);
/* The beginning of `text`: at most `most` bytes, likewise. */
struct view utf8_head(struct view text, size_t most);

/* Columns a terminal needs for `len` bytes, at one column a character. */
size_t utf8_count(const char *text, size_t len);

#endif
