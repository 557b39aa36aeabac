/* Writes a schema as a grammar: one rule a schema, named by its number, and those of JSON below. */
#include "data/schema_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define GRAMMAR_BYTES_MAX ((size_t)8 << 20)
#define PARTS_MAX 256 /* of one object, by $ref and allOf */

/* Layout is narrow, so that a model cannot write blanks forever, but wide enough for a model that writes one
 * member a line. */
static const char json_rules[] =
	"value ::= object | array | string | number | \"true\" | \"false\" | \"null\"\n"
	"object ::= \"{\" ws (pair (\",\" ws pair)* ws)? \"}\"\n"
	"pair ::= string colon value\n"
	"colon ::= \":\" \" \"?\n"
	"array ::= \"[\" ws (value (\",\" ws value)* ws)? \"]\"\n"
	"string ::= \"\\\"\" char* \"\\\"\"\n"
	"char ::= [^\"\\\\\\x00-\\x1F\\x7F] | \"\\\\\" [\"\\\\/nrt]\n"
	"number ::= integer (\".\" [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?\n"
	"integer ::= \"-\"? natural\n"
	"natural ::= \"0\" | [1-9] [0-9]{0,15}\n"
	"ws ::= (\" \" | \"\\n\" \" \"{0,16})?\n";

/* WHAT{least,most}; bounds too large to write out are left open. */
static void say_times(struct buf *out, size_t least, size_t most)
{
	if (least > SCHEMA_GRAMMAR_COUNT_MAX)
		least = SCHEMA_GRAMMAR_COUNT_MAX;
	if (most > SCHEMA_GRAMMAR_COUNT_MAX)
		buf_addf(out, "{%zu,}", least);
	else
		buf_addf(out, "{%zu,%zu}", least, most < least ? least : most);
}

static void say_text(struct buf *out, const struct schema *s)
{
	buf_addstr(out, "\"\\\"\" ");
	if (!s->pattern || pattern_grammar(s->pattern, out) == SOW_MISSING) {
		buf_addstr(out, "char");
		say_times(out, s->least_length, s->most_length);
	}
	buf_addstr(out, " \"\\\"\"");
}

static bool all_are(const char *digits, size_t n, char which)
{
	while (n && digits[n - 1] == which)
		n--;
	return n == 0;
}

/* Numbers of `n` digits from `low` to `high`. */
static void say_digits(struct buf *out, const char *low, const char *high, size_t n)
{
	static const char nines[] = "99999999999999999999", zeros[] = "00000000000000000000";
	if (!n)
		return;
	if (all_are(low, n, '0') && all_are(high, n, '9')) {
		buf_addf(out, "[0-9]{%zu,%zu} ", n, n);
		return;
	}
	if (low[0] == high[0]) {
		buf_addf(out, "\"%c\" ", low[0]);
		say_digits(out, low + 1, high + 1, n - 1);
		return;
	}
	buf_addf(out, "(\"%c\" ", low[0]);
	say_digits(out, low + 1, nines, n - 1);
	if (high[0] - low[0] > 1) {
		buf_addf(out, "| [%c-%c] ", low[0] + 1, high[0] - 1);
		say_digits(out, zeros, nines, n - 1);
	}
	buf_addf(out, "| \"%c\" ", high[0]);
	say_digits(out, zeros, high + 1, n - 1);
	buf_addstr(out, ") ");
}

/* Whole numbers from `low` to `high`: those of each length are a choice. */
static void say_natural(struct buf *out, uint64_t low, uint64_t high)
{
	char from[24], to[24];
	bool is_first = true;
	for (uint64_t begin = 0, end = 9; begin <= high;) {
		uint64_t a = low > begin ? low : begin, b = high < end ? high : end;
		if (a <= b) {
			int n = snprintf(to, sizeof(to), "%" PRIu64, b);
			snprintf(from, sizeof(from), "%" PRIu64, a);
			buf_addstr(out, is_first ? "" : "| ");
			say_digits(out, from, to, (size_t)n);
			is_first = false;
		}
		if (end == UINT64_MAX)
			break;
		begin = end + 1;
		end = end > UINT64_MAX / 10 - 9 ? UINT64_MAX : end * 10 + 9;
	}
}

