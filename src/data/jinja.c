/* Fills in a template. */
#include <string.h>

#include "base/utf8.h"
#include "data/jinja_private.h"

/* A value for the text. */
enum kind { VALUE_MISSING, VALUE_JSON, VALUE_TEXT, VALUE_NUMBER, VALUE_TRUTH };

struct value {
	enum kind kind;
	const json_value *json;
	struct view text;
	double number;               /* of a truth value 0 or 1 */
};

/* A loop's variable while it runs. */
struct scope {
	struct view name;
	const json_value *value;
	size_t index, count;         /* from 1 */
	const struct scope *outer;
};

struct filler {
	const json_value *record;
	struct arena *arena;         /* for the results of filters */
	struct buf *out, *why;
	int status;
};

static struct value evaluate(struct filler *f, const struct jinja_expr *e, const struct scope *s);

static struct value of_json(const json_value *v)
{
	switch (json_type(v)) {
	case JSON_NOTHING:
	case JSON_NULL:
		return (struct value){ .kind = VALUE_MISSING };
	case JSON_TEXT:
		return (struct value){ .kind = VALUE_TEXT, .text = json_text(v), .json = v };
	case JSON_NUMBER:
		return (struct value){ .kind = VALUE_NUMBER, .number = json_number(v), .json = v };
	case JSON_BOOL:
		return (struct value){ .kind = VALUE_TRUTH, .number = json_bool(v), .json = v };
	default:
		return (struct value){ .kind = VALUE_JSON, .json = v };
	}
}

static struct value of_text(struct view text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = text };
}

static struct value of_number(double number)
{
	return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

static struct value of_truth(bool b)
{
	return (struct value){ .kind = VALUE_TRUTH, .number = b };
}

/* Paths */

static const json_value *element(const json_value *list, int64_t index)
{
	int64_t count = (int64_t)json_count(list);
	if (json_type(list) != JSON_ARRAY)
		return NULL;
	index = index < 0 ? index + count : index;
	const json_value *v = index < 0 ? NULL : json_first(list);
	while (v && index--)
		v = json_next(list, v);
	return v;
}

static const json_value *walk(const json_value *v, const struct jinja_step *step)
{
	for (; step && v; step = step->next)
		v = step->is_index ? element(v, step->index) : json_find(v, step->name);
	return v;
}

/* loop.index and its like; missing: another name. */
static struct value of_loop(const struct scope *s, const struct jinja_step *step)
{
	if (!step || step->next)
		return (struct value){ .kind = VALUE_MISSING };
	if (view_eqstr(step->name, "index"))
		return of_number((double)s->index);
	if (view_eqstr(step->name, "first"))
		return of_truth(s->index == 1);
	return view_eqstr(step->name, "last") ? of_truth(s->index == s->count)
					      : (struct value){ .kind = VALUE_MISSING };
}

static struct value look_up(struct filler *f, const struct jinja_expr *e, const struct scope *s)
{
	const struct jinja_step *step = e->steps;
	if (s && view_eqstr(step->name, "loop"))
		return of_loop(s, step->next);
	for (; s; s = s->outer) {
		if (view_eq(s->name, step->name))
			return of_json(walk(s->value, step->next));
	}
	return of_json(walk(f->record, step));
}

/* Values */

static struct view text_of(struct filler *f, const struct value *v)
{
	struct buf number = BUF_INIT;
	struct view text = view_of("");
	switch (v->kind) {
	case VALUE_TEXT:
		return v->text;
	case VALUE_TRUTH:
		return view_of(v->number != 0 ? "true" : "false");
	case VALUE_MISSING:
		return text;
	default:
		if (!v->json) /* a length or a loop's index, or a literal */
			buf_addf(&number, "%.15g", v->number);
		text = v->json ? json_compact(v->json, f->arena) : arena_takebuf(f->arena, &number);
		return text;
	}
}

static size_t length_of(const struct value *v)
{
	if (v->kind == VALUE_JSON)
		return json_count(v->json);
	return v->kind == VALUE_TEXT ? utf8_count(v->text.p, v->text.len) : 0;
}

static bool is_true(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NUMBER:
	case VALUE_TRUTH:
		return v->number != 0;
	case VALUE_TEXT:
		return v->text.len > 0;
	case VALUE_JSON:
		return json_count(v->json) > 0;
	default:
		return false;
	}
}

static bool is_numeric(const struct value *v)
{
	return v->kind == VALUE_NUMBER || v->kind == VALUE_TRUTH;
}

