/* tag.h - a tag in the spelling in which tags are compared: lower case, and a blank for each run of
 * characters that are not letters, marks or numbers. "#Data-Cleaning!" is "data cleaning". */
#ifndef TEXT_TAG_H
#define TEXT_TAG_H

#include "base/buf.h"
#include "base/view.h"

/* Appends it; nothing for a text without letters and numbers. The text is UTF-8. Returns out->status. */
int tag_normal(struct view text, struct buf *out);

#endif