/* The whole number nearest to a bound, on its inner side. */
static int64_t whole_bound(const json_value *bound, bool is_lower, bool is_outside)
{
	if (json_is_integer(bound)) {
		int64_t n = json_integer(bound);
		if (!is_outside)
			return n;
		return is_lower ? (n < INT64_MAX ? n + 1 : n) : (n > INT64_MIN ? n - 1 : n);
	}
	double x = is_lower ? ceil(json_number(bound)) : floor(json_number(bound));
	const double limit = 9223372036854775807.0;
	return x >= limit ? INT64_MAX : x <= -limit ? INT64_MIN + 1 : (int64_t)x;
}

static void say_integer(struct buf *out, const struct schema *s)
{
	const int64_t most = INT64_C(9999999999999999);
	int64_t low = INT64_MIN, high = INT64_MAX;
	if (s->minimum)
		low = whole_bound(s->minimum, true, false);
	if (s->above && whole_bound(s->above, true, true) > low)
		low = whole_bound(s->above, true, true);
	if (s->maximum)
		high = whole_bound(s->maximum, false, false);
	if (s->below && whole_bound(s->below, false, true) < high)
		high = whole_bound(s->below, false, true);
	if (low == INT64_MIN)
		low = high < -most ? INT64_MIN + 1 : -most;
	if (high == INT64_MAX)
		high = low > most ? INT64_MAX : most;
	if (low > high) { /* nothing fits; a check will report it */
		buf_addstr(out, "integer");
		return;
	}
	buf_addch(out, '(');
	if (low < 0) {
		buf_addstr(out, "\"-\" (");
		say_natural(out, high < 0 ? (uint64_t)-high : 1, (uint64_t)-low);
		buf_addstr(out, high < 0 ? ")" : ") | ");
	}
	if (high >= 0)
		say_natural(out, low > 0 ? (uint64_t)low : 0, (uint64_t)high);
	buf_addch(out, ')');
}

static bool is_not_negative(const struct schema *s)
{
	return (s->minimum && json_number(s->minimum) >= 0) || (s->above && json_number(s->above) >= 0);
}

static void say_number(struct buf *out, const struct schema *s)
{
	buf_addstr(out, is_not_negative(s)
		   ? "natural (\".\" [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?" : "number");
}

/* The name of a schema's rule; NULL: any value. */
static void say_rule(struct buf *out, const struct schema *s)
{
	if (s)
		buf_addf(out, "r%zu", s->number);
	else
		buf_addstr(out, "value");
}

static void say_array(struct buf *out, const struct schema *s)
{
	size_t count = s->prefix.count < s->most_items ? s->prefix.count : s->most_items;
	size_t least = s->least_items > count ? s->least_items - count : 0;
	size_t most = s->most_items == SCHEMA_NO_MOST ? SCHEMA_NO_MOST : s->most_items - count;
	bool more = most && !(s->items && s->items->nothing);
	buf_addstr(out, "\"[\" ws ");
	for (size_t i = 0; i < count; i++) {
		buf_addstr(out, i ? "\",\" ws " : "");
		say_rule(out, s->prefix.at[i]);
		buf_addch(out, ' ');
	}
	if (more && count) {
		buf_addstr(out, "(\",\" ws ");
		say_rule(out, s->items);
		buf_addch(out, ')');
		say_times(out, least, most);
	} else if (more) {
		buf_addch(out, '(');
		say_rule(out, s->items);
		buf_addstr(out, " (\",\" ws ");
		say_rule(out, s->items);
		buf_addch(out, ')');
		say_times(out, least ? least - 1 : 0, most == SCHEMA_NO_MOST ? most : most - 1);
		buf_addstr(out, least ? ")" : ")?");
	}
	buf_addstr(out, " ws \"]\"");
}

static void say_pair(struct buf *out, const struct schema_property *p)
{
	struct buf name = BUF_INIT;
	json_add_text(&name, p->name);
	gbnf_add_literal(out, view_from(name.data, name.len));
	buf_addstr(out, " colon ");
	say_rule(out, p->schema);
	buf_release_part(&name, out);
}

static bool is_written(const struct schema_property *p)
{
	return p->required || !p->schema || !p->schema->nothing;
}

static bool has_others(const struct schema *s)
{
	return s->additional_said || (!s->property_count && !s->additional);
}