static bool are_equal(struct filler *f, const struct value *a, const struct value *b)
{
	if (is_numeric(a) && is_numeric(b))
		return a->number == b->number;
	return a->kind == b->kind && view_eq(text_of(f, a), text_of(f, b));
}

/* Negative, 0, positive; 2 for values without an order. */
static int order(const struct value *a, const struct value *b)
{
	if (is_numeric(a) && is_numeric(b))
		return (a->number > b->number) - (a->number < b->number);
	if (a->kind != VALUE_TEXT || b->kind != VALUE_TEXT)
		return 2;
	size_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
	int by_bytes = len ? memcmp(a->text.p, b->text.p, len) : 0;
	return by_bytes ? (by_bytes > 0) - (by_bytes < 0)
			: (a->text.len > b->text.len) - (a->text.len < b->text.len);
}

/* An element of a list, a member of an object, a part of a text. */
static bool is_in(struct filler *f, const struct value *a, const struct value *b)
{
	if (b->kind == VALUE_TEXT && a->kind == VALUE_TEXT) {
		for (size_t at = 0; at + a->text.len <= b->text.len; at++) {
			if (view_eq(view_sub(b->text, at, at + a->text.len), a->text))
				return true;
		}
		return false;
	}
	if (json_type(b->json) == JSON_OBJECT)
		return a->kind == VALUE_TEXT && json_find(b->json, a->text);
	for (const json_value *v = json_first(b->json); v; v = json_next(b->json, v)) {
		struct value one = of_json(v);
		if (are_equal(f, a, &one))
			return true;
	}
	return false;
}

static bool compare(struct filler *f, enum jinja_operator op, const struct value *a,
		    const struct value *b)
{
	int by = order(a, b);
	switch (op) {
	case OP_EQUAL:
		return are_equal(f, a, b);
	case OP_UNEQUAL:
		return !are_equal(f, a, b);
	case OP_LESS:
		return by < 0;
	case OP_AT_MOST:
		return by <= 0;
	case OP_MORE:
		return by == 1;
	case OP_AT_LEAST:
		return by == 0 || by == 1;
	case OP_IN:
		return is_in(f, a, b);
	default:
		return !is_in(f, a, b);
	}
}

/* Filters */

static struct value in_case(struct filler *f, struct view text, bool upper)
{
	char *copy = arena_copyview(f->arena, text);
	for (size_t i = 0; i < text.len; i++) {
		char low = ascii_lower(copy[i]);
		bool is_lower = low >= 'a' && low <= 'z';
		copy[i] = upper && is_lower ? (char)(low - 'a' + 'A') : low;
	}
	return of_text(view_from(copy, text.len));
}

static struct value joined(struct filler *f, const json_value *list, struct view between)
{
	struct buf text = BUF_INIT;
	size_t count = 0;
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		struct value one = of_json(v);
		struct view shown = text_of(f, &one);
		if (count++)
			buf_add(&text, between.p, between.len);
		buf_add(&text, shown.p, shown.len);
	}
	return of_text(arena_takebuf(f->arena, &text));
}

static struct value as_json(struct filler *f, const struct value *v)
{
	struct buf quoted = BUF_INIT;
	if (v->json)
		return of_text(json_compact(v->json, f->arena));
	if (v->kind != VALUE_TEXT)
		return of_text(text_of(f, v));
	json_add_text(&quoted, v->text);
	return of_text(arena_takebuf(f->arena, &quoted));
}

static struct value filtered(struct filler *f, const struct jinja_expr *e, const struct scope *s)
{
	struct value v = evaluate(f, e->left, s);
	struct value argument = e->right ? evaluate(f, e->right, s) : of_text(view_of(""));
	if (e->filter == FILTER_DEFAULT)
		return v.kind == VALUE_MISSING ? argument : v;
	if (v.kind == VALUE_MISSING)
		return v;
	switch (e->filter) {
	case FILTER_TRIM:
		return of_text(view_trim(text_of(f, &v)));
	case FILTER_LENGTH:
		return of_number((double)length_of(&v));
	case FILTER_TOJSON:
		return as_json(f, &v);
	case FILTER_FIRST:
		return of_json(element(v.json, 0));
	case FILTER_LAST:
		return of_json(element(v.json, -1));
	case FILTER_JOIN:
		return v.kind == VALUE_JSON ? joined(f, v.json, text_of(f, &argument)) : v;
	default:
		return in_case(f, text_of(f, &v), e->filter == FILTER_UPPER);
	}
}

