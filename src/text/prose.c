#include "text/prose.h"

#include <stddef.h>

#include "text/spacing.h"

#define EN_DASH "\xE2\x80\x93"
#define EM_DASH "\xE2\x80\x94"

/* Where a sentence ends */

static struct view word_before(struct view text, size_t at)
{
	size_t start = at;
	while (start && !ascii_space(text.p[start - 1]) && text.p[start - 1] != '(')
		start--;
	return view_sub(text, start, at);
}

/* `at` is the place of a full stop. */
static bool is_abbreviation(struct view text, size_t at)
{
	static const char *const known[] = { "e.g", "i.e", "a.m", "p.m", "dr", "mr", "mrs", "ms",
					     "prof", "st", "vs", "etc", "no", "fig", "u.s", "u.k" };
	struct view word = word_before(text, at);
	if (word.len == 1 && ascii_alpha(*word.p) && *word.p != 'I')
		return true; /* an initial */
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (view_eqfold(word, view_of(known[i])))
			return true;
	}
	return false;
}

static bool is_small(char c)
{
	return ascii_alpha(c) && ascii_lower(c) == c;
}

/* Behind the marks and quotes that close a sentence at `at`. */
static size_t behind_marks(struct view text, size_t at)
{
	while (at < text.len && (text.p[at] == '.' || text.p[at] == '!' || text.p[at] == '?' ||
				 text.p[at] == '"' || text.p[at] == '\'' || text.p[at] == ')'))
		at++;
	return at;
}

static bool ends_sentence(struct view text, size_t at, size_t *end)
{
	char c = text.p[at];
	if (c != '.' && c != '!' && c != '?')
		return false;
	*end = behind_marks(text, at);
	if (*end == text.len)
		return true;
	if (!ascii_space(text.p[*end]) || (c == '.' && is_abbreviation(text, at)))
		return false;
	struct view next = view_trim(view_sub(text, *end, text.len));
	return !next.len || !is_small(*next.p);
}

struct view prose_first(struct view text)
{
	text = view_trim(text);
	for (size_t at = 0; at < text.len; at++) {
		size_t end = at;
		if (text.p[at] == '\n' || ends_sentence(text, at, &end))
			return view_trim(view_sub(text, 0, end));
	}
	return text;
}

/* Its core */

/* Bytes of a mark that separates clauses, at the start of `text`; 0: none. */
static size_t divider(struct view text)
{
	static const char *const marks[] = { ":", ";", " - ", EN_DASH, EM_DASH, "--" };
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = view_of(marks[i]).len;
		if (!view_starts(text, marks[i]))
			continue;
		if (text.len == len || ascii_space(text.p[len]) || i > 1)
			return len;
	}
	return 0;
}

struct view prose_split(struct view sentence, struct view *rest)
{
	*rest = view_of("");
	for (size_t at = 1; at < sentence.len; at++) {
		size_t len = divider(view_sub(sentence, at, sentence.len));
		if (!len)
			continue;
		*rest = view_trim(view_sub(sentence, at + len, sentence.len));
		return view_trim(view_sub(sentence, 0, at));
	}
	return sentence;
}

static struct view without_list_mark(struct view clause)
{
	size_t at = 0;
	while (at < clause.len && (clause.p[at] == '-' || clause.p[at] == '*' ||
				   clause.p[at] == '#' || ascii_space(clause.p[at])))
		at++;
	return view_sub(clause, at, clause.len);
}

void prose_plain(struct view clause, struct buf *out)
{
	struct buf kept = BUF_INIT;
	size_t start = out->len, depth = 0;
	clause = without_list_mark(clause);
	for (size_t at = 0; at < clause.len; at++) {
		char c = clause.p[at];
		size_t closing = view_find(clause, at, ")");
		if (c == '(' && closing != VIEW_NONE)
			depth++;
		if (!depth)
			buf_addch(&kept, c);
		if (c == ')' && depth)
			depth--;
	}
	spacing_collapse(view_from(kept.data, kept.len), out);
	buf_release(&kept);
	if (out->len > start) {
		char last = out->data[out->len - 1];
		if (last != '.' && last != '!' && last != '?' && last != '"')
			buf_addch(out, '.');
	}
}
