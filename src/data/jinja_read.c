/* From the text of a template to its nodes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/array.h"
#include "data/jinja_private.h"

#define DEPTH_MAX 64   /* of blocks, and of parentheses in an expression */
#define NUMBER_MAX 40  /* characters of a number */
#define INDEX_MAX 1e15
#define NOTHING ((struct view){ NULL, 0 })

struct reader {
	struct arena *arena;
	const char *name;
	struct view whole;
	size_t at;
	size_t end;                  /* of the tag that is open */
	size_t next;                 /* where the text goes on behind it */
	int depth;
	bool trims;                  /* the tag before took the white space behind it */
	struct sow_error *err;
};

enum tag { TAG_NONE, TAG_FIELD, TAG_BLOCK, TAG_REMARK };

static const char *const filter_names[FILTER_COUNT] = {
	"trim", "length", "tojson", "first", "last", "join", "default", "lower", "upper",
};

static void *make(struct reader *r, size_t size)
{
	void *p = arena_alloc(r->arena, size);
	if (!p) {
		error_nomem(r->err);
		return NULL;
	}
	memset(p, 0, size);
	return p;
}

/* Always NULL, with the place and what was expected. */
static void *wrong(struct reader *r, size_t at, const char *expected, struct view found)
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

static void skip_space(struct reader *r)
{
	while (r->at < r->end && ascii_space(r->whole.p[r->at]))
		r->at++;
}

