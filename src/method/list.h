/* list.h - the items of a numbered list in any of the dress that teachers put on it.
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
 * A head (list_head.h) begins an item: "Task 9:" and "9. " always, other dress where the list's first item
 * has it or its number follows the last. The numbers themselves do not matter: they may have gaps, repeat or
 * start again. Parts of an item are
 *   - a list that is further in, in another form, or announced by a ":", if it begins with 1,
 *   - bullets,
 *   - code between fences.
 * The whole list may be in fences. Without any head, and if the prompt does not begin the list, two or more
 * bullets are a list.
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
 * whole, and without emphasis on their first words ("**Rivers:** Name one" is "Rivers: Name one"). Views into
 * `reply`, or texts in `a` where a mark was removed from the middle. If the prompt has the first head
 * (`begun`), the text before the first head of the reply is also an item, even if empty. No items: the reply
 * is not readable as a list. */
void list_read(struct view reply, bool begun, struct arena *a, struct views *out);

#endif