static void say_other(struct buf *out, const struct schema *s)
{
	buf_addstr(out, "string colon ");
	say_rule(out, s->additional);
}

/* The first member is a choice among those up to the first required one. A separate rule has what may follow
 * it. */
static void say_object(struct buf *out, const struct schema *s)
{
	bool is_first = true, must = false;
	buf_addstr(out, "\"{\" ws (");
	for (size_t i = 0; i < s->property_count && !must; i++) {
		const struct schema_property *p = &s->properties[i];
		if (!is_written(p))
			continue;
		buf_addstr(out, is_first ? "" : " | ");
		is_first = false;
		say_pair(out, p);
		buf_addf(out, " r%zu-%zu", s->number, i + 1);
		must = p->required;
	}
	if (!must && has_others(s)) {
		buf_addstr(out, is_first ? "" : " | ");
		is_first = false;
		say_other(out, s);
		buf_addf(out, " r%zu-%zu", s->number, s->property_count);
	}
	buf_addstr(out, is_first ? "\"\"" : "");
	buf_addstr(out, must ? ") ws \"}\"" : ")? ws \"}\"");
}

/* Rule rN-I is what follows a member of schema N: the properties from number I on, then others. */
static void say_tails(struct buf *out, const struct schema *s)
{
	for (size_t i = 0; i < s->property_count; i++) {
		const struct schema_property *p = &s->properties[i];
		buf_addf(out, "r%zu-%zu ::= ", s->number, i);
		if (is_written(p)) {
			buf_addstr(out, "(\",\" ws ");
			say_pair(out, p);
			buf_addstr(out, p->required ? ") " : ")? ");
		}
		buf_addf(out, "r%zu-%zu\n", s->number, i + 1);
	}
	buf_addf(out, "r%zu-%zu ::= ", s->number, s->property_count);
	if (has_others(s)) {
		buf_addstr(out, "(\",\" ws ");
		say_other(out, s);
		buf_addstr(out, ")*\n");
	} else {
		buf_addstr(out, "\"\"\n");
	}
}

static void say_value(struct buf *out, const json_value *v)
{
	struct buf text = BUF_INIT;
	json_add_value(&text, v);
	gbnf_add_literal(out, view_from(text.data, text.len));
	buf_release_part(&text, out);
}

static bool fits(struct buf *out, const struct schema *s, const json_value *v)
{
	struct buf why = BUF_INIT;
	int status = schema_check(s, v, &why);
	buf_release_part(&why, out);
	return status == SOW_OK;
}

/* The values of an enum that fit the keywords beside it; all if none fits. */
static void say_values(struct buf *out, const struct schema *s)
{
	size_t said = 0;
	for (int any = 0; any < 2 && !said; any++) {
		const json_value *v = json_first(s->values);
		for (; v; v = json_next(s->values, v)) {
			if (!any && !fits(out, s, v))
				continue;
			buf_addstr(out, said++ ? " | " : "");
			say_value(out, v);
		}
	}
}

/* The types of the schema, or else those that its keywords apply to. */
static unsigned types_of(const struct schema *s)
{
	if (s->types)
		return s->types & TYPE_NUMBER ? s->types & ~(unsigned)TYPE_INTEGER : s->types;
	unsigned types = 0;
	if (s->property_count || s->additional)
		types |= TYPE_OBJECT;
	if (s->items || s->prefix.count || s->least_items || s->most_items != SCHEMA_NO_MOST ||
	    s->unique)
		types |= TYPE_ARRAY;
	if (s->pattern || s->least_length || s->most_length != SCHEMA_NO_MOST)
		types |= TYPE_TEXT;
	if (s->minimum || s->maximum || s->above || s->below || s->multiple)
		types |= TYPE_NUMBER;
	return types;
}

static void say_type(struct buf *out, const struct schema *s, unsigned type)
{
	switch (type) {
	case TYPE_NULL:
		buf_addstr(out, "\"null\"");
		break;
	case TYPE_BOOL:
		buf_addstr(out, "\"true\" | \"false\"");
		break;
	case TYPE_INTEGER:
		say_integer(out, s);
		break;
	case TYPE_NUMBER:
		say_number(out, s);
		break;
	case TYPE_TEXT:
		say_text(out, s);
		break;
	case TYPE_ARRAY:
		say_array(out, s);
		break;
	default:
		say_object(out, s);
	}
}

