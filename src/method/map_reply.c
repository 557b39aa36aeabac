#include "method/map_reply.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "data/json_reply.h"
#include "data/schema.h"
#include "method/list.h"

#define DIGITS_EXACT 15              /* that a double holds */

enum as { AS_TEXT, AS_LIST, AS_NUMBER, AS_CHOICE, AS_JSON, AS_COUNT };

static const char *const as_names[AS_COUNT] = { "text", "list", "number", "choice", "json" };

struct map_reply {
	const struct map_options *o;
	enum as as;
	double least, most;          /* of a number */
	struct schema *schema;       /* of JSON; NULL: none */
	const char *wanted;
	struct view *names;          /* of the field to write, from the outermost object's on */
	size_t name_count;
};

/* The result of the options */

static int find_kind(struct map_reply *m, struct sow_error *err)
{
	const struct map_options *o = m->o;
	enum as told = o->choices.count ? AS_CHOICE : o->range ? AS_NUMBER : o->schema.len ? AS_JSON : AS_TEXT;
	bool is_told = o->choices.count || o->range || o->schema.len;
	int as = 0;
	while (o->as && as < AS_COUNT && strcmp(o->as, as_names[as]) != 0)
		as++;
	m->as = o->as ? (enum as)as : told;
	if ((is_told && m->as != told) || (o->choices.count != 0) + (o->range != NULL) + (o->schema.len != 0) > 1)
		return error_set(err, SOW_USAGE, "expected one of --choice, --range and --schema, and no "
				 "other --as");
	if (m->as == AS_CHOICE && !o->choices.count)
		return error_set(err, SOW_USAGE, "missing --choice: what the reply may be");
	for (size_t i = 0; i < o->choices.count; i++) {
		if (!view_trim(view_of(o->choices.items[i])).len)
			return error_set(err, SOW_USAGE, "choice: expected a text, not nothing");
	}
	if (m->as != AS_JSON && !o->into)
		return error_set(err, SOW_USAGE, "missing --into: the field that the reply is written to");
	if (o->explode && m->as != AS_LIST && m->as != AS_JSON)
		return error_set(err, SOW_USAGE, "--explode is for a reply that is a list or JSON");
	return SOW_OK;
}

/* The whole text as a number. */
static bool read_bound(struct view text, double *number)
{
	char digits[40], *end;
	if (!text.len || text.len >= sizeof(digits))
		return false;
	memcpy(digits, text.p, text.len);
	digits[text.len] = '\0';
	*number = strtod(digits, &end);
	return !*end && isfinite(*number);
}

static int read_range(struct map_reply *m, struct sow_error *err)
{
	struct view text = view_of(m->o->range);
	size_t dots = view_find(text, 0, "..");
	m->least = -INFINITY;
	m->most = INFINITY;
	if (!m->o->range)
		return SOW_OK;
	if (dots == VIEW_NONE || !read_bound(view_sub(text, 0, dots), &m->least) ||
	    !read_bound(view_sub(text, dots + 2, text.len), &m->most) || m->least > m->most)
		return error_set(err, SOW_USAGE, "range: expected LEAST..MOST, such as 1..5, not '%s'",
				 m->o->range);
	return SOW_OK;
}

static int read_schema(struct map_reply *m, struct arena *a, struct sow_error *err)
{
	if (!m->o->schema.len)
		return SOW_OK;
	m->schema = schema_read(a, m->o->schema_name, m->o->schema, err);
	return m->schema ? SOW_OK : SOW_INVALID;
}

static int read_into(struct map_reply *m, struct arena *a, struct sow_error *err)
{
	struct view into = view_of(m->o->into ? m->o->into : "");
	m->names = arena_array(a, into.len + 1, sizeof(*m->names));
	for (size_t at = 0; m->o->into && at <= into.len;) {
		size_t dot = view_find(into, at, ".");
		size_t end = dot == VIEW_NONE ? into.len : dot;
		if (end == at)
			return error_set(err, SOW_USAGE, "into: expected a field, or names with a dot between, such "
					 "as item.answer, not '%s'", m->o->into);
		m->names[m->name_count++] = view_sub(into, at, end);
		at = end + 1;
	}
	return SOW_OK;
}

