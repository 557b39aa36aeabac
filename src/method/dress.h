/* dress.h - Markdown around the words of a line: what a chat model puts before "Task 9:" and behind.
 *
 *     struct cursor c = { .line = line };
 *     dress_open(&c);                       // "  > - ### **" of "  > - ### **Output:** b"
 *     if (cursor_word(&c, "output") && …)
 *             dress_close(&c);              // the "**" that closes it, before or behind the colon
 *
 * A cursor goes over one line; all of it is a pure function of the line.
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
	bool marked;          /* dress of any kind was passed */
	size_t emphasis;      /* "*" or "_" that were opened and not closed yet */
};

/* The character at the cursor, 0 at the end of the line, and U+FFFD for what is not UTF-8. Its
 * length goes into *len (NULL: not wanted). */
uint32_t cursor_peek(const struct cursor *c, size_t *len);
void cursor_blanks(struct cursor *c);
/* Passes `ch` if it stands there. */
bool cursor_take(struct cursor *c, char ch);
/* Passes `word` (lower case, any script) in any case; no letter may follow. */
bool cursor_word(struct cursor *c, const char *word);
/* Is the cursor at a blank, or at the end? */
bool cursor_gap(const struct cursor *c);

/* Passes blanks, quotation marks ">", bullets, marks of headings, check boxes and opened emphasis. */
void dress_open(struct cursor *c);
/* Passes the emphasis that closes what was opened, with blanks before it. False if there is none. */
bool dress_close(struct cursor *c);

/* A line of nothing but marks: "---", "**", "###". A blank one is none. */
bool dress_is_rule(struct view line);
/* A fence of code opens or closes: "```python". The number of its marks, 0 if there is none. */
size_t dress_fence(struct view line);

/* Behind a fence of `marks` marks that opened code: passes all up to the fence that closes it. False,
 * and nothing is passed, where none does. */
bool dress_skip_code(struct view *rest, size_t marks);
/* The text within, where fences are around the whole of it; else `text`, without white space at its ends. */
struct view dress_unfence(struct view text);

/* Does `text` begin with the words, in any case? They are lower case; no letter may follow. */
bool dress_begins(struct view text, const char *words);

#endif