static bool is_word(char c)
{
	return ascii_alpha(c) || ascii_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* The word or mark that comes next, and is not taken. */
static struct view peek(struct reader *r)
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

static bool take(struct reader *r, const char *word)
{
	struct view next = peek(r);
	if (!view_eqstr(next, word))
		return false;
	r->at += next.len;
	return true;
}

static struct view take_name(struct reader *r)
{
	struct view name = peek(r);
	if (!name.len || !is_word(name.p[0]) || ascii_digit(name.p[0]))
		return NOTHING;
	r->at += name.len;
	return name;
}

/* Expressions */

static struct jinja_expr *read_or(struct reader *r);

static struct jinja_expr *make_expr(struct reader *r, enum jinja_kind kind, struct jinja_expr *left,
				    struct jinja_expr *right)
{
	struct jinja_expr *e = make(r, sizeof(*e));
	if (e)
		*e = (struct jinja_expr){ .kind = kind, .left = left, .right = right };
	return e;
}

/* A text in quotes of either kind, with \ before a quote, n or another \. */
static struct jinja_expr *read_text(struct reader *r)
{
	size_t start = r->at;
	char quote = r->whole.p[r->at++], *text = arena_alloc(r->arena, r->end - start);
	size_t len = 0;
	if (!text) {
		error_nomem(r->err);
		return NULL;
	}
	while (r->at < r->end && r->whole.p[r->at] != quote) {
		char c = r->whole.p[r->at++];
		if (c == '\\' && r->at < r->end) {
			c = r->whole.p[r->at++];
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		text[len++] = c;
	}
	if (r->at++ >= r->end)
		return wrong(r, start, "the end of the text in quotes", NOTHING);
	struct jinja_expr *e = make_expr(r, EXPR_TEXT, NULL, NULL);
	if (e)
		e->text = view_from(text, len);
	return e;
}

static struct jinja_expr *read_number(struct reader *r)
{
	char digits[NUMBER_MAX + 1] = "", *end;
	size_t len = 0, at = r->at;
	while (at < r->end && len < NUMBER_MAX &&
	       (ascii_digit(r->whole.p[at]) || r->whole.p[at] == '.' || (!len && r->whole.p[at] == '-')))
		digits[len++] = r->whole.p[at++];
	double number = strtod(digits, &end);
	if (*end || end == digits)
		return wrong(r, r->at, "a number", view_sub(r->whole, r->at, at));
	r->at = at;
	struct jinja_expr *e = make_expr(r, EXPR_NUMBER, NULL, NULL);
	if (e)
		e->number = number;
	return e;
}

/* Behind the opening bracket. */
static struct jinja_step *read_bracket(struct reader *r)
{
	struct jinja_step *step = make(r, sizeof(*step));
	skip_space(r);
	char c = r->at < r->end ? r->whole.p[r->at] : '\0';
	size_t start = r->at;
	struct jinja_expr *inner = !step ? NULL : c == '"' || c == '\'' ? read_text(r) : read_number(r);
	if (!inner)
		return NULL;
	step->is_index = inner->kind == EXPR_NUMBER;
	if (fabs(inner->number) > INDEX_MAX || trunc(inner->number) != inner->number)
		return wrong(r, start, "a whole number", view_sub(r->whole, start, r->at));
	step->index = (int64_t)inner->number;
	step->name = inner->text;
	if (!take(r, "]"))
		return wrong(r, r->at, "']'", peek(r));
	return step;
}

static struct jinja_step *read_step(struct reader *r)
{
	if (take(r, "["))
		return read_bracket(r);
	struct jinja_step *step = make(r, sizeof(*step));
	struct view name = take_name(r);
	if (step && !name.p)
		return wrong(r, r->at, "the name of a field", peek(r));
	if (step)
		step->name = name;
	return step;
}

static bool steps_on(struct reader *r)
{
	return view_eqstr(peek(r), "[") || take(r, ".");
}

static struct jinja_expr *read_path(struct reader *r)
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
	e->optional = take(r, "?");
	return e;
}

static struct jinja_expr *read_word(struct reader *r)
{
	static const struct { const char *word; enum jinja_kind kind; double number; } words[] = {
		{ "true", EXPR_TRUTH, 1 }, { "True", EXPR_TRUTH, 1 }, { "false", EXPR_TRUTH, 0 },
		{ "False", EXPR_TRUTH, 0 }, { "none", EXPR_NOTHING, 0 }, { "None", EXPR_NOTHING, 0 },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (take(r, words[i].word)) {
			struct jinja_expr *e = make_expr(r, words[i].kind, NULL, NULL);
			if (e)
				e->number = words[i].number;
			return e;
		}
	}
	return read_path(r);
}

static struct jinja_expr *read_primary(struct reader *r)
{
	skip_space(r);
	char c = r->at < r->end ? r->whole.p[r->at] : '\0';
	if (c == '"' || c == '\'')
		return read_text(r);
	if (ascii_digit(c) || c == '-')
		return read_number(r);
	if (!take(r, "("))
		return read_word(r);
	if (++r->depth > DEPTH_MAX)
		return wrong(r, r->at, "fewer parentheses in one another", NOTHING);
	struct jinja_expr *e = read_or(r);
	r->depth--;
	if (e && !take(r, ")"))
		return wrong(r, r->at, "')'", peek(r));
	return e;
}

static struct jinja_expr *read_filter(struct reader *r, struct jinja_expr *of)
{
	size_t at = r->at;
	struct view name = take_name(r);
	int filter = 0;
	while (filter < FILTER_COUNT && !(name.p && view_eqstr(name, filter_names[filter])))
		filter++;
	if (filter == FILTER_COUNT)
		return wrong(r, at, "a filter: trim, length, tojson, first, last, join, default, lower or "
			     "upper", name.p ? name : peek(r));
	struct jinja_expr *e = make_expr(r, EXPR_FILTERED, of, NULL);
	bool takes = filter == FILTER_JOIN || filter == FILTER_DEFAULT;
	if (!e)
		return NULL;
	e->filter = (enum jinja_filter)filter;
	if (take(r, "(") && !take(r, ")")) {
		if (!takes)
			return wrong(r, r->at, "')'", peek(r));
		if (!(e->right = read_or(r)))
			return NULL;
		if (!take(r, ")"))
			return wrong(r, r->at, "')'", peek(r));
	}
	if (filter == FILTER_DEFAULT && !e->right)
		return wrong(r, at, "default(VALUE)", NOTHING);
	return e;
}

static struct jinja_expr *read_filtered(struct reader *r)
{
	struct jinja_expr *e = read_primary(r);
	while (e && take(r, "|"))
		e = read_filter(r, e);
	return e;
}

/* A mark or word between two values; OP_NONE: none stands here. */
static enum jinja_operator take_operator(struct reader *r)
{
	static const struct { const char *mark; enum jinja_operator op; } marks[] = {
		{ "==", OP_EQUAL }, { "!=", OP_UNEQUAL }, { "<=", OP_AT_MOST }, { "<", OP_LESS },
		{ ">=", OP_AT_LEAST }, { ">", OP_MORE }, { "in", OP_IN },
	};
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (take(r, marks[i].mark))
			return marks[i].op;
	}
	size_t before = r->at;
	if (take(r, "not") && take(r, "in"))
		return OP_NOT_IN;
	r->at = before;
	return OP_NONE;
}

