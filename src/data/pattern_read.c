/* From the text of a pattern to its nodes. */
#include "data/pattern_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

#define COUNT_MAX 1000      /* in {m,n} */
#define RANGES_MAX 256      /* in one class */

static const struct pattern_range any_ranges[] = { { 0, PATTERN_LAST } };
static const struct pattern_range dot_ranges[] = {
	{ 0, 9 }, { 0xB, 0xC }, { 0xE, 0x2027 }, { 0x202A, PATTERN_LAST }
};
static const struct pattern_range digit_ranges[] = { { '0', '9' } };
static const struct pattern_range word_ranges[] = {
	{ '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' }
};
static const struct pattern_range space_ranges[] = {
	{ 9, 0xD }, { ' ', ' ' }, { 0xA0, 0xA0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200A },
	{ 0x2028, 0x2029 }, { 0x202F, 0x202F }, { 0x205F, 0x205F }, { 0x3000, 0x3000 },
	{ 0xFEFF, 0xFEFF }
};
#define SET_OF(ranges) ((struct pattern_set){ ranges, sizeof(ranges) / sizeof((ranges)[0]) })

/* Reading a class gathers its ranges here. */
struct gathered {
	struct pattern_range ranges[RANGES_MAX + 1]; /* inverting may add one */
	size_t count;
};

struct reading {
	struct arena *arena;
	struct view text;
	size_t at;
	size_t depth;
	struct sow_error *err;
	bool failed;
};

int pattern_wrong(struct view text, size_t at, const char *expected, struct sow_error *err)
{
	return error_set(err, SOW_INVALID, "%s at character %zu of the pattern", expected,
			 utf8_count(text.p, at) + 1);
}

static void *fail(struct reading *r, const char *expected)
{
	if (!r->failed)
		pattern_wrong(r->text, r->at, expected, r->err);
	r->failed = true;
	return NULL;
}

static bool ended(const struct reading *r)
{
	return r->failed || r->at == r->text.len;
}

static bool is_next(const struct reading *r, char c)
{
	return !ended(r) && r->text.p[r->at] == c;
}

static bool take(struct reading *r, const char *what)
{
	struct view rest = view_sub(r->text, r->at, r->text.len);
	if (r->failed || !view_starts(rest, what))
		return false;
	r->at += strlen(what);
	return true;
}

static uint32_t take_character(struct reading *r)
{
	uint32_t c = 0;
	size_t n = utf8_next(r->text.p + r->at, r->text.len - r->at, &c);
	if (!n)
		fail(r, "expected UTF-8");
	r->at += n;
	return c;
}

static void gather(struct reading *r, struct gathered *g, uint32_t first, uint32_t last)
{
	if (g->count == RANGES_MAX)
		fail(r, "expected a shorter class");
	else
		g->ranges[g->count++] = (struct pattern_range){ first, last };
}

static void gather_set(struct reading *r, struct gathered *g, struct pattern_set s)
{
	for (size_t i = 0; i < s.count; i++)
		gather(r, g, s.ranges[i].first, s.ranges[i].last);
}

