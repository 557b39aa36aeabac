/* Checks whether a value fits. */
#include "data/schema_private.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

#define SHOWN_MAX 40          /* bytes of a value in a message */
#define NAME_SHOWN_MAX 200    /* of a name or pattern */
#define CHOICES_MAX 12        /* of an enum */

/* A check in progress. The first misfit ends it: its words are in `why`, and `reached` is its depth in the
 * value. */
struct checking {
	struct buf *why;
	struct buf path;
	size_t depth, reached;
	size_t work;
};

static int check(struct checking *c, const struct schema *s, const json_value *v);

/* Begins the words for a misfit at the current place. */
static void name_place(struct checking *c)
{
	c->reached = c->depth;
	buf_add(c->why, c->path.data, c->path.len);
	buf_addstr(c->why, c->path.len ? ": " : "");
}

/* Call it once the words are complete. */
static int said(const struct checking *c)
{
	return c->why->status ? c->why->status : SOW_INVALID;
}

static int misfit(struct checking *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int misfit(struct checking *c, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	int len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	name_place(c);
	size_t end = (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
	buf_add(c->why, text, utf8_floor(text, end));
	return said(c);
}

static int too_much(struct checking *c, const char *what)
{
	int status = misfit(c, "%s", what);
	return status == SOW_INVALID ? SOW_TOOBIG : status;
}

/* "expected WHAT "NAME"" and `behind` */
static int misfit_name(struct checking *c, const char *what, struct view name, const char *behind)
{
	misfit(c, "expected %s ", what);
	json_add_text(c->why, utf8_head(name, NAME_SHOWN_MAX));
	buf_addstr(c->why, behind);
	return said(c);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* A value as JSON, cut where it is long. */
static void add_shown(struct buf *out, const json_value *v)
{
	size_t from = out->len;
	json_add_value(out, v);
	if (out->len - from <= SHOWN_MAX)
		return;
	buf_cut(out, from + utf8_floor(out->data + from, SHOWN_MAX));
	buf_addstr(out, "\xE2\x80\xA6"); /* … */
	if (json_type(v) == JSON_TEXT)
		buf_addch(out, '"');
}

/* What the value is, for "not …". */
static void add_kind(struct buf *out, const json_value *v)
{
	enum json_type type = json_type(v);
	if (type == JSON_ARRAY || type == JSON_OBJECT)
		buf_addstr(out, json_type_name(type));
	else
		add_shown(out, v);
}

/* "expected WHAT, not VALUE" */
static int unexpected(struct checking *c, const char *what, const json_value *v)
{
	misfit(c, "expected %s, not ", what);
	add_kind(c->why, v);
	return said(c);
}

/* Counts steps; SOW_TOOBIG past the limit. */
static int work(struct checking *c, size_t steps)
{
	c->work += steps + 1;
	return c->work > SCHEMA_WORK_MAX ? too_much(c, "expected a value that is less work to check")
					 : SOW_OK;
}

static bool equal(struct checking *c, const json_value *a, const json_value *b);

static bool equal_objects(struct checking *c, const json_value *a, const json_value *b)
{
	const json_value *v = json_first(a);
	for (; v; v = json_next(a, v)) {
		const json_value *other = json_find(b, json_key(v));
		c->work += json_count(b);
		if (!other || !equal(c, v, other))
			return false;
	}
	return true;
}

static bool equal_arrays(struct checking *c, const json_value *a, const json_value *b)
{
	const json_value *v = json_first(a), *w = json_first(b);
	while (v && w && equal(c, v, w)) {
		v = json_next(a, v);
		w = json_next(b, w);
	}
	return !v && !w;
}

/* As in JSON Schema: 1 and 1.0 are equal, members may come in any order. */
static bool equal(struct checking *c, const json_value *a, const json_value *b)
{
	c->work++;
	if (json_type(a) != json_type(b) || json_count(a) != json_count(b))
		return false;
	switch (json_type(a)) {
	case JSON_BOOL:
		return json_bool(a) == json_bool(b);
	case JSON_NUMBER:
		return schema_compare(a, b) == 0;
	case JSON_TEXT:
		return view_eq(json_text(a), json_text(b));
	case JSON_ARRAY:
		return equal_arrays(c, a, b);
	case JSON_OBJECT:
		return equal_objects(c, a, b);
	default:
		return true;
	}
}

static unsigned type_bits(const json_value *v)
{
	enum json_type type = json_type(v);
	if (type == JSON_NUMBER)
		return schema_is_whole(v) ? TYPE_NUMBER | TYPE_INTEGER : TYPE_NUMBER;
	for (size_t i = 0; i < SCHEMA_TYPES; i++) {
		if (schema_types[i].type == type)
			return schema_types[i].bit;
	}
	return 0;
}

static int check_type(struct checking *c, const struct schema *s, const json_value *v)
{
	if (!s->types || s->types & type_bits(v))
		return SOW_OK;
	char what[128];
	size_t len = 0;
	for (size_t i = 0; i < SCHEMA_TYPES; i++) {
		bool wanted = s->types & schema_types[i].bit;
		bool is_last = s->types < schema_types[i].bit << 1;
		if (wanted)
			len += (size_t)snprintf(what + len, sizeof(what) - len, "%s%s",
						!len ? "" : is_last ? " or " : ", ",
						schema_types[i].words);
	}
	return unexpected(c, what, v);
}

static int check_enum(struct checking *c, const struct schema *s, const json_value *v)
{
	const json_value *one;
	for (one = json_first(s->values); one; one = json_next(s->values, one)) {
		if (equal(c, one, v))
			return SOW_OK;
	}
	size_t count = json_count(s->values), shown = 0;
	misfit(c, count == 1 ? "expected " : "expected one of ");
	for (one = json_first(s->values); one && shown < CHOICES_MAX; shown++) {
		buf_addstr(c->why, shown ? ", " : "");
		add_shown(c->why, one);
		one = json_next(s->values, one);
	}
	if (shown < count)
		buf_addf(c->why, " (and %zu more)", count - shown);
	buf_addstr(c->why, ", not ");
	add_kind(c->why, v);
	return said(c);
}

static int check_const(struct checking *c, const struct schema *s, const json_value *v)
{
	if (equal(c, s->constant, v))
		return SOW_OK;
	misfit(c, "expected ");
	add_shown(c->why, s->constant);
	buf_addstr(c->why, ", not ");
	add_kind(c->why, v);
	return said(c);
}

/* "expected WHAT BOUND, not VALUE" */
static int out_of_bounds(struct checking *c, const char *what, const json_value *bound,
			 const json_value *v)
{
	misfit(c, "expected %s ", what);
	add_shown(c->why, bound);
	buf_addstr(c->why, ", not ");
	add_shown(c->why, v);
	return said(c);
}

static bool is_multiple(const json_value *v, const json_value *of)
{
	if (json_is_integer(v) && json_is_integer(of))
		return json_integer(v) % json_integer(of) == 0;
	double x = json_number(v), m = json_number(of);
	return fabs(round(x / m) * m - x) <= 4 * DBL_EPSILON * fabs(x);
}

static int check_number(struct checking *c, const struct schema *s, const json_value *v)
{
	if (s->minimum && schema_compare(v, s->minimum) < 0)
		return out_of_bounds(c, "a number of at least", s->minimum, v);
	if (s->above && schema_compare(v, s->above) <= 0)
		return out_of_bounds(c, "a number above", s->above, v);
	if (s->maximum && schema_compare(v, s->maximum) > 0)
		return out_of_bounds(c, "a number of at most", s->maximum, v);
	if (s->below && schema_compare(v, s->below) >= 0)
		return out_of_bounds(c, "a number below", s->below, v);
	if (s->multiple && !is_multiple(v, s->multiple))
		return out_of_bounds(c, "a multiple of", s->multiple, v);
	return SOW_OK;
}

static int check_text(struct checking *c, const struct schema *s, const json_value *v)
{
	struct view text = json_text(v);
	size_t n = utf8_count(text.p, text.len);
	if (n < s->least_length && !n)
		return misfit(c, "expected a text of at least %zu character%s, not an empty one",
			      s->least_length, plural(s->least_length));
	if (n < s->least_length)
		return misfit(c, "expected a text of at least %zu characters, not one of %zu",
			      s->least_length, n);
	if (n > s->most_length)
		return misfit(c, "expected a text of at most %zu character%s, not one of %zu",
			      s->most_length, plural(s->most_length), n);
	int matches = s->pattern ? pattern_matches(s->pattern, text) : 1;
	if (matches < 0)
		return matches;
	if (!matches)
		return misfit_name(c, "a text that matches", s->pattern_text,
				   text.len ? "" : ", not an empty one");
	return SOW_OK;
}

/* Checks a member or item whose name was added to the path, which is `len` long without it. */
static int check_inside(struct checking *c, const struct schema *s, const json_value *v, size_t len)
{
	c->depth++;
	int status = check(c, s, v);
	c->depth--;
	buf_cut(&c->path, len);
	return status;
}

static int check_unique(struct checking *c, const json_value *v)
{
	size_t i = 0;
	for (const json_value *a = json_first(v); a; a = json_next(v, a), i++) {
		size_t k = i + 1;
		for (const json_value *b = json_next(v, a); b; b = json_next(v, b), k++) {
			int status = work(c, 0);
			if (status)
				return status;
			if (!equal(c, a, b))
				continue;
			misfit(c, "expected items that all differ; [%zu] and [%zu] are both ", i, k);
			add_shown(c->why, a);
			return said(c);
		}
	}
	return SOW_OK;
}

static int check_array(struct checking *c, const struct schema *s, const json_value *v)
{
	size_t n = json_count(v), i = 0, len = c->path.len;
	if (n < s->least_items)
		return misfit(c, "expected an array of at least %zu item%s, not one of %zu",
			      s->least_items, plural(s->least_items), n);
	if (n > s->most_items)
		return misfit(c, "expected an array of at most %zu item%s, not one of %zu",
			      s->most_items, plural(s->most_items), n);
	int status = SOW_OK;
	for (const json_value *item = json_first(v); item && !status; item = json_next(v, item), i++) {
		const struct schema *its = i < s->prefix.count ? s->prefix.at[i] : s->items;
		if (!its)
			continue;
		buf_addf(&c->path, "[%zu]", i);
		status = check_inside(c, its, item, len);
	}
	return status || !s->unique ? status : check_unique(c, v);
}

static bool is_plain_name(struct view name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];
		if (!ascii_alpha(c) && c != '_' && !(i && (ascii_digit(c) || c == '-')))
			return false;
	}
	return name.len > 0;
}

static void add_name(struct buf *path, struct view name)
{
	if (is_plain_name(name)) {
		buf_addstr(path, path->len ? "." : "");
		buf_add(path, name.p, name.len);
		return;
	}
	buf_addch(path, '[');
	json_add_text(path, name);
	buf_addch(path, ']');
}

static int refuse_member(struct checking *c, const struct schema *s, struct view name)
{
	misfit_name(c, "no member", name, s->property_count ? ", only " : "");
	for (size_t i = 0; i < s->property_count && i < CHOICES_MAX; i++) {
		buf_addstr(c->why, i ? ", " : "");
		json_add_text(c->why, utf8_head(s->properties[i].name, SHOWN_MAX));
	}
	if (s->property_count > CHOICES_MAX)
		buf_addf(c->why, " (and %zu more)", s->property_count - CHOICES_MAX);
	return said(c);
}

/* A member occurs once, and is a property that fits, or fits the schema of all others. */
static int check_member(struct checking *c, const struct schema *s, const json_value *object,
			const json_value *member)
{
	struct view name = json_key(member);
	size_t len = c->path.len;
	if (json_find(object, name) != member)
		return misfit_name(c, "one member", name, ", not several");
	const struct schema_property *p = schema_property_of(s, name);
	const struct schema *its = p ? p->schema : s->additional;
	if (!its)
		return SOW_OK;
	if (!p && its->nothing)
		return refuse_member(c, s, name);
	add_name(&c->path, name);
	return check_inside(c, its, member, len);
}

static int check_object(struct checking *c, const struct schema *s, const json_value *v)
{
	size_t n = json_count(v);
	for (size_t i = 0; i < s->property_count; i++) {
		const struct schema_property *p = &s->properties[i];
		if (p->required && !json_find(v, p->name))
			return misfit_name(c, "the member", p->name, ", which is missing");
	}
	int status = work(c, n * s->property_count);
	for (const json_value *m = json_first(v); m && !status; m = json_next(v, m)) {
		status = work(c, n);
		if (!status)
			status = check_member(c, s, v, m);
	}
	return status;
}

/* How many of several schemas a value fits. If it fits none, `why` has the words of the schema that got
 * furthest, or of all if none got into the value. */
struct tried {
	size_t fits, first, second;  /* the numbers of two that it fits, from 1 */
	struct buf why;
	size_t reached, told;
	int status;
};

static void try_one(struct checking *c, const struct schema *s, const json_value *v, struct tried *t)
{
	struct buf why = BUF_INIT, *whole = c->why;
	c->why = &why;
	int status = check(c, s, v);
	c->why = whole;
	if (status == SOW_OK) {
		size_t number = t->told + ++t->fits;
		*(t->fits == 1 ? &t->first : &t->second) = number;
	} else if (status != SOW_INVALID) {
		t->status = status;
		buf_add(&t->why, why.data, why.len);
	} else if (!t->told || c->reached > t->reached) {
		buf_clear(&t->why);
		buf_add(&t->why, why.data, why.len);
		t->reached = c->reached;
	} else if (c->reached == t->reached && c->reached == c->depth) {
		buf_addstr(&t->why, ", or ");
		/* both are about the same place, already named */
		size_t place = c->path.len ? c->path.len + 2 : 0;
		buf_add(&t->why, why.data + place, why.len - place);
	}
	t->told += status == SOW_INVALID;
	buf_release_part(&why, &t->why);
}

/* For anyOf it only matters whether one fits. */
static void try_all(struct checking *c, const struct schema_list *list, const json_value *v,
		    bool one_is_enough, struct tried *t)
{
	for (size_t i = 0; i < list->count && !t->status && !(one_is_enough && t->fits); i++)
		try_one(c, list->at[i], v, t);
}

static int check_one_of(struct checking *c, const struct schema_list *list, const json_value *v,
			bool one_is_enough)
{
	if (!list->count)
		return SOW_OK;
	struct tried t = { .why = BUF_INIT };
	try_all(c, list, v, one_is_enough, &t);
	int status = t.status;
	if (!status && !t.fits) {
		c->reached = t.reached;
		status = SOW_INVALID;
	} else if (!status && !one_is_enough && t.fits > 1) {
		status = misfit(c, "expected a value for one of the %zu forms only; it fits forms %zu "
				"and %zu", list->count, t.first, t.second);
		buf_clear(&t.why);
	}
	if (status)
		buf_add(c->why, t.why.data, t.why.len);
	buf_release_part(&t.why, c->why);
	return c->why->status ? c->why->status : status;
}

static int check_others(struct checking *c, const struct schema *s, const json_value *v)
{
	int status = s->ref ? check(c, s->ref, v) : SOW_OK;
	for (size_t i = 0; i < s->all_of.count && !status; i++)
		status = check(c, s->all_of.at[i], v);
	if (!status)
		status = check_one_of(c, &s->any_of, v, true);
	return status ? status : check_one_of(c, &s->one_of, v, false);
}

static int check(struct checking *c, const struct schema *s, const json_value *v)
{
	int status = work(c, 0);
	if (!status && s->nothing)
		status = misfit(c, "expected no value here");
	if (!status)
		status = check_type(c, s, v);
	if (!status && s->values)
		status = check_enum(c, s, v);
	if (!status && s->constant)
		status = check_const(c, s, v);
	if (status)
		return status;
	switch (json_type(v)) {
	case JSON_NUMBER:
		status = check_number(c, s, v);
		break;
	case JSON_TEXT:
		status = check_text(c, s, v);
		break;
	case JSON_ARRAY:
		status = check_array(c, s, v);
		break;
	case JSON_OBJECT:
		status = check_object(c, s, v);
		break;
	default:
		break;
	}
	return status ? status : check_others(c, s, v);
}

static bool nests_deeper(const json_value *v, size_t left)
{
	if (json_type(v) != JSON_ARRAY && json_type(v) != JSON_OBJECT)
		return false;
	if (!left)
		return true;
	const json_value *inner = json_first(v);
	while (inner && !nests_deeper(inner, left - 1))
		inner = json_next(v, inner);
	return inner != NULL;
}

int schema_check(const struct schema *s, const json_value *value, struct buf *why)
{
	struct checking c = { .why = why, .path = BUF_INIT };
	buf_add(&c.path, why->data, why->len);
	size_t named = why->len;
	buf_cut(why, 0);
	int status = nests_deeper(value, SCHEMA_DEPTH_MAX)
		? too_much(&c, "expected values that nest less deep") : check(&c, s, value);
	if (status == SOW_OK)
		buf_add(why, c.path.data, named);
	status = c.path.status ? c.path.status : status;
	buf_release(&c.path);
	return why->status ? why->status : status;
}
