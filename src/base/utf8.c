#include "base/utf8.h"

#include "base/bits.h"

size_t utf8_next(const char *text, size_t len, uint32_t *codepoint)
{
	const unsigned char *p = (const unsigned char *)text;
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	if (!len)
		return 0;
	if (p[0] < 0x80) {
		*codepoint = p[0];
		return 1;
	}
	size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
	if (p[0] < 0xC2 || p[0] > 0xF4 || n > len)
		return 0;
	uint32_t c = p[0] & (0x7Fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3Fu);
	}
	if (c < smallest[n] || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF)
		return 0;
	*codepoint = c;
	return n;
}

bool utf8_valid(const char *text, size_t len, size_t *bad)
{
	for (size_t at = 0; at < len;) {
		uint32_t c;
		if (at + 8 <= len && !bits_has_high(bits_load(text + at))) {
			at += 8;
			continue;
		}
		size_t n = utf8_next(text + at, len - at, &c);
		if (!n) {
			if (bad)
				*bad = at;
			return false;
		}
		at += n;
	}
	return true;
}

size_t utf8_floor(const char *text, size_t len)
{
	size_t start = len;
	while (start && len - start < 4) {
		unsigned char c = (unsigned char)text[--start];
		if (c < 0x80)
			return len;
		if (c >= 0xC0) {
			size_t need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
			return len - start >= need ? len : start;
		}
	}
	return len;
}

struct view utf8_head(struct view text, size_t most)
{
	return view_from(text.p, utf8_floor(text.p, text.len < most ? text.len : most));
}

size_t utf8_count(const char *text, size_t len)
{
	size_t count = len, i = 0;
	for (; i + 8 <= len; i += 8) { /* bytes except 10xxxxxx, which begin no character */
		uint64_t v = bits_load(text + i);
		count -= bits_count(v >> 7 & ~v >> 6 & BITS_EACH(1));
	}
	for (; i < len; i++)
		count -= (text[i] & 0xC0) == 0x80;
	return count;
}
