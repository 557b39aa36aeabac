/* thoughts.h - separates a reasoning model's thoughts from the text of its answer.
 *
 *     struct thoughts t = { 0 };
 *     status = thoughts_add(&t, "<plan> </plan>", err);       // --think-tags
 *     thoughts_split(&t, is_cut, &text, &reasoning, &kept);
 *
 * Thoughts come before the answer: between tags at its beginning, even in several blocks. If the
 * opening tag was part of the server's prompt, only the closing one appears, at the end of the last
 * line of the thoughts; if the answer was cut within them, only the opening one. An answer that merely
 * mentions a tag keeps every byte.
 */
#ifndef TEACHER_HTTP_THOUGHTS_H
#define TEACHER_HTTP_THOUGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

struct thought_tags {
	struct view open, close;
};

#define THOUGHT_TAGS_MAX 8

/* Tags besides the known ones. */
struct thoughts {
	struct thought_tags list[THOUGHT_TAGS_MAX];
	size_t count;
	bool off;              /* look for no tags, not even the known ones */
};

/* "OPEN CLOSE", or "none". Kept by pointer. SOW_USAGE with what was expected. */
int thoughts_add(struct thoughts *t, const char *tags, struct sow_error *err);

/* Takes the thoughts off *text; *reasoning is unchanged if there are none. Thoughts in several pieces
 * are joined in `kept`. `t` may be NULL. */
void thoughts_split(const struct thoughts *t, bool is_cut, struct view *text,
		    struct view *reasoning, struct buf *kept);

#endif
