/* page.h - records as one reads them on a screen.
 *
 *     struct page page = { .out = &buf, .width = 80, .colour = true, .most = 12 };
 *     page_task(&page, view_of("task_3_2"), &task);
 *     page_rejected(&page, view_of("task_3_3"), &rejected, rule_why(rejected.rule), near);
 *
 * Texts are somebody else's: they are wrapped as wrap.h has it, and nothing in them can move
 * the cursor or colour the screen. Colour is in headings alone and ends on its line, so that a
 * pager may begin anywhere. Failure shows in `out`.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "data/task.h"
#include "data/unit.h"
#include "io/json.h"

struct page {
	struct buf *out;
	size_t width;      /* columns */
	bool colour;
	size_t most;       /* lines of a text; 0: all of it */
};

enum tone { TONE_PLAIN, TONE_NAME, TONE_LABEL, TONE_BAD, TONE_QUIET };

/* -- pieces ---------------------------------------------------------------------------- */

/* A text on the line that is begun, wrapped to nothing: for names, numbers, headings. */
void page_word(struct page *p, enum tone tone, struct view text);
void page_line(struct page *p, size_t indent, enum tone tone, const char *title);
/* A text below, `indent` columns in, each of its lines on lines of its own. */
void page_text(struct page *p, size_t indent, struct view text);
/* "  NAME        value": the value wrapped beside its name. */
void page_field(struct page *p, const char *name, struct view value);

/* -- records, with an empty line behind ---------------------------------------------------- */

/* `label`: its id, or its number in a file. */
void page_task(struct page *p, struct view label, const struct task *task);
/* The instances of a task, or what is said in its chat. */
void page_answers(struct page *p, const struct task *task);
/* `why` may be NULL; `near`: what the nearest instruction says, empty if that is not known. */
void page_rejected(struct page *p, struct view label, const struct rejected *r, const char *why,
		   struct view near);
/* The same without the label and the empty line. */
void page_reason(struct page *p, size_t indent, const struct rejected *r, const char *why,
		 struct view near);

/* -- the same as members of the object that is open ------------------------------------------ */

void page_task_json(const struct task *task, struct json_out *out); /* without its id */
void page_rejected_json(const struct rejected *r, const char *why, struct view near,
			struct json_out *out);

#endif
