#include "report/shellword.h"

#include <string.h>

static bool is_plain(struct view word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.p[i];
		bool high = (unsigned char)c >= 0x80;
		if (!high && !ascii_alpha(c) && !ascii_digit(c) && (!c || !strchr("-_./:=,+@%", c)))
			return false;
	}
	return word.len > 0;
}

void shell_word(struct buf *out, struct view word)
{
	if (is_plain(word)) {
		buf_add(out, word.p, word.len);
		return;
	}
	buf_addch(out, '\'');
	for (size_t i = 0; i < word.len; i++) {
		if (word.p[i] == '\'')
			buf_addstr(out, "'\\''");
		else
			buf_addch(out, word.p[i]);
	}
	buf_addch(out, '\'');
}
