#include "clean/record_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "data/record_read.h"
#include "data/values.h"
#include "io/json.h"

#define KEYS_MAX 64
#define KEYS_TOLD 6

/* What a way of reading returns if it leaves the record to the next, slower one. */
#define NOT_THIS_WAY 1

/* The whole question */

/* Beside an instruction, a member of this meaning changes what the question is. */
static bool changes_question(enum column c)
{
	switch (c) {
	case COLUMN_CONTEXT:
	case COLUMN_SYSTEM:
	case COLUMN_TURNS:
	case COLUMN_HISTORY:
	case COLUMN_CHOSEN:
	case COLUMN_REJECTED:
	case COLUMN_COMPLETIONS:
	case COLUMN_INSTANCES:
		return true;
	default:
		return false;
	}
}

static void add_question(struct buf *text, struct view instruction, struct view input)
{
	buf_add(text, instruction.p, instruction.len);
	if (input.len)
		buf_addch(text, '\n');
	buf_add(text, input.p, input.len);
}

/* An object with "instruction" and perhaps "input", the shape of most files. What record_read
 * makes of it is known without it. */
static int read_usual(const json_value *root, struct buf *text)
{
	struct view instruction = { 0 }, input = { 0 };
	for (const json_value *v = json_type(root) == JSON_OBJECT ? json_first(root) : NULL; v;
	     v = json_next(root, v)) {
		struct view name = json_key(v);
		enum json_type type = json_type(v);
		if (view_eqfold(name, view_of("instruction")) && type == JSON_TEXT && !instruction.p)
			instruction = json_text(v);
		else if (view_eqstr(name, "input") && type == JSON_TEXT && !input.p)
			input = json_text(v);
		else if (type != JSON_NULL && !view_eqstr(name, "output")) {
			const struct column_row *row = column_find(name);
			if (row && (changes_question(row->column) ||
				    view_eqfold(name, view_of("instruction"))))
				return NOT_THIS_WAY;
		}
	}
	if (!view_trim(instruction).len)
		return NOT_THIS_WAY;
	add_question(text, instruction, input);
	return SOW_OK;
}

/* Parts that are not text tell two questions apart. */
static int add_parts(const struct record_reader *r, struct view parts)
{
	struct json *doc = json_parse_lenient(parts, r->arena, NULL, NULL, NULL);
	if (!doc)
		return SOW_NOMEM;
	const json_value *list = json_root(doc);
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		if (json_type(json_get(v, "text")) == JSON_TEXT)
			continue;
		buf_addch(r->text, '\n');
		json_add_value(r->text, v);
	}
	return SOW_OK;
}

static int add_turns(const struct record_reader *r, const struct record *record)
{
	bool first = true;
	for (size_t i = 0; i < record->turn_count; i++) {
		const struct turn *t = &record->turns[i];
		if (t->role != ROLE_USER)
			continue;
		if (!first)
			buf_addch(r->text, '\n');
		first = false;
		buf_add(r->text, t->text.p, t->text.len);
		if (t->parts.len && add_parts(r, t->parts))
			return SOW_NOMEM;
	}
	return SOW_OK;
}

static int read_question(const struct record_reader *r, const json_value *root, struct sow_error *err)
{
	struct record record;
	struct view before = { 0 };
	int status = record_read(root, r->o->columns, r->arena, &record, NULL, err);
	if (status)
		return status;
	if (record.turn_count)
		return add_turns(r, &record) ? error_nomem(err) : SOW_OK;
	buf_add(r->text, record.instruction.p, record.instruction.len);
	for (size_t i = 0; i < record.instance_count; i++) {
		struct view input = record.instances[i].input;
		if (input.len && !view_eq(input, before))
			add_question(r->text, view_of(""), input);
		before = input;
	}
	return SOW_OK;
}

/* Fields */

struct keys {
	const char *names[KEYS_MAX];
	size_t count;
};

static const char *key_name(const void *data, size_t i)
{
	return ((const struct keys *)data)->names[i];
}

static void add_keys(struct keys *keys, const json_value *object)
{
	const json_value *v = json_type(object) == JSON_OBJECT ? json_first(object) : NULL;
	for (; v && keys->count < KEYS_MAX; v = json_next(object, v))
		keys->names[keys->count++] = json_key(v).p;
}

