#include "mock/tokens.h"

#include <stdbool.h>

#include "base/utf8.h"

#define LETTERS 5

static bool is_wordy(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

size_t token_len(struct view text, size_t from)
{
	const char *p = text.p + from, *end = text.p + text.len, *word = p;
	if (from >= text.len)
		return 0;
	if (*p == ' ' && p + 1 < end)
		word++;
	const char *to = word;
	while (to < end && to - word < LETTERS && is_wordy(*to))
		to++;
	if (to > word)
		return (size_t)(to - p);
	if ((unsigned char)*p < 0x80)
		return 1;
	size_t len = utf8_next(p, (size_t)(end - p), &(uint32_t){ 0 });
	return len ? len : 1;
}

int64_t tokens_cut(struct view *text, int64_t most)
{
	size_t at = 0, len;
	int64_t count = 0;
	for (; count < most && (len = token_len(*text, at)); at += len)
		count++;
	text->len = at;
	return count;
}

int64_t tokens_count(struct view text)
{
	return tokens_cut(&text, INT64_MAX);
}

int64_t tokens_of_prompt(size_t bytes)
{
	return (int64_t)((bytes + 3) / 4);
}
