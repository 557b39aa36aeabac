#include "text/phrase.h"

#include <string.h>

#include "base/utf8.h"
#include "text/letter.h"

static bool in_word(uint32_t codepoint)
{
	return codepoint == '_' || letter_or_number(codepoint);
}

static bool word_before(struct view text, size_t at)
{
	size_t start = at;
	while (start && at - start < 4 && ((unsigned char)text.p[--start] & 0xC0) == 0x80)
		;
	uint32_t codepoint;
	return start < at && utf8_next(text.p + start, at - start, &codepoint) == at - start &&
	       in_word(codepoint);
}

static bool word_after(struct view text, size_t at)
{
	uint32_t codepoint;
	return utf8_next(text.p + at, text.len - at, &codepoint) && in_word(codepoint);
}

bool phrase_find(struct view text, const char *phrase)
{
	size_t len = strlen(phrase);
	for (size_t at = 0; len && at + len <= text.len; at++) {
		if (view_eqfold(view_sub(text, at, at + len), view_from(phrase, len)) &&
		    !word_before(text, at) && !word_after(text, at + len))
			return true;
	}
	return false;
}
