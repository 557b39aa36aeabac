/* schema_private.h - a schema after reading: schema_read.c fills it; schema_check.c, schema_grammar.c and
 * schema_example.c walk it. */
#ifndef DATA_SCHEMA_PRIVATE_H
#define DATA_SCHEMA_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "data/pattern.h"
#include "data/schema.h"

/* Bits of schema.types. A value that is a whole number has the bits of both its types. */
enum {
	TYPE_NULL = 1, TYPE_BOOL = 2, TYPE_INTEGER = 4, TYPE_NUMBER = 8, TYPE_TEXT = 16,
	TYPE_ARRAY = 32, TYPE_OBJECT = 64
};

struct schema_type_name {
	const char *keyword;      /* "string" */
	const char *words;        /* "a text" */
	unsigned bit;
	enum json_type type;
};
#define SCHEMA_TYPES 7
extern const struct schema_type_name schema_types[SCHEMA_TYPES];

struct schema_list {
	struct schema **at;
	size_t count;
};

struct schema_property {
	struct view name;
	struct schema *schema;    /* NULL: any value */
	bool required;
};

#define SCHEMA_NO_MOST ((size_t)-1)

struct schema {
	size_t number;            /* in the order they were read: names the rule of its grammar */
	struct view text;         /* of the root: compact JSON */
	bool nothing;             /* the schema `false` */
	unsigned types;           /* 0: any */
	const json_value *values; /* enum; NULL here and below: absent */
	const json_value *constant;

	const json_value *minimum, *maximum, *above, *below, *multiple;

	size_t least_length, most_length;
	struct pattern *pattern;
	struct view pattern_text;

	size_t least_items, most_items;
	bool unique;
	struct schema_list prefix;
	struct schema *items;     /* NULL: any */

	struct schema_property *properties; /* and after them required names that are not listed */
	size_t property_count;
	struct schema *additional; /* NULL: any */
	bool additional_said;

	struct schema *ref;
	const json_value *ref_member; /* the keyword, for messages */
	struct schema_list any_of, one_of, all_of;
	struct schema *next;      /* in the order they were read */
	int height;               /* see height_of in schema_read.c */
};

/* The property of that name; NULL: none. */
struct schema_property *schema_property_of(const struct schema *s, struct view name);
/* Negative, 0 or positive, as `a` is below, equal to or above `b`. */
int schema_compare(const json_value *a, const json_value *b);
bool schema_is_whole(const json_value *number);

#endif
