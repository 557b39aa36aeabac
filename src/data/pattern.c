#include "data/pattern.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"

#define LAST_CHARACTER 0x10FFFFu
#define COUNT_MAX 1000      /* in {m,n} */
#define NO_END ((size_t)-1) /* of a repetition */
#define RANGES_MAX 256      /* in one class */

struct range {
	uint32_t first, last;
};

/* Characters, as ranges in order that do not touch. */
struct set {
	const struct range *ranges;
	size_t count;
};

/* What a pattern was read as. */
enum node_kind { NODE_SET, NODE_ROW, NODE_EITHER, NODE_REPEAT };

struct node {
	enum node_kind kind;
	struct set set;
	struct node *first;  /* of a row or of alternatives, or what is repeated; NULL: nothing */
	struct node *next;   /* beside it */
	size_t least, most;
};

/* What matches: a machine that is in several steps at once. */
struct step {
	enum { STEP_SET, STEP_FORK, STEP_GO, STEP_END } kind;
	struct set set;
	size_t to, other;    /* of a fork both, of a GO the first */
};

struct pattern {
	struct node *root;
	struct step *steps;
	size_t step_count;
};

static const struct range any_ranges[] = { { 0, LAST_CHARACTER } };
static const struct range dot_ranges[] = {
	{ 0, 9 }, { 0xB, 0xC }, { 0xE, 0x2027 }, { 0x202A, LAST_CHARACTER }
};
static const struct range digit_ranges[] = { { '0', '9' } };
static const struct range word_ranges[] = { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } };
static const struct range space_ranges[] = {
	{ 9, 0xD }, { ' ', ' ' }, { 0xA0, 0xA0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200A },
	{ 0x2028, 0x2029 }, { 0x202F, 0x202F }, { 0x205F, 0x205F }, { 0x3000, 0x3000 },
	{ 0xFEFF, 0xFEFF }
};
#define SET_OF(ranges) ((struct set){ ranges, sizeof(ranges) / sizeof((ranges)[0]) })

static bool set_has(struct set s, uint32_t c)
{
	for (size_t i = 0; i < s.count && s.ranges[i].first <= c; i++) {
		if (c <= s.ranges[i].last)
			return true;
	}
	return false;
}