static void describe(struct map_reply *m, struct arena *a)
{
	struct buf text = BUF_INIT;
	switch (m->as) {
	case AS_NUMBER:
		buf_addstr(&text, "with a number alone");
		if (m->o->range)
			buf_addf(&text, ", from %g to %g", m->least, m->most);
		break;
	case AS_CHOICE:
		buf_addstr(&text, "with one of these alone: ");
		for (size_t i = 0; i < m->o->choices.count; i++)
			buf_addf(&text, "%s%s", i ? ", " : "", m->o->choices.items[i]);
		break;
	case AS_LIST:
		buf_addstr(&text, "with a numbered list alone");
		break;
	case AS_JSON:
		buf_addstr(&text, "with the corrected JSON alone");
		break;
	default:
		buf_addstr(&text, "with the text alone");
	}
	m->wanted = arena_takebuf(a, &text).p;
}

struct map_reply *map_reply_new(struct arena *a, const struct map_options *o,
				struct sow_error *err)
{
	struct map_reply *m = arena_alloc(a, sizeof(*m));
	*m = (struct map_reply){ .o = o };
	if (find_kind(m, err) || read_range(m, err) || read_schema(m, a, err) || read_into(m, a, err))
		return NULL;
	describe(m, a);
	return m;
}

const char *map_reply_wanted(const struct map_reply *m)
{
	return m->wanted;
}

struct view map_reply_schema(const struct map_reply *m)
{
	return m->schema ? schema_text(m->schema) : view_of("");
}

struct view map_reply_example(const struct map_reply *m, struct draw *d, struct arena *a)
{
	struct buf text = BUF_INIT;
	switch (m->as) {
	case AS_NUMBER:
		buf_addf(&text, "%g", isfinite(m->least) ? m->least : 1);
		break;
	case AS_CHOICE:
		buf_addstr(&text, m->o->choices.items[0]);
		break;
	case AS_LIST:
		buf_addstr(&text, "1. The first thing that comes to mind\n2. Another, somewhat longer than "
			   "the first\n3. And a third\n");
		break;
	case AS_JSON:
		if (m->schema && d)
			schema_example_drawn(m->schema, d, NULL, NULL, &text);
		else if (m->schema)
			schema_example(m->schema, &text);
		else
			buf_addstr(&text, "{\"text\":\"Some twenty words, as a reply may well have them, with "
				   "a number or two among them.\"}");
		break;
	default:
		break;
	}
	return arena_takebuf(a, &text);
}

/* Reading */

static const json_value *as_json(struct buf *text, struct arena *a)
{
	return json_own(arena_takebuf(a, text), a);
}

static int read_text(struct view text, struct arena *a, const json_value **value)
{
	struct buf json = BUF_INIT;
	json_add_text(&json, text);
	*value = as_json(&json, a);
	return SOW_OK;
}

static bool digit_at(struct view t, size_t at)
{
	return at < t.len && ascii_digit(t.p[at]);
}

static size_t add_digits(struct view t, size_t at, struct buf *out)
{
	size_t end = at;
	while (digit_at(t, end))
		end++;
	buf_add(out, t.p + at, end - at);
	return end;
}

/* ",234" and no fourth digit. */
static bool is_thousands(struct view t, size_t at)
{
	return at < t.len && t.p[at] == ',' && digit_at(t, at + 1) && digit_at(t, at + 2) &&
	       digit_at(t, at + 3) && !digit_at(t, at + 4);
}

static size_t add_whole(struct view t, size_t at, struct buf *out)
{
	while (t.p[at] == '0' && digit_at(t, at + 1)) /* not allowed in JSON */
		at++;
	size_t end = add_digits(t, at, out);
	while (end - at <= 3 && is_thousands(t, end)) {
		at = end + 1;
		end = add_digits(t, at, out);
	}
	return end;
}

static size_t add_fraction(struct view t, size_t at, struct buf *out)
{
	if (at >= t.len || t.p[at] != '.' || !digit_at(t, at + 1))
		return at;
	buf_addch(out, '.');
	return add_digits(t, at + 1, out);
}

