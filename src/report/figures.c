#include "report/figures.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "terminal/readable.h"
#include "terminal/wrap.h"

#define TEXT_LINES 4   /* of a text value */
#define REMARK_LINES 6
#define UNWRAPPED 100000 /* columns */

void figures_init(struct figures *f)
{
	*f = (struct figures){ .arena = arena_new(), .root = { .unit = UNIT_OBJECT } };
	f->open = &f->root;
}

void figures_release(struct figures *f)
{
	arena_free(f->arena);
}

/* Making a tree */

static struct figure *add(struct figures *f, const char *key, const char *label,
			  enum figure_unit unit)
{
	struct figure *to = f->open, *x = arena_alloc(f->arena, sizeof(*x));
	*(to->members.last ? &to->members.last->next : &to->members.first) = x;
	to->members.last = x;
	x->key = key;
	x->label = label;
	x->unit = unit;
	return x;
}

static struct figure *open(struct figures *f, const char *key, const char *title,
			   enum figure_unit unit)
{
	struct figure *x = add(f, key, title, unit);
	x->parent = f->open;
	f->open = x;
	return x;
}

struct figure *figures_object(struct figures *f, const char *key, const char *title)
{
	return open(f, key, title, UNIT_OBJECT);
}

struct figure *figures_array(struct figures *f, const char *key, const char *title)
{
	return open(f, key, title, UNIT_ARRAY);
}

void figures_end(struct figures *f)
{
	f->open = f->open->parent;
}

struct figure *figures_integer(struct figures *f, const char *key, const char *label,
			       enum figure_unit unit, int64_t n)
{
	struct figure *x = add(f, key, label, unit);
	x->integer = n;
	return x;
}

struct figure *figures_count(struct figures *f, const char *key, const char *label, int64_t n)
{
	return figures_integer(f, key, label, UNIT_COUNT, n);
}

struct figure *figures_number(struct figures *f, const char *key, const char *label,
			      enum figure_unit unit, double number)
{
	struct figure *x = add(f, key, label, unit);
	x->number = number;
	return x;
}

struct figure *figures_text(struct figures *f, const char *key, const char *label,
			    struct view text)
{
	struct figure *x = add(f, key, label, UNIT_TEXT);
	x->text = text;
	return x;
}

void figures_bool(struct figures *f, const char *key, bool flag)
{
	add(f, key, NULL, UNIT_BOOL)->flag = flag;
}

