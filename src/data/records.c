#include "data/records.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "data/hub_read.h"
#include "data/record_read.h"
#include "io/json.h"

struct records {
	char *name;
	struct records_options o;
	struct values *values;       /* NULL: `source` */
	struct records_source source;
	struct shape shape;
	size_t count, answered, bad, repaired;
	struct sow_error first_bad;  /* why the first was left out */
	struct sow_error failure;    /* the final one */
};

/* The number of records of several files before those of this process. */
static size_t before(const struct records *r)
{
	return r->o.parts && r->o.parts->several ? r->o.parts->before : 0;
}

static int read_value(struct records *r, const struct value *v, struct arena *a,
		      struct record *record, struct sow_error *err)
{
	struct sow_error why = { 0 };
	size_t offset = 0;
	struct json *doc = json_parse_lenient(v->json, a, &r->repaired, &offset, &why);
	if (!doc)
		return value_broken(v, values_name(r->values), offset, &why, err);
	int status = (r->o.objects ? record_read_any : record_read)(json_root(doc), r->o.columns, a,
								    record, &r->shape, err);
	if (status == SOW_INVALID && !v->is_line)
		error_prefix(err, "%s:%zu: record %zu", values_name(r->values), v->at.line,
			     before(r) + r->count + r->bad + 1);
	else if (status == SOW_INVALID)
		error_prefix(err, "%s:%zu", values_name(r->values), v->at.line);
	return status ? status : 1;
}

/* 1, 0 at the end, negative: SOW_INVALID with *one set for one record, which may be left out. */
static int read_next(struct records *r, struct arena *a, struct record *record, bool *one,
		     struct sow_error *err)
{
	struct value v;
	*one = false;
	if (!r->values)
		return r->source.next(r->source.data, a, record, err);
	int status = values_next(r->values, &v, err);
	if (status <= 0) {
		*one = !values_broken(r->values);
		return status;
	}
	status = read_value(r, &v, a, record, err);
	*one = status == SOW_INVALID;
	return status;
}

static int end(struct records *r)
{
	if (r->o.is_part)
		return 0;
	if (r->count && columns_check(r->o.columns, r->shape.mapped, r->name, &r->failure))
		return r->failure.status;
	if (r->count)
		return 0;
	if (r->bad)
		return error_set(&r->failure, SOW_INVALID, "%s: no record in it can be read; the first: %s",
				 r->name, r->first_bad.text);
	if (r->o.may_be_empty)
		return 0;
	if (!r->values)
		return error_set(&r->failure, SOW_INVALID, "%s: no records in it", r->name);
	return error_set(&r->failure, SOW_INVALID, "%s: no records in it; expected JSON, CSV, or one "
			 "instruction a line", r->name);
}

int records_next(struct records *r, struct arena *a, struct record *record, struct sow_error *err)
{
	struct sow_error own = { 0 };
	bool one = true;
	int status = r->failure.status;
	while (!status) {
		status = read_next(r, a, record, &one, &own);
		if (status == 0)
			status = end(r);
		if (status == 0)
			return 0;
		if (!one || !r->o.skip_bad || r->failure.status)
			break;
		if (!r->bad++)
			r->first_bad = own;
		status = SOW_OK;
	}
	if (status > 0) {
		r->count++;
		return 1;
	}
	if (!r->failure.status)
		r->failure = own;
	return error_set(err, r->failure.status, "%s", r->failure.text);
}

const char *records_name(const struct records *r)
{
	return r->name;
}

size_t records_count(const struct records *r)
{
	return r->count;
}

size_t records_answered(const struct records *r)
{
	return r->shape.answered;
}

size_t records_bad(const struct records *r)
{
	return r->bad;
}

size_t records_repaired(const struct records *r)
{
	return r->repaired + (r->values ? values_repaired(r->values) : 0);
}

size_t records_line(const struct records *r)
{
	return r->values ? values_line(r->values) : 0;
}

void records_facts(const struct records *r, struct facts *f)
{
	*f = (struct facts){ .records = r->count, .bad = r->bad, .repaired = records_repaired(r),
			     .shape = r->shape };
	const char *kind = r->values ? values_kind(r->values) : "nothing";
	if (!(r->o.parts && r->o.parts->several) && strcmp(kind, "nothing") != 0)
		snprintf(f->kind, sizeof(f->kind), "%s", kind);
	if (r->values)
		facts_set_outside(f, values_outside(r->values));
}