/* Reading a class gathers its ranges here. */
struct gathered {
	struct range ranges[RANGES_MAX + 1]; /* inverted there may be one more */
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

static void *fail(struct reading *r, const char *expected)
{
	if (!r->failed)
		error_set(r->err, SOW_INVALID, "%s at character %zu of the pattern", expected,
			  utf8_count(r->text.p, r->at) + 1);
	r->failed = true;
	return NULL;
}

static void *no_memory(struct reading *r)
{
	if (!r->failed)
		error_nomem(r->err);
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
		g->ranges[g->count++] = (struct range){ first, last };
}

static void gather_set(struct reading *r, struct gathered *g, struct set s)
{
	for (size_t i = 0; i < s.count; i++)
		gather(r, g, s.ranges[i].first, s.ranges[i].last);
}

static int by_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

static void merge(struct gathered *g)
{
	size_t kept = 0;
	qsort(g->ranges, g->count, sizeof(g->ranges[0]), by_first);
	for (size_t i = 0; i < g->count; i++) {
		struct range *last = kept ? &g->ranges[kept - 1] : NULL;
		if (last && g->ranges[i].first <= last->last + 1) {
			if (g->ranges[i].last > last->last)
				last->last = g->ranges[i].last;
		} else {
			g->ranges[kept++] = g->ranges[i];
		}
	}
	g->count = kept;
}

/* What is between the ranges. */
static void invert(struct gathered *g)
{
	struct gathered out = { .count = 0 };
	uint32_t from = 0;
	for (size_t i = 0; i < g->count; i++) {
		if (g->ranges[i].first > from)
			out.ranges[out.count++] = (struct range){ from, g->ranges[i].first - 1 };
		from = g->ranges[i].last + 1;
	}
	if (from <= LAST_CHARACTER)
		out.ranges[out.count++] = (struct range){ from, LAST_CHARACTER };
	*g = out;
}

static struct set make_set(struct reading *r, struct gathered *g, bool inverted)
{
	merge(g);
	if (inverted)
		invert(g);
	struct range *ranges = arena_array(r->arena, g->count + 1, sizeof(*ranges));
	if (!ranges) {
		no_memory(r);
		return (struct set){ 0 };
	}
	memcpy(ranges, g->ranges, g->count * sizeof(*ranges));
	return (struct set){ ranges, g->count };
}

/* \d and its like: true if `letter` names one. */
static bool named_set(char letter, struct set *s, bool *inverted)
{
	*inverted = letter >= 'A' && letter <= 'Z';
	switch (ascii_lower(letter)) {
	case 'd':
		*s = SET_OF(digit_ranges);
		return true;
	case 'w':
		*s = SET_OF(word_ranges);
		return true;
	case 's':
		*s = SET_OF(space_ranges);
		return true;
	default:
		return false;
	}
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
	if (!take(r, "}") || c > LAST_CHARACTER)
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
	struct set named;
	bool inverted;
	if (!take(r, "\\")) {
		*c = take_character(r);
		return true;
	}
	if (is_next(r, 'b')) { /* in a class it is the character */
		r->at++;
		*c = '\b';
		return true;
	}
	if (take(r, "-")) {
		*c = '-';
		return true;
	}
	if (ended(r) || !named_set(r->text.p[r->at], &named, &inverted)) {
		*c = take_escaped(r);
		return true;
	}
	r->at++;
	if (inverted) {
		struct gathered other = { .count = 0 };
		gather_set(r, &other, named);
		invert(&other);
		gather_set(r, g, (struct set){ other.ranges, other.count });
	} else {
		gather_set(r, g, named);
	}
	return false;
}

/* [...], of which the bracket is taken. */
static struct set take_class(struct reading *r)
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

static struct node *new_node(struct reading *r, enum node_kind kind, struct node *first)
{
	struct node *n = arena_alloc(r->arena, sizeof(*n));
	if (!n)
		return no_memory(r);
	n->kind = kind;
	n->first = first;
	return n;
}

static struct node *set_node(struct reading *r, struct set s)
{
	struct node *n = new_node(r, NODE_SET, NULL);
	if (n)
		n->set = s;
	return n;
}

static struct node *character_node(struct reading *r, uint32_t c)
{
	struct gathered g = { .ranges = { { c, c } }, .count = 1 };
	return set_node(r, make_set(r, &g, false));
}

static struct node *repeat_node(struct reading *r, struct node *what, size_t least, size_t most)
{
	struct node *n = new_node(r, NODE_REPEAT, what);
	if (n) {
		n->least = least;
		n->most = most;
	}
	return n;
}

static struct node *read_either(struct reading *r);

static struct node *read_group(struct reading *r)
{
	if (++r->depth > PATTERN_DEPTH_MAX)
		return fail(r, "expected fewer groups in groups");
	if (!take(r, "?:") && is_next(r, '?'))
		return fail(r, "expected a group without look-around, name or flags");
	struct node *n = read_either(r);
	if (!take(r, ")"))
		return fail(r, "expected )");
	r->depth--;
	return n;
}

static struct node *read_escape(struct reading *r)
{
	struct set named;
	bool inverted;
	if (ended(r) || !named_set(r->text.p[r->at], &named, &inverted))
		return character_node(r, take_escaped(r));
	r->at++;
	if (!inverted)
		return set_node(r, named);
	struct gathered g = { .count = 0 };
	gather_set(r, &g, named);
	return set_node(r, make_set(r, &g, true));
}

static struct node *read_atom(struct reading *r)
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
		*most = is_next(r, '}') ? NO_END : take_count(r);
	if (!take(r, "}") || *most < *least)
		fail(r, "expected {m}, {m,} or {m,n}");
}

static struct node *read_repeated(struct reading *r)
{
	struct node *n = read_atom(r);
	size_t least, most;
	if (take(r, "*"))
		least = 0, most = NO_END;
	else if (take(r, "+"))
		least = 1, most = NO_END;
	else if (take(r, "?"))
		least = 0, most = 1;
	else if (take(r, "{"))
		take_counts(r, &least, &most);
	else
		return n;
	take(r, "?");
	return repeat_node(r, n, least, most);
}

