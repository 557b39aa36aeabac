/* Chooses the member of an object for each meaning, and keeps the others. */
#include "data/record_read_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/turns.h"

int reader_wrong(struct reader *r, const json_value *v, const char *expected)
{
	return error_set(r->err, SOW_INVALID, "'%.*s' is %s; expected %s", VIEW_ARG(json_key(v)),
			 json_type_name(json_type(v)), expected);
}

int reader_within(struct reader *r, const json_value *v, int status)
{
	if (status == SOW_INVALID)
		error_prefix(r->err, "'%.*s'", VIEW_ARG(json_key(v)));
	return status;
}

bool value_as_bool(const json_value *v, bool *b)
{
	struct view text = json_text(v);
	*b = json_bool(v) || view_eqfold(text, view_of("true"));
	return json_type(v) == JSON_BOOL || *b || view_eqfold(text, view_of("false"));
}

bool value_as_label(const json_value *v, bool *good)
{
	double x;
	if (value_as_bool(v, good))
		return true;
	*good = value_as_number(v, &x) && x == 1;
	return *good || (value_as_number(v, &x) && x == 0);
}

bool value_as_number(const json_value *v, double *x)
{
	struct view text = json_text(v);
	char digits[40], *end;
	*x = json_number(v);
	if (json_type(v) == JSON_NUMBER)
		return isfinite(*x);
	if (!text.len || text.len >= sizeof(digits) || view_find(text, 0, "x") != VIEW_NONE ||
	    (*text.p != '-' && !ascii_digit(*text.p)))
		return false;
	memcpy(digits, text.p, text.len);
	digits[text.len] = '\0';
	*x = strtod(digits, &end);
	return end == digits + text.len && isfinite(*x);
}

int reader_text(struct reader *r, const json_value *v, struct view *out)
{
	*out = view_of("");
	if (json_is_missing(v))
		return SOW_OK;
	if (!is_scalar(v))
		return reader_wrong(r, v, "a text");
	*out = json_scalar(v, r->arena);
	return SOW_OK;
}

void reader_make_instances(struct reader *r, size_t count)
{
	r->record->instances = arena_array(r->arena, count, sizeof(*r->record->instances));
}

struct instance *reader_add_instance(struct reader *r, struct view input, struct view output)
{
	struct instance *i = &r->record->instances[r->record->instance_count++];
	*i = (struct instance){ .input = input, .output = output };
	return i;
}

/* True if its type fits the meaning of its name. Under a sure name (columns.h), another type is an error,
 * which the reader of the shape reports. */
static bool fits(const struct column_row *row, const json_value *v)
{
	double x;
	bool b;
	switch (row->column) {
	case COLUMN_INSTRUCTION:
		return row->sure || is_scalar(v);
	case COLUMN_ANSWER:
		return row->sure || is_scalar(v) ||
		       (is_list(v) && json_count(v) && is_scalar(json_first(v)));
	case COLUMN_CONTEXT:
		return row->sure || is_scalar(v) || (is_list(v) && turn_is(json_first(v)));
	case COLUMN_SYSTEM:
	case COLUMN_REASONING:
	case COLUMN_ROOT:
	case COLUMN_PARENT:
	case COLUMN_OPERATION:
	case COLUMN_NAME:
		return row->sure || json_type(v) == JSON_TEXT;
	case COLUMN_ID:
		return is_scalar(v);
	case COLUMN_SCORE_CHOSEN:
	case COLUMN_SCORE_REJECTED:
		return value_as_number(v, &x);
	case COLUMN_ROUND:
		return json_is_integer(v);
	case COLUMN_LABEL: /* under "label" 1 and 0 may be classes */
		return row->name && strcmp(row->name, "label") == 0 ? value_as_bool(v, &b) : value_as_label(v, &b);
	case COLUMN_TURNS:
		return row->sure || is_list(v);
	case COLUMN_CHOSEN:
	case COLUMN_REJECTED:
		return is_scalar(v) || is_list(v) || turn_is(v);
	case COLUMN_COMPLETIONS:
		return is_list(v) && json_get(json_first(v), "completion");
	case COLUMN_TOOLS:
		return is_list(v) || json_type(v) == JSON_TEXT;
	default:
		return true;
	}
}

