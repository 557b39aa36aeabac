/* list.h - the items of a numbered list, however the teacher dresses it.
 *
 *     Sure! Here are more:                  an introduction: left out
 *
 *     **Task 9:** Name a river.             "Name a river."
 *     - Task 10: Do this:                   "Do this:\n  1. Fold it.\n  2. Cut it."
 *       1. Fold it.
 *       2. Cut it.
 *
 *     Let me know if you need more!         a farewell: left out
 *
 *     struct views items = { 0 };
 *     list_read(reply->text, begun, arena, &items);
 *     views_release(&items);
 *
 * What begins an item is a head (list_head.h): "Task 9:" and "9. " always, other dress where the list's
 * first item has it or its number goes on from the last. The numbers themselves are not asked for:
 * they may have gaps, come again or begin anew. Within an item stay
 *   - a list that is further in, in another form, or announced by a ":", if it begins with 1,
 *   - bullets,
 *   - code between fences.
 * A list may stand in fences as a whole. Without any head, and not begun in the prompt, two bullets or
 * more are a list.
 */
#ifndef METHOD_LIST_H
#define METHOD_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"
#include "sow/sow.h"

struct views {
	struct view *list;
	size_t count;
	size_t room;
};
void views_release(struct views *v);
void views_add(struct views *v, struct view text);

/* Items in order, without white space at their ends, without emphasis or quotation marks around the
 * whole, and without that of their first words ("**Rivers:** Name one" is "Rivers: Name one"). Views
 * into `reply`, or texts in `a` where a mark was taken out of their middle. If the first head was
 * begun in the prompt (`begun`), what stands before the first one of the reply is an item, too, be it
 * empty. None: nothing could be read. */
void list_read(struct view reply, bool begun, struct arena *a, struct views *out);

#endif