static int by_first(const void *a, const void *b)
{
	const struct pattern_range *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

static void merge(struct gathered *g)
{
	size_t kept = 0;
	qsort(g->ranges, g->count, sizeof(g->ranges[0]), by_first);
	for (size_t i = 0; i < g->count; i++) {
		struct pattern_range *last = kept ? &g->ranges[kept - 1] : NULL;
		if (last && g->ranges[i].first <= last->last + 1) {
			if (g->ranges[i].last > last->last)
				last->last = g->ranges[i].last;
		} else {
			g->ranges[kept++] = g->ranges[i];
		}
	}
	g->count = kept;
}

/* Replaces the ranges by the gaps between them. */
static void invert(struct gathered *g)
{
	struct gathered out = { .count = 0 };
	uint32_t from = 0;
	for (size_t i = 0; i < g->count; i++) {
		if (g->ranges[i].first > from)
			out.ranges[out.count++] = (struct pattern_range){ from, g->ranges[i].first - 1 };
		from = g->ranges[i].last + 1;
	}
	if (from <= PATTERN_LAST)
		out.ranges[out.count++] = (struct pattern_range){ from, PATTERN_LAST };
	*g = out;
}

static struct pattern_set make_set(struct reading *r, struct gathered *g, bool inverted)
{
	merge(g);
	if (inverted)
		invert(g);
	struct pattern_range *ranges = arena_array(r->arena, g->count + 1, sizeof(*ranges));
	memcpy(ranges, g->ranges, g->count * sizeof(*ranges));
	return (struct pattern_set){ ranges, g->count };
}

/* Takes the letter of \d or its like, and gathers its ranges: false if it is not one. */
static bool take_named(struct reading *r, struct gathered *g)
{
	struct gathered named = { .count = 0 };
	char letter = ended(r) ? '\0' : r->text.p[r->at];
	switch (ascii_lower(letter)) {
	case 'd':
		gather_set(r, &named, SET_OF(digit_ranges));
		break;
	case 'w':
		gather_set(r, &named, SET_OF(word_ranges));
		break;
	case 's':
		gather_set(r, &named, SET_OF(space_ranges));
		break;
	default:
		return false;
	}
	r->at++;
	if (letter != ascii_lower(letter))
		invert(&named);
	gather_set(r, g, (struct pattern_set){ named.ranges, named.count });
	return true;
}

/* The number of at most `most` hex digits, at least `least`. */
static uint32_t take_hex(struct reading *r, size_t least, size_t most)
{
	uint32_t n = 0;
	size_t count = 0;
	for (; count < most && !ended(r); count++, r->at++) {
		char c = ascii_lower(r->text.p[r->at]);
		if (!ascii_digit(c) && (c < 'a' || c > 'f'))
			break;
		n = n * 16 + (uint32_t)(ascii_digit(c) ? c - '0' : c - 'a' + 10);
	}
	if (count < least)
		fail(r, "expected a hex digit");
	return n;
}

/* Four hex digits; two surrogates in a row are one character. */
static uint32_t take_unit(struct reading *r)
{
	uint32_t c = take_hex(r, 4, 4);
	size_t behind = r->at;
	if (c < 0xD800 || c > 0xDBFF || !take(r, "\\u"))
		return c;
	uint32_t low = is_next(r, '{') ? 0 : take_hex(r, 4, 4);
	if (low >= 0xDC00 && low <= 0xDFFF)
		return 0x10000 + ((c - 0xD800) << 10 | (low - 0xDC00));
	r->at = behind;
	return c;
}

static uint32_t take_unicode(struct reading *r)
{
	if (!take(r, "{"))
		return take_unit(r);
	uint32_t c = take_hex(r, 1, 6);
	if (!take(r, "}") || c > PATTERN_LAST)
		fail(r, "expected a code point in braces");
	return c;
}

/* The character that an escape stands for; the backslash is taken. */
static uint32_t take_escaped(struct reading *r)
{
	static const char letters[] = "tnrfv0", meant[] = "\t\n\r\f\v";
	if (ended(r)) {
		fail(r, "expected a character after \\");
		return 0;
	}
	char c = r->text.p[r->at];
	const char *found = c ? strchr(letters, c) : NULL;
	if (found || c == 'x' || c == 'u') {
		r->at++;
		return found ? (uint32_t)meant[found - letters]
			: c == 'x' ? take_hex(r, 2, 2) : take_unicode(r);
	}
	if (ascii_alpha(c) || ascii_digit(c))
		fail(r, "expected no \\b, \\p, reference or other escape that is not a character's");
	return take_character(r);
}

/* One end of a range, or a set (then false). */
static bool take_class_part(struct reading *r, struct gathered *g, uint32_t *c)
{
	if (!take(r, "\\"))
		*c = take_character(r);
	else if (take(r, "b")) /* in a class it is a backspace */
		*c = '\b';
	else if (take(r, "-"))
		*c = '-';
	else if (take_named(r, g))
		return false;
	else
		*c = take_escaped(r);
	return true;
}

/* [...], of which the bracket is taken. */
static struct pattern_set take_class(struct reading *r)
{
	struct gathered g = { .count = 0 };
	bool inverted = take(r, "^");
	while (!ended(r) && !is_next(r, ']')) {
		uint32_t first, last;
		bool single = take_class_part(r, &g, &first);
		struct view rest = view_sub(r->text, r->at, r->text.len);
		if (!single)
			continue;
		last = first;
		if (rest.len > 1 && rest.p[0] == '-' && rest.p[1] != ']') {
			r->at++;
			if (!take_class_part(r, &g, &last) || last < first)
				fail(r, "expected the end of a range");
		}
		gather(r, &g, first, last);
	}
	if (!take(r, "]"))
		fail(r, "expected ]");
	return make_set(r, &g, inverted);
}

static struct pattern_node *new_node(struct reading *r, enum pattern_kind kind,
				     struct pattern_node *first)
{
	struct pattern_node *n = arena_alloc(r->arena, sizeof(*n));
	n->kind = kind;
	n->first = first;
	return n;
}

static struct pattern_node *set_node(struct reading *r, struct pattern_set s)
{
	struct pattern_node *n = new_node(r, NODE_SET, NULL);
	n->set = s;
	return n;
}

static struct pattern_node *character_node(struct reading *r, uint32_t c)
{
	struct gathered g = { .ranges = { { c, c } }, .count = 1 };
	return set_node(r, make_set(r, &g, false));
}

static struct pattern_node *repeat_node(struct reading *r, struct pattern_node *what, size_t least,
					size_t most)
{
	struct pattern_node *n = new_node(r, NODE_REPEAT, what);
	n->least = least;
	n->most = most;
	return n;
}

static struct pattern_node *read_either(struct reading *r);

static struct pattern_node *read_group(struct reading *r)
{
	if (++r->depth > PATTERN_DEPTH_MAX)
		return fail(r, "expected fewer groups in groups");
	if (!take(r, "?:") && is_next(r, '?'))
		return fail(r, "expected a group without look-around, name or flags");
	struct pattern_node *n = read_either(r);
	if (!take(r, ")"))
		return fail(r, "expected )");
	r->depth--;
	return n;
}

static struct pattern_node *read_escape(struct reading *r)
{
	struct gathered g = { .count = 0 };
	if (take_named(r, &g))
		return set_node(r, make_set(r, &g, false));
	return character_node(r, take_escaped(r));
}

static struct pattern_node *read_atom(struct reading *r)
{
	if (take(r, "("))
		return read_group(r);
	if (take(r, "["))
		return set_node(r, take_class(r));
	if (take(r, "."))
		return set_node(r, SET_OF(dot_ranges));
	if (take(r, "\\"))
		return read_escape(r);
	if (is_next(r, '^') || is_next(r, '$'))
		return fail(r, "expected ^ and $ at the ends only");
	if (memchr("*+?{}]", r->text.p[r->at], 6))
		return fail(r, "expected a character or group (or a backslash)");
	return character_node(r, take_character(r));
}

static size_t take_count(struct reading *r)
{
	size_t n = 0, from = r->at;
	for (; !ended(r) && ascii_digit(r->text.p[r->at]); r->at++)
		n = n > COUNT_MAX ? n : n * 10 + (size_t)(r->text.p[r->at] - '0');
	if (r->at == from || n > COUNT_MAX)
		fail(r, "expected a count up to 1000");
	return n;
}

/* {m}, {m,} or {m,n}, of which the brace is taken. */
static void take_counts(struct reading *r, size_t *least, size_t *most)
{
	*least = *most = take_count(r);
	if (take(r, ","))
		*most = is_next(r, '}') ? PATTERN_NO_END : take_count(r);
	if (!take(r, "}") || *most < *least)
		fail(r, "expected {m}, {m,} or {m,n}");
}

static struct pattern_node *read_repeated(struct reading *r)
{
	struct pattern_node *n = read_atom(r);
	size_t least, most;
	if (take(r, "*"))
		least = 0, most = PATTERN_NO_END;
	else if (take(r, "+"))
		least = 1, most = PATTERN_NO_END;
	else if (take(r, "?"))
		least = 0, most = 1;
	else if (take(r, "{"))
		take_counts(r, &least, &most);
	else
		return n;
	take(r, "?");
	return repeat_node(r, n, least, most);
}

/* A sequence of nodes, up to "|", ")" or the end; at the outermost level "$" may end it. */
static struct pattern_node *read_row(struct reading *r)
{
	struct pattern_node *row = new_node(r, NODE_ROW, NULL), *last = NULL;
	while (!ended(r) && !is_next(r, '|') && !is_next(r, ')')) {
		if (!r->depth && is_next(r, '$'))
			break;
		struct pattern_node *n = read_repeated(r);
		if (!n)
			return NULL;
		*(last ? &last->next : &row->first) = n;
		last = n;
	}
	return row;
}

/* An outermost alternative: where it lacks an anchor, any text may precede or follow. */
static struct pattern_node *read_anchored(struct reading *r)
{
	bool begins = take(r, "^");
	struct pattern_node *body = read_row(r), *row = new_node(r, NODE_ROW, body), *end = body;
	bool ends = take(r, "$");
	if (!ended(r) && !is_next(r, '|'))
		return fail(r, is_next(r, ')') ? "expected no )" : "expected ^ and $ at the ends only");
	if (!body)
		return NULL;
	if (!begins) {
		row->first = repeat_node(r, set_node(r, SET_OF(any_ranges)), 0, PATTERN_NO_END);
		row->first->next = body;
	}
	if (!ends)
		end->next = repeat_node(r, set_node(r, SET_OF(any_ranges)), 0, PATTERN_NO_END);
	return row;
}

static struct pattern_node *read_either(struct reading *r)
{
	struct pattern_node *either = new_node(r, NODE_EITHER, NULL), *last = NULL;
	do {
		struct pattern_node *n = r->depth ? read_row(r) : read_anchored(r);
		if (!n)
			return NULL;
		*(last ? &last->next : &either->first) = n;
		last = n;
	} while (take(r, "|"));
	return either;
}

struct pattern_node *pattern_nodes(struct arena *a, struct view text, struct sow_error *err)
{
	struct reading r = { .arena = a, .text = text, .err = err };
	struct pattern_node *root = read_either(&r);
	return r.failed ? NULL : root;
}