/* Refuses a member whose type does not fit the user's mapping. */
static int check_mapped(struct reader *r, enum column c, const json_value *v)
{
	static const char *const wanted[COLUMNS] = {
		[COLUMN_ID] = "a text or a number",        [COLUMN_ROUND] = "a whole number",
		[COLUMN_SCORE_CHOSEN] = "a number",        [COLUMN_SCORE_REJECTED] = "a number",
		[COLUMN_LABEL] = "true or false, 1 or 0",
		[COLUMN_CLASSIFICATION] = "true or false",
		[COLUMN_TURNS] = "an array of turns",      [COLUMN_HISTORY] = "an array",
		[COLUMN_INSTANCES] = "an array",           [COLUMN_TOOLS] = "an array or a text",
		[COLUMN_CHOSEN] = "a text or turns",       [COLUMN_REJECTED] = "a text or turns",
		[COLUMN_COMPLETIONS] = "an array of objects with \"rank\" and \"completion\"",
	};
	bool lists_only = c == COLUMN_HISTORY || c == COLUMN_INSTANCES || c == COLUMN_TURNS;
	bool list = is_list(v) && (lists_only || c == COLUMN_INSTRUCTION || c == COLUMN_ANSWER);
	bool any = c == COLUMN_CLASSIFICATION || (c == COLUMN_TURNS && json_type(v) == JSON_TEXT);
	const struct column_row row = { .column = c };
	if (list || any || (!lists_only && fits(&row, v)))
		return SOW_OK;
	return error_set(r->err, SOW_INVALID, "--map %s=%s: it is %s; expected %s", column_names[c],
			 r->columns->path[c], json_type_name(json_type(v)),
			 wanted[c] ? wanted[c] : "a text");
}

static void choose_by_name(struct reader *r)
{
	size_t ranks[COLUMNS] = { 0 }; /* the row of the member taken; smaller is better */
	for (const json_value *v = json_first(r->root); v; v = json_next(r->root, v)) {
		const struct column_row *row = column_find(json_key(v));
		if (!row || json_is_missing(v) || !fits(row, v))
			continue;
		enum column c = row->column;
		size_t rank = (size_t)(row - column_rows);
		if (r->at[c] && ranks[c] <= rank)
			continue;
		r->at[c] = v;
		ranks[c] = rank;
	}
}

/* A prompt and a completion belong together, whatever else might be the answer. */
static void choose_completion(struct reader *r)
{
	const json_value *completion = json_get(r->root, "completion");
	bool is_list_of_turns = is_list(completion) && turn_is(json_first(completion));
	if (is_named(r->at[COLUMN_INSTRUCTION], "prompt") && (json_type(completion) == JSON_TEXT || is_list_of_turns))
		r->at[COLUMN_ANSWER] = completion;
}

int reader_choose(struct reader *r)
{
	choose_by_name(r);
	choose_completion(r);
	for (int c = COLUMN_ID; r->columns && c < COLUMNS; c++) {
		if (!r->columns->path[c])
			continue;
		const json_value *v = path_find(r->root, r->columns->path[c]);
		/* a member that the user mapped has only that meaning */
		for (int other = COLUMN_ID; v && other < COLUMNS; other++)
			r->at[other] = r->at[other] == v ? NULL : r->at[other];
		if (v && r->shape)
			r->shape->mapped |= 1u << c;
		r->at[c] = json_is_missing(v) ? NULL : v;
		if (r->at[c] && check_mapped(r, (enum column)c, v))
			return SOW_INVALID;
	}
	return SOW_OK;
}

bool reader_is_mapped(const struct reader *r, enum column c)
{
	return r->columns && r->columns->path[c];
}

enum column reader_column(const struct reader *r, const json_value *v)
{
	for (int c = COLUMN_ID; c < COLUMNS; c++) {
		if (r->at[c] == v)
			return (enum column)c;
	}
	return COLUMN_FIELD;
}

void reader_give_back(struct reader *r, enum column c)
{
	r->at[c] = NULL;
}

static void add_field(struct buf *fields, const json_value *v)
{
	if (!fields->len)
		buf_addch(fields, '{');
	json_add_member(fields, v);
}

/* Adds a member of the question's object under the name of both: "input.source". */
static void add_inner_field(const struct reader *r, struct buf *fields, const json_value *v)
{
	struct buf name = BUF_INIT;
	buf_addf(&name, "%.*s.%.*s", VIEW_ARG(json_key(r->at[COLUMN_CONTEXT])), VIEW_ARG(json_key(v)));
	buf_addstr(fields, fields->len ? "" : "{");
	json_add_key(fields, view_from(name.data, name.len));
	json_add_value(fields, v);
	buf_release(&name);
}

/* OpenAI's preference data have the question in an object: adds its other members. */
static void add_inner_fields(const struct reader *r, struct buf *fields)
{
	const json_value *input = r->at[COLUMN_CONTEXT];
	if (json_type(input) != JSON_OBJECT)
		return;
	for (const json_value *v = json_first(input); v; v = json_next(input, v)) {
		if (v == r->inner[0] || v == r->inner[1] || json_is_missing(v))
			continue;
		if (json_find(r->root, json_key(v)))
			add_inner_field(r, fields, v);
		else
			add_field(fields, v);
	}
}

void reader_keep_fields(struct reader *r)
{
	struct buf fields = BUF_INIT;
	for (const json_value *v = json_first(r->root); v; v = json_next(r->root, v)) {
		enum column c = reader_column(r, v);
		bool nothing = json_is_missing(v) && column_find(json_key(v));
		if (r->shape && !nothing)
			shape_add(r->shape, json_key(v), c);
		if (c == COLUMN_FIELD && !nothing)
			add_field(&fields, v);
	}
	add_inner_fields(r, &fields);
	if (!fields.len)
		return;
	buf_addch(&fields, '}');
	r->record->fields = arena_takebuf(r->arena, &fields);
}
