/* sheet.h - records as one reads them on a screen.
 *
 *     struct sheet sheet = { .out = &buf, .width = 80, .colour = true, .most = 12 };
 *     sheet_task(&sheet, view_of("task_3_2"), &task);
 *     sheet_rejected(&sheet, view_of("task_3_3"), &rejected, near);
 *
 * Texts are somebody else's: they are wrapped as wrap.h has it, and nothing in them can move
 * the cursor or colour the screen. Colour is in headings alone and ends on its line, so that a
 * pager may begin anywhere. Failure shows in `out`.
 */
#ifndef REPORT_SHEET_H
#define REPORT_SHEET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "data/record.h"
#include "data/unit.h"
#include "io/json.h"
#include "terminal/terminal.h"

struct sheet {
	struct buf *out;
	size_t width;      /* columns */
	bool colour;
	size_t most;       /* lines of a text; 0: all of it */
};

/* -- pieces ---------------------------------------------------------------------------- */

/* A text below, `indent` columns in, each of its lines on lines of its own. */
void sheet_text(struct sheet *p, size_t indent, enum tone tone, struct view text);
/* A line with a name, and what is to be noted of it behind it, or below where there is no room. */
void sheet_heading(struct sheet *p, size_t indent, struct view name, enum tone tone,
		   struct view notes);
/* "  NAME        value": the value wrapped beside its name. */
void sheet_field(struct sheet *p, const char *name, struct view value);

/* -- records, with an empty line behind ---------------------------------------------------- */

/* `label`: its id, or its number in a file. */
void sheet_task(struct sheet *p, struct view label, const struct record *task);
/* The instances of a task, or what is said in its chat, with reasoning, calls, roles and scores;
 * then its tools and fields. */
void sheet_answers(struct sheet *p, const struct record *task);
/* `near`: what the nearest instruction says, empty if that is not known. */
void sheet_rejected(struct sheet *p, struct view label, const struct rejected *r, struct view near);
/* The same without the label and the empty line. */
void sheet_reason(struct sheet *p, size_t indent, const struct rejected *r, struct view near);

/* A rejected one as members of the object that is open; of a task see format_record_members. */
void sheet_rejected_json(const struct rejected *r, struct view near, struct json_out *out);

#endif