/* Behind "is". */
static struct jinja_expr *read_defined(struct reader *r, struct jinja_expr *of)
{
	bool isnt = take(r, "not");
	bool is_none = take(r, "none");
	if (!is_none && !take(r, "defined"))
		return wrong(r, r->at, "defined or none", peek(r));
	struct jinja_expr *e = make_expr(r, EXPR_DEFINED, of, NULL);
	return e && isnt != is_none ? make_expr(r, EXPR_NOT, e, NULL) : e;
}

static struct jinja_expr *read_compared(struct reader *r)
{
	if (take(r, "not")) {
		if (++r->depth > DEPTH_MAX)
			return wrong(r, r->at, "fewer nots", NOTHING);
		struct jinja_expr *of = read_compared(r);
		r->depth--;
		return of ? make_expr(r, EXPR_NOT, of, NULL) : NULL;
	}
	struct jinja_expr *left = read_filtered(r);
	if (left && take(r, "is"))
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

static struct jinja_expr *read_and(struct reader *r)
{
	struct jinja_expr *e = read_compared(r);
	while (e && take(r, "and")) {
		struct jinja_expr *right = read_compared(r);
		e = right ? make_expr(r, EXPR_AND, e, right) : NULL;
	}
	return e;
}

static struct jinja_expr *read_or(struct reader *r)
{
	struct jinja_expr *e = read_and(r);
	while (e && take(r, "or")) {
		struct jinja_expr *right = read_and(r);
		e = right ? make_expr(r, EXPR_OR, e, right) : NULL;
	}
	return e;
}

/* To the end of the tag. */
static struct jinja_expr *read_whole(struct reader *r)
{
	struct jinja_expr *e = read_or(r);
	struct view rest = e ? peek(r) : view_of("");
	return rest.len ? wrong(r, r->at, "the end of the expression", rest) : e;
}

/* Texts and tags */

/* Where the mark stands that closes a tag, past texts in quotes; VIEW_NONE: nowhere. */
static size_t find_close(struct view text, size_t at, const char *close, bool has_quotes)
{
	char quote = '\0';
	for (; at + 1 < text.len; at++) {
		char c = text.p[at];
		if (quote && c == '\\')
			at++;
		else if (quote)
			quote = c == quote ? '\0' : quote;
		else if (text.p[at] == close[0] && text.p[at + 1] == close[1])
			return at;
		else if (has_quotes && (c == '"' || c == '\''))
			quote = c;
	}
	return VIEW_NONE;
}

static size_t find_open(struct view text, size_t at, enum tag *tag)
{
	static const char marks[] = "{%#";
	for (; at + 1 < text.len; at++) {
		const char *mark = text.p[at] == '{' && text.p[at + 1] ? strchr(marks, text.p[at + 1]) : NULL;
		if (mark)
			return *tag = (enum tag)(TAG_FIELD + (mark - marks)), at;
	}
	*tag = TAG_NONE;
	return text.len;
}

/* The text up to the next tag, which is open then. */
static bool open_tag(struct reader *r, struct view *text, enum tag *tag)
{
	static const char *const closes[] = { "", "}}", "%}", "#}" };
	struct view whole = r->whole;
	size_t open = find_open(whole, r->at, tag);
	*text = view_sub(whole, r->at, open);
	if (r->trims)
		*text = view_trim_front(*text);
	r->trims = false;
	r->at = r->end = r->next = whole.len;
	if (*tag == TAG_NONE)
		return true;
	size_t close = find_close(whole, open + 2, closes[*tag], *tag != TAG_REMARK);
	if (close == VIEW_NONE)
		return wrong(r, open, closes[*tag], NOTHING) != NULL;
	r->at = open + 2;
	r->end = close;
	if (r->at < r->end && whole.p[r->at] == '-') {
		*text = view_trim_back(*text);
		r->at++;
	}
	if (r->at < r->end && whole.p[r->end - 1] == '-') {
		r->trims = true;
		r->end--;
	}
	r->next = close + 2;
	if (*tag != TAG_FIELD && r->next < whole.len && whole.p[r->next] == '\n')
		r->next++;
	return true;
}

/* Nothing more may stand in the tag. */
static bool close_tag(struct reader *r)
{
	struct view rest = peek(r);
	if (rest.len)
		return wrong(r, r->at, "the end of the tag", rest) != NULL;
	r->at = r->next;
	return true;
}

/* Blocks */

static struct jinja_node *make_node(struct reader *r, enum jinja_node_kind kind)
{
	struct jinja_node *n = make(r, sizeof(*n));
	if (n)
		n->kind = kind;
	return n;
}

static bool read_nodes(struct reader *r, struct jinja_node **out, struct view *closed_by);

/* The body of a block, up to a tag with another word than if and for: *closed_by. What stands in that
 * tag behind the word is not read yet. */
static bool read_body(struct reader *r, struct jinja_node **out, struct view *closed_by)
{
	size_t opened = r->at;
	r->at = r->next;
	if (++r->depth > DEPTH_MAX)
		return wrong(r, opened, "fewer blocks in one another", NOTHING) != NULL;
	bool ok = read_nodes(r, out, closed_by);
	r->depth--;
	if (ok && !closed_by->len)
		return wrong(r, opened, "the end of this block: {% endif %} or {% endfor %}",
			     NOTHING) != NULL;
	return ok;
}

/* Behind "if" or "elif". */
static bool read_if(struct reader *r, struct jinja_node *n)
{
	struct view word;
	n->expr = read_whole(r);
	if (!n->expr || !read_body(r, &n->body, &word))
		return false;
	if (view_eqstr(word, "elif")) {
		bool too_deep = ++r->depth > DEPTH_MAX;
		n->otherwise = too_deep ? wrong(r, r->at, "fewer {% elif %}", NOTHING)
					: make_node(r, NODE_IF);
		bool ok = n->otherwise && read_if(r, n->otherwise);
		r->depth--;
		return ok;
	}
	if (view_eqstr(word, "else") && (!close_tag(r) || !read_body(r, &n->otherwise, &word)))
		return false;
	if (!view_eqstr(word, "endif"))
		return wrong(r, r->at, "{% endif %}", word) != NULL;
	return close_tag(r);
}

/* Behind "for". */
static bool read_for(struct reader *r, struct jinja_node *n)
{
	struct view word;
	n->text = take_name(r);
	if (!n->text.p)
		return wrong(r, r->at, "the name of a variable", peek(r)) != NULL;
	if (!take(r, "in"))
		return wrong(r, r->at, "in", peek(r)) != NULL;
	n->expr = read_whole(r);
	if (!n->expr || !read_body(r, &n->body, &word))
		return false;
	if (!view_eqstr(word, "endfor"))
		return wrong(r, r->at, "{% endfor %}", word) != NULL;
	return close_tag(r);
}

/* Up to {% endraw %} as it stands. */
static bool read_raw(struct reader *r, struct jinja_node *n)
{
	size_t start = r->next;
	if (!close_tag(r))
		return false;
	for (size_t at = start; (at = view_find(r->whole, at, "{%")) != VIEW_NONE; at += 2) {
		r->at = at + 2;
		r->end = find_close(r->whole, r->at, "%}", false);
		if (r->end == VIEW_NONE)
			break;
		r->next = r->end + 2;
		if (take(r, "endraw")) {
			n->text = view_sub(r->whole, start, at);
			return close_tag(r);
		}
	}
	return wrong(r, start, "{% endraw %}", NOTHING) != NULL;
}

/* A tag that is open: 1 if it is a node, 0 if it closes a block, negative on failure. */
static int read_tag(struct reader *r, enum tag tag, struct jinja_node **n, struct view *closed_by)
{
	static const struct {
		const char *word;
		enum jinja_node_kind kind;
		bool (*read)(struct reader *r, struct jinja_node *n);
	} blocks[] = {
		{ "if", NODE_IF, read_if }, { "for", NODE_FOR, read_for }, { "raw", NODE_TEXT, read_raw },
	};
	if (tag == TAG_FIELD) {
		if (!(*n = make_node(r, NODE_FIELD)) || !((*n)->expr = read_whole(r)))
			return SOW_INVALID;
		r->at = r->next;
		return 1;
	}
	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
		if (take(r, blocks[i].word))
			return (*n = make_node(r, blocks[i].kind)) && blocks[i].read(r, *n) ? 1 : SOW_INVALID;
	}
	size_t at = r->at;
	*closed_by = take_name(r);
	static const char *const ends[] = { "elif", "else", "endif", "endfor" };
	for (size_t i = 0; closed_by->p && i < sizeof(ends) / sizeof(*ends); i++) {
		if (view_eqstr(*closed_by, ends[i]))
			return 0;
	}
	r->at = at;
	wrong(r, at, "if, elif, else, endif, for, endfor, raw or endraw", peek(r));
	return SOW_INVALID;
}

