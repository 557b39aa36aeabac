#include "text/spacing.h"

#include "base/utf8.h"
#include "text/letter.h"

bool spacing_is_space(uint32_t c)
{
	if (c < 0x80)
		return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
	return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Length of the white space that ends `text`, one character of it. */
static size_t last_space(struct view text)
{
	size_t start = text.len;
	uint32_t c = 0;
	while (start && text.len - start < 4 && ((unsigned char)text.p[--start] & 0xC0) == 0x80)
		;
	size_t len = utf8_next(text.p + start, text.len - start, &c);
	return len && len == text.len - start && spacing_is_space(c) ? len : 0;
}

static size_t first_space(struct view text)
{
	uint32_t c = 0;
	size_t len = utf8_next(text.p, text.len, &c);
	return spacing_is_space(c) ? len : 0;
}

struct view spacing_trim(struct view text)
{
	for (size_t len; text.len && (len = last_space(text));)
		text.len -= len;
	for (size_t len; text.len && (len = first_space(text));)
		text = view_sub(text, len, text.len);
	return text;
}

void spacing_collapse(struct view text, struct buf *out)
{
	size_t start = out->len;
	bool gap = false;
	for (size_t at = 0; at < text.len;) {
		uint32_t c = 0;
		size_t len = utf8_next(text.p + at, text.len - at, &c);
		if (len && spacing_is_space(c)) {
			gap = true;
		} else {
			if (gap && out->len > start)
				buf_addch(out, ' ');
			gap = false;
			buf_add(out, text.p + at, len ? len : 1);
		}
		at += len ? len : 1;
	}
}

int spacing_capitalize(struct view text, struct buf *out)
{
	uint32_t c;
	size_t first = utf8_next(text.p, text.len, &c);
	letter_title(view_sub(text, 0, first), out);
	return letter_lower(view_sub(text, first, text.len), out);
}