static int no_field(const json_value *root, const char *field, struct sow_error *err)
{
	struct keys keys = { .count = 0 };
	add_keys(&keys, root);
	size_t own = keys.count;
	add_keys(&keys, json_first(json_get(root, "instances")));
	const char *near = nearest_name(field, key_name, &keys, keys.count);
	keys.count = own;
	if (near)
		return error_set(err, SOW_INVALID, "no field \"%s\"; did you mean \"%s\"?", field, near);
	struct buf names = BUF_INIT;
	for (size_t i = 0; i < keys.count && i < KEYS_TOLD; i++)
		buf_addf(&names, "%s\"%s\"", i ? ", " : "", keys.names[i]);
	error_set(err, SOW_INVALID, "no field \"%s\" among %s%s", field,
		  keys.count ? names.data : "none", keys.count > KEYS_TOLD ? ", …" : "");
	buf_release(&names);
	return SOW_INVALID;
}

/* The values at one path. */
struct found {
	const struct record_reader *r;
	const char *field;
	size_t texts, nulls;
	bool exact;                  /* numbers have their digits */
	struct sow_error *err;
};

static const char *advice(const json_value *v)
{
	return json_get(v, "content") ? ".content" : json_get(v, "value") ? ".value" : NULL;
}

static int add_found(void *data, const json_value *v)
{
	struct found *f = data;
	enum json_type type = json_type(v);
	const char *more = advice(v);
	if (type == JSON_NULL) {
		f->nulls++;
		return SOW_OK;
	}
	if (type == JSON_OBJECT)
		return error_set(f->err, SOW_INVALID, "expected a text in \"%s\", not an object%s%s%s%s",
				 f->field, more ? "; did you mean \"" : "", more ? f->field : "",
				 more ? more : "", more ? "\"?" : "");
	if (type == JSON_NUMBER && !f->exact)
		return NOT_THIS_WAY;
	struct view text = json_scalar(v, f->r->arena);
	if (f->texts++)
		buf_addch(f->r->text, '\n');
	buf_add(f->r->text, text.p, text.len);
	return SOW_OK;
}

static int add_field(struct found *f, const json_value *root, bool needed)
{
	const json_value *v = json_get(root, f->field);
	if (json_type(v) == JSON_TEXT)
		return add_found(f, v);
	size_t before = f->texts;
	f->nulls = 0;
	int status = path_each(root, f->field, add_found, f);
	if (!status && f->texts == before && !f->nulls)
		status = path_each(json_get(root, "instances"), f->field, add_found, f);
	if (status || f->texts > before || !needed)
		return status;
	if (!f->nulls && !path_find(root, f->field))
		return no_field(root, f->field, f->err);
	return error_set(f->err, SOW_INVALID, "expected a text in \"%s\", not %s", f->field,
			 f->nulls ? "null" : "an empty array");
}

static int read_fields(const struct record_reader *r, const json_value *root, bool exact,
		       struct sow_error *err)
{
	struct found f = { .r = r, .exact = exact, .err = err };
	if (json_type(root) != JSON_OBJECT && json_type(root) != JSON_ARRAY)
		return error_set(err, SOW_INVALID, "expected an object, not %s",
				 json_type_name(json_type(root)));
	int status = SOW_OK;
	for (size_t i = 0; i < r->o->field_count && !status; i++) {
		f.field = r->o->fields[i];
		status = add_field(&f, root, i == 0);
	}
	return status;
}

/* Rank */

static const json_value *find_score(const json_value *root, const char *path)
{
	const json_value *v = path_find(root, path);
	return v ? v : path_find(json_first(json_get(root, "instances")), path);
}

/* A number, or as CSV has it a text of one. */
static bool as_number(const json_value *v, double *number)
{
	struct view text = json_text(v);
	char *end;
	if (json_type(v) == JSON_NUMBER) {
		*number = json_number(v);
		return true;
	}
	if (!text.len || !(ascii_digit(*text.p) || strchr("+-.", *text.p)) ||
	    strspn(text.p, "0123456789+-.eE") != text.len)
		return false;
	*number = strtod(text.p, &end);
	return !*end;
}

