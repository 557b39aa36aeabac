#include "data/table_columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"

#define MEMBERS_MAX 100  /* of an object that is a struct */
#define DEPTH_MAX 20
#define COLUMNS_MOST 5000 /* of a file */
#define FEW_MAX 32       /* distinct texts of a column with few */
#define FEW_LENGTH 32    /* bytes of such a text */
#define DIGITS_SURE 17   /* of a number: enough to write any double */
#define NUMBER_MAX 64    /* bytes, with a NUL: a longer number is JSON */

/* The kinds of values seen. */
enum {
	SEEN_BOOL = 1 << 0,
	SEEN_INTEGER = 1 << 1,
	SEEN_WIDE = 1 << 2,   /* an integer past 2^53 */
	SEEN_REAL = 1 << 3,
	SEEN_TEXT = 1 << 4,
	SEEN_OBJECT = 1 << 5,
	SEEN_LIST = 1 << 6,
	SEEN_OTHER = 1 << 7   /* only JSON can hold it */
};

/* The values at one place of the records. */
struct column_node {
	const char *name;            /* "" of an element */
	size_t len;
	unsigned seen;
	size_t visit;                /* the last object that had it */
	struct column_node *next;          /* in its object */
	struct column_node *first, *last, *expected; /* members */
	size_t count;
	struct column_node *element;
	bool free_form;              /* JSON by its name */
	bool many;                   /* more than FEW_MAX distinct texts, or a long one */
	size_t texts;
	struct view few[FEW_MAX];
};

struct table_columns {
	struct arena *arena;
	struct column_node root;
	size_t visits;               /* of objects */
	size_t places;
	struct parquet_node *nodes;
	size_t count, room;
};

static const char *const free_forms[] = { "tools", "arguments", "parameters" };

struct table_columns *table_columns_new(void)
{
	struct table_columns *c = mem_zalloc(sizeof(*c));
	c->arena = arena_new();
	c->root.name = "";
	return c;
}

void table_columns_free(struct table_columns *c)
{
	if (!c)
		return;
	arena_free(c->arena);
	mem_free(c->nodes);
	mem_free(c);
}

/* Looking */

/* The digits from the first that is not 0, up to an exponent; returns their number. */
static size_t significant(const char *number, char digits[NUMBER_MAX])
{
	size_t count = 0;
	for (; *number && ascii_lower(*number) != 'e'; number++) {
		if (ascii_digit(*number) && (count || *number != '0'))
			digits[count++] = *number;
	}
	digits[count] = '\0';
	return count;
}

/* True if a double reproduces the number's digits exactly. */
static bool double_holds(const char *number)
{
	char digits[NUMBER_MAX], back[NUMBER_MAX], held[NUMBER_MAX];
	double x = strtod(number, NULL);
	size_t count = significant(number, digits);
	if (!isfinite(x) || count > DIGITS_SURE)
		return false;
	snprintf(back, sizeof(back), "%.*e", count ? (int)count - 1 : 0, x);
	significant(back, held);
	return strcmp(digits, held) == 0;
}

static unsigned number_kind(struct view digits)
{
	char text[NUMBER_MAX], back[NUMBER_MAX], *end;
	if (digits.len >= sizeof(text))
		return SEEN_OTHER;
	memcpy(text, digits.p, digits.len);
	text[digits.len] = '\0';
	if (strpbrk(text, ".eE") || strcmp(text, "-0") == 0)
		return double_holds(text) ? SEEN_REAL : SEEN_OTHER;
	long long n = strtoll(text, &end, 10);
	snprintf(back, sizeof(back), "%lld", n);
	if (strcmp(back, text) != 0)
		return SEEN_OTHER; /* more than 64 bits */
	return n > 1ll << 53 || n < -(1ll << 53) ? SEEN_INTEGER | SEEN_WIDE : SEEN_INTEGER;
}

static void note_text(struct table_columns *c, struct column_node *p, struct view text)
{
	p->texts++;
	if (p->many)
		return;
	size_t i = 0;
	while (i < FEW_MAX && p->few[i].p && !view_eq(p->few[i], text))
		i++;
	p->many = i == FEW_MAX || text.len > FEW_LENGTH;
	if (!p->many && !p->few[i].p)
		p->few[i] = view_from(arena_copyview(c->arena, text), text.len);
}

static struct column_node *new_column_node(struct table_columns *c, struct view name)
{
	struct column_node *p = arena_alloc(c->arena, sizeof(*p));
	p->name = arena_copyview(c->arena, name);
	p->len = name.len;
	for (size_t i = 0; i < sizeof(free_forms) / sizeof(free_forms[0]); i++)
		p->free_form = p->free_form || view_eqstr(name, free_forms[i]);
	c->places++;
	return p;
}

static bool is_called(const struct column_node *p, struct view name)
{
	return p && p->len == name.len && memcmp(p->name, name.p, name.len) == 0;
}

