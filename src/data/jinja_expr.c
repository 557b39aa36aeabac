/* The contents of a tag: from words and marks to an expression. */
#include "data/jinja_private.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "data/array.h"

#define NUMBER_MAX 40  /* characters of a number */
#define INDEX_MAX 1e15

static const char *const filter_names[FILTER_COUNT] = {
	"trim", "length", "tojson", "first", "last", "join", "default", "lower", "upper",
};

void *jinja_make(struct jinja_reader *r, size_t size)
{
	void *p = arena_alloc(r->arena, size);
	return p;
}

void *jinja_wrong(struct jinja_reader *r, size_t at, const char *expected, struct view found)
{
	size_t line = text_place_behind((struct text_place){ 1, 1 }, view_sub(r->whole, 0, at)).line;
	if (found.len)
		error_set(r->err, SOW_INVALID, "%s:%zu: expected %s, not '%.*s'", r->name, line, expected,
			  VIEW_ARG(found));
	else
		error_set(r->err, SOW_INVALID, "%s:%zu: expected %s", r->name, line, expected);
	return NULL;
}

/* Words of a tag */

static void skip_space(struct jinja_reader *r)
{
	while (r->at < r->end && ascii_space(r->whole.p[r->at]))
		r->at++;
}

static bool is_word(char c)
{
	return ascii_alpha(c) || ascii_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

struct view jinja_peek(struct jinja_reader *r)
{
	static const char *const marks[] = { "==", "!=", "<=", ">=" };
	skip_space(r);
	struct view rest = view_sub(r->whole, r->at, r->end);
	size_t len = 0;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (view_starts(rest, marks[i]))
			return view_sub(rest, 0, 2);
	}
	while (len < rest.len && is_word(rest.p[len]))
		len++;
	return view_sub(rest, 0, len ? len : rest.len ? 1 : 0);
}

bool jinja_take(struct jinja_reader *r, const char *word)
{
	struct view next = jinja_peek(r);
	if (!view_eqstr(next, word))
		return false;
	r->at += next.len;
	return true;
}

struct view jinja_take_name(struct jinja_reader *r)
{
	struct view name = jinja_peek(r);
	if (!name.len || !is_word(name.p[0]) || ascii_digit(name.p[0]))
		return view_of("");
	r->at += name.len;
	return name;
}

/* Expressions */

static struct jinja_expr *read_or(struct jinja_reader *r);

static struct jinja_expr *make_expr(struct jinja_reader *r, enum jinja_kind kind,
				    struct jinja_expr *left, struct jinja_expr *right)
{
	struct jinja_expr *e = jinja_make(r, sizeof(*e));
	*e = (struct jinja_expr){ .kind = kind, .left = left, .right = right };
	return e;
}

