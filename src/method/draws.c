#include "method/draws.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/draw.h"
#include "base/error.h"
#include "io/json.h"

#define NUMBER_MOST 1000000000000000 /* a double holds it */

struct choice {
	struct view json;
	double weight;
};

struct field {
	struct view name;
	bool is_number;
	int64_t least, most;         /* of a number */
	struct choice *choices;
	size_t count;
	double sum;                  /* of the weights */
	const char *path;            /* of the file that a record is drawn from; NULL: none */
	const struct map_file *file;
};

struct draws {
	struct field *fields;
	size_t count;
};

#define WEIGHT_MOST 1e9
static const char from_file[] = "from:";

static int wrong(const char *setting, struct sow_error *err)
{
	return error_set(err, SOW_USAGE, "draw: expected NAME=A,B,… or NAME=A*3,B*1 or NAME=1..10 or "
			 "NAME=from:FILE, not '%s'", setting);
}

static int wrong_form(const struct field *f, const char *expected, struct sow_error *err)
{
	return error_set(err, SOW_USAGE, "draw: %.*s: expected %s", VIEW_ARG(f->name), expected);
}

static bool is_exact(int64_t n)
{
	return n >= -NUMBER_MOST && n <= NUMBER_MOST;
}

/* True for two numbers that are not whole, or too large: such a text is surely meant as a range. */
static bool is_wrong_range(struct view text)
{
	bool has_digit = false;
	for (size_t i = 0; i < text.len; i++) {
		if (!ascii_digit(text.p[i]) && text.p[i] != '.' && text.p[i] != '-')
			return false;
		has_digit = has_digit || ascii_digit(text.p[i]);
	}
	return has_digit && view_find(text, 0, "..") != VIEW_NONE;
}

/* "20..80"; false for anything else. */
static bool read_range(struct field *f, struct view text)
{
	char copy[48], *end;
	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	f->least = strtoll(copy, &end, 10);
	if (end == copy || strncmp(end, "..", 2) != 0)
		return false;
	const char *second = end + 2;
	f->most = strtoll(second, &end, 10);
	f->is_number = end != second && !*end && is_exact(f->least) && is_exact(f->most);
	return f->is_number;
}

/* The weight after the last "*", taken off the text; 1 without a "*"; 0: invalid. */
static double take_weight(struct view *text)
{
	char digits[32] = "", *end;
	size_t star = text->len;
	while (star && text->p[star - 1] != '*')
		star--;
	size_t len = text->len - star;
	if (!star)
		return 1;
	if (!len || len >= sizeof(digits))
		return 0;
	memcpy(digits, text->p + star, len);
	double weight = strtod(digits, &end);
	*text = view_trim(view_sub(*text, 0, star - 1));
	return *end || !(weight > 0) || weight > WEIGHT_MOST ? 0 : weight;
}

static int read_choices(struct field *f, struct view list, const char *setting, struct arena *a,
			struct sow_error *err)
{
	size_t room = 1;
	for (size_t i = 0; i < list.len; i++)
		room += list.p[i] == ',';
	f->choices = arena_array(a, room, sizeof(*f->choices));
	for (size_t at = 0; at <= list.len;) {
		size_t comma = view_find(list, at, ",");
		size_t end = comma == VIEW_NONE ? list.len : comma;
		struct choice *c = &f->choices[f->count++];
		struct view text = view_trim(view_sub(list, at, end));
		struct buf json = BUF_INIT;
		c->weight = take_weight(&text);
		if (!text.len || !(c->weight > 0))
			return wrong(setting, err);
		json_add_text(&json, text);
		c->json = arena_takebuf(a, &json);
		f->sum += c->weight;
		at = end + 1;
	}
	return SOW_OK;
}

/* The forms in JSON, into which a recipe's mappings are converted: {"choice":[…],"weights":[…]} */

static int read_weights(struct field *f, const json_value *weights, struct sow_error *err)
{
	const json_value *v = json_first(weights);
	if (json_type(weights) != JSON_ARRAY || json_count(weights) != f->count)
		return wrong_form(f, "weights: a list with a number for each choice", err);
	f->sum = 0;
	for (size_t i = 0; i < f->count; i++, v = json_next(weights, v)) {
		double weight = json_number(v);
		if (json_type(v) != JSON_NUMBER || !(weight > 0) || weight > WEIGHT_MOST)
			return wrong_form(f, "weights above 0", err);
		f->choices[i].weight = weight;
		f->sum += weight;
	}
	return SOW_OK;
}

static int read_choice_form(struct field *f, const json_value *form, struct arena *a,
			    struct sow_error *err)
{
	const json_value *list = json_get(form, "choice"), *weights = json_get(form, "weights");
	const json_value *v = json_first(list);
	if (json_type(list) != JSON_ARRAY || !v)
		return wrong_form(f, "choice: a list of what is drawn from", err);
	f->count = json_count(list);
	f->sum = (double)f->count;
	f->choices = arena_array(a, f->count, sizeof(*f->choices));
	for (size_t i = 0; i < f->count; i++, v = json_next(list, v))
		f->choices[i] = (struct choice){ json_compact(v, a), 1 };
	return weights ? read_weights(f, weights, err) : SOW_OK;
}

