#include "cli/record_output.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/console.h"
#include "cli/rank_job.h"
#include "data/columns.h"
#include "io/folder.h"
#include "method/fields.h"
#include "run/open_records.h"

static const char *format_name(const void *data, size_t i)
{
	(void)data;
	return formats[i].name;
}

static int missing_format(const struct command *c)
{
	struct buf names = BUF_INIT;
	for (size_t i = 0; i < format_count; i++)
		buf_addf(&names, "%s%s", i ? ", " : "", formats[i].name);
	int exit = usage_error(c, "missing --format F: one of %s", names.data);
	buf_release(&names);
	return exit;
}

int record_output_check_format(const struct command *c, const char *format)
{
	if (!format)
		return missing_format(c);
	return format_find(format) ? -1 : options_unknown(c, "format", format, format_name, NULL,
							  format_count);
}

static int check_share(const struct command *c, struct record_output *p)
{
	char *end = NULL;
	if (!p->validation)
		return -1;
	p->share = strtod(p->validation, &end);
	if (!*end && p->share > 0 && p->share < 1)
		return -1;
	return usage_error(c, "--validation: expected a share between 0 and 1, such as 0.1, not '%s'",
			   p->validation);
}

static int check_layout(const struct command *c, const struct record_output *p)
{
	if (p->layout && strcmp(p->out, "-") == 0)
		return usage_error(c, "--layout hf: missing -o FOLDER");
	if (!p->layout && (p->shard_mb || p->licence || p->title))
		return usage_error(c, "--%s: expected with --layout hf only",
				   p->shard_mb ? "shard-size" : p->licence ? "licence" : "title");
	return -1;
}

/* "a,b" and "c" are three names. */
static bool part_names(struct record_output *p)
{
	size_t room = p->only.count;
	for (size_t i = 0; i < p->only.count; i++) {
		for (const char *c = p->only.items[i]; *c; c++)
			room += *c == ',';
	}
	p->names = mem_zalloc(room * sizeof(*p->names));
	p->named = mem_zalloc(room * sizeof(*p->named));
	for (size_t i = 0; p->names && p->named && i < p->only.count; i++) {
		for (const char *at = p->only.items[i]; *at;) {
			size_t len = strcspn(at, ",");
			if (len && !(p->names[p->name_count++] = mem_copy(at, len)))
				return false;
			at += len + (at[len] != '\0');
		}
	}
	return p->names && p->named;
}

static int check_lines(const struct command *c, struct record_output *p)
{
	if ((p->rejected || p->margin > 0) && format_find(p->format)->line != LINE_OF_PAIR)
		return usage_error(c, "--%s: expected with a format of pairs, such as preference",
				   p->rejected ? "rejected" : "margin");
	p->lines = (struct format_options){
		.reasoning = p->reasoning ? (enum reasoning_form)option_choice(REASONINGS, p->reasoning)
					  : REASONING_AS_CAME,
		.drop_fields = p->drop_fields,
		.random_rejected = p->rejected && strcmp(p->rejected, "random") == 0,
		.margin = p->margin,
	};
	if (!p->only.count)
		return -1;
	if (p->drop_fields)
		return usage_error(c, "expected --drop-fields or --only-fields, not both");
	if (!part_names(p))
		return usage_error(c, "out of memory");
	p->lines.only = (const char *const *)p->names;
	p->lines.only_count = p->name_count;
	return -1;
}

int record_output_check(const struct command *c, struct record_output *p)
{
	if (p->ignore_review && (p->reviewed || p->no_dropped))
		return usage_error(c, "expected --ignore-review or %s, not both",
				   p->reviewed ? "--reviewed" : "--no-dropped");
	if (!p->out)
		p->out = "-";
	int exit = record_output_check_format(c, p->format);
	if (exit < 0)
		exit = check_share(c, p);
	if (exit < 0)
		exit = check_lines(c, p);
	return exit < 0 ? check_layout(c, p) : exit;
}

static struct dataset_options options_of(const struct record_output *p)
{
	return (struct dataset_options){
		.format = format_find(p->format),
		.lines = p->lines,
		.path = p->out,
		.folder = p->layout != NULL,
		.jsonl = p->jsonl,
		.shuffle = p->shuffle,
		.validation = p->share,
		.seed = (uint64_t)p->seed,
		.shard_bytes = (size_t)p->shard_mb * 1000000,
		.first = p->first,
	};
}

int record_output_open(struct record_output *p, struct sow_error *err)
{
	const struct dataset_options o = options_of(p);
	p->dataset = dataset_open(&o, err);
	return p->dataset ? SOW_OK : (int)err->status;
}

