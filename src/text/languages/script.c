#include "text/script.h"

#include "base/utf8.h"
#include "base/view.h"

static void add(struct script_counts *counts, unsigned script, uint32_t letters)
{
	uint32_t i = 0;
	while (i < counts->others && counts->seen[i].script != script)
		i++;
	if (i == sizeof(counts->seen) / sizeof(counts->seen[0]))
		return;
	if (i == counts->others) {
		counts->others++;
		counts->seen[i].script = script;
		counts->seen[i].letters = 0;
	}
	counts->seen[i].letters += letters;
}

void script_count(struct script_counts *counts, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		if ((unsigned char)text[at] < 0x80) {
			counts->latin += ascii_alpha(text[at]);
			at++;
			continue;
		}
		uint32_t c = 0;
		size_t n = utf8_next(text + at, len - at, &c);
		if (n && letter_is(c))
			add(counts, letter_script(c), 1);
		at += n ? n : 1;
	}
}

unsigned script_most(const struct script_counts *counts)
{
	struct script_counts all = *counts;
	unsigned most = LETTER_SCRIPTS - 1;
	uint32_t letters = 0;
	if (all.latin)
		add(&all, letter_script('a'), all.latin);
	for (uint32_t i = 0; i < all.others; i++) {
		if (all.seen[i].letters > letters) {
			most = all.seen[i].script;
			letters = all.seen[i].letters;
		}
	}
	return most;
}