/* "e3", but not of "4east". */
static void add_exponent(struct view t, size_t at, struct buf *out)
{
	size_t digits = at + 1, end;
	if (at >= t.len || ascii_lower(t.p[at]) != 'e')
		return;
	digits += digits < t.len && (t.p[digits] == '-' || t.p[digits] == '+');
	for (end = digits; digit_at(t, end);)
		end++;
	if (end > digits && (end == t.len || !ascii_alpha(t.p[end])))
		buf_add(out, t.p + at, end - at);
}

/* True if it belongs to the number after it: "-4", not "grade-4". */
static bool ends_with_minus(struct view before)
{
	size_t len = before.len;
	if (view_ends(before, "\xE2\x88\x92"))
		return true;
	return view_ends(before, "-") &&
	       (len < 2 || !(ascii_alpha(before.p[len - 2]) || ascii_digit(before.p[len - 2])));
}

/* True for the point of ".5", but not of "No.5" and "...5". */
static bool ends_with_point(struct view before)
{
	return view_ends(before, ".") &&
	       (before.len < 2 || (before.p[before.len - 2] && strchr(" \t\n-=(<>~", before.p[before.len - 2])));
}

/* The first number in a text, in JSON's form; false: there is none. */
static bool find_number(struct view text, struct buf *out)
{
	size_t at = 0;
	while (at < text.len && !ascii_digit(text.p[at]))
		at++;
	if (at == text.len)
		return false;
	bool has_point = ends_with_point(view_sub(text, 0, at));
	if (ends_with_minus(view_sub(text, 0, at - has_point)))
		buf_addch(out, '-');
	if (has_point)
		buf_addch(out, '0');
	at = has_point ? add_fraction(text, at - 1, out) : add_whole(text, at, out);
	add_exponent(text, has_point ? at : add_fraction(text, at, out), out);
	return true;
}

/* As short as possible; a number that a double can't hold keeps its digits. */
static void add_number(const char *digits, double number, struct buf *json)
{
	if (number == floor(number) && fabs(number) < 1e15)
		buf_addf(json, "%.0f", number + 0.0);
	else if (strlen(digits) > DIGITS_EXACT)
		buf_addstr(json, digits);
	else
		json_add_number(json, number);
}

static int read_number(const struct map_reply *m, struct view text, struct arena *a,
		       const json_value **value, struct buf *why)
{
	struct buf digits = BUF_INIT, json = BUF_INIT;
	bool is_there = find_number(text, &digits);
	double number = is_there ? strtod(digits.data, NULL) : NAN;
	if (!is_there)
		buf_addstr(why, "there is no number in it");
	else if (!isfinite(number))
		buf_addstr(why, "the number in it is too large");
	else if (number < m->least || number > m->most)
		buf_addf(why, "%s is not from %g to %g", digits.data, m->least, m->most);
	else
		add_number(digits.data, number, &json);
	buf_release(&digits);
	if (!json.len)
		return SOW_INVALID;
	*value = as_json(&json, a);
	return SOW_OK;
}

static bool is_mark(char c)
{
	return ascii_space(c) || ascii_punct(c);
}

static struct view without_marks(struct view v)
{
	while (v.len && is_mark(v.p[0]))
		v = view_sub(v, 1, v.len);
	while (v.len && is_mark(v.p[v.len - 1]))
		v.len--;
	return v;
}

/* The choice whose name is at `at` as separate words, in any case: the longest, of equals the one in the same
 * case. choices.count: none. */
static size_t named_at(const struct map_options *o, struct view text, size_t at)
{
	size_t found = o->choices.count, longest = 0;
	for (size_t i = 0; (!at || is_mark(text.p[at - 1])) && i < o->choices.count; i++) {
		struct view choice = view_of(o->choices.items[i]), there = view_sub(text, at, at + choice.len);
		size_t end = at + choice.len;
		bool is_named = view_eqfold(there, choice) && (end == text.len || is_mark(text.p[end]));
		if (is_named && (choice.len > longest || (choice.len == longest && view_eq(there, choice)))) {
			found = i;
			longest = choice.len;
		}
	}
	return found;
}