bool records_describe(const struct records *r, struct buf *out)
{
	struct facts f;
	if (!r->values)
		return false;
	struct view told = values_part(r->values);
	records_facts(r, &f);
	bool is_told = facts_describe(&f, out);
	if (told.len)
		buf_addf(out, "; %.*s", VIEW_ARG(told));
	return told.len || is_told;
}

/* Opening */

int records_delimiter(const char *text, char *delimiter, struct sow_error *err)
{
	bool is_tab = strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0;
	*delimiter = is_tab ? '\t' : text[0];
	if (is_tab || (text[0] && !text[1] && text[0] != '"'))
		return SOW_OK;
	return error_set(err, SOW_USAGE, "--delimiter: expected one character, or tab, not '%s'", text);
}

static struct records *make(const struct records_options *o)
{
	struct records *r = mem_zalloc(sizeof(*r));
	if (o)
		r->o = *o;
	return r;
}

static struct records *named(struct records *r, const char *name)
{
	r->name = mem_copystr(name);
	return r;
}

static struct records *of_values(struct records *r, struct values *v, const char *path)
{
	r->values = v;
	if (v)
		return named(r, hub_names(path) || r->o.parts ? path : values_name(v));
	records_close(r);
	return NULL;
}

static struct values_options options_of(const struct records *r)
{
	return (struct values_options){ .columns = r->o.columns, .delimiter = r->o.delimiter,
					.parts = r->o.parts };
}

struct records *records_file(const char *path, const struct records_options *o,
			     struct sow_error *err)
{
	struct records *r = make(o);
	const struct values_options v = options_of(r);
	return of_values(r, values_open(path, &v, err), path);
}

struct records *records_text(const char *name, struct view text, const struct records_options *o,
			     struct sow_error *err)
{
	struct records *r = make(o);
	const struct values_options v = options_of(r);
	return of_values(r, values_of(name, text, &v, err), name);
}

struct records *records_of(const char *name, const struct records_source *s, struct sow_error *err)
{
	struct records *r = make(NULL);
	r->source = *s;
	r->o.may_be_empty = true;
	(void)err;
	return named(r, name);
}

void records_close(struct records *r)
{
	if (!r)
		return;
	values_close(r->values);
	if (r->source.close)
		r->source.close(r->source.data);
	mem_free(r->name);
	mem_free(r);
}

/* All of them */

int record_list_take(struct record_list *l, struct arena *a, struct records *r,
		     struct sow_error *err)
{
	size_t before = l->count;
	struct record record;
	int status;
	while ((status = records_next(r, a, &record, err)) > 0) {
		mem_grow(&l->list, &l->room, l->count + 1);
		l->list[l->count++] = record;
	}
	if (status < 0)
		l->count = before;
	return status;
}

static int take_all(struct record_list *l, struct arena *a, struct records *r,
		    struct sow_error *err, const struct sow_error *why)
{
	int status = r ? record_list_take(l, a, r, err) : error_set(err, why->status, "%s", why->text);
	records_close(r);
	return status;
}

int record_list_read(struct record_list *l, struct arena *a, const char *path,
		     const struct records_options *o, struct sow_error *err)
{
	struct sow_error own = { 0 };
	return take_all(l, a, records_file(path, o, &own), err, &own);
}

int record_list_parse(struct record_list *l, struct arena *a, const char *name, struct view text,
		      struct sow_error *err)
{
	struct sow_error own = { 0 };
	return take_all(l, a, records_text(name, text, NULL, &own), err, &own);
}

void record_list_hash(const struct record_list *l, bool whole, char hex[HASH_HEX_SIZE])
{
	struct hasher *h = hasher_new();
	for (size_t i = 0; i < l->count; i++) {
		const struct record *r = &l->list[i];
		hasher_text(h, r->instruction);
		hasher_text(h, view_of(r->is_classification ? "1" : "0"));
		for (size_t j = 0; whole && j < r->instance_count; j++) {
			hasher_text(h, r->instances[j].input);
			hasher_text(h, r->instances[j].output);
		}
	}
	struct hash hash;
	hasher_finish(h, &hash);
	hash_hex(&hash, hex);
}

void record_list_release(struct record_list *l)
{
	mem_free(l->list);
	*l = (struct record_list)RECORD_LIST_INIT;
}
