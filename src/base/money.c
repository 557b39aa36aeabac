#include "base/money.h"

#include <inttypes.h>
#include <stdio.h>

#include "sow/sow.h"

#define DIGITS 9

__extension__ typedef __int128 wide;

static size_t read_digits(struct view text, size_t at, int64_t *n)
{
	size_t from = at;
	for (; at < text.len && ascii_digit(text.p[at]) && at - from < DIGITS; at++)
		*n = *n * 10 + (text.p[at] - '0');
	return at;
}

int money_parse(struct view text, int64_t *nano)
{
	int64_t whole = 0, part = 0;
	size_t at = read_digits(text, 0, &whole);
	size_t digits = at;
	if (at < text.len && text.p[at] == '.') {
		size_t end = read_digits(text, at + 1, &part);
		digits += end - at - 1;
		for (size_t i = end - at - 1; i < DIGITS; i++)
			part *= 10;
		at = end;
	}
	if (!digits || at != text.len)
		return SOW_INVALID;
	*nano = whole * MONEY_DOLLAR + part;
	return SOW_OK;
}

int money_print(struct buf *out, int64_t nano, int decimals)
{
	char part[24];
	int digits = DIGITS;
	snprintf(part, sizeof(part), "%09" PRId64, nano % MONEY_DOLLAR);
	while (digits > decimals && part[digits - 1] == '0')
		digits--;
	return buf_addf(out, "%" PRId64 "%s%.*s", nano / MONEY_DOLLAR, digits ? "." : "", digits, part);
}

int64_t money_of_tokens(int64_t tokens, int64_t price)
{
	if (tokens <= 0 || price <= 0)
		return 0;
	wide cost = ((wide)tokens * price + 999999) / 1000000;
	return cost > INT64_MAX ? INT64_MAX : (int64_t)cost;
}
