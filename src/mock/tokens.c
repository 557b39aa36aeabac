#include "mock/tokens.h"

#include <stdbool.h>

#include "base/utf8.h"

#define LETTERS 5

static bool is_wordy(char c)
{
	return ascii_alpha(c) || ascii_digit(c);
}

size_t token_len(struct view text, size_t from)
{
	size_t at = from, letters = 0;
	if (from >= text.len)
		return 0;
	if (text.p[at] == ' ' && at + 1 < text.len && is_wordy(text.p[at + 1]))
		at++;
	while (at < text.len && letters < LETTERS && is_wordy(text.p[at])) {
		at++;
		letters++;
	}
	if (letters)
		return at - from;
	size_t len = utf8_next(text.p + from, text.len - from, &(uint32_t){ 0 });
	return len ? len : 1;
}

int64_t tokens_count(struct view text)
{
	int64_t count = 0;
	for (size_t at = 0, len; (len = token_len(text, at)); at += len)
		count++;
	return count;
}

size_t tokens_floor(struct view text, int64_t most)
{
	size_t at = 0, len;
	for (; most > 0 && (len = token_len(text, at)); at += len)
		most--;
	return at;
}

int64_t tokens_of_prompt(size_t bytes)
{
	return (int64_t)((bytes + 3) / 4);
}