/* A text in quotes of either kind, with \ before a quote, n or another \. */
static struct jinja_expr *read_text(struct jinja_reader *r)
{
	size_t start = r->at;
	char quote = r->whole.p[r->at++], *text = jinja_make(r, r->end - start);
	size_t len = 0;
	while (r->at < r->end && r->whole.p[r->at] != quote) {
		char c = r->whole.p[r->at++];
		if (c == '\\' && r->at < r->end) {
			c = r->whole.p[r->at++];
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		text[len++] = c;
	}
	if (r->at++ >= r->end)
		return jinja_wrong(r, start, "the end of the text in quotes", view_of(""));
	struct jinja_expr *e = make_expr(r, EXPR_TEXT, NULL, NULL);
	if (e)
		e->text = view_from(text, len);
	return e;
}

static struct jinja_expr *read_number(struct jinja_reader *r)
{
	char digits[NUMBER_MAX + 1] = "", *end;
	size_t len = 0, at = r->at;
	while (at < r->end && len < NUMBER_MAX &&
	       (ascii_digit(r->whole.p[at]) || r->whole.p[at] == '.' || (!len && r->whole.p[at] == '-')))
		digits[len++] = r->whole.p[at++];
	double number = strtod(digits, &end);
	if (*end || end == digits)
		return jinja_wrong(r, r->at, "a number", view_sub(r->whole, r->at, at));
	r->at = at;
	struct jinja_expr *e = make_expr(r, EXPR_NUMBER, NULL, NULL);
	if (e)
		e->number = number;
	return e;
}

/* After the opening bracket. */
static struct jinja_step *read_bracket(struct jinja_reader *r)
{
	struct jinja_step *step = jinja_make(r, sizeof(*step));
	skip_space(r);
	char c = r->at < r->end ? r->whole.p[r->at] : '\0';
	size_t start = r->at;
	struct jinja_expr *inner = c == '"' || c == '\'' ? read_text(r) : read_number(r);
	if (!inner)
		return NULL;
	step->is_index = inner->kind == EXPR_NUMBER;
	if (fabs(inner->number) > INDEX_MAX || trunc(inner->number) != inner->number)
		return jinja_wrong(r, start, "a whole number", view_sub(r->whole, start, r->at));
	step->index = (int64_t)inner->number;
	step->name = inner->text;
	if (!jinja_take(r, "]"))
		return jinja_wrong(r, r->at, "']'", jinja_peek(r));
	return step;
}

static struct jinja_step *read_step(struct jinja_reader *r)
{
	if (jinja_take(r, "["))
		return read_bracket(r);
	struct jinja_step *step = jinja_make(r, sizeof(*step));
	struct view name = jinja_take_name(r);
	if (!name.len)
		return jinja_wrong(r, r->at, "the name of a field", jinja_peek(r));
	step->name = name;
	return step;
}

static bool steps_on(struct jinja_reader *r)
{
	return view_eqstr(jinja_peek(r), "[") || jinja_take(r, ".");
}

static struct jinja_expr *read_path(struct jinja_reader *r)
{
	struct jinja_expr *e = make_expr(r, EXPR_PATH, NULL, NULL);
	skip_space(r);
	size_t start = r->at;
	struct jinja_step **last = e ? &e->steps : NULL;
	do {
		if (!last || !(*last = read_step(r)))
			return NULL;
		last = &(*last)->next;
	} while (steps_on(r));
	e->text = view_trim(view_sub(r->whole, start, r->at));
	e->optional = jinja_take(r, "?");
	return e;
}

static struct jinja_expr *read_word(struct jinja_reader *r)
{
	static const struct { const char *word; enum jinja_kind kind; double number; } words[] = {
		{ "true", EXPR_TRUTH, 1 }, { "True", EXPR_TRUTH, 1 }, { "false", EXPR_TRUTH, 0 },
		{ "False", EXPR_TRUTH, 0 }, { "none", EXPR_NOTHING, 0 }, { "None", EXPR_NOTHING, 0 },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (jinja_take(r, words[i].word)) {
			struct jinja_expr *e = make_expr(r, words[i].kind, NULL, NULL);
			if (e)
				e->number = words[i].number;
			return e;
		}
	}
	return read_path(r);
}

static struct jinja_expr *read_primary(struct jinja_reader *r)
{
	skip_space(r);
	char c = r->at < r->end ? r->whole.p[r->at] : '\0';
	if (c == '"' || c == '\'')
		return read_text(r);
	if (ascii_digit(c) || c == '-')
		return read_number(r);
	if (!jinja_take(r, "("))
		return read_word(r);
	if (++r->depth > JINJA_DEPTH_MAX)
		return jinja_wrong(r, r->at, "fewer parentheses in one another", view_of(""));
	struct jinja_expr *e = read_or(r);
	r->depth--;
	if (e && !jinja_take(r, ")"))
		return jinja_wrong(r, r->at, "')'", jinja_peek(r));
	return e;
}

static struct jinja_expr *read_filter(struct jinja_reader *r, struct jinja_expr *of)
{
	size_t at = r->at;
	struct view name = jinja_take_name(r);
	int filter = 0;
	while (filter < FILTER_COUNT && !view_eqstr(name, filter_names[filter]))
		filter++;
	if (filter == FILTER_COUNT)
		return jinja_wrong(r, at, "a filter: trim, length, tojson, first, last, join, default, lower or "
			     "upper", name.len ? name : jinja_peek(r));
	struct jinja_expr *e = make_expr(r, EXPR_FILTERED, of, NULL);
	bool takes = filter == FILTER_JOIN || filter == FILTER_DEFAULT;
	if (!e)
		return NULL;
	e->filter = (enum jinja_filter)filter;
	if (jinja_take(r, "(") && !jinja_take(r, ")")) {
		if (!takes)
			return jinja_wrong(r, r->at, "')'", jinja_peek(r));
		if (!(e->right = read_or(r)))
			return NULL;
		if (!jinja_take(r, ")"))
			return jinja_wrong(r, r->at, "')'", jinja_peek(r));
	}
	if (filter == FILTER_DEFAULT && !e->right)
		return jinja_wrong(r, at, "default(VALUE)", view_of(""));
	return e;
}

static struct jinja_expr *read_filtered(struct jinja_reader *r)
{
	struct jinja_expr *e = read_primary(r);
	while (e && jinja_take(r, "|"))
		e = read_filter(r, e);
	return e;
}

/* A mark or word between two values; OP_NONE: none here. */
static enum jinja_operator take_operator(struct jinja_reader *r)
{
	static const struct { const char *mark; enum jinja_operator op; } marks[] = {
		{ "==", OP_EQUAL }, { "!=", OP_UNEQUAL }, { "<=", OP_AT_MOST }, { "<", OP_LESS },
		{ ">=", OP_AT_LEAST }, { ">", OP_MORE }, { "in", OP_IN },
	};
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (jinja_take(r, marks[i].mark))
			return marks[i].op;
	}
	size_t before = r->at;
	if (jinja_take(r, "not") && jinja_take(r, "in"))
		return OP_NOT_IN;
	r->at = before;
	return OP_NONE;
}