static void say_types(struct buf *out, const struct schema *s, unsigned types)
{
	bool is_first = true;
	for (size_t i = 0; i < SCHEMA_TYPES; i++) {
		unsigned bit = schema_types[i].bit;
		if (!(types & bit))
			continue;
		buf_addstr(out, is_first ? "" : " | ");
		is_first = false;
		say_type(out, s, bit);
	}
}

static void say_choice(struct buf *out, const struct schema_list *list)
{
	bool is_first = true;
	for (size_t i = 0; i < list->count; i++) {
		if (list->at[i]->nothing)
			continue;
		buf_addstr(out, is_first ? "" : " | ");
		is_first = false;
		say_rule(out, list->at[i]);
	}
	buf_addstr(out, is_first ? "value" : "");
}

/* An object in several parts, by $ref and allOf. */
struct whole {
	struct schema object;     /* all its members */
	size_t room;
	size_t parts;
};

static void add_properties(struct whole *w, const struct schema *s)
{
	for (size_t i = 0; i < s->property_count; i++) {
		const struct schema_property *p = &s->properties[i];
		struct schema_property *same = schema_property_of(&w->object, p->name);
		if (same) {
			same->required |= p->required;
			same->schema = same->schema ? same->schema : p->schema;
			continue;
		}
		mem_grow(&w->object.properties, &w->room, w->object.property_count + 1);
		w->object.properties[w->object.property_count++] = *p;
	}
}

/* Gathers the members that `s` and its parts have; false if one of them is more than an object. */
static bool gather(struct whole *w, const struct schema *s)
{
	if (++w->parts > PARTS_MAX || s->values || s->constant || s->any_of.count ||
	    s->one_of.count || types_of(s) & ~(unsigned)TYPE_OBJECT)
		return false;
	add_properties(w, s);
	w->object.types |= types_of(s);
	if (s->additional && (!w->object.additional || s->additional->nothing)) {
		w->object.additional = s->additional;
		w->object.additional_said = s->additional_said;
	}
	if (s->ref && !gather(w, s->ref))
		return false;
	for (size_t i = 0; i < s->all_of.count; i++) {
		if (!gather(w, s->all_of.at[i]))
			return false;
	}
	return true;
}

/* True if `s` is an object in several parts; then writes it. */
static bool say_parts(struct buf *out, const struct schema *s)
{
	struct whole w = { .object = { .number = s->number } };
	bool is_one = (s->ref || s->all_of.count) && gather(&w, s) && w.object.types;
	if (is_one) {
		say_object(out, &w.object);
		buf_addch(out, '\n');
		say_tails(out, &w.object);
	}
	mem_free(w.object.properties);
	return is_one;
}

static void say_elsewhere(struct buf *out, const struct schema *s)
{
	if (s->ref)
		say_rule(out, s->ref);
	else if (s->any_of.count)
		say_choice(out, &s->any_of);
	else if (s->one_of.count)
		say_choice(out, &s->one_of);
	else if (s->all_of.count)
		say_rule(out, s->all_of.at[0]);
	else
		buf_addstr(out, "value");
}

static void say_schema(struct buf *out, const struct schema *s)
{
	unsigned types = types_of(s);
	say_rule(out, s);
	buf_addstr(out, " ::= ");
	if (say_parts(out, s))
		return;
	if (s->values)
		say_values(out, s);
	else if (s->constant)
		say_value(out, s->constant);
	else if (types)
		say_types(out, s, types);
	else
		say_elsewhere(out, s);
	buf_addch(out, '\n');
	if (!s->values && !s->constant && types & TYPE_OBJECT)
		say_tails(out, s);
}

int schema_grammar(const struct schema *s, struct buf *out)
{
	size_t from = out->len;
	buf_addstr(out, "root ::= ");
	say_rule(out, s);
	buf_addch(out, '\n');
	for (; s && !out->status; s = s->next) {
		say_schema(out, s);
		if (out->len - from > GRAMMAR_BYTES_MAX)
			return SOW_TOOBIG;
	}
	buf_addstr(out, json_rules);
	return out->status;
}