static int read_score(const json_value *root, const char *field, double *rank, struct sow_error *err)
{
	const json_value *v = find_score(root, field);
	if (!v)
		return no_field(root, field, err);
	if (as_number(v, rank))
		return SOW_OK;
	return error_set(err, SOW_INVALID, "expected a number in \"%s\", not %s", field,
			 json_type_name(json_type(v)));
}

/* One record */

static int read_value(const struct record_reader *r, const json_value *root, bool exact,
		      struct clean_line *line, struct sow_error *err)
{
	struct record seen;
	int status = NOT_THIS_WAY;
	buf_renew(r->text);
	*r->mapped |= columns_mapped(r->o->columns, root);
	if (r->o->field_count)
		status = read_fields(r, root, exact, err);
	else if (!r->o->columns)
		status = read_usual(root, r->text);
	*r->unusual = status == NOT_THIS_WAY;
	if (!r->o->field_count && status == NOT_THIS_WAY && exact)
		status = read_question(r, root, err);
	if (!status && r->o->score_field)
		status = read_score(root, r->o->score_field, &line->rank, err);
	if (!status && r->shape)
		record_read(root, r->o->columns, r->arena, &seen, r->shape, NULL);
	if (status == SOW_NOMEM)
		return error_nomem(err);
	return status;
}

static int prefix(const struct record_reader *r, const struct input_record *record, bool in_line,
		  struct sow_error *err)
{
	if (!record->at.line)
		return error_prefix(err, "%s: record %zu", r->name, record->number);
	if (in_line)
		return error_prefix(err, "%s:%zu", r->name, record->at.line);
	return error_prefix(err, "%s:%zu: record %zu", r->name, record->at.line, record->number);
}

static int read_json(const struct record_reader *r, const struct input_record *record,
		     struct clean_line *line, struct sow_error *err)
{
	size_t offset = 0;
	struct sow_error why = { 0 };
	struct json *doc = *r->unusual ? NULL : json_parse_at(record->json.p, record->json.len, NULL,
							       NULL);
	int status = doc ? read_value(r, json_root(doc), false, line, &why) : NOT_THIS_WAY;
	json_free(doc);
	if (status == NOT_THIS_WAY) {
		doc = json_parse_lenient(record->json, r->arena, r->repaired, &offset, &why);
		if (!doc) {
			const struct value v = { .json = record->json, .at = record->at,
						 .is_line = !record->is_loose };
			return value_broken(&v, r->name, offset, &why, err);
		}
		status = read_value(r, json_root(doc), true, line, &why);
	}
	if (!status)
		return SOW_OK;
	error_set(err, (enum sow_status)status, "%s", why.text);
	return status == SOW_INVALID ? prefix(r, record, !line->by_record, err)
				     : status;
}

/* With U+FFFD for what is not UTF-8. */
static void read_text(const struct record_reader *r, struct view raw, struct clean_line *line)
{
	size_t bad;
	line->text = raw;
	if (utf8_valid(raw.p, raw.len, &bad))
		return;
	buf_renew(r->text);
	for (size_t at = 0; at < raw.len;) {
		uint32_t c;
		size_t n = utf8_next(raw.p + at, raw.len - at, &c);
		if (n)
			buf_add(r->text, raw.p + at, n);
		else
			buf_addstr(r->text, "\xEF\xBF\xBD");
		at += n ? n : 1;
	}
	(*r->repaired)++;
	line->text = view_from(r->text->data, r->text->len);
}

int record_text_read(const struct record_reader *r, const struct input_record *record,
		     struct clean_line *line, struct sow_error *err)
{
	if (record->is_text && r->o->field_count && !r->o->plain) {
		error_set(err, SOW_INVALID, "expected an object with \"%s\", not a line of text; to "
			  "compare whole lines give --lines", r->o->fields[0]);
		return prefix(r, record, true, err);
	}
	int status = record->is_text ? SOW_OK : read_json(r, record, line, err);
	if (status)
		return status;
	if (record->is_text)
		read_text(r, record->raw, line);
	else
		line->text = view_from(r->text->data, r->text->len);
	if (!r->o->score_field)
		line->rank = (double)line->text.len;
	return SOW_OK;
}
