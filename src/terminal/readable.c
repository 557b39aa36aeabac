#include "terminal/readable.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

void readable_count(struct buf *out, int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, n);
	for (int i = 0; i < len; i++) {
		if (i && digits[i - 1] != '-' && (len - i) % 3 == 0)
			buf_addch(out, ',');
		buf_addch(out, digits[i]);
	}
}

void readable_duration(struct buf *out, int64_t ns)
{
	int64_t s = ns / CLOCK_SECOND;
	if (ns < 10 * CLOCK_SECOND)
		buf_addf(out, "%.1f s", (double)ns / (double)CLOCK_SECOND);
	else if (s < 60)
		buf_addf(out, "%" PRId64 " s", s);
	else if (s < 3600)
		buf_addf(out, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		buf_addf(out, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
}

void readable_date(struct buf *out, int64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / CLOCK_SECOND);
	struct tm tm;
	char text[64];
	if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm))
		buf_addstr(out, "?");
	else
		buf_addstr(out, text);
}

void readable_rate(struct buf *out, double per_second)
{
	int decimals = per_second >= 9.95 ? 0 : per_second >= 0.995 ? 1 : 2;
	buf_addf(out, "%.*f", decimals, per_second);
}

void readable_pace(struct buf *rate, struct buf *eta, int64_t done, int64_t elapsed, int64_t left)
{
	if (done <= 0 || elapsed <= 0)
		return;
	double each = (double)elapsed / (double)done, ns = each * (double)left;
	readable_rate(rate, 60 * (double)CLOCK_SECOND / each);
	buf_addstr(rate, "/min");
	if (ns <= 0 || ns > 1e17) /* 3 years: it makes no progress */
		return;
	buf_addstr(eta, "ETA ");
	readable_duration(eta, (int64_t)ns);
}

void readable_money(struct buf *out, int64_t nano)
{
	double dollars = (double)nano / 1e9;
	if (!nano)
		buf_addstr(out, "$0");
	else
		buf_addf(out, dollars < 0.995 ? "$%.4f" : "$%.2f", dollars);
}

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