/* The member of that name, added if new: most often the one after the last. */
static struct column_node *member(struct table_columns *c, struct column_node *p, struct view name)
{
	struct column_node *m = p->expected;
	if (!is_called(m, name)) {
		for (m = p->first; m && !is_called(m, name);)
			m = m->next;
	}
	if (!m) {
		m = new_column_node(c, name);
		*(p->last ? &p->last->next : &p->first) = m;
		p->last = m;
		p->count++;
	}
	p->expected = m->next ? m->next : p->first;
	return m;
}

static void look(struct table_columns *c, struct column_node *p, const json_value *v, int depth);

static void look_at_members(struct table_columns *c, struct column_node *p, const json_value *v, int depth)
{
	size_t visit = ++c->visits;
	for (const json_value *m = json_first(v); m; m = json_next(v, m)) {
		bool is_too_wide = p != &c->root && p->count > MEMBERS_MAX;
		if (is_too_wide || c->places > COLUMNS_MOST)
			break;
		struct column_node *at = member(c, p, json_key(m));
		if (at->visit == visit || memchr(at->name, '\0', at->len))
			p->seen |= SEEN_OTHER;
		at->visit = visit;
		look(c, at, m, depth + 1);
	}
}

static void look_at_elements(struct table_columns *c, struct column_node *p, const json_value *v, int depth)
{
	if (!p->element)
		p->element = new_column_node(c, view_of(""));
	for (const json_value *e = json_first(v); e; e = json_next(v, e))
		look(c, p->element, e, depth + 1);
}

static void look(struct table_columns *c, struct column_node *p, const json_value *v, int depth)
{
	enum json_type type = json_type(v);
	switch (type) {
	case JSON_TEXT:
		p->seen |= SEEN_TEXT;
		note_text(c, p, json_text(v));
		break;
	case JSON_NUMBER:
		p->seen |= number_kind(json_scalar(v, NULL));
		break;
	case JSON_BOOL:
		p->seen |= SEEN_BOOL;
		break;
	case JSON_OBJECT:
	case JSON_ARRAY:
		p->seen |= type == JSON_OBJECT ? SEEN_OBJECT : SEEN_LIST;
		if (depth >= DEPTH_MAX || (p->free_form && depth))
			p->seen |= SEEN_OTHER;
		if (p->seen & SEEN_OTHER && depth)
			break; /* whatever it holds */
		(type == JSON_OBJECT ? look_at_members : look_at_elements)(c, p, v, depth);
		break;
	default:
		break;
	}
}

static int check(const struct table_columns *c, struct sow_error *err)
{
	if (c->root.seen & SEEN_OTHER)
		return error_set(err, SOW_INVALID, "two of its members have one name, or one holds a zero "
				 "byte: no column can be called so");
	if (c->places > COLUMNS_MOST)
		return error_set(err, SOW_INVALID, "the records have more than %d members of different "
				 "names, which is too much for a table", COLUMNS_MOST);
	return SOW_OK;
}

int table_columns_add(struct table_columns *c, const json_value *record, struct sow_error *err)
{
	if (json_type(record) != JSON_OBJECT)
		return error_set(err, SOW_INVALID, "expected an object");
	look(c, &c->root, record, 0);
	return check(c, err);
}

/* Parts */

struct saved_column_node {
	size_t len, texts, few, members;
	unsigned seen;
	bool many, has_element;
};

static void save(const struct column_node *p, struct buf *out)
{
	struct saved_column_node s;
	memset(&s, 0, sizeof(s));
	s.len = p->len;
	s.texts = p->texts;
	s.members = p->count;
	s.seen = p->seen;
	s.many = p->many;
	s.has_element = p->element != NULL;
	while (s.few < FEW_MAX && p->few[s.few].p)
		s.few++;
	buf_add(out, (const char *)&s, sizeof(s));
	buf_add(out, p->name, p->len);
	for (size_t i = 0; i < s.few; i++) {
		buf_add(out, (const char *)&p->few[i].len, sizeof(p->few[i].len));
		buf_add(out, p->few[i].p, p->few[i].len);
	}
	for (const struct column_node *m = p->first; m; m = m->next)
		save(m, out);
	if (p->element)
		save(p->element, out);
}

void table_columns_save(const struct table_columns *c, struct buf *out)
{
	save(&c->root, out);
}

static bool take(struct view *saved, void *to, size_t len)
{
	if (saved->len < len)
		return false;
	memcpy(to, saved->p, len);
	*saved = view_sub(*saved, len, saved->len);
	return true;
}

static bool take_text(struct view *saved, size_t len, struct view *text)
{
	if (saved->len < len)
		return false;
	*text = view_sub(*saved, 0, len);
	*saved = view_sub(*saved, len, saved->len);
	return true;
}

static bool add_texts(struct table_columns *c, struct column_node *p, const struct saved_column_node *s,
		      struct view *saved)
{
	bool whole = true;
	struct view text;
	for (size_t i = 0; i < s->few && whole; i++) {
		size_t len = 0;
		whole = take(saved, &len, sizeof(len)) && take_text(saved, len, &text);
		if (whole)
			note_text(c, p, text);
		p->texts--;
	}
	p->texts += s->texts;
	p->many = p->many || s->many;
	return whole;
}