/* Which names of --only-fields the record has. */
static int find_named(struct record_output *p, const struct record *record, struct sow_error *err)
{
	size_t missing = 0;
	for (size_t i = 0; i < p->name_count; i++)
		missing += !p->named[i];
	if (!missing || !record->fields.len)
		return SOW_OK;
	struct arena *a = arena_new();
	struct json *doc = json_parse_lenient(record->fields, a, NULL, NULL, err);
	for (size_t i = 0; doc && i < p->name_count; i++)
		p->named[i] = p->named[i] || json_get(json_root(doc), p->names[i]);
	arena_free(a);
	return doc ? SOW_OK : error_nomem(err);
}

/* A name that no record has is a mistake, most often of a letter. What a record knows by name is
 * written anyway. */
static int check_named(const struct record_output *p, struct sow_error *err)
{
	for (size_t i = 0; i < p->name_count; i++) {
		if (!p->named[i] && !column_find(view_of(p->names[i])))
			return error_set(err, SOW_INVALID, "--only-fields %s: no record has such a field",
					 p->names[i]);
	}
	return SOW_OK;
}

int record_output_review(struct record_output *p, const char *data, bool is_run, struct sow_error *err)
{
	const struct reviewed_options o = { .kept_only = p->reviewed };
	struct sow_error own = { 0 };
	if (p->ignore_review || strcmp(data, "-") == 0)
		return SOW_OK;
	p->mended = arena_new();
	p->review = p->mended ? reviewed_open(data, is_run, &o, &own) : NULL;
	if (own.status)
		return error_set(err, own.status, "%s", own.text);
	if (p->reviewed && !p->review)
		return error_set(err, SOW_MISSING, "--reviewed: %s has not been reviewed; sow review %s", data,
				 data);
	return SOW_OK;
}

int record_output_take(struct record_output *p, struct arena *a, struct record *record, struct sow_error *err)
{
	return reviewed_take(p->review, a, record, err);
}

void record_output_say_review(struct record_output *p, bool all)
{
	struct buf line = BUF_INIT;
	if (reviewed_say(p->review, all, &line))
		console_line("%s", line.data);
	buf_release(&line);
	reviewed_close(p->review);
	p->review = NULL;
}

int record_output_gather(struct record_output *p, struct record_input *input, const char *path,
			 struct arena *a, struct record_list *list, bool **left_out, struct sow_error *err)
{
	struct record record;
	size_t room = 0;
	const struct parts *parts = input->options.parts;
	bool is_run = !parts && folder_is(path);
	int status = parts && parts->several ? SOW_OK
		   : record_output_review(p, parts ? parts->list[0].path : path, is_run, err);
	if (status)
		return status;
	struct records *r = open_records(path, &input->options, err);
	if (!r)
		return err->status;
	while (!status && (status = records_next(r, a, &record, err)) > 0) {
		int taken = record_output_take(p, a, &record, err);
		status = taken < 0 ? taken : SOW_OK;
		if (taken < 0 || (!taken && !left_out))
			continue;
		mem_grow(&list->list, &list->room, list->count + 1);
		if (left_out) {
			mem_grow(left_out, &room, list->count + 1);
			(*left_out)[list->count] = !taken;
		}
		list->list[list->count++] = record;
	}
	if (!status) {
		record_input_tell(r, p->quiet);
		record_output_say_review(p, !is_run);
	}
	records_close(r);
	return status;
}

static int add(struct record_output *p, const struct record *record, struct sow_error *err)
{
	if (find_named(p, record, err))
		return err->status;
	if (p->layout)
		table1_add(&p->table, record);
	return dataset_add(p->dataset, record, err);
}

static int add_without_context(struct record_output *p, const struct record *record, struct sow_error *err)
{
	struct arena *a = arena_new();
	struct record copy = *record;
	if ((copy.fields.len && fields_drop(&copy.fields, "chunk", a)) ||
	    (copy.object.len && fields_drop(&copy.object, "chunk", a))) {
		arena_free(a);
		return error_nomem(err);
	}
	copy.instances = arena_array(a, record->instance_count + 1, sizeof(*copy.instances));
	for (size_t i = 0; i < record->instance_count; i++) {
		copy.instances[i] = record->instances[i];
		copy.instances[i].input = view_of("");
	}
	int status = add(p, &copy, err);
	arena_free(a);
	return status;
}

/* A review knows records as they came: it is first. */
int record_output_add(struct record_output *p, const struct record *record, struct sow_error *err)
{
	struct record mended = *record;
	if (p->review) {
		arena_clear(p->mended);
		int taken = record_output_take(p, p->mended, &mended, err);
		if (taken <= 0)
			return taken;
	}
	return (p->no_context ? add_without_context : add)(p, &mended, err);
}

