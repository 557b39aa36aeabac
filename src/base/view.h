/* view.h - a piece of a text that belongs to others: its start and its length.
 *
 * Nothing here allocates; a view lives as long as the text under it. "Space" is
 * ASCII white space: blank, tab, newline, carriage return, form feed, vertical tab.
 */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>

struct view {
	const char *p;
	size_t len;
};

#define VIEW_ARG(v) (int)(v).len, (v).p      /* for "%.*s" */

struct view view_of(const char *text);        /* NULL reads as "" */
struct view view_from(const char *text, size_t len);
struct view view_sub(struct view v, size_t from, size_t to); /* clamped to v */
struct view view_trim(struct view v);         /* without space at both ends */
struct view view_trim_front(struct view v);
struct view view_trim_back(struct view v);

bool view_eq(struct view a, struct view b);
bool view_eqstr(struct view a, const char *b);
bool view_starts(struct view v, const char *prefix);
bool view_ends(struct view v, const char *suffix);

#define VIEW_NONE ((size_t)-1)
/* Byte offset of the first `needle` at or after `from`, VIEW_NONE if none. */
size_t view_find(struct view v, size_t from, const char *needle);

/* Takes the text up to the next newline off the front of *rest (without "\n" or
 * "\r\n"). False when *rest is empty. */
bool view_line(struct view *rest, struct view *line);

bool ascii_space(char c);
bool ascii_digit(char c);
bool ascii_alpha(char c);
bool ascii_punct(char c);                     /* printable, but not a letter, digit or blank */
char ascii_lower(char c);
/* Equal but for the case of ASCII letters. */
bool view_eqfold(struct view a, struct view b);

#endif