/* `p`: the element of a list; NULL: a member of `above`, by its name. */
static bool add_column_node(struct table_columns *c, struct column_node *above, struct column_node *p,
			    struct view *saved)
{
	struct saved_column_node s;
	struct view name;
	if (!take(saved, &s, sizeof(s)) || !take_text(saved, s.len, &name))
		return false;
	p = p ? p : member(c, above, name);
	p->seen |= s.seen;
	bool whole = add_texts(c, p, &s, saved);
	for (size_t i = 0; i < s.members && whole; i++)
		whole = add_column_node(c, p, NULL, saved);
	if (s.has_element && !p->element)
		p->element = new_column_node(c, view_of(""));
	return whole && (!s.has_element || add_column_node(c, p, p->element, saved));
}

int table_columns_add_saved(struct table_columns *c, struct view saved, struct sow_error *err)
{
	while (saved.len) {
		if (!add_column_node(c, NULL, &c->root, &saved))
			return error_set(err, SOW_INVALID, "columns of a part are cut");
	}
	return check(c, err);
}

/* Columns */

static const struct column_node *column(const struct table_columns *c, size_t i)
{
	const struct column_node *p = c->root.first;
	while (i--)
		p = p->next;
	return p;
}

size_t table_columns_count(const struct table_columns *c)
{
	return c->root.count;
}

const char *table_columns_name(const struct table_columns *c, size_t i)
{
	return column(c, i)->name;
}

bool table_columns_is_nested(const struct table_columns *c, size_t i)
{
	return column(c, i)->seen & (SEEN_OBJECT | SEEN_LIST);
}

static void choose_type(const struct column_node *p, struct parquet_node *n)
{
	unsigned numbers = SEEN_INTEGER | SEEN_WIDE | SEEN_REAL;
	n->type = PARQUET_BYTES;
	n->meaning = PARQUET_TEXT;
	if (p->seen == SEEN_TEXT || !p->seen) {
		n->few = p->texts > FEW_MAX && !p->many;
		return;
	}
	n->meaning = PARQUET_AS_IS;
	if (p->seen == SEEN_BOOL) {
		n->type = PARQUET_BOOL;
	} else if (!(p->seen & ~(unsigned)(SEEN_INTEGER | SEEN_WIDE))) {
		n->type = PARQUET_INT64;
	} else if (!(p->seen & ~numbers) && !(p->seen & SEEN_WIDE)) {
		n->type = PARQUET_DOUBLE;
	} else if (p->seen == SEEN_OBJECT && p->count && p->count <= MEMBERS_MAX) {
		n->type = PARQUET_GROUP;
	} else if (p->seen == SEEN_LIST) {
		n->type = PARQUET_GROUP;
		n->meaning = PARQUET_LIST;
	} else {
		n->meaning = PARQUET_JSON;
	}
}

/* Adds a node for a place and those below it, which may move the list. */
static void add_nodes(struct table_columns *c, const struct column_node *p, const char *name,
		      const struct parquet_node *above)
{
	size_t own = c->count;
	struct parquet_node n = { .name = name, .times = PARQUET_OPTIONAL };
	if (p == &c->root)
		n.times = PARQUET_ONCE;
	else
		choose_type(p, &n);
	n.def = (int16_t)(above->def + (n.times == PARQUET_OPTIONAL));
	n.rep = above->rep;
	mem_grow(&c->nodes, &c->room, own + 1);
	c->nodes[c->count++] = n;
	if (n.meaning == PARQUET_LIST) {
		struct parquet_node repeated = n; /* which holds the elements */
		repeated.def++;
		repeated.rep++;
		add_nodes(c, p->element, "element", &repeated);
	} else if (n.type == PARQUET_GROUP) {
		for (const struct column_node *m = p->first; m; m = m->next)
			add_nodes(c, m, m->name, &n);
	}
	c->nodes[own].end = c->count;
}

const struct parquet_node *table_columns_nodes(struct table_columns *c, size_t *count)
{
	const struct parquet_node nothing = { 0 };
	c->count = 0;
	add_nodes(c, &c->root, "schema", &nothing);
	size_t column = 0;
	for (size_t i = 0; i < c->count; i++) {
		c->nodes[i].column = column;
		column += c->nodes[i].type != PARQUET_GROUP;
	}
	*count = c->count;
	return c->nodes;
}

/* "messages.tool_calls": the names above, without those of elements. */
static void add_path(const struct table_columns *c, size_t node, struct buf *out)
{
	bool first = true;
	for (size_t i = 1; i <= node; i++) {
		bool is_element = c->nodes[i - 1].meaning == PARQUET_LIST;
		if (c->nodes[i].end <= node || is_element)
			continue;
		buf_addf(out, "%s%s", first ? "" : ".", c->nodes[i].name);
		first = false;
	}
}

void table_columns_say_json(const struct table_columns *c, struct buf *out)
{
	for (size_t i = 1; i < c->count; i++) {
		if (c->nodes[i].meaning != PARQUET_JSON)
			continue;
		if (out->len)
			buf_addstr(out, ", ");
		add_path(c, i, out);
	}
}
