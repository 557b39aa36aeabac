/* spacing.h - white space and letter case, as Python's text methods have them. */
#ifndef TEXT_SPACING_H
#define TEXT_SPACING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

/* True for the white space of str.isspace and \s. */
bool spacing_is_space(uint32_t codepoint);

/* `text` without white space at its ends, as str.strip has it. */
struct view spacing_trim(struct view text);

/* Appends `text` with each run of white space as one blank, none at the ends. */
void spacing_collapse(struct view text, struct buf *out);

/* Appends `text` as str.capitalize would: the first character in title case, all others in
 * lower case. */
int spacing_capitalize(struct view text, struct buf *out);

#endif
