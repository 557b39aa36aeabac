#include "text/tag.h"

#include <stdbool.h>

#include "base/utf8.h"
#include "text/letter.h"

/* Vowel signs and accents that stand by themselves belong to the letter before them. */
static bool is_of_word(uint32_t c)
{
	return letter_or_number(c) || letter_joins(c);
}

int tag_normal(struct view text, struct buf *out)
{
	struct buf lower = BUF_INIT;
	size_t start = out->len;
	bool gap = false;
	int status = letter_lower(text, &lower);
	for (size_t at = 0, n; !status && at < lower.len; at += n) {
		uint32_t c;
		n = utf8_next(lower.data + at, lower.len - at, &c);
		n = n ? n : 1;
		if (!is_of_word(c)) {
			gap = true;
			continue;
		}
		if (gap && out->len > start)
			buf_addch(out, ' ');
		gap = false;
		buf_add(out, lower.data + at, n);
	}
	buf_release(&lower);
	return status ? status : out->status;
}