static bool add_text(struct reader *r, struct view text, struct jinja_node ***last)
{
	if (!text.len)
		return true;
	struct jinja_node *n = make_node(r, NODE_TEXT);
	if (!n)
		return false;
	n->text = text;
	**last = n;
	*last = &n->next;
	return true;
}

static bool read_nodes(struct reader *r, struct jinja_node **out, struct view *closed_by)
{
	struct jinja_node **last = out;
	*closed_by = view_of("");
	for (;;) {
		struct view text;
		enum tag tag;
		if (!open_tag(r, &text, &tag) || !add_text(r, text, &last))
			return false;
		if (tag == TAG_NONE)
			return true;
		if (tag == TAG_REMARK) {
			r->at = r->next;
			continue;
		}
		int status = read_tag(r, tag, last, closed_by);
		if (status <= 0)
			return !status;
		last = &(*last)->next;
	}
}

struct jinja *jinja_read(struct arena *a, const char *name, struct view text, struct sow_error *err)
{
	struct reader r = { .arena = a, .name = name, .whole = text, .err = err };
	struct jinja *t = make(&r, sizeof(*t));
	struct view word;
	if (!t || !read_nodes(&r, &t->nodes, &word))
		return NULL;
	return word.len ? wrong(&r, r.at, "an open block before this", word) : t;
}

struct jinja *jinja_read_condition(struct arena *a, const char *name, struct view text,
				   struct sow_error *err)
{
	struct reader r = { .arena = a, .name = name, .whole = text, .end = text.len, .err = err };
	struct jinja *t = make(&r, sizeof(*t));
	if (!t || !(t->condition = read_whole(&r)))
		return NULL;
	return t;
}
