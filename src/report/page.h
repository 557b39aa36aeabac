/* page.h - a page of HTML in one file that loads nothing else.
 *
 *     struct page_part parts[] = { { "records", json }, … };
 *     status = page_write(out, parts, count);
 *
 * The page is src/report/html/page.html with style.css, its scripts and ECharts in it, and each part
 * as JSON that the scripts read. The texts of a part are not ours: no character of them can end their
 * element, and the page's content security policy runs only the scripts and the style whose hashes it
 * lists, and lets nothing be fetched.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "io/outfile.h"
#include "sow/sow.h"

struct page_part {
	const char *id;              /* of the element, "records" */
	struct view json;
};

/* Write errors show in outfile_finish. */
void page_write(struct outfile *out, const struct page_part *parts, size_t count);

/* Appends JSON in a form that is safe in an element of a page: <, >, & and the line separators U+2028
 * and U+2029, which only texts hold, as \uXXXX. */
void page_escape(struct buf *out, struct view json);

/* The start of a text, without half a character, that takes at most `most` bytes as JSON in a
 * page; *cut is set, and never cleared, if that is not all of it. */
struct view page_clip(struct view text, size_t most, bool *cut);

#endif