/* The only choice that the text names; choices.count: none, or *several. */
static size_t find_named(const struct map_options *o, struct view text, bool *several)
{
	size_t found = o->choices.count;
	*several = false;
	for (size_t at = 0; at < text.len && !*several;) {
		size_t i = named_at(o, text, at);
		*several = i < o->choices.count && found < o->choices.count && i != found;
		found = i < o->choices.count ? i : found;
		at += i < o->choices.count ? strlen(o->choices.items[i]) : 1;
	}
	return *several ? o->choices.count : found;
}

/* The only choice that equals the text without marks at the ends of both: "a" for "(a)". */
static size_t find_unmarked(const struct map_options *o, struct view text)
{
	size_t found = o->choices.count, count = 0;
	for (size_t i = 0; i < o->choices.count; i++) {
		if (!view_eqfold(without_marks(text), without_marks(view_of(o->choices.items[i]))))
			continue;
		found = i;
		count++;
	}
	return count == 1 ? found : o->choices.count;
}

static int read_choice(const struct map_reply *m, struct view text, struct arena *a,
		       const json_value **value, struct buf *why)
{
	const struct map_options *o = m->o;
	bool several;
	size_t found = find_named(o, text, &several);
	if (found == o->choices.count && !several)
		found = find_unmarked(o, text);
	if (found < o->choices.count)
		return read_text(view_of(o->choices.items[found]), a, value);
	buf_addstr(why, several ? "more than one of the choices is named in it"
				: "none of the choices is named in it");
	return SOW_INVALID;
}

/* The value in a reply, of the type that the schema wants. */
static int read_json(const struct map_reply *m, enum json_type wanted, struct view text,
		     struct arena *a, const json_value **value, struct buf *why)
{
	struct json_reply found;
	json_reply_read(text, wanted, a, &found);
	*value = found.value;
	switch (found.kind) {
	case JSON_REPLY_READ:
		return m->schema ? schema_check(m->schema, found.value, why) : SOW_OK;
	case JSON_REPLY_NONE:
		buf_addstr(why, "there is no JSON in it");
		return SOW_INVALID;
	case JSON_REPLY_CUT:
		buf_addf(why, "the JSON in it has no end: %s", found.why.text);
		return SOW_INVALID;
	default:
		buf_addf(why, "the JSON in it is broken: %s", found.why.text);
		return SOW_INVALID;
	}
}

static int read_list(struct view text, struct arena *a, const json_value **value, struct buf *why)
{
	struct json_reply found;
	struct buf json = BUF_INIT;
	struct views items = { 0 };
	json_reply_read(text, JSON_ARRAY, a, &found);
	*value = found.value;
	if (found.kind == JSON_REPLY_READ && json_type(*value) == JSON_ARRAY)
		return SOW_OK;
	list_read(text, false, a, &items);
	if (!items.count) {
		buf_addstr(why, "there is no list in it");
		views_release(&items);
		return SOW_INVALID;
	}
	for (size_t i = 0; i < items.count; i++) {
		struct view item = view_trim(items.list[i]);
		buf_addch(&json, i ? ',' : '[');
		json_add_text(&json, item);
	}
	views_release(&items);
	buf_addch(&json, ']');
	*value = as_json(&json, a);
	return SOW_OK;
}

int map_reply_read(const struct map_reply *m, struct view text, struct arena *a,
		   const json_value **value, struct buf *why)
{
	buf_clear(why);
	switch (m->as) {
	case AS_LIST:
		return read_list(text, a, value, why);
	case AS_NUMBER:
		return read_number(m, text, a, value, why);
	case AS_CHOICE:
		return read_choice(m, text, a, value, why);
	case AS_JSON:
		return read_json(m, m->schema ? schema_type(m->schema) : JSON_NOTHING, text, a, value,
				 why);
	default:
		return read_text(text, a, value);
	}
}

/* Writing */

/* The place of the field in one record. */
struct field {
	const struct view *names;
	size_t count;
};

/* A column whose own name has dots is that field. */
static struct field find_field(const struct map_reply *m, const json_value *object, struct view *whole)
{
	*whole = view_of(m->o->into);
	return json_find(object, *whole) ? (struct field){ whole, 1 }
					 : (struct field){ m->names, m->name_count };
}