static struct value evaluate(struct filler *f, const struct jinja_expr *e, const struct scope *s)
{
	struct value left, right;
	switch (e->kind) {
	case EXPR_TEXT:
		return of_text(e->text);
	case EXPR_NUMBER:
		return of_number(e->number);
	case EXPR_TRUTH:
		return of_truth(e->number != 0);
	case EXPR_NOTHING:
		return (struct value){ .kind = VALUE_MISSING };
	case EXPR_PATH:
		return look_up(f, e, s);
	case EXPR_FILTERED:
		return filtered(f, e, s);
	case EXPR_NOT:
		left = evaluate(f, e->left, s);
		return of_truth(!is_true(&left));
	case EXPR_DEFINED:
		left = evaluate(f, e->left, s);
		return of_truth(left.kind != VALUE_MISSING);
	case EXPR_AND:
	case EXPR_OR:
		left = evaluate(f, e->left, s);
		if (is_true(&left) == (e->kind == EXPR_OR))
			return of_truth(is_true(&left));
		right = evaluate(f, e->right, s);
		return of_truth(is_true(&right));
	default:
		left = evaluate(f, e->left, s);
		right = evaluate(f, e->right, s);
		return of_truth(compare(f, e->op, &left, &right));
	}
}

/* Nodes */

/* Of a filtered path the path. */
static const struct jinja_expr *path_in(const struct jinja_expr *e)
{
	while (e && e->kind == EXPR_FILTERED)
		e = e->left;
	return e && e->kind == EXPR_PATH ? e : NULL;
}

/* Reports what is missing, if it is the first failure. */
static void fail(struct filler *f, const char *what, const struct jinja_expr *path)
{
	if (f->status)
		return;
	buf_clear(f->why);
	if (path)
		buf_addf(f->why, "there is no %s '%.*s'", what, VIEW_ARG(path->text));
	else
		buf_addf(f->why, "a %s's value is missing", what);
	f->status = SOW_INVALID;
}

static void fill_field(struct filler *f, const struct jinja_expr *e, const struct scope *s)
{
	struct value v = evaluate(f, e, s);
	const struct jinja_expr *path = path_in(e);
	if (v.kind == VALUE_MISSING) {
		if (!path || !path->optional)
			fail(f, "field", path);
		return;
	}
	struct view text = text_of(f, &v);
	buf_add(f->out, text.p, text.len);
}

static void fill_nodes(struct filler *f, const struct jinja_node *n, const struct scope *s);

static void fill_loop(struct filler *f, const struct jinja_node *n, const struct scope *s)
{
	struct value list = evaluate(f, n->expr, s);
	const struct jinja_expr *path = path_in(n->expr);
	if (list.kind == VALUE_MISSING && path && path->optional)
		return;
	if (json_type(list.json) != JSON_ARRAY) {
		fail(f, "list", path);
		return;
	}
	struct scope inner = { .name = n->text, .count = json_count(list.json), .outer = s };
	for (const json_value *v = json_first(list.json); v && !f->status; v = json_next(list.json, v)) {
		inner.value = v;
		inner.index++;
		fill_nodes(f, n->body, &inner);
	}
}

static void fill_nodes(struct filler *f, const struct jinja_node *n, const struct scope *s)
{
	for (; n && !f->status; n = n->next) {
		struct value v;
		switch (n->kind) {
		case NODE_TEXT:
			buf_add(f->out, n->text.p, n->text.len);
			break;
		case NODE_FIELD:
			fill_field(f, n->expr, s);
			break;
		case NODE_IF:
			v = evaluate(f, n->expr, s);
			fill_nodes(f, is_true(&v) ? n->body : n->otherwise, s);
			break;
		case NODE_FOR:
			fill_loop(f, n, s);
			break;
		}
	}
}

size_t jinja_fixed(const struct jinja *t)
{
	size_t len = 0;
	for (const struct jinja_node *n = t->nodes; n && n->kind == NODE_TEXT; n = n->next)
		len += n->text.len;
	return len;
}

int jinja_fill(const struct jinja *t, const json_value *record, struct buf *out, struct buf *why)
{
	struct filler f = { .record = record, .arena = arena_new(), .out = out, .why = why };
	fill_nodes(&f, t->nodes, NULL);
	arena_free(f.arena);
	return f.status;
}

bool jinja_holds(const struct jinja *t, const json_value *record)
{
	struct filler f = { .record = record, .arena = arena_new() };
	struct value v = evaluate(&f, t->condition, NULL);
	arena_free(f.arena);
	return is_true(&v);
}

int jinja_text(const struct jinja *t, const json_value *record, struct arena *a, struct view *out,
	       struct buf *why)
{
	struct buf text = BUF_INIT;
	int status = jinja_fill(t, record, &text, why);
	*out = arena_takebuf(a, &text);
	return status;
}
