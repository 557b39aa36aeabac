/* Writes a value that fits, for rehearsals of a run. */
#include <math.h>
#include <stdbool.h>

#include "base/draw.h"
#include "base/utf8.h"
#include "data/schema_private.h"

#define DEEP 6         /* from here on only required members */
#define SOME_ITEMS 3
#define SOME_WORDS 12
#define NUMBERS_DRAWN 1e6 /* the most numbers to draw from */
#define BYTES_MOST ((size_t)1 << 20) /* a longer value ends early, even if it then does not fit */

static const char word[] = "example ";

/* The source of texts and numbers. */
struct example {
	struct draw *d;              /* NULL: the same each time */
	schema_text_writer *write;   /* NULL: the same word */
	void *data;
	struct view member;          /* the current one; empty: none */
};

static void add(const struct schema *s, int depth, struct example *e, struct buf *out);

/* A text of `write`, if it fits; patterns are not checked. */
static bool add_written(const struct schema *s, struct example *e, struct buf *out)
{
	struct buf text = BUF_INIT;
	if (!e->write || s->pattern)
		return false;
	e->write(e->data, e->member, e->d, &text);
	size_t count = utf8_count(text.data, text.len);
	bool fits = count >= s->least_length && count <= s->most_length;
	if (fits)
		json_add_text(out, view_from(text.data, text.len));
	buf_release(&text);
	return fits;
}

/* With a draw, every word but the first varies: rules would reject identical texts. */
static void add_text(const struct schema *s, struct example *e, struct buf *out)
{
	if (add_written(s, e, out))
		return;
	size_t letters = sizeof(word) - 1, wanted = SOME_WORDS * letters - 1;
	if (wanted < s->least_length)
		wanted = s->least_length;
	if (wanted > s->most_length)
		wanted = s->most_length;
	buf_addch(out, '"');
	for (size_t i = 0; i < wanted && out->len < BYTES_MOST; i++) {
		bool is_drawn = e->d && i >= letters && i % letters + 1 < letters;
		buf_addch(out, is_drawn ? (char)('a' + draw_below(e->d, 26)) : word[i % letters]);
	}
	buf_addch(out, '"');
}

/* 1, or multipleOf, where that is within the bounds, else the nearest bound; with a draw, a whole number
 * between them. */
static void add_number(const struct schema *s, struct example *e, struct buf *out)
{
	double least = s->minimum ? json_number(s->minimum) : s->above ? json_number(s->above) + 1 : -INFINITY;
	double most = s->maximum ? json_number(s->maximum) : s->below ? json_number(s->below) - 1 : INFINITY;
	double step = s->multiple ? json_number(s->multiple) : 1;
	double number = least > 1 ? ceil(least / step) * step : most < 1 ? floor(most / step) * step : step;
	if (e->d && !s->multiple && ceil(least) <= floor(most) && floor(most) - ceil(least) < NUMBERS_DRAWN)
		number = ceil(least) + (double)draw_below(e->d, (size_t)(floor(most) - ceil(least)) + 1);
	if (number == floor(number) && fabs(number) < 1e15)
		buf_addf(out, "%.0f", number);
	else
		json_add_number(out, number);
}

static void add_items(const struct schema *s, int depth, struct example *e, struct buf *out)
{
	size_t count = depth < DEEP ? SOME_ITEMS : 0;
	if (count < s->least_items || s->unique)
		count = s->least_items;
	if (count > s->most_items)
		count = s->most_items;
	buf_addch(out, '[');
	for (size_t i = 0; i < count && out->len < BYTES_MOST; i++) {
		buf_addstr(out, i ? "," : "");
		add(i < s->prefix.count ? s->prefix.at[i] : s->items, depth + 1, e, out);
	}
	buf_addch(out, ']');
}

static void add_members(const struct schema *s, int depth, struct example *e, struct buf *out)
{
	buf_addch(out, '{');
	for (size_t i = 0; i < s->property_count; i++) {
		const struct schema_property *p = &s->properties[i];
		if (!p->required && depth >= DEEP)
			continue;
		json_add_key(out, p->name);
		e->member = p->name;
		add(p->schema, depth + 1, e, out);
	}
	buf_addch(out, '}');
}

/* The first type, and deep down the one that holds least. */
static unsigned type_of(const struct schema *s, int depth)
{
	static const unsigned order[SCHEMA_TYPES] = {
		TYPE_OBJECT, TYPE_ARRAY, TYPE_TEXT, TYPE_INTEGER, TYPE_NUMBER, TYPE_BOOL, TYPE_NULL,
	};
	bool is_object = s->property_count || s->additional_said;
	bool is_array = s->items || s->prefix.count || s->least_items;
	bool is_number = s->minimum || s->maximum || s->above || s->below || s->multiple;
	if (!s->types)
		return is_object ? TYPE_OBJECT : is_array ? TYPE_ARRAY : is_number ? TYPE_NUMBER : TYPE_TEXT;
	for (size_t i = 0; i < SCHEMA_TYPES; i++) {
		unsigned type = order[depth < DEEP ? i : SCHEMA_TYPES - 1 - i];
		if (s->types & type)
			return type;
	}
	return TYPE_NULL;
}

/* One of several: the first, and deep down the first that is neither an object nor an array. */
static const struct schema *choose(const struct schema_list *of, int depth)
{
	for (size_t i = 0; i < of->count && depth >= DEEP; i++) {
		const struct schema *s = of->at[i];
		if (s->constant || s->values ||
		    (s->types && !(s->types & (TYPE_OBJECT | TYPE_ARRAY))))
			return s;
	}
	return of->at[0];
}

static void add_one_of(const json_value *values, struct example *e, struct buf *out)
{
	const json_value *v = json_first(values);
	for (size_t i = e->d ? draw_below(e->d, json_count(values)) : 0; i > 0; i--)
		v = json_next(values, v);
	json_add_value(out, v);
}

static void add(const struct schema *s, int depth, struct example *e, struct buf *out)
{
	const struct schema_list *of = !s ? NULL : s->any_of.count ? &s->any_of
				       : s->one_of.count ? &s->one_of : s->all_of.count ? &s->all_of : NULL;
	if (!s || depth > SCHEMA_DEPTH_MAX || out->len >= BYTES_MOST) {
		buf_addstr(out, "\"example\"");
	} else if (s->constant) {
		json_add_value(out, s->constant);
	} else if (s->values) {
		add_one_of(s->values, e, out);
	} else if (s->ref || of) {
		add(s->ref ? s->ref : choose(of, depth), depth + 1, e, out);
	} else {
		switch (type_of(s, depth)) {
		case TYPE_OBJECT:
			add_members(s, depth, e, out);
			break;
		case TYPE_ARRAY:
			add_items(s, depth, e, out);
			break;
		case TYPE_TEXT:
			add_text(s, e, out);
			break;
		case TYPE_INTEGER:
		case TYPE_NUMBER:
			add_number(s, e, out);
			break;
		case TYPE_BOOL:
			buf_addstr(out, "true");
			break;
		default:
			buf_addstr(out, "null");
		}
	}
}

int schema_example(const struct schema *s, struct buf *out)
{
	struct example e = { .d = NULL };
	add(s, 0, &e, out);
	return out->status;
}

int schema_example_drawn(const struct schema *s, struct draw *d, schema_text_writer *write, void *data,
			 struct buf *out)
{
	struct example e = { .d = d, .write = write, .data = data, .member = { "", 0 } };
	add(s, 0, &e, out);
	return out->status;
}
