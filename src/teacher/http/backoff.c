#include "teacher/http/backoff.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/draw.h"

#define FIRST (CLOCK_SECOND / 2)
#define DOUBLINGS 6
#define YEAR (365.0 * 24 * 3600 * 1e9)

int64_t backoff_delay(const struct hash *key, int failures)
{
	uint64_t seed, unit;
	memcpy(&seed, key->bytes, sizeof(seed));
	memcpy(&unit, key->bytes + sizeof(seed), sizeof(unit));
	struct draw d = draw_start(seed, DRAW_BACKOFF, unit + (uint64_t)failures);
	int doublings = failures < 1 ? 0 : failures - 1 < DOUBLINGS ? failures - 1 : DOUBLINGS;
	int64_t longest = FIRST << doublings;
	return longest / 5 * 3 + (int64_t)draw_below(&d, (size_t)(longest / 5 * 2) + 1);
}

int64_t backoff_limit(double ns)
{
	if (!(ns >= 0)) /* or NaN */
		return -1;
	return ns < YEAR ? (int64_t)ns : (int64_t)YEAR;
}

/* A decimal number at the front of *text, which it removes. False if there is none. */
static bool take_number(struct view *text, double *out)
{
	size_t at = 0, digits = 0;
	double value = 0, scale = 1;
	bool point = false;
	for (; at < text->len && (ascii_digit(text->p[at]) || (text->p[at] == '.' && !point));
	     at++) {
		if (text->p[at] == '.') {
			point = true;
			continue;
		}
		digits++;
		value = value * 10 + (text->p[at] - '0');
		scale *= point ? 10 : 1;
	}
	*text = view_sub(*text, at, text->len);
	*out = value / scale;
	return digits > 0;
}

/* A unit at the front of *text, which it removes; 0 if there is none. */
static double take_unit(struct view *text)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { /* "ms" before "m" */
		{ "ms", 1e6 }, { "us", 1e3 }, { "ns", 1 }, { "s", 1e9 }, { "m", 60e9 },
		{ "h", 3600e9 }, { "d", 24 * 3600e9 },
	};
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (view_starts(*text, units[i].name)) {
			*text = view_sub(*text, strlen(units[i].name), text->len);
			return units[i].ns;
		}
	}
	return 0;
}

int64_t backoff_duration(struct view text, int64_t unit)
{
	double sum = 0, number;
	text = view_trim(text);
	if (!text.len)
		return -1;
	while (text.len) {
		if (!take_number(&text, &number))
			return -1;
		double ns = text.len ? take_unit(&text) : (double)unit;
		if (ns <= 0)
			return -1;
		sum += number * ns;
	}
	return backoff_limit(sum);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", the only form still allowed. Seconds since 1970. */
static bool read_date(struct view value, int64_t *seconds)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[40], month[4];
	struct tm tm = { 0 };
	if (value.len >= sizeof(text))
		return false;
	memcpy(text, value.p, value.len);
	text[value.len] = '\0';
	int end = 0;
	if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &tm.tm_mday, month,
		   &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 6 || !end)
		return false;
	const char *at = strstr(months, month);
	if (!at || (at - months) % 3 || strlen(month) != 3)
		return false;
	tm.tm_mon = (int)(at - months) / 3;
	tm.tm_year -= 1900;
	*seconds = (int64_t)timegm(&tm);
	return true;
}

/* Fractions of a second are ignored. */
static bool read_timestamp(struct view value, int64_t *seconds)
{
	char text[40], sign[2] = "";
	struct tm tm = { 0 };
	int hours = 0, minutes = 0, end = 0;
	if (value.len >= sizeof(text))
		return false;
	memcpy(text, value.p, value.len);
	text[value.len] = '\0';
	if (sscanf(text, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		   &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 6 || !end)
		return false;
	const char *zone = text + end + strspn(text + end, ".0123456789");
	int read = sscanf(zone, "%1[Zz+-]%2d:%2d", sign, &hours, &minutes);
	bool is_utc = *sign == 'Z' || *sign == 'z';
	if (read != (is_utc ? 1 : 3))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*seconds = (int64_t)timegm(&tm) - (*sign == '-' ? -60 : 60) * (60 * hours + minutes);
	return true;
}

static int64_t wait_until(int64_t seconds, int64_t now)
{
	int64_t left = seconds - now / CLOCK_SECOND; /* a date in the year 9999 is too far for ns */
	if (left < 0 || left > (int64_t)YEAR / CLOCK_SECOND)
		return left < 0 ? 0 : (int64_t)YEAR;
	int64_t wait = seconds * CLOCK_SECOND - now;
	return wait < 0 ? 0 : wait;
}

int64_t backoff_retry_after(struct view value, int64_t now)
{
	int64_t seconds, wait = backoff_duration(value, CLOCK_SECOND);
	if (wait >= 0)
		return wait;
	return read_date(view_trim(value), &seconds) ? wait_until(seconds, now) : -1;
}

int64_t backoff_timestamp(struct view value, int64_t now)
{
	int64_t seconds;
	return read_timestamp(view_trim(value), &seconds) ? wait_until(seconds, now) : -1;
}
