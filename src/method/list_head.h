/* list_head.h - what begins an item of a numbered list: "**Task 9:**", "(9)", "九、", "#9".
 *
 *     struct list_head head;
 *     if (list_head_read(line, &head))
 *             … the item's text begins at line.p[head.end] …
 *
 * A head is dress (dress.h), perhaps a bracket, perhaps a word for "task" in one of the languages of
 * a table, a number in digits of any script (or as ①, 1️⃣, IX, 九, nine), and what parts it from the
 * text. Whether it begins an item of this list, or one of a list within an item, is for list.h.
 */
#ifndef METHOD_LIST_HEAD_H
#define METHOD_LIST_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

#define LIST_HEAD_WORDS 0x10000 /* forms from here on have a word; that of "task" is this one */
#define LIST_HEAD_BULLETS 0x20000 /* and from here on are bullets */

enum list_head_kind {
	HEAD_WORD,  /* "Task 9:", with a word */
	HEAD_DOT,   /* "9. ", as the released code knows it */
	HEAD_LOOSE  /* a number in any other dress, or a bullet */
};

struct list_head {
	enum list_head_kind kind;
	uint32_t form;      /* heads of one list have the same: its word, or its bracket and mark */
	bool is_task;       /* its word is one for "task", not for "question" or "step" */
	int64_t number;
	size_t indent;      /* characters before it */
	size_t end;         /* where the text begins */
	size_t emphasis;    /* marks that are open, and close behind the text */
};

bool list_head_read(struct view line, struct list_head *out);
/* Length of a label at the start of an item's text: "**Instruction:**", "Task 9:". The `emphasis` that is
 * open before it becomes that which is open behind it. 0 if there is none. */
size_t list_head_label(struct view text, size_t *emphasis);
/* A bullet with text behind it; its number is 0. */
bool list_head_bullet(struct view line, struct list_head *out);

#endif