/* What the format has no place for, by name and count. */
static void say_left(const struct record_output *p, const struct dataset_set *set)
{
	struct buf text = BUF_INIT;
	for (size_t i = 0; i < set->left_count; i++)
		buf_addf(&text, "%s%s (%zu)", i ? ", " : "", set->left[i].name, set->left[i].count);
	if (set->left_count)
		console_line("left out, as %s has no place for it: %s", p->format, text.data);
	buf_release(&text);
}

static void say_set(const struct record_output *p, const char *what, const struct dataset_set *set,
		    const char *kind)
{
	console_line("%s%s: %zu %s of %zu %s (%s, %s)", p->shown ? p->shown : p->out, what, set->lines,
		     set->lines == 1 ? "line" : "lines", set->records,
		     set->records == 1 ? "record" : "records", p->format, kind);
	say_left(p, set);
}

void record_output_say(const struct record_output *p, const struct dataset_made *made)
{
	if (p->quiet || strcmp(p->out, "-") == 0) { /* what is lost is said all the same */
		say_left(p, &made->train);
		say_left(p, &made->validation);
		return;
	}
	say_set(p, "", &made->train, made->kind);
	if (p->share > 0)
		say_set(p, ", validation", &made->validation, made->kind);
	if (p->share > 0 && !made->validation.records)
		console_line("no record fell into the validation set; a larger share or another --seed "
			     "may help");
	if (*made->json)
		console_line("written as JSON in their columns: %s", made->json);
	if (*made->beside)
		console_line("beside it: %s", made->beside);
}

/* The last name of a path, also where a slash ends it: a card goes to others, who have no use for
 * the folders here. */
static const char *last_name(struct buf *name, const char *path)
{
	struct view v = view_of(path);
	while (v.len > 1 && v.p[v.len - 1] == '/')
		v.len--;
	size_t start = v.len;
	while (start && v.p[start - 1] != '/')
		start--;
	buf_add(name, v.p + start, v.len - start);
	return name->data;
}

static int add_card(struct record_output *p, const struct dataset_made *made, const struct card *facts,
		    struct sow_error *err)
{
	struct buf name = BUF_INIT, source = BUF_INIT, page = BUF_INIT;
	struct card card = *facts;
	card.title = p->title ? p->title : last_name(&name, p->out);
	card.source = facts->source ? last_name(&source, facts->source) : NULL;
	card.licence = p->licence;
	card.format = p->format;
	card.made = made;
	card.table = &p->table;
	int status = card_write(&card, &page);
	if (status)
		error_set(err, SOW_USAGE, "--title, --licence: expected UTF-8");
	else
		status = dataset_add_file(p->dataset, "README.md", &page, err);
	buf_release(&name);
	buf_release(&source);
	buf_release(&page);
	return status;
}

int record_output_close(struct record_output *p, struct dataset_made *made, struct sow_error *err)
{
	int status = dataset_finish(p->dataset, made, err);
	p->dataset = NULL;
	p->written = made->train.lines + made->validation.lines;
	return status;
}

int record_output_finish(struct record_output *p, const struct card *facts, struct sow_error *err)
{
	struct dataset_made made;
	int status = dataset_flush(p->dataset, &made, err);
	if (!status && made.train.records + made.validation.records)
		status = check_named(p, err);
	if (!status)
		status = dataset_check(p->dataset, err);
	if (!status && p->layout)
		status = add_card(p, &made, facts, err);
	if (status)
		return status;
	status = record_output_close(p, &made, err);
	if (!status)
		record_output_say(p, &made);
	return status;
}

int record_output_check_made(const struct record_output *p, const struct dataset_made *made,
			     struct sow_error *err)
{
	int status = made->train.records ? check_named(p, err) : SOW_OK;
	return status ? status : dataset_check_made(made, format_find(p->format), err);
}

int record_output_share_columns(struct record_output *p, struct rank_job *t, struct buf *own,
				struct sow_error *err)
{
	size_t n = ranks_count(t->ranks);
	struct buf *bufs = ranks_buffers(t->ranks), all = BUF_INIT;
	if (p->dataset)
		dataset_save_columns(p->dataset, own);
	for (size_t k = 0; k < n; k++)
		buf_add(&bufs[k], own->data, own->len);
	int status = ranks_alltoall(t->ranks, SOW_OK, bufs, bufs + n, err);
	for (size_t k = 0; k < n; k++)
		buf_add(&all, bufs[n + k].data, bufs[n + k].len);
	if (!status && p->dataset)
		status = dataset_set_columns(p->dataset, view_from(all.data, all.len), err);
	buf_release(&all);
	ranks_buffers_free(t->ranks, bufs);
	return status;
}

