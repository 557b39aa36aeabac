/* dress.h - Markdown around the words of a line, as a chat model puts it before and after "Task 9:".
 *
 *     struct cursor c = { .line = line };
 *     dress_open(&c);                       // "  > - ### **" of "  > - ### **Output:** b"
 *     if (cursor_word(&c, "output") && …)
 *             dress_close(&c);              // the "**" that closes it, before or after the colon
 *
 * A cursor moves over one line; all results are pure functions of the line.
 */
#ifndef METHOD_DRESS_H
#define METHOD_DRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

struct cursor {
	struct view line;
	size_t at;
	bool marked;          /* dress of any kind was skipped */
	size_t emphasis;      /* "*" or "_" still open */
};

/* The character at the cursor, 0 at the end of the line, and U+FFFD for bytes that are not UTF-8. Stores its
 * length in *len (NULL: not wanted). */
uint32_t cursor_peek(const struct cursor *c, size_t *len);
void cursor_blanks(struct cursor *c);
/* Skips `ch` if it is next. */
bool cursor_take(struct cursor *c, char ch);
/* Skips `word` (lower case, any script), in any case; no letter may follow. */
bool cursor_word(struct cursor *c, const char *word);
/* True if the cursor is at a blank or at the end. */
bool cursor_gap(const struct cursor *c);

/* Skips blanks, quotation marks ">", bullets, marks of headings, check boxes and opened emphasis. */
void dress_open(struct cursor *c);
/* Skips the emphasis that closes an opened one, with blanks before it. False if there is none. */
bool dress_close(struct cursor *c);

/* True for a line of marks only: "---", "**", "###". False for a blank line. */
bool dress_is_rule(struct view line);
/* For a line that opens or closes a fence of code ("```python") the number of its marks, else 0. */
size_t dress_fence(struct view line);

/* After a fence of `marks` marks that opened code: skips everything up to the fence that closes it. Without
 * one returns false and skips nothing. */
bool dress_skip_code(struct view *rest, size_t marks);
/* The text inside the fences that enclose all of `text`; else `text`, without white space at its ends. */
struct view dress_unfence(struct view text);

/* True if `text` begins with the words, in any case. They are lower case; no letter may follow. */
bool dress_begins(struct view text, const char *words);

#endif