/* After "is". */
static struct jinja_expr *read_defined(struct jinja_reader *r, struct jinja_expr *of)
{
	bool isnt = jinja_take(r, "not");
	bool is_none = jinja_take(r, "none");
	if (!is_none && !jinja_take(r, "defined"))
		return jinja_wrong(r, r->at, "defined or none", jinja_peek(r));
	struct jinja_expr *e = make_expr(r, EXPR_DEFINED, of, NULL);
	return e && isnt != is_none ? make_expr(r, EXPR_NOT, e, NULL) : e;
}

static struct jinja_expr *read_compared(struct jinja_reader *r)
{
	if (jinja_take(r, "not")) {
		if (++r->depth > JINJA_DEPTH_MAX)
			return jinja_wrong(r, r->at, "fewer nots", view_of(""));
		struct jinja_expr *of = read_compared(r);
		r->depth--;
		return of ? make_expr(r, EXPR_NOT, of, NULL) : NULL;
	}
	struct jinja_expr *left = read_filtered(r);
	if (left && jinja_take(r, "is"))
		return read_defined(r, left);
	enum jinja_operator op = left ? take_operator(r) : OP_NONE;
	if (!op)
		return left;
	struct jinja_expr *right = read_filtered(r);
	struct jinja_expr *e = right ? make_expr(r, EXPR_COMPARED, left, right) : NULL;
	if (e)
		e->op = op;
	return e;
}

static struct jinja_expr *read_and(struct jinja_reader *r)
{
	struct jinja_expr *e = read_compared(r);
	while (e && jinja_take(r, "and")) {
		struct jinja_expr *right = read_compared(r);
		e = right ? make_expr(r, EXPR_AND, e, right) : NULL;
	}
	return e;
}

static struct jinja_expr *read_or(struct jinja_reader *r)
{
	struct jinja_expr *e = read_and(r);
	while (e && jinja_take(r, "or")) {
		struct jinja_expr *right = read_and(r);
		e = right ? make_expr(r, EXPR_OR, e, right) : NULL;
	}
	return e;
}

struct jinja_expr *jinja_read_expr(struct jinja_reader *r)
{
	struct jinja_expr *e = read_or(r);
	struct view rest = e ? jinja_peek(r) : view_of("");
	return rest.len ? jinja_wrong(r, r->at, "the end of the expression", rest) : e;
}
