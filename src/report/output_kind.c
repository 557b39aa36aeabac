#include "report/output_kind.h"

#include <stdbool.h>

#include "base/utf8.h"
#include "terminal/wrap.h"
#include "text/letter.h"

#define CUT_WORDS 20
#define CUT_LAST_LINE 8
#define APOSTROPHE "\xE2\x80\x99" /* U+2019 */

const struct opening refusal_openings[] = {
	{ "i'm sorry", "an apology" },
	{ "i am sorry", "an apology" },
	{ "sorry, ", "an apology" },
	{ "i apologize", "an apology" },
	{ "i apologise", "an apology" },
	{ "my apologies", "an apology" },
	{ "as an ai", "the model speaks of itself" },
	{ "as a language model", "the model speaks of itself" },
	{ "as a large language model", "the model speaks of itself" },
	{ "i am an ai", "the model speaks of itself" },
	{ "i'm an ai", "the model speaks of itself" },
	{ "i'm just an ai", "the model speaks of itself" },
	{ "i cannot ", "it will not or cannot" },
	{ "i can't ", "it will not or cannot" },
	{ "i can not ", "it will not or cannot" },
	{ "i'm unable to", "it will not or cannot" },
	{ "i am unable to", "it will not or cannot" },
	{ "i'm not able to", "it will not or cannot" },
	{ "i am not able to", "it will not or cannot" },
	{ "i won't be able to", "it will not or cannot" },
	{ "i don't have access to", "it lacks what it would need" },
	{ "i do not have access to", "it lacks what it would need" },
	{ "unfortunately, i ", "it will not or cannot" },
};
const size_t refusal_opening_count = sizeof(refusal_openings) / sizeof(refusal_openings[0]);

static bool opens_with(struct view text, const char *opening)
{
	for (; *opening; opening++) {
		bool curly = *opening == '\'' && view_starts(text, APOSTROPHE);
		if (!curly && (!text.len || ascii_lower(*text.p) != *opening))
			return false;
		text = view_sub(text, curly ? sizeof(APOSTROPHE) - 1 : 1, text.len);
	}
	return true;
}

static bool is_refused(struct view text, size_t *opening)
{
	for (size_t i = 0; i < refusal_opening_count; i++) {
		if (!opens_with(text, refusal_openings[i].text))
			continue;
		if (opening)
			*opening = i;
		return true;
	}
	return false;
}

static bool in_code(struct view text)
{
	struct view line;
	bool open = false;
	if (view_find(text, 0, "```") == VIEW_NONE)
		return false;
	while (view_line(&text, &line))
		open ^= view_starts(view_trim(line), "```");
	return open;
}

static uint32_t last_character(struct view text)
{
	uint32_t c = 0;
	size_t at = text.len - 1;
	while (at && ((unsigned char)text.p[at] & 0xC0) == 0x80)
		at--;
	utf8_next(text.p + at, text.len - at, &c);
	return c;
}

static bool goes_on(uint32_t c)
{
	return c == ',' || c == '-' || c == '(' || c == '[' || c == '{' || letter_or_number(c);
}

static bool is_cut(struct view text)
{
	if (in_code(text))
		return true;
	if (!goes_on(last_character(text)))
		return false;
	size_t start = text.len;
	while (start && text.p[start - 1] != '\n')
		start--;
	return text_words(view_sub(text, start, text.len)) >= CUT_LAST_LINE &&
	       text_words(text) >= CUT_WORDS;
}

enum output_kind output_kind(struct view output, size_t *opening)
{
	struct view text = view_trim(output);
	return !text.len                    ? OUTPUT_EMPTY
	       : is_refused(text, opening) ? OUTPUT_REFUSED
	       : is_cut(text)              ? OUTPUT_CUT
					   : OUTPUT_GOOD;
}