void record_output_note(const struct record_output *p, const struct dataset_made *made,
			const struct buf *columns, struct buf *notes)
{
	buf_add(notes, (const char *)made, sizeof(*made));
	buf_add(notes, (const char *)p->named, p->name_count * sizeof(*p->named));
	buf_add(notes, columns->data, columns->len);
}

bool record_output_restore(struct record_output *p, struct view notes, struct dataset_made *made,
			   struct buf *columns)
{
	const struct dataset_options o = options_of(p);
	size_t names = p->name_count * sizeof(*p->named);
	if (notes.len < sizeof(*made) + names)
		return false;
	memcpy(made, notes.p, sizeof(*made));
	made->kind = dataset_kind(&o); /* a pointer is of one process */
	if (names)
		memcpy(p->named, notes.p + sizeof(*made), names);
	p->written = made->train.lines + made->validation.lines;
	buf_add(columns, notes.p + sizeof(*made) + names, notes.len - sizeof(*made) - names);
	return true;
}

int record_output_add_up(struct record_output *p, struct rank_job *t, struct dataset_made *made,
			 struct sow_error *err)
{
	size_t n = ranks_count(t->ranks), names = p->name_count;
	struct dataset_made *all = mem_alloc(n * sizeof(*all));
	bool *named = mem_alloc(n * names + 1);
	const char *kind = made->kind;
	int status = ranks_allgather(t->ranks, SOW_OK, made, sizeof(*made), all, err);
	if (!status && names)
		status = ranks_allgather(t->ranks, SOW_OK, p->named, names, named, err);
	*made = (struct dataset_made){ .kind = kind };
	for (size_t k = 0; k < n && !status; k++) {
		dataset_made_add(made, &all[k]);
		for (size_t i = 0; i < names; i++)
			p->named[i] |= named[k * names + i];
	}
	mem_free(all);
	mem_free(named);
	return status ? status : record_output_check_made(p, made, err);
}

/* Decisions of people belong to one file, in its order. */
static int check_reviews(const struct record_output *p, const struct rank_job *t, struct sow_error *err)
{
	if (p->ignore_review || !t->has_parts || (!rank_job_is_spread(t) && !t->parts.several))
		return SOW_OK;
	if (p->reviewed)
		return error_set(err, SOW_USAGE, "--reviewed: expected one file, and one process");
	for (size_t i = 0; i < t->files.count; i++) {
		const struct reviewed_options any = { .kept_only = false };
		const char *path = t->files.list[i].path;
		struct sow_error why = { 0 };
		struct reviewed *review = reviewed_open(path, false, &any, &why);
		reviewed_close(review);
		if (why.status)
			return error_set(err, why.status, "%s", why.text);
		if (review)
			return error_set(err, SOW_USAGE, "%s was reviewed; one process applies that, to this file "
					 "alone: --ignore-review takes all records as they came", path);
	}
	return SOW_OK;
}

/* What cannot be shards. */
static int check_shards(const struct record_output *p, const struct rank_job *t, struct sow_error *err)
{
	const struct format *f = format_find(p->format);
	if (!t->out.path)
		return SOW_OK;
	if (p->validation)
		return error_set(err, SOW_USAGE, "--validation makes two files; expected -o FILE, not the folder %s",
				 t->out.path);
	if (f->beside)
		return error_set(err, SOW_USAGE, "%s has a file beside it that names the data's; expected -o FILE, "
				 "not the folder %s", f->name, t->out.path);
	return SOW_OK;
}

int record_output_check_parts(const struct record_output *p, const struct rank_job *t, struct sow_error *err)
{
	int status = check_shards(p, t, err);
	return status ? status : check_reviews(p, t, err);
}

const char *record_output_whole(const struct record_output *p)
{
	return p->shuffle ? "shuffle" : p->validation ? "validation" : p->layout ? "layout" : NULL;
}

static int count_entry(void *data, const struct format_entry *entry)
{
	(void)entry;
	++*(size_t *)data;
	return SOW_OK;
}

size_t record_output_lines(const struct record_output *p, const struct record *record)
{
	size_t lines = 0;
	format_entries(format_find(p->format), &p->lines, record, 0, count_entry, &lines);
	return lines;
}

void record_output_release(struct record_output *p)
{
	reviewed_close(p->review);
	arena_free(p->mended);
	p->review = NULL;
	p->mended = NULL;
	dataset_drop(p->dataset);
	p->dataset = NULL;
	for (size_t i = 0; i < p->name_count; i++)
		mem_free(p->names[i]);
	mem_free(p->names);
	mem_free(p->named);
	p->names = NULL;
	p->named = NULL;
	p->name_count = 0;
}