/* What stands side by side, up to "|", ")" or the end; outermost, "$" may end it. */
static struct node *read_row(struct reading *r)
{
	struct node *row = new_node(r, NODE_ROW, NULL), *last = NULL;
	while (!ended(r) && !is_next(r, '|') && !is_next(r, ')')) {
		if (!r->depth && is_next(r, '$'))
			break;
		struct node *n = read_repeated(r);
		if (!n || !row)
			return NULL;
		*(last ? &last->next : &row->first) = n;
		last = n;
	}
	return row;
}

/* An outermost alternative: without its anchors, any text may stand there. */
static struct node *read_anchored(struct reading *r)
{
	bool begins = take(r, "^");
	struct node *body = read_row(r), *row = new_node(r, NODE_ROW, body), *end = body;
	bool ends = take(r, "$");
	if (!ended(r) && !is_next(r, '|'))
		return fail(r, is_next(r, ')') ? "expected no )" : "expected ^ and $ at the ends only");
	if (!row || !body)
		return NULL;
	if (!begins) {
		row->first = repeat_node(r, set_node(r, SET_OF(any_ranges)), 0, NO_END);
		if (!row->first)
			return NULL;
		row->first->next = body;
	}
	if (!ends)
		end->next = repeat_node(r, set_node(r, SET_OF(any_ranges)), 0, NO_END);
	return row;
}

static struct node *read_either(struct reading *r)
{
	struct node *either = new_node(r, NODE_EITHER, NULL), *last = NULL;
	do {
		struct node *n = r->depth ? read_row(r) : read_anchored(r);
		if (!n || !either)
			return NULL;
		*(last ? &last->next : &either->first) = n;
		last = n;
	} while (take(r, "|"));
	return either;
}

/* Steps are counted in a first pass, with `steps` NULL, and written in a second. */
struct building {
	struct step *steps;
	size_t count;
};

static size_t add_step(struct building *b, struct step s)
{
	if (b->steps)
		b->steps[b->count] = s;
	return b->count++;
}

static void aim(struct building *b, size_t at, size_t to, size_t other)
{
	if (b->steps) {
		b->steps[at].to = to;
		b->steps[at].other = other;
	}
}

static void build(struct building *b, const struct node *n);

static void build_either(struct building *b, const struct node *n)
{
	if (!n->next || b->count > PATTERN_STEPS_MAX) {
		build(b, n);
		return;
	}
	size_t fork = add_step(b, (struct step){ .kind = STEP_FORK });
	build(b, n);
	size_t go = add_step(b, (struct step){ .kind = STEP_GO });
	aim(b, fork, fork + 1, b->count);
	build_either(b, n->next);
	aim(b, go, b->count, 0);
}

static void build_repeat(struct building *b, const struct node *n)
{
	for (size_t i = 0; i < n->least && b->count <= PATTERN_STEPS_MAX; i++) {
		size_t before = b->count;
		build(b, n->first);
		if (b->count == before)
			break; /* it is empty, however often */
	}
	if (n->most == NO_END) {
		size_t fork = add_step(b, (struct step){ .kind = STEP_FORK });
		build(b, n->first);
		aim(b, add_step(b, (struct step){ .kind = STEP_GO }), fork, 0);
		aim(b, fork, fork + 1, b->count);
		return;
	}
	for (size_t i = n->least; i < n->most && b->count <= PATTERN_STEPS_MAX; i++) {
		size_t fork = add_step(b, (struct step){ .kind = STEP_FORK });
		build(b, n->first);
		aim(b, fork, fork + 1, b->count);
	}
}

static void build(struct building *b, const struct node *n)
{
	if (b->count > PATTERN_STEPS_MAX)
		return;
	switch (n->kind) {
	case NODE_SET:
		add_step(b, (struct step){ .kind = STEP_SET, .set = n->set });
		break;
	case NODE_ROW:
		for (const struct node *part = n->first; part; part = part->next)
			build(b, part);
		break;
	case NODE_EITHER:
		build_either(b, n->first);
		break;
	case NODE_REPEAT:
		build_repeat(b, n);
		break;
	}
}

