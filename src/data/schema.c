/* Properties of a schema after reading. */
#include "data/schema_private.h"

#include <math.h>

const struct schema_type_name schema_types[SCHEMA_TYPES] = {
	{ "null", "null", TYPE_NULL, JSON_NULL },
	{ "boolean", "true or false", TYPE_BOOL, JSON_BOOL },
	{ "integer", "a whole number", TYPE_INTEGER, JSON_NUMBER },
	{ "number", "a number", TYPE_NUMBER, JSON_NUMBER },
	{ "string", "a text", TYPE_TEXT, JSON_TEXT },
	{ "array", "an array", TYPE_ARRAY, JSON_ARRAY },
	{ "object", "an object", TYPE_OBJECT, JSON_OBJECT },
};

struct view schema_text(const struct schema *s)
{
	return s->text;
}

enum json_type schema_type(const struct schema *s)
{
	while (s->ref && !s->types)
		s = s->ref;
	if (s->constant)
		return json_type(s->constant);
	enum json_type type = JSON_NOTHING;
	for (size_t i = 0; i < SCHEMA_TYPES; i++) {
		if (!(s->types & schema_types[i].bit) || type == schema_types[i].type)
			continue;
		if (type != JSON_NOTHING)
			return JSON_NOTHING;
		type = schema_types[i].type;
	}
	return type;
}

struct schema_property *schema_property_of(const struct schema *s, struct view name)
{
	for (size_t i = 0; i < s->property_count; i++) {
		if (view_eq(s->properties[i].name, name))
			return &s->properties[i];
	}
	return NULL;
}

bool schema_is_whole(const json_value *number)
{
	double x = json_number(number);
	return json_is_integer(number) || (isfinite(x) && trunc(x) == x);
}

int schema_compare(const json_value *a, const json_value *b)
{
	if (json_is_integer(a) && json_is_integer(b)) {
		int64_t x = json_integer(a), y = json_integer(b);
		return x < y ? -1 : x > y;
	}
	double x = json_number(a), y = json_number(b);
	return x < y ? -1 : x > y;
}
