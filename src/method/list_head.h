/* list_head.h - the head of an item of a numbered list: "**Task 9:**", "(9)", "九、", "#9".
 *
 *     struct list_head head;
 *     if (list_head_read(line, &head))
 *             … the item's text begins at line.p[head.end] …
 *
 * A head is dress (dress.h), perhaps a bracket, perhaps a word for "task" in one of the languages of
 * a table, a number in digits of any script (or as ①, 1️⃣, IX, 九, nine), and a mark between it and the text.
 * list.h decides whether it begins an item of this list, or one of a list within an item.
 */
#ifndef METHOD_LIST_HEAD_H
#define METHOD_LIST_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

#define LIST_HEAD_WORDS 0x10000 /* forms from here on have a word; this one is "task" */
#define LIST_HEAD_BULLETS 0x20000 /* and from here on are bullets */

enum list_head_kind {
	HEAD_WORD,  /* "Task 9:", with a word */
	HEAD_DOT,   /* "9. ", as in the released code */
	HEAD_LOOSE  /* a number in any other dress, or a bullet */
};

struct list_head {
	enum list_head_kind kind;
	uint32_t form;      /* the same for all heads of one list: its word, or its bracket and mark */
	bool is_task;       /* its word is one for "task", not for "question" or "step" */
	int64_t number;
	size_t indent;      /* characters before it */
	size_t end;         /* offset of the text */
	size_t emphasis;    /* marks that are open, and close after the text */
};

bool list_head_read(struct view line, struct list_head *out);
/* Length of a label at the start of an item's text: "**Instruction:**", "Task 9:"; 0 if none. `emphasis`, the
 * marks open before it, becomes those open after it. */
size_t list_head_label(struct view text, size_t *emphasis);
/* A bullet with text after it; its number is 0. */
bool list_head_bullet(struct view line, struct list_head *out);

#endif