struct pattern *pattern_read(struct arena *a, struct view text, struct sow_error *err)
{
	struct reading r = { .arena = a, .text = text, .err = err };
	struct pattern *p = arena_alloc(a, sizeof(*p));
	if (!p)
		return no_memory(&r);
	p->root = read_either(&r);
	if (r.failed || !p->root)
		return r.failed ? NULL : no_memory(&r);
	struct building b = { 0 };
	build(&b, p->root);
	if (b.count >= PATTERN_STEPS_MAX)
		return fail(&r, "expected smaller counts");
	b.steps = p->steps = arena_array(a, b.count + 1, sizeof(*b.steps));
	if (!b.steps)
		return no_memory(&r);
	b.count = 0;
	build(&b, p->root);
	add_step(&b, (struct step){ .kind = STEP_END });
	p->step_count = b.count;
	return p;
}

/* The steps that the machine is in; `since` tells whether one has been entered at this place of
 * the text. */
struct machine {
	const struct pattern *p;
	size_t *now, *then, *todo;
	size_t now_count, then_count;
	size_t *since;
};

/* Enters a step and all that is reached from it without a character. */
static void enter(struct machine *m, size_t step, size_t place)
{
	size_t todo = 0;
	m->todo[todo++] = step;
	while (todo) {
		size_t at = m->todo[--todo];
		const struct step *s = &m->p->steps[at];
		if (m->since[at] == place)
			continue;
		m->since[at] = place;
		if (s->kind == STEP_FORK)
			m->todo[todo++] = s->other;
		if (s->kind == STEP_FORK || s->kind == STEP_GO)
			m->todo[todo++] = s->to;
		else
			m->then[m->then_count++] = at;
	}
}

static void turn(struct machine *m)
{
	size_t *old = m->now;
	m->now = m->then;
	m->now_count = m->then_count;
	m->then = old;
	m->then_count = 0;
}

static bool run(struct machine *m, struct view text)
{
	size_t place = 1;
	enter(m, 0, place);
	turn(m);
	for (size_t at = 0; at < text.len && m->now_count;) {
		uint32_t c = 0;
		size_t n = utf8_next(text.p + at, text.len - at, &c);
		at += n ? n : 1;
		place++;
		for (size_t i = 0; i < m->now_count; i++) {
			const struct step *s = &m->p->steps[m->now[i]];
			if (n && s->kind == STEP_SET && set_has(s->set, c))
				enter(m, m->now[i] + 1, place);
		}
		turn(m);
	}
	for (size_t i = 0; i < m->now_count; i++) {
		if (m->p->steps[m->now[i]].kind == STEP_END)
			return true;
	}
	return false;
}

int pattern_matches(const struct pattern *p, struct view text)
{
	/* Each step forks once at most at a place: that is all that ever waits in `todo`. */
	size_t n = p->step_count;
	size_t *room = mem_zalloc((5 * n + 1) * sizeof(*room));
	if (!room)
		return SOW_NOMEM;
	struct machine m = { .p = p, .now = room, .then = room + n, .since = room + 2 * n,
			     .todo = room + 3 * n };
	int matches = run(&m, text);
	mem_free(room);
	return matches;
}

static bool may_be_empty(const struct node *n)
{
	switch (n->kind) {
	case NODE_SET:
		return false;
	case NODE_REPEAT:
		return !n->least || may_be_empty(n->first);
	case NODE_ROW:
		for (const struct node *part = n->first; part; part = part->next) {
			if (!may_be_empty(part))
				return false;
		}
		return true;
	case NODE_EITHER:
		for (const struct node *part = n->first; part; part = part->next) {
			if (may_be_empty(part))
				return true;
		}
		return false;
	}
	return false;
}

/* A grammar that repeats what may be empty would never come to an end. */
static bool can_be_said(const struct node *n)
{
	if (n->kind == NODE_REPEAT && n->most > 1 && may_be_empty(n->first))
		return false;
	for (const struct node *part = n->first; part; part = part->next) {
		if (!can_be_said(part))
			return false;
	}
	return true;
}

