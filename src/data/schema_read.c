/* From JSON to a schema. */
#include "data/schema_private.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/utf8.h"

struct definition {
	struct view name;
	struct schema *schema;
};

struct reading {
	struct arena *arena;
	const char *name;
	struct view text;
	struct json *doc;
	struct sow_error *err;
	size_t depth;
	struct schema *root, *last;
	size_t count;
	struct definition *definitions; /* of $defs, and after them of definitions */
	size_t definition_count;
};

static int refuse_at(struct reading *r, size_t offset, const char *why)
{
	struct sow_error at = { 0 };
	error_at(&at, r->text.p, offset, why);
	error_set(r->err, SOW_INVALID, "%s:%zu:%zu: %s", r->name, at.line, at.column, why);
	if (r->err) {
		char place[64];
		int said = snprintf(place, sizeof(place), ":%zu:%zu: ", at.line, at.column);
		r->err->said = strlen(r->name) + (size_t)said;
		r->err->line = at.line;
		r->err->column = at.column;
		r->err->offset = offset;
	}
	return SOW_INVALID;
}

/* Refuses a keyword; NULL: the whole schema. */
static int refuse(struct reading *r, const json_value *member, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int refuse(struct reading *r, const json_value *member, const char *fmt, ...)
{
	char why[SOW_ERROR_MAX / 2];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return refuse_at(r, member ? json_place(r->doc, r->text, member) : 0, why);
}

/* A name for a message. */
static struct view cut_short(struct view name)
{
	return utf8_head(name, 100);
}

/* The error of most keywords: a value that they do not take. */
static int expected(struct reading *r, const json_value *member, const char *what)
{
	struct view key = json_key(member);
	return refuse(r, member, "%.*s: expected %s, not %s", VIEW_ARG(key), what,
		      json_type_name(json_type(member)));
}

/* Reads `v`, a value of the keyword `member`, as a schema. */
static int read_schema(struct reading *r, const json_value *v, const json_value *member,
		       struct schema **out);

static int read_types(struct reading *r, struct schema *s, const json_value *member)
{
	bool several = json_type(member) == JSON_ARRAY;
	const json_value *v = several ? json_first(member) : member;
	for (; v; v = several ? json_next(member, v) : NULL) {
		unsigned bit = 0;
		for (size_t i = 0; i < SCHEMA_TYPES; i++) {
			if (json_type(v) == JSON_TEXT &&
			    view_eqstr(json_text(v), schema_types[i].keyword))
				bit = schema_types[i].bit;
		}
		if (!bit)
			return refuse(r, member, "type: expected \"string\", \"number\", \"integer\", "
				      "\"boolean\", \"null\", \"array\", \"object\" or a list of them");
		s->types |= bit;
	}
	return s->types ? SOW_OK : refuse(r, member, "type: expected at least one type");
}

static int read_enum(struct reading *r, struct schema *s, const json_value *member)
{
	if (json_type(member) != JSON_ARRAY)
		return expected(r, member, "an array of values");
	if (!json_count(member))
		return refuse(r, member, "enum: expected at least one value");
	s->values = member;
	return SOW_OK;
}

static int read_const(struct reading *r, const json_value *member, void *to)
{
	(void)r;
	*(const json_value **)to = member;
	return SOW_OK;
}

/* Readers shared by several keywords store the value at the offset in the keyword's row. */

static int read_number(struct reading *r, const json_value *member, void *to)
{
	if (json_type(member) != JSON_NUMBER || !isfinite(json_number(member)))
		return expected(r, member, "a number");
	*(const json_value **)to = member;
	return SOW_OK;
}

static int read_step(struct reading *r, const json_value *member, void *to)
{
	if (json_type(member) != JSON_NUMBER || !(json_number(member) > 0))
		return expected(r, member, "a number above 0");
	return read_number(r, member, to);
}

static int read_count(struct reading *r, const json_value *member, void *to)
{
	if (!json_is_integer(member) || json_integer(member) < 0)
		return expected(r, member, "a whole number from 0");
	*(size_t *)to = (size_t)json_integer(member);
	return SOW_OK;
}

static int read_pattern(struct reading *r, struct schema *s, const json_value *member)
{
	struct sow_error why = { 0 };
	if (json_type(member) != JSON_TEXT)
		return expected(r, member, "a regular expression as text");
	s->pattern_text = json_text(member);
	s->pattern = pattern_read(r->arena, s->pattern_text, &why);
	return s->pattern ? SOW_OK : refuse(r, member, "pattern: %s", why.text);
}

static int read_flag(struct reading *r, const json_value *member, void *to)
{
	if (json_type(member) != JSON_BOOL)
		return expected(r, member, "true or false");
	*(bool *)to = json_bool(member);
	return SOW_OK;
}

static int read_items(struct reading *r, struct schema *s, const json_value *member)
{
	if (json_type(member) == JSON_ARRAY)
		return refuse(r, member, "items: expected one schema; a list of them is prefixItems");
	return read_schema(r, member, member, &s->items);
}

static int read_list(struct reading *r, const json_value *member, void *to)
{
	struct schema_list *list = to;
	if (json_type(member) != JSON_ARRAY || !json_count(member))
		return refuse(r, member, "%.*s: expected an array of at least one schema",
			      VIEW_ARG(json_key(member)));
	list->at = arena_array(r->arena, json_count(member), sizeof(*list->at));
	int status = SOW_OK;
	const json_value *v = json_first(member);
	for (; v && !status; v = json_next(member, v))
		status = read_schema(r, v, member, &list->at[list->count++]);
	return status;
}

/* Makes room for `more` properties. */
static void make_room(struct reading *r, struct schema *s, size_t more)
{
	struct schema_property *all = arena_array(r->arena, s->property_count + more, sizeof(*all));
	if (s->property_count)
		memcpy(all, s->properties, s->property_count * sizeof(*all));
	s->properties = all;
}

/* If `required` was read before, its names are already in the list, after those added now. */
static int read_properties(struct reading *r, struct schema *s, const json_value *member)
{
	if (json_type(member) != JSON_OBJECT)
		return expected(r, member, "an object of schemas");
	struct schema required = *s;
	s->property_count = 0;
	int status = SOW_OK;
	make_room(r, s, json_count(member) + required.property_count);
	for (const json_value *v = json_first(member); v && !status; v = json_next(member, v)) {
		if (schema_property_of(s, json_key(v)))
			return refuse(r, v, "properties: expected \"%.*s\" once", VIEW_ARG(json_key(v)));
		struct schema_property *p = &s->properties[s->property_count++];
		p->name = json_key(v);
		status = read_schema(r, v, v, &p->schema);
	}
	for (size_t i = 0; i < required.property_count && !status; i++) {
		struct schema_property *p = schema_property_of(s, required.properties[i].name);
		if (p)
			p->required = true;
		else
			s->properties[s->property_count++] = required.properties[i];
	}
	return status;
}

static int read_required(struct reading *r, struct schema *s, const json_value *member)
{
	if (json_type(member) != JSON_ARRAY)
		return expected(r, member, "an array of names");
	make_room(r, s, json_count(member) + 1);
	for (const json_value *v = json_first(member); v; v = json_next(member, v)) {
		if (json_type(v) != JSON_TEXT)
			return refuse(r, member, "required: expected an array of names");
		struct schema_property *p = schema_property_of(s, json_text(v));
		if (!p) {
			p = &s->properties[s->property_count++];
			p->name = json_text(v);
		}
		p->required = true;
	}
	return SOW_OK;
}

static int read_additional(struct reading *r, struct schema *s, const json_value *member)
{
	s->additional_said = json_type(member) != JSON_BOOL || json_bool(member);
	return read_schema(r, member, member, &s->additional);
}

static int read_ref(struct reading *r, struct schema *s, const json_value *member)
{
	if (json_type(member) != JSON_TEXT)
		return expected(r, member, "a text");
	s->ref_member = member;
	return SOW_OK;
}

static int read_definitions(struct reading *r, struct schema *s, const json_value *member)
{
	struct view key = json_key(member);
	if (s != r->root)
		return refuse(r, member, "%.*s: expected at the root of the schema only",
			      VIEW_ARG(key));
	if (json_type(member) != JSON_OBJECT)
		return expected(r, member, "an object of schemas");
	struct definition *all = arena_array(r->arena, r->definition_count + json_count(member) + 1,
					     sizeof(*all));
	if (r->definition_count)
		memcpy(all, r->definitions, r->definition_count * sizeof(*all));
	r->definitions = all;
	int status = SOW_OK;
	const json_value *v = json_first(member);
	for (; v && !status; v = json_next(member, v)) {
		struct definition *d = &all[r->definition_count++];
		d->name = json_key(v);
		status = read_schema(r, v, v, &d->schema);
	}
	return status;
}

#define TO(member) offsetof(struct schema, member)

/* A keyword without a function is an annotation. */
static const struct keyword {
	const char *name;
	int (*read)(struct reading *r, struct schema *s, const json_value *member);
	int (*read_to)(struct reading *r, const json_value *member, void *to);
	size_t to;
} keywords[] = {
	{ "type", read_types },
	{ "enum", read_enum },
	{ "const", NULL, read_const, TO(constant) },
	{ "minimum", NULL, read_number, TO(minimum) },
	{ "maximum", NULL, read_number, TO(maximum) },
	{ "exclusiveMinimum", NULL, read_number, TO(above) },
	{ "exclusiveMaximum", NULL, read_number, TO(below) },
	{ "multipleOf", NULL, read_step, TO(multiple) },
	{ "minLength", NULL, read_count, TO(least_length) },
	{ "maxLength", NULL, read_count, TO(most_length) },
	{ "pattern", read_pattern },
	{ "items", read_items },
	{ "prefixItems", NULL, read_list, TO(prefix) },
	{ "minItems", NULL, read_count, TO(least_items) },
	{ "maxItems", NULL, read_count, TO(most_items) },
	{ "uniqueItems", NULL, read_flag, TO(unique) },
	{ "properties", read_properties },
	{ "required", read_required },
	{ "additionalProperties", read_additional },
	{ "anyOf", NULL, read_list, TO(any_of) },
	{ "oneOf", NULL, read_list, TO(one_of) },
	{ "allOf", NULL, read_list, TO(all_of) },
	{ "$ref", read_ref },
	{ "$defs", read_definitions },
	{ "definitions", read_definitions },
	{ "title" },
	{ "description" },
	{ "default" },
	{ "examples" },
	{ "format" },
	{ "$schema" },
	{ "$id" },
	{ "$comment" },
	{ "deprecated" },
	{ "readOnly" },
	{ "writeOnly" },
};
#define KEYWORDS (sizeof(keywords) / sizeof(keywords[0]))

static const char *keyword_name(const void *data, size_t i)
{
	(void)data;
	return keywords[i].name;
}

static const struct keyword *keyword_of(struct view name)
{
	for (size_t i = 0; i < KEYWORDS; i++) {
		if (view_eqstr(name, keywords[i].name))
			return &keywords[i];
	}
	return NULL;
}

static int refuse_keyword(struct reading *r, const json_value *member)
{
	struct view key = json_key(member);
	char word[64];
	snprintf(word, sizeof(word), "%.*s", VIEW_ARG(key));
	const char *near = nearest_name(word, keyword_name, NULL, KEYWORDS);
	if (near && key.len > 2)
		return refuse(r, member, "the keyword \"%.*s\" is not supported; did you mean \"%s\"?",
			      VIEW_ARG(cut_short(key)), near);
	return refuse(r, member, "the keyword \"%.*s\" is not supported",
		      VIEW_ARG(cut_short(key)));
}

static int read_keywords(struct reading *r, struct schema *s, const json_value *object)
{
	bool given[KEYWORDS] = { false };
	int status = SOW_OK;
	const json_value *v = json_first(object);
	for (; v && !status; v = json_next(object, v)) {
		const struct keyword *k = keyword_of(json_key(v));
		if (!k)
			return refuse_keyword(r, v);
		if (given[k - keywords])
			return refuse(r, v, "expected %s once", k->name);
		given[k - keywords] = true;
		if (k->read)
			status = k->read(r, s, v);
		else if (k->read_to)
			status = k->read_to(r, v, (char *)s + k->to);
	}
	return status;
}

static struct schema *new_schema(struct reading *r)
{
	struct schema *s = arena_alloc(r->arena, sizeof(*s));
	s->number = r->count++;
	s->most_length = s->most_items = SCHEMA_NO_MOST;
	if (r->last)
		r->last->next = s;
	else
		r->root = s;
	r->last = s;
	return s;
}

static int read_schema(struct reading *r, const json_value *v, const json_value *member,
		       struct schema **out)
{
	enum json_type type = json_type(v);
	if (type != JSON_OBJECT && type != JSON_BOOL)
		return refuse(r, member, "expected a schema (an object, true or false), not %s",
			      json_type_name(type));
	if (r->depth == SCHEMA_DEPTH_MAX)
		return refuse(r, member, "expected schemas to nest no deeper than %d",
			      SCHEMA_DEPTH_MAX);
	struct schema *s = *out = new_schema(r);
	if (type == JSON_BOOL) {
		s->nothing = !json_bool(v);
		return SOW_OK;
	}
	r->depth++;
	int status = read_keywords(r, s, v);
	r->depth--;
	return status;
}

/* The name in "#/$defs/NAME" without its escapes: ~0 ~1 and %HH. */
static struct view pointer_name(struct reading *r, struct view escaped)
{
	char *name = arena_alloc(r->arena, escaped.len + 1);
	size_t len = 0;
	for (size_t i = 0; i < escaped.len; i++) {
		char c = escaped.p[i];
		unsigned byte;
		char hex[3] = { 0 };
		struct view rest = view_sub(escaped, i, escaped.len);
		if (view_starts(rest, "~0") || view_starts(rest, "~1")) {
			c = escaped.p[++i] == '0' ? '~' : '/';
		} else if (c == '%' && rest.len > 2) {
			memcpy(hex, rest.p + 1, 2);
			if (sscanf(hex, "%2x", &byte) == 1) {
				c = (char)byte;
				i += 2;
			}
		}
		name[len++] = c;
	}
	return view_from(name, len);
}

static int resolve(struct reading *r, struct schema *s)
{
	struct view ref = json_text(s->ref_member);
	struct view name = { 0 };
	if (view_eqstr(ref, "#")) {
		s->ref = r->root;
		return SOW_OK;
	}
	if (view_starts(ref, "#/$defs/"))
		name = pointer_name(r, view_sub(ref, strlen("#/$defs/"), ref.len));
	else if (view_starts(ref, "#/definitions/"))
		name = pointer_name(r, view_sub(ref, strlen("#/definitions/"), ref.len));
	else
		return refuse(r, s->ref_member, "$ref: expected \"#\" or \"#/$defs/NAME\", not "
			      "\"%.*s\"", VIEW_ARG(cut_short(ref)));
	for (size_t i = 0; i < r->definition_count && !s->ref; i++) {
		if (view_eq(r->definitions[i].name, name))
			s->ref = r->definitions[i].schema;
	}
	return s->ref ? SOW_OK : refuse(r, s->ref_member, "$ref: $defs has no \"%.*s\"",
					VIEW_ARG(cut_short(name)));
}

/* The number of schemas, one after another, that apply to a value before its parts: a check recurses that
 * deep. SOW_INVALID if they form a cycle, SOW_TOOBIG past SCHEMA_DEPTH_MAX, with a reference on the path in
 * *at. */
static int height_of(struct schema *s, int level, const json_value **at);

static int highest_of(const struct schema_list *list, int level, int height,
		      const json_value **at)
{
	for (size_t i = 0; i < list->count && height >= 0; i++) {
		int h = height_of(list->at[i], level, at);
		if (h < 0 || h > height)
			height = h;
	}
	return height;
}

static int height_of(struct schema *s, int level, const json_value **at)
{
	enum { UNDER_WAY = -1 };
	if (s->height == UNDER_WAY)
		return SOW_INVALID;
	if (level + (s->height ? s->height - 1 : 0) > SCHEMA_DEPTH_MAX)
		return SOW_TOOBIG;
	if (s->height)
		return s->height;
	s->height = UNDER_WAY;
	int height = s->ref ? height_of(s->ref, level + 1, at) : 0;
	if (height < 0 && !*at)
		*at = s->ref_member;
	height = highest_of(&s->any_of, level + 1, height, at);
	height = highest_of(&s->one_of, level + 1, height, at);
	height = highest_of(&s->all_of, level + 1, height, at);
	s->height = height < 0 ? 0 : height + 1;
	return height < 0 ? height : s->height;
}

static int resolve_all(struct reading *r)
{
	for (struct schema *s = r->root; s; s = s->next) {
		int status = s->ref_member ? resolve(r, s) : SOW_OK;
		if (status)
			return status;
	}
	for (struct schema *s = r->root; s; s = s->next) {
		const json_value *at = NULL;
		int height = height_of(s, 1, &at);
		if (height == SOW_INVALID)
			return refuse(r, at, "$ref: expected a schema that does not come back to itself "
				      "without a property or item between");
		if (height < 0)
			return refuse(r, at, "expected at most %d references and anyOf, oneOf, allOf "
				      "one behind another", SCHEMA_DEPTH_MAX);
	}
	return SOW_OK;
}

struct schema *schema_read(struct arena *a, const char *name, struct view text,
			   struct sow_error *err)
{
	struct reading r = { .arena = a, .name = name, .text = text, .err = err };
	struct sow_error why = { 0 };
	struct schema *s = NULL;
	size_t offset = 0;
	if (text.len > SCHEMA_BYTES_MAX) {
		error_set(err, SOW_TOOBIG, "%s: expected a schema of at most %zu bytes, not %zu", name,
			  SCHEMA_BYTES_MAX, text.len);
		return NULL;
	}
	r.doc = json_parse_exact(text, a, &offset, &why);
	if (!r.doc) {
		refuse_at(&r, offset, why.text + why.said);
		return NULL;
	}
	if (read_schema(&r, json_root(r.doc), NULL, &s) || resolve_all(&r))
		return NULL;
	s->text = json_compact(json_root(r.doc), a);
	return s;
}
