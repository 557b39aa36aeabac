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
	struct view text;
	double weight;
};

struct field {
	struct view name;
	bool is_number;
	int64_t least, most;         /* of a number */
	struct choice *choices;
	size_t count;
	double sum;                  /* of the weights */
};

struct draws {
	struct field *fields;
	size_t count;
};

static int wrong(const char *setting, struct sow_error *err)
{
	return error_set(err, SOW_USAGE, "draw: expected NAME=A,B,… or NAME=A*3,B*1 or NAME=1..10, not "
			 "'%s'", setting);
}

static bool is_exact(int64_t n)
{
	return n >= -NUMBER_MOST && n <= NUMBER_MOST;
}

/* Two numbers that are no whole ones, or too large: nobody means that as a text. */
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

/* The weight behind the last "*", taken off the text; 1 where there is none; 0: it is none. */
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
	return *end || !(weight > 0) || weight > 1e9 ? 0 : weight;
}

static int read_choices(struct field *f, struct view list, const char *setting, struct arena *a,
			struct sow_error *err)
{
	size_t room = 1;
	for (size_t i = 0; i < list.len; i++)
		room += list.p[i] == ',';
	f->choices = arena_array(a, room, sizeof(*f->choices));
	if (!f->choices)
		return error_nomem(err);
	for (size_t at = 0; at <= list.len;) {
		size_t comma = view_find(list, at, ",");
		size_t end = comma == VIEW_NONE ? list.len : comma;
		struct choice *c = &f->choices[f->count++];
		c->text = view_trim(view_sub(list, at, end));
		c->weight = take_weight(&c->text);
		if (!c->text.len || !(c->weight > 0))
			return wrong(setting, err);
		f->sum += c->weight;
		at = end + 1;
	}
	return SOW_OK;
}

static int read_field(struct field *f, const char *setting, struct arena *a, struct sow_error *err)
{
	struct view whole = view_of(setting);
	size_t equal = view_find(whole, 0, "=");
	if (equal == VIEW_NONE || !view_trim(view_sub(whole, 0, equal)).len)
		return wrong(setting, err);
	struct view list = view_trim(view_sub(whole, equal + 1, whole.len));
	*f = (struct field){ .name = view_trim(view_sub(whole, 0, equal)) };
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
	if (!d || !fields) {
		error_nomem(err);
		return NULL;
	}
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

static void add_value(const struct field *f, uint64_t seed, int64_t ticket, struct buf *out)
{
	uint64_t unit = draw_unit(draw_unit(0, f->name.p, f->name.len), &ticket, sizeof(ticket));
	struct draw d = draw_start(seed, DRAW_MAP_FIELDS, unit);
	if (f->is_number) {
		size_t span = (size_t)(f->most - f->least) + 1;
		buf_addf(out, "%" PRId64, f->least + (int64_t)draw_below(&d, span));
		return;
	}
	double at = draw_fraction(&d) * f->sum;
	size_t i = 0;
	while (i + 1 < f->count && at >= f->choices[i].weight)
		at -= f->choices[i++].weight;
	json_add_text(out, f->choices[i].text);
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
	return old && object->p ? SOW_OK : SOW_NOMEM;
}