/* A character in a literal or a class of GBNF. */
static void say_character(struct buf *out, uint32_t c)
{
	bool plain = c == ' ' || c == '_' || (c < 0x80 && (ascii_alpha((char)c) || ascii_digit((char)c)));
	if (plain)
		buf_addch(out, (char)c);
	else if (c < 0x100)
		buf_addf(out, "\\x%02X", (unsigned)c);
	else if (c < 0x10000)
		buf_addf(out, "\\u%04X", (unsigned)c);
	else
		buf_addf(out, "\\U%08X", (unsigned)c);
}

void gbnf_add_literal(struct buf *out, struct view text)
{
	buf_addch(out, '"');
	for (size_t at = 0; at < text.len;) {
		uint32_t c = 0xFFFD;
		size_t n = utf8_next(text.p + at, text.len - at, &c);
		say_character(out, c);
		at += n ? n : 1;
	}
	buf_addch(out, '"');
}

/* The ranges of a set that a JSON text has as they are. */
static size_t say_plain(struct buf *out, struct set s)
{
	static const struct range plain[] = {
		{ ' ', '!' }, { '#', '[' }, { ']', 0x7E }, { 0x80, 0xD7FF }, { 0xE000, LAST_CHARACTER }
	};
	size_t said = 0;
	for (size_t i = 0; i < s.count; i++) {
		for (size_t k = 0; k < sizeof(plain) / sizeof(plain[0]); k++) {
			uint32_t first = s.ranges[i].first, last = s.ranges[i].last;
			if (first < plain[k].first)
				first = plain[k].first;
			if (last > plain[k].last)
				last = plain[k].last;
			if (first > last)
				continue;
			buf_addstr(out, said++ ? "" : "[");
			say_character(out, first);
			if (last > first) {
				buf_addch(out, '-');
				say_character(out, last);
			}
		}
	}
	buf_addstr(out, said ? "]" : "");
	return said;
}

/* Those that it has behind a backslash. Of control characters a class that has many of them means
 * none in earnest: new line and tab do. */
static size_t say_escaped(struct buf *out, struct set s, size_t said)
{
	static const struct {
		char c;
		const char *escape;
	} escapes[] = { { '"', "\\\"" }, { '\\', "\\\\" }, { '\n', "\\n" }, { '\t', "\\t" } };
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		if (!set_has(s, (uint32_t)escapes[i].c))
			continue;
		buf_addstr(out, said++ ? " | " : "");
		gbnf_add_literal(out, view_of(escapes[i].escape));
	}
	for (uint32_t c = 0; !said && c < ' '; c++) {
		char escape[8];
		if (!set_has(s, c))
			continue;
		snprintf(escape, sizeof(escape), "\\u%04X", (unsigned)c);
		gbnf_add_literal(out, view_of(escape));
		said++;
	}
	return said;
}

static void say_set(struct buf *out, struct set s)
{
	buf_addch(out, '(');
	if (!say_escaped(out, s, say_plain(out, s)))
		buf_addstr(out, "\"\"");
	buf_addch(out, ')');
}

static void say(struct buf *out, const struct node *n)
{
	if (n->kind == NODE_SET) {
		say_set(out, n->set);
		return;
	}
	buf_addch(out, '(');
	if (!n->first)
		buf_addstr(out, "\"\"");
	for (const struct node *part = n->first; part; part = part->next) {
		say(out, part);
		if (part->next)
			buf_addstr(out, n->kind == NODE_EITHER ? " | " : " ");
	}
	buf_addch(out, ')');
	if (n->kind == NODE_REPEAT && n->most == NO_END)
		buf_addf(out, "{%zu,}", n->least);
	else if (n->kind == NODE_REPEAT)
		buf_addf(out, "{%zu,%zu}", n->least, n->most);
}

int pattern_grammar(const struct pattern *p, struct buf *out)
{
	if (!can_be_said(p->root))
		return SOW_MISSING;
	say(out, p->root);
	return out->status;
}