void figures_list(struct figures *f, const char *key, const int64_t *list, size_t count)
{
	struct figure *x = add(f, key, NULL, UNIT_LIST);
	int64_t *copy = arena_array(f->arena, count, sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		copy[i] = list[i];
	x->list.at = copy;
	x->list.count = count;
}

struct figure *figures_none(struct figures *f, const char *key, const char *label)
{
	return add(f, key, label, UNIT_NONE);
}

void figures_remark(struct figures *f, const char *text)
{
	add(f, NULL, text, UNIT_REMARK);
}

const char *figures_copy(struct figures *f, struct view text)
{
	return arena_copyview(f->arena, text);
}

const char *figures_take(struct figures *f, struct buf *text)
{
	const char *copy = figures_copy(f, view_from(text->data, text->len));
	buf_release(text);
	return copy;
}

const char *figures_words(struct figures *f, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	return figures_take(f, &text);
}

/* A value in readable form */

static bool is_group(const struct figure *x)
{
	return x->unit == UNIT_OBJECT || x->unit == UNIT_ARRAY;
}

/* Rounds to three digits: more would pretend precision. */
static int64_t roughly(double x)
{
	double unit = x > 100 ? pow(10, floor(log10(x)) - 2) : 1;
	return (int64_t)(round(x / unit) * unit);
}

static void add_value(const struct figure *x, struct buf *out)
{
	if (x->unit == UNIT_COUNT)
		readable_count(out, x->integer);
	else if (x->unit == UNIT_NANO_DOLLARS)
		readable_money(out, x->integer);
	else if (x->unit == UNIT_NANOSECONDS)
		readable_duration(out, x->integer);
	else if (x->unit == UNIT_DATE)
		readable_date(out, x->integer);
	else if (x->unit == UNIT_TENTHS)
		buf_addf(out, "%.1f", x->number);
	else if (x->unit == UNIT_HUNDREDTHS)
		buf_addf(out, "%.2f", x->number);
	else if (x->unit == UNIT_ABOUT)
		readable_count(out, roughly(x->number));
	else if (x->unit == UNIT_DOLLARS)
		readable_money(out, (int64_t)(x->number * 1e9));
	else if (x->unit == UNIT_PERCENT)
		buf_addf(out, "%.1f %%", x->number);
	else if (x->unit == UNIT_TEXT)
		wrap_line(out, x->text);
	else
		buf_addch(out, '-');
}

static const char *say(struct figures *f, struct figure x)
{
	struct buf text = BUF_INIT;
	add_value(&x, &text);
	return figures_take(f, &text);
}

const char *figures_say(struct figures *f, enum figure_unit unit, int64_t n)
{
	return say(f, (struct figure){ .unit = unit, .integer = n });
}

const char *figures_say_number(struct figures *f, enum figure_unit unit, double x)
{
	return say(f, (struct figure){ .unit = unit, .number = x });
}

/* " (7 from the cache, 2 refused)" */
static void add_parts(const struct figure *of, struct buf *out)
{
	const char *before = " (", *behind = "";
	for (const struct figure *x = of->next; x && x->is_part; x = x->next) {
		if (!x->label || !x->integer)
			continue;
		buf_addstr(out, before);
		add_value(x, out);
		buf_addf(out, " %s", x->label);
		before = ", ";
		behind = ")";
	}
	buf_addstr(out, behind);
}

static void add_share(const struct figure *x, struct buf *out)
{
	if (x->of)
		buf_addf(out, " %6.1f %%", 100 * (double)x->integer / (double)x->of);
}

/* As text */

static void pad(struct buf *out, size_t columns)
{
	buf_addf(out, "%*s", (int)columns, "");
}

static void add_cell(struct buf *out, const struct figure *x, int width)
{
	struct buf text = BUF_INIT;
	add_value(x, &text);
	wrap_cell(out, view_from(text.data, text.len), width);
	buf_release_part(&text, out);
}

static void print_remark(const struct figure *x, const struct figure_layout *l, struct buf *out)
{
	const struct wrap w = { .indent = l->indent + 2, .width = l->wrap ? l->wrap : UNWRAPPED,
				.most = REMARK_LINES, .hanging = true };
	pad(out, l->indent);
	wrap_text(out, &w, view_of(x->label));
}

static void print_row(const struct figure *x, const struct figure_layout *l, struct buf *out)
{
	const struct wrap w = { .indent = l->indent + l->label, .width = l->wrap,
				.most = TEXT_LINES, .hanging = true };
	pad(out, l->indent);
	wrap_label(out, view_of(x->label), l->label);
	if (x->unit == UNIT_TEXT && l->wrap) {
		wrap_text(out, &w, x->text);
		return;
	}
	add_cell(out, x, l->value);
	add_parts(x, out);
	add_share(x, out);
	if (x->note)
		buf_addstr(out, l->value ? "  " : " ");
	wrap_line(out, view_of(x->note));
	buf_addch(out, '\n');
}

static void print_line_of_table(const struct figure *row, bool is_head, struct buf *out)
{
	for (const struct figure *x = row->members.first; x; x = x->next) {
		if (!x->label)
			continue;
		if (is_head)
			wrap_cell(out, view_of(x->label), x->width);
		else
			add_cell(out, x, x->width);
	}
	buf_addch(out, '\n');
}

static void print_table(const struct figure *table, struct buf *out)
{
	const struct figure *row = table->members.first;
	if (row)
		print_line_of_table(row, true, out);
	for (; row; row = row->next)
		print_line_of_table(row, false, out);
}

static void print_group(const struct figure *group, const struct figure_layout *above, size_t start,
			struct buf *out)
{
	const struct figure_layout *l = group->layout.label || group->layout.wrap ? &group->layout : above;
	if (group->is_hidden)
		return;
	if ((group->label || group->has_gap) && out->len > start)
		buf_addch(out, '\n');
	if (group->label) {
		wrap_line(out, view_of(group->label));
		buf_addch(out, '\n');
	}
	if (group->is_table) {
		print_table(group, out);
		return;
	}
	for (const struct figure *x = group->members.first; x; x = x->next) {
		if (is_group(x))
			print_group(x, l, start, out);
		else if (x->unit == UNIT_REMARK)
			print_remark(x, l, out);
		else if (x->label && !x->is_part)
			print_row(x, l, out);
	}
}

void figures_print(const struct figures *f, struct buf *out)
{
	static const struct figure_layout plain = { 2, 22, 0, 0 };
	print_group(&f->root, &plain, out->len, out);
}

/* As JSON */

static void write_members(const struct figure *group, struct json_out *out);

static void write_list(const struct figure *x, struct json_out *out)
{
	json_out_array(out, x->key);
	for (size_t i = 0; i < x->list.count; i++)
		json_out_integer(out, NULL, x->list.at[i]);
	json_out_end(out);
}

static void write_group(const struct figure *x, struct json_out *out)
{
	if (x->unit == UNIT_ARRAY)
		json_out_array(out, x->key);
	else
		json_out_object(out, x->key);
	write_members(x, out);
	json_out_end(out);
}

static void write_figure(const struct figure *x, struct json_out *out)
{
	if (x->unit <= UNIT_DATE)
		json_out_integer(out, x->key, x->integer);
	else if (x->unit <= UNIT_PERCENT)
		json_out_number(out, x->key, x->number);
	else if (x->unit == UNIT_TEXT)
		json_out_text(out, x->key, x->text);
	else if (x->unit == UNIT_BOOL)
		json_out_bool(out, x->key, x->flag);
	else if (x->unit == UNIT_NONE)
		json_out_null(out, x->key);
	else if (x->unit == UNIT_LIST)
		write_list(x, out);
	else if (is_group(x))
		write_group(x, out);
}

/* In an array all members; in an object those with a key, and a section's members as its own. */
static void write_members(const struct figure *group, struct json_out *out)
{
	for (const struct figure *x = group->members.first; x; x = x->next) {
		if (x->key || group->unit == UNIT_ARRAY)
			write_figure(x, out);
		else if (is_group(x))
			write_members(x, out);
	}
}

static int finish_json(struct json_out *json, struct buf *out, enum json_style style)
{
	int status = json_out_write(json, out, style);
	json_out_free(json);
	return status;
}

int figures_json(const struct figures *f, struct buf *out, enum json_style style)
{
	struct json_out *json = json_out_new();
	json_out_object(json, NULL);
	write_members(&f->root, json);
	json_out_end(json);
	return finish_json(json, out, style);
}

int figures_show(const struct figures *f, bool is_json, struct buf *out, struct sow_error *err)
{
	if (!is_json) {
		figures_print(f, out);
		return SOW_OK;
	}
	int status = figures_json(f, out, JSON_PRETTY);
	buf_addch(out, '\n');
	return status ? error_set(err, SOW_INVALID, "a text to be shown is not UTF-8") : SOW_OK;
}

/* For a page */

static void write_cell(struct buf *text, struct json_out *out)
{
	json_out_text(out, NULL, view_trim(view_from(text->data, text->len)));
	buf_clear(text);
}

static void write_row(const struct figure *x, struct buf *text, struct json_out *out)
{
	json_out_array(out, NULL);
	buf_addstr(text, x->label);
	write_cell(text, out);
	add_value(x, text);
	write_cell(text, out);
	add_share(x, text);
	write_cell(text, out);
	add_parts(x, text);
	buf_addstr(text, x->note ? x->note : "");
	write_cell(text, out);
	json_out_end(out);
}

static void write_rows(const struct figure *group, struct buf *text, struct json_out *out)
{
	if (group->is_hidden)
		return;
	if (group->label) {
		json_out_array(out, NULL);
		json_out_text(out, NULL, view_of(group->label));
		json_out_end(out);
	}
	for (const struct figure *x = group->members.first; x; x = x->next) {
		if (is_group(x))
			write_rows(x, text, out);
		else if (x->label && !x->is_part && x->unit != UNIT_REMARK)
			write_row(x, text, out);
	}
}

int figures_rows(const struct figures *f, struct buf *out)
{
	struct json_out *json = json_out_new();
	struct buf text = BUF_INIT;
	json_out_array(json, NULL);
	write_rows(&f->root, &text, json);
	json_out_end(json);
	buf_release(&text);
	return finish_json(json, out, JSON_LINE);
}
