#include "method/dress.h"

#include <string.h>

#include "base/utf8.h"
#include "text/letter.h"
#include "text/spacing.h"

#define REPLACEMENT 0xFFFD

uint32_t cursor_peek(const struct cursor *c, size_t *len)
{
	uint32_t codepoint = 0;
	size_t n = 0;
	if (c->at < c->line.len && (unsigned char)c->line.p[c->at] < 0x80) {
		codepoint = (unsigned char)c->line.p[c->at];
		n = 1;
	} else if (c->at < c->line.len) {
		n = utf8_next(c->line.p + c->at, c->line.len - c->at, &codepoint);
		codepoint = n ? codepoint : REPLACEMENT;
		n = n ? n : 1;
	}
	if (len)
		*len = n;
	return codepoint;
}

void cursor_blanks(struct cursor *c)
{
	size_t len;
	while (spacing_is_space(cursor_peek(c, &len)))
		c->at += len;
}

bool cursor_take(struct cursor *c, char ch)
{
	bool there = c->at < c->line.len && c->line.p[c->at] == ch;
	c->at += there;
	return there;
}

bool cursor_gap(const struct cursor *c)
{
	return c->at >= c->line.len || spacing_is_space(cursor_peek(c, NULL));
}

bool cursor_word(struct cursor *c, const char *word)
{
	struct cursor here = *c;
	struct view rest = view_of(word);
	while (rest.len) {
		uint32_t wanted = 0;
		size_t len, step = utf8_next(rest.p, rest.len, &wanted);
		if (letter_small(cursor_peek(&here, &len)) != wanted || !len)
			return false;
		here.at += len;
		rest = view_sub(rest, step, rest.len);
	}
	if (letter_is(cursor_peek(&here, NULL)))
		return false;
	c->at = here.at;
	return true;
}

static size_t run_of(const struct cursor *c, char ch)
{
	size_t end = c->at;
	while (end < c->line.len && c->line.p[end] == ch)
		end++;
	return end - c->at;
}

static bool gap_behind(const struct cursor *c, size_t len)
{
	const struct cursor behind = { .line = c->line, .at = c->at + len };
	return cursor_gap(&behind);
}

/* Bullets other than ASCII's, emoji included: not letters, numbers or brackets. */
static size_t symbols(const struct cursor *c)
{
	struct cursor here = *c;
	uint32_t ch;
	size_t len;
	while ((ch = cursor_peek(&here, &len)) >= 0x80 && ch != REPLACEMENT && !letter_or_number(ch) &&
	       !spacing_is_space(ch))
		here.at += len;
	return here.at - c->at;
}

/* Length of the mark at the cursor, 0 if there is none. */
static size_t mark(struct cursor *c)
{
	char ch = c->at < c->line.len ? c->line.p[c->at] : '\0';
	size_t run = ch ? run_of(c, ch) : 0;
	bool gap = gap_behind(c, run);
	if (ch == '>')
		return run;
	if (ch == '#')
		return gap ? run : 0;
	if ((ch == '-' || ch == '+' || ch == '*') && run == 1 && gap)
		return 1;
	if ((ch == '*' || ch == '_') && !gap && run <= 3) {
		c->emphasis += run;
		return run;
	}
	if (ch == '[' && c->marked && c->at + 2 < c->line.len && c->line.p[c->at + 2] == ']' &&
	    strchr(" xX", c->line.p[c->at + 1]))
		return 3;
	size_t len = (unsigned char)ch >= 0x80 ? symbols(c) : 0;
	return len && gap_behind(c, len) ? len : 0;
}

void dress_open(struct cursor *c)
{
	size_t len;
	for (cursor_blanks(c); (len = mark(c)); cursor_blanks(c)) {
		c->at += len;
		c->marked = true;
	}
}

bool dress_close(struct cursor *c)
{
	struct cursor here = *c;
	cursor_blanks(&here);
	size_t end = here.at;
	while (end < c->line.len && (c->line.p[end] == '*' || c->line.p[end] == '_'))
		end++;
	if (!c->emphasis || end - here.at < c->emphasis)
		return false;
	c->at = here.at + c->emphasis;
	c->emphasis = 0;
	return true;
}

bool dress_is_rule(struct view line)
{
	line = view_trim(line);
	for (size_t i = 0; i < line.len; i++) {
		if (!strchr("-*_#=~> ", line.p[i]) || !line.p[i])
			return false;
	}
	return line.len;
}

size_t dress_fence(struct view line)
{
	line = view_trim(line);
	size_t run = 0;
	char ch = line.len ? line.p[0] : '\0';
	while (run < line.len && line.p[run] == ch)
		run++;
	bool is_fence = run >= 3 && (ch == '`' || ch == '~');
	/* "```text```" is code within a line */
	return is_fence && view_find(line, run, "`") == VIEW_NONE ? run : 0;
}

bool dress_skip_code(struct view *rest, size_t marks)
{
	struct view behind = *rest, line;
	while (view_line(&behind, &line)) {
		size_t fence = dress_fence(line);
		if (fence < marks || fence != spacing_trim(line).len)
			continue;
		*rest = behind;
		return true;
	}
	return false;
}

struct view dress_unfence(struct view text)
{
	struct view rest = text = spacing_trim(text), line;
	size_t mark = view_line(&rest, &line) ? dress_fence(line) : 0, others = 0;
	const char *start = rest.p, *last = start;
	while (mark && view_line(&rest, &line)) {
		others += dress_fence(line) > 0;
		last = line.p;
	}
	struct view end = view_from(last, (size_t)(text.p + text.len - last));
	if (others != 1 || dress_fence(end) != mark || end.len != mark)
		return text;
	return spacing_trim(view_from(start, (size_t)(last - start)));
}

bool dress_begins(struct view text, const char *words)
{
	struct cursor c = { .line = text };
	return cursor_word(&c, words);
}
