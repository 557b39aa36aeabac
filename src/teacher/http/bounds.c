#include "teacher/http/bounds.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define NUMBER_MAX 32 /* bytes */

enum relation { LEAST, ABOVE, MOST, BELOW, RANGE, ABOVE_ZERO, FROM_ZERO };

/* One or two words before a number. Of those with a common beginning the longest comes first. */
static const struct {
	const char *words;
	enum relation means;
} phrases[] = {
	{ "greater than or equal to", LEAST },
	{ "larger than or equal to", LEAST },
	{ "greater or equal to", LEAST },
	{ "at least", LEAST },
	{ "not less than", LEAST },
	{ "no less than", LEAST },
	{ "minimum of", LEAST },
	{ "minimum value of", LEAST },
	{ "minimum value is", LEAST },
	{ "minimum is", LEAST },
	{ ">=", LEAST },
	{ "\xE2\x89\xA5", LEAST },
	{ "greater than", ABOVE },
	{ "larger than", ABOVE },
	{ ">", ABOVE },
	{ "less than or equal to", MOST },
	{ "smaller than or equal to", MOST },
	{ "lower than or equal to", MOST },
	{ "less or equal to", MOST },
	{ "at most", MOST },
	{ "up to", MOST },
	{ "no more than", MOST },
	{ "not more than", MOST },
	{ "no greater than", MOST },
	{ "must not exceed", MOST },
	{ "cannot exceed", MOST },
	{ "maximum of", MOST },
	{ "maximum value of", MOST },
	{ "maximum value is", MOST },
	{ "maximum is", MOST },
	{ "<=", MOST },
	{ "\xE2\x89\xA4", MOST },
	{ "less than", BELOW },
	{ "smaller than", BELOW },
	{ "lower than", BELOW },
	{ "<", BELOW },
	{ "between", RANGE },
	{ "from", RANGE },
	{ "in the range of", RANGE },
	{ "in range", RANGE },
	{ "range is", RANGE },
	{ "range", RANGE },
	{ "non-negative", FROM_ZERO },
	{ "nonnegative", FROM_ZERO },
	{ "positive", ABOVE_ZERO },
};

static bool starts(struct view v, const char *words)
{
	size_t len = strlen(words);
	return v.len >= len && view_eqfold(view_sub(v, 0, len), view_from(words, len));
}

static void skip(struct view *v, size_t n)
{
	*v = view_sub(*v, n, v->len);
}

static void skip_blanks(struct view *v)
{
	while (v->len && (ascii_space(*v->p) || strchr(":='\"`", *v->p)))
		skip(v, 1);
}

/* Reads a number at the front of *v and removes it. */
static bool take_number(struct view *v, double *x)
{
	char text[NUMBER_MAX] = "", *end;
	struct view rest = *v;
	skip_blanks(&rest);
	size_t sign = rest.len && (*rest.p == '-' || *rest.p == '+'), len = sign;
	while (len < rest.len && len + 1 < sizeof(text) &&
	       (ascii_digit(rest.p[len]) || (rest.p[len] == '.' && len + 1 < rest.len &&
					     ascii_digit(rest.p[len + 1]))))
		len++;
	memcpy(text, rest.p, len);
	*x = strtod(text, &end);
	if (len == sign || *end)
		return false;
	skip(&rest, len);
	*v = rest;
	return true;
}

/* "(exclusive)" after a number. */
static bool take_exclusive(struct view *v)
{
	bool is_exclusive = starts(view_trim(*v), "(exclusive)");
	if (is_exclusive || starts(view_trim(*v), "(inclusive)"))
		skip(v, view_find(*v, 0, ")") + 1);
	return is_exclusive;
}

static bool take_word(struct view *v, const char *const *words)
{
	skip_blanks(v);
	for (; *words; words++) {
		if (starts(*v, *words)) {
			skip(v, strlen(*words));
			return true;
		}
	}
	return false;
}

static void set_least(struct bounds *b, double x)
{
	b->has_least = true;
	b->least = x;
}

static void set_most(struct bounds *b, double x)
{
	b->has_most = true;
	b->most = x;
}

/* "0 and 2", "-2.0 (inclusive) to 2.0 (exclusive)", "[0, 2]", "(0, 1]". */
static bool take_range(struct view v, double step, struct bounds *b)
{
	static const char *const between[] = { "and", "to", "-", ",", "..", NULL };
	double least, most;
	skip_blanks(&v);
	bool has_bracket = v.len && (*v.p == '[' || *v.p == '(');
	bool is_above = has_bracket && *v.p == '(';
	skip(&v, has_bracket);
	if (!take_number(&v, &least))
		return false;
	is_above |= take_exclusive(&v);
	if (!take_word(&v, between) || !take_number(&v, &most) || most < least)
		return false;
	bool is_below = take_exclusive(&v);
	skip_blanks(&v);
	is_below |= has_bracket && v.len && *v.p == ')';
	set_least(b, least + (is_above ? step : 0));
	set_most(b, most - (is_below ? step : 0));
	return true;
}

/* The first mention of an end counts; the value that was sent may follow. */
static void take_phrase(enum relation means, struct view v, double step, struct bounds *b)
{
	double x;
	if (means == ABOVE_ZERO && !b->has_least) {
		set_least(b, step);
	} else if (means == FROM_ZERO && !b->has_least) {
		set_least(b, 0);
	} else if (means == RANGE && !b->has_least && !b->has_most) {
		take_range(v, step, b);
	} else if (means <= BELOW && take_number(&v, &x)) {
		if (means <= ABOVE && !b->has_least)
			set_least(b, means == ABOVE ? x + step : x);
		else if (means >= MOST && !b->has_most)
			set_most(b, means == BELOW ? x - step : x);
	}
}

bool bounds_read(struct view message, double step, struct bounds *b)
{
	*b = (struct bounds){ 0 };
	for (size_t at = 0; at < message.len;) {
		struct view rest = view_sub(message, at, message.len);
		size_t took = 1;
		if ((*rest.p == '[' || *rest.p == '(') && !b->has_least && !b->has_most)
			take_range(rest, step, b);
		for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++) {
			size_t len = strlen(phrases[i].words);
			bool in_word = at && ascii_alpha(message.p[at - 1]) && ascii_alpha(*rest.p);
			if (in_word || !starts(rest, phrases[i].words))
				continue;
			take_phrase(phrases[i].means, view_sub(rest, len, rest.len), step, b);
			took = len;
			break;
		}
		at += took;
	}
	if (b->has_least && b->has_most && b->most < b->least)
		*b = (struct bounds){ 0 };
	return b->has_least || b->has_most;
}

double bounds_clamp(const struct bounds *b, double value)
{
	if (b->has_least && value < b->least)
		return b->least;
	return b->has_most && value > b->most ? b->most : value;
}