bool map_reply_is_barred(const struct map_reply *m, const json_value *object, struct buf *why)
{
	struct view whole;
	if (!m->o->into)
		return false;
	struct field f = find_field(m, object, &whole);
	for (size_t i = 0; i + 1 < f.count; i++) {
		object = json_find(object, f.names[i]);
		if (json_is_missing(object))
			return false;
		if (json_type(object) == JSON_OBJECT)
			continue;
		buf_addf(why, "the field '%.*s' is %s, not an object", VIEW_ARG(f.names[i]),
			 json_type_name(json_type(object)));
		return true;
	}
	if (m->o->replace || !json_find(object, f.names[f.count - 1]))
		return false;
	buf_addf(why, "there is a field '%s'", m->o->into);
	return true;
}

/* The object with the value in the place of the field, or at the end if it is new. */
static void add_field(const json_value *object, struct field f, const json_value *value, struct buf *out)
{
	const struct field inner = { f.names + 1, f.count - 1 };
	bool is_there = false;
	buf_addch(out, '{');
	for (const json_value *v = json_first(object); v; v = json_next(object, v)) {
		bool is_it = !is_there && view_eq(json_key(v), f.names[0]);
		json_add_key(out, json_key(v));
		if (is_it && f.count > 1)
			add_field(v, inner, value, out);
		else
			json_add_value(out, is_it ? value : v);
		is_there = is_there || is_it;
	}
	if (!is_there)
		json_add_key(out, f.names[0]);
	if (!is_there && f.count > 1)
		add_field(NULL, inner, value, out);
	else if (!is_there)
		json_add_value(out, value);
	buf_addch(out, '}');
}

static const json_value *member_of(const struct map *members, struct view name)
{
	const uint64_t *at = map_get(members, name.p, name.len);
	return at ? (const json_value *)(uintptr_t)*at : NULL;
}

/* Maps names to members. SOW_INVALID: two have the same name. */
static int index_members(const json_value *object, struct map *members, struct buf *why)
{
	for (const json_value *v = json_first(object); v; v = json_next(object, v)) {
		struct view name = json_key(v);
		if (member_of(members, name)) {
			buf_clear(why);
			buf_addf(why, "it has two members '%.*s'", VIEW_ARG(name));
			return SOW_INVALID;
		}
		map_put(members, name.p, name.len, (uintptr_t)v);
	}
	return SOW_OK;
}

/* Adds the new members in the places of those that they replace, else at the end. */
static int add_members(const struct map_reply *m, const json_value *object, const json_value *value,
		       const struct map *news, struct buf *out, struct buf *why)
{
	struct map placed = MAP_INIT;
	int status = SOW_OK;
	for (const json_value *v = json_first(object); v && !status; v = json_next(object, v)) {
		struct view name = json_key(v);
		const json_value *other = member_of(news, name);
		if (other && !m->o->replace) {
			buf_addf(why, "there is a field '%.*s'", VIEW_ARG(name));
			status = SOW_USAGE;
		} else if (other) {
			map_put(&placed, name.p, name.len, 1);
		}
		json_add_key(out, name);
		json_add_value(out, other ? other : v);
	}
	for (const json_value *v = json_first(value); v && !status; v = json_next(value, v)) {
		if (!map_get(&placed, json_key(v).p, json_key(v).len))
			json_add_member(out, v);
	}
	map_release(&placed);
	return status;
}

int map_reply_write(const struct map_reply *m, const json_value *object, const json_value *value,
		    struct arena *a, struct view *out, struct buf *why)
{
	const char *into = m->o->into;
	struct buf text = BUF_INIT;
	struct map news = MAP_INIT;
	int status = SOW_OK;
	buf_clear(why);
	if (!into && json_type(value) != JSON_OBJECT)
		return buf_addf(why, "expected an object, not %s", json_type_name(json_type(value))),
		       SOW_INVALID;
	if (into) {
		struct view whole;
		add_field(object, find_field(m, object, &whole), value, &text);
	} else {
		buf_addch(&text, '{');
		status = index_members(value, &news, why);
		if (!status)
			status = add_members(m, object, value, &news, &text, why);
		buf_addch(&text, '}');
	}
	map_release(&news);
	if (!status)
		*out = arena_takebuf(a, &text);
	buf_release(&text);
	return status;
}