static int read_integer_form(struct field *f, const json_value *form, struct sow_error *err)
{
	const json_value *list = json_get(form, "integer"), *least = json_first(list);
	const json_value *most = least ? json_next(list, least) : NULL;
	f->is_number = json_type(list) == JSON_ARRAY && json_count(list) == 2 && json_is_integer(least) &&
		       json_is_integer(most);
	f->least = json_integer(least);
	f->most = json_integer(most);
	if (!f->is_number || !is_exact(f->least) || !is_exact(f->most) || f->least > f->most)
		return wrong_form(f, "integer: [LEAST, MOST], two whole numbers", err);
	return SOW_OK;
}

static int read_file_form(struct field *f, const json_value *form, struct arena *a,
			  struct sow_error *err)
{
	struct view path = json_text(json_get(form, "from"));
	if (!path.len)
		return wrong_form(f, "from: a file", err);
	f->path = arena_copyview(a, path);
	return SOW_OK;
}

static int read_form(struct field *f, struct view text, struct arena *a, struct sow_error *err)
{
	static const char forms[] = "choice: […] with weights: […], integer: [LEAST, MOST], or from: FILE";
	struct sow_error why = { 0 };
	const json_value *form = json_root(json_parse_exact(text, a, NULL, &why));
	if (!form)
		return error_set(err, SOW_USAGE, "draw: %.*s: its JSON is broken: %s", VIEW_ARG(f->name),
				 why.text);
	bool weighs = json_get(form, "weights") != NULL;
	if (json_count(form) != 1u + weighs || (weighs && !json_get(form, "choice")))
		return wrong_form(f, forms, err);
	if (json_get(form, "choice"))
		return read_choice_form(f, form, a, err);
	if (json_get(form, "integer"))
		return read_integer_form(f, form, err);
	return json_get(form, "from") ? read_file_form(f, form, a, err) : wrong_form(f, forms, err);
}

static int read_field(struct field *f, const char *setting, struct arena *a, struct sow_error *err)
{
	struct view whole = view_of(setting);
	size_t equal = view_find(whole, 0, "=");
	if (equal == VIEW_NONE || !view_trim(view_sub(whole, 0, equal)).len)
		return wrong(setting, err);
	struct view list = view_trim(view_sub(whole, equal + 1, whole.len));
	*f = (struct field){ .name = view_trim(view_sub(whole, 0, equal)) };
	if (view_starts(list, "{"))
		return read_form(f, list, a, err);
	if (view_starts(list, from_file)) {
		f->path = arena_copyview(a, view_trim(view_sub(list, strlen(from_file), list.len)));
		return *f->path ? SOW_OK : wrong(setting, err);
	}
	if (read_range(f, list))
		return f->least <= f->most ? SOW_OK
					   : error_set(err, SOW_USAGE, "draw: %s: the second number is less "
						       "than the first", setting);
	if (is_wrong_range(list))
		return wrong(setting, err);
	return read_choices(f, list, setting, a, err);
}

struct draws *draws_read(struct arena *a, const char *const *list, size_t count,
			 struct sow_error *err)
{
	struct draws *d = arena_alloc(a, sizeof(*d));
	struct field *fields = arena_array(a, count, sizeof(*fields));
	*d = (struct draws){ fields, count };
	for (size_t i = 0; i < count; i++) {
		if (read_field(&fields[i], list[i], a, err))
			return NULL;
		for (size_t j = 0; j < i; j++) {
			if (!view_eq(fields[i].name, fields[j].name))
				continue;
			error_set(err, SOW_USAGE, "draw: '%.*s' is drawn twice", VIEW_ARG(fields[i].name));
			return NULL;
		}
	}
	return d;
}

const char *draws_path(const struct draws *d, size_t i)
{
	return d->fields[i].path;
}

void draws_set_file(struct draws *d, size_t i, const struct map_file *file)
{
	d->fields[i].file = file;
}

void draws_add_name(const struct draws *d, size_t i, struct buf *out)
{
	buf_add(out, d->fields[i].name.p, d->fields[i].name.len);
}

static void add_value(const struct field *f, uint64_t seed, int64_t ticket, struct buf *out)
{
	uint64_t unit = draw_unit(draw_unit(0, f->name.p, f->name.len), &ticket, sizeof(ticket));
	struct draw d = draw_start(seed, DRAW_MAP_FIELDS, unit);
	if (f->is_number) {
		size_t span = (size_t)(f->most - f->least) + 1;
		buf_addf(out, "%" PRId64, f->least + (int64_t)draw_below(&d, span));
		return;
	}
	if (f->path) {
		struct view record = f->file->records[draw_below(&d, f->file->count)];
		buf_add(out, record.p, record.len);
		return;
	}
	double at = draw_fraction(&d) * f->sum;
	size_t i = 0;
	while (i + 1 < f->count && at >= f->choices[i].weight)
		at -= f->choices[i++].weight;
	buf_add(out, f->choices[i].json.p, f->choices[i].json.len);
}

int draws_add(const struct draws *d, uint64_t seed, int64_t ticket, struct arena *a,
	      struct view *object)
{
	struct buf out = BUF_INIT;
	if (!d->count)
		return SOW_OK;
	const json_value *old = json_own(*object, a);
	buf_add(&out, object->p, object->len - 1); /* without its brace */
	for (size_t i = 0; old && i < d->count; i++) {
		if (json_find(old, d->fields[i].name))
			continue;
		json_add_key(&out, d->fields[i].name);
		add_value(&d->fields[i], seed, ticket, &out);
	}
	buf_addch(&out, '}');
	*object = arena_takebuf(a, &out);
	return old ? SOW_OK : SOW_NOMEM;
}
