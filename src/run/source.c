#include "run/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/folder.h"

struct task_place {
	int64_t ticket, item;
};

struct source {
	/* a file or another run */
	const char *path;
	struct records_options o;
	struct columns columns;      /* of a step's recipe */
	bool once;                   /* it is held: reading it twice is impossible or expensive */
	/* documents, instead of a path */
	struct documents_options documents;
	struct documents_report told;
	struct records *records;     /* NULL: none is open, or it is standard input */
	struct record_list held;
	const size_t *order;         /* of held records; NULL: as in the file */
	struct hash hash;
	/* a step */
	struct store *store;
	int64_t step;
	struct task_place *places;
	size_t place_room;
	struct shard shard;          /* which records are given out */
	int64_t seen;                /* records of all shards that were read, or counted in the first pass */
	/* both */
	struct arena *arena;
	int64_t at, count, answered, bad; /* of the shard, except for the bad ones */
	struct buf description;
	struct buf left_out;         /* documents: how many, and why */
};

/* A file */

static void hash_number(struct hasher *h, int64_t n)
{
	hasher_add(h, &n, sizeof(n));
}

static void hash_texts(struct hasher *h, const struct view *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		hasher_text(h, list[i]);
}

#define HASH_TEXTS(h, ...) \
	hash_texts(h, (const struct view[]){ __VA_ARGS__ }, \
		   sizeof((const struct view[]){ __VA_ARGS__ }) / sizeof(struct view))

/* Hashes all contents of a record, each member in its place, so that no two records share a hash. */

static void hash_turns(struct hasher *h, const struct turn *turns, size_t count)
{
	hash_number(h, (int64_t)count);
	for (size_t i = 0; i < count; i++) {
		const struct turn *t = &turns[i];
		HASH_TEXTS(h, t->text, t->parts, t->reasoning, t->tool_calls, t->tool_call_id, t->name,
			   t->weight, t->fields);
		hash_number(h, t->role);
		hash_number(h, t->is_silent);
		hash_number(h, t->reasoning_name);
		hash_number(h, t->weight_name);
	}
}

static void hash_instance(struct hasher *h, const struct instance *i)
{
	double score = i->scored ? i->score : 0;
	HASH_TEXTS(h, i->input, i->output, i->reasoning);
	hash_number(h, i->role);
	hash_number(h, i->reasoning_name);
	hash_number(h, i->scored);
	hasher_add(h, &score, sizeof(score));
	hash_number(h, i->sample);
	hash_turns(h, i->turns, i->turn_count);
}

static void hash_record(struct hasher *h, const struct record *r)
{
	const struct lineage *l = &r->lineage;
	if (r->object.len)
		hasher_text(h, r->object);
	HASH_TEXTS(h, r->id, r->name, r->instruction, l->root, l->parent, l->operation, r->tools,
		   r->fields);
	hash_number(h, l->round);
	hash_number(h, r->is_classification);
	hash_number(h, r->beside);
	hash_number(h, r->given);
	hash_number(h, r->id_is_json);
	hash_number(h, (int64_t)r->instance_count);
	for (size_t i = 0; i < r->instance_count; i++)
		hash_instance(h, &r->instances[i]);
	hash_turns(h, r->turns, r->turn_count);
}

/* True if it ends with an answer, or has a separate one. */
static bool is_answered(const struct record *r)
{
	if (r->turn_count && !r->beside) {
		const struct turn *last = &r->turns[r->turn_count - 1];
		return last->role == ROLE_ASSISTANT && (last->text.len || !turn_is_plain(last));
	}
	for (size_t i = 0; i < r->instance_count; i++) {
		if (instance_is_answer(&r->instances[i]))
			return true;
	}
	return false;
}

static void count_record(struct source *s, const struct record *r)
{
	int64_t before = s->count;
	s->count = shard_count(s->shard, ++s->seen);
	s->answered += s->count > before && is_answered(r);
}

/* Reads the whole file once: every mistake in it shows before the first request. */
static int count_and_hash(struct source *s, struct records *r, struct sow_error *err)
{
	struct arena *a = arena_new();
	struct hasher *h = hasher_new();
	struct record record;
	int status = 1;
	while (status > 0 && (status = records_next(r, a, &record, err)) > 0) {
		hash_record(h, &record);
		count_record(s, &record);
		arena_clear(a);
	}
	hasher_finish(h, &s->hash);
	arena_free(a);
	return status;
}

static int hold_all(struct source *s, struct records *r, struct sow_error *err)
{
	int status = record_list_take(&s->held, s->arena, r, err);
	if (status)
		return status;
	source_hash_list(&s->held, &s->hash);
	for (size_t i = 0; i < s->held.count; i++)
		count_record(s, &s->held.list[i]);
	return SOW_OK;
}

/* "input_7", for a record without an id. */
static void set_id(struct record *record, size_t number, struct arena *a)
{
	char id[32];
	snprintf(id, sizeof(id), "input_%zu", number + 1);
	const char *copy = arena_copystr(a, id);
	record->id = view_of(copy);
}

static void add_left_out(struct buf *out, int64_t count, const char *one, const char *more)
{
	if (count)
		buf_addf(out, "%s%" PRId64 " %s", out->len ? ", " : "", count, count == 1 ? one : more);
}

/* "1 empty, 2 bad documents" */
static void add_reasons(const struct documents_report *t, struct buf *out)
{
	add_left_out(out, t->bad, "bad document", "bad documents");
	add_left_out(out, t->same, "with the text of another", "with the text of others");
	add_left_out(out, t->empty, "empty", "empty");
	add_left_out(out, t->foreign, "in another language", "in other languages");
	add_left_out(out, t->foreign_chunks, "chunk in another language", "chunks in other languages");
}

static void describe_documents(struct source *s)
{
	const struct documents_report *t = &s->told;
	buf_addf(&s->description, "%" PRId64 " %s, %" PRId64 " %s", t->read,
		 t->read == 1 ? "document" : "documents", t->chunks, t->chunks == 1 ? "chunk" : "chunks");
	add_reasons(t, &s->left_out);
	if (s->left_out.len)
		buf_addf(&s->description, "; left out: %s", s->left_out.data);
}

/* Omitted documents are reported only once. */
static struct records *open_stream(struct source *s, bool again, struct sow_error *err)
{
	if (!s->documents.paths.count)
		return open_records(s->path, &s->o, err);
	return documents_records(&s->documents, again ? NULL : &s->told, err);
}

/* A document that cannot be read is like a bad record of a file: the user decides whether to skip it. */
static int refuse_bad(const struct source *s, struct sow_error *err)
{
	const struct documents_report *t = &s->told;
	struct view rest = view_sub(view_from(t->lines.data, t->lines.len), t->first_bad, t->lines.len), line;
	if (!t->bad || s->o.skip_bad || !view_line(&rest, &line))
		return SOW_OK;
	line.len -= view_ends(line, DOCUMENTS_LEFT_OUT) ? strlen(DOCUMENTS_LEFT_OUT) : 0;
	if (t->bad == 1)
		return error_set(err, SOW_INVALID, "%.*s; --skip-bad leaves it out", VIEW_ARG(line));
	return error_set(err, SOW_INVALID, "%.*s, the first of %" PRId64 " documents that cannot be read; "
			 "--skip-bad leaves them out, and names each", VIEW_ARG(line), t->bad);
}

/* Shuffles held records; each keeps the id of its original place. */
static void shuffle(struct source *s, int64_t seed)
{
	struct draw d = draw_start((uint64_t)seed, DRAW_INPUTS, 0);
	size_t count = s->held.count, *order = mem_alloc(count * sizeof(*order));
	struct record *list = arena_array(s->arena, count, sizeof(*list));
	source_name_held(s);
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	draw_shuffle(&d, order, count);
	memcpy(list, s->held.list, count * sizeof(*list));
	for (size_t i = 0; i < count; i++)
		s->held.list[i] = list[order[i]];
	mem_free(order);
}

static int read_all(struct source *s, struct sow_error *err)
{
	bool once = s->once;
	struct records *r = open_stream(s, false, err);
	if (!r)
		return err && err->status ? (int)err->status : SOW_IO;
	int status = (once ? hold_all : count_and_hash)(s, r, err);
	s->bad = (int64_t)records_bad(r);
	if (!status && !s->seen)
		status = error_set(err, SOW_INVALID, "%s: no records in it", s->path);
	else if (!status && !s->count)
		status = error_set(err, SOW_INVALID, "--shard %" PRId64 "/%" PRId64 ": %s has %" PRId64 " records",
				   s->shard.number, s->shard.count, s->path, s->seen);
	if (!status && s->documents.paths.count)
		status = refuse_bad(s, err);
	if (s->documents.paths.count)
		describe_documents(s);
	else if (!status && !records_describe(r, &s->description))
		buf_clear(&s->description);
	if (!status && s->shard.count > 1)
		buf_addf(&s->description, "%sshard %" PRId64 "/%" PRId64 ", %" PRId64 " of %" PRId64 " records",
			 s->description.len ? "; " : "", s->shard.number, s->shard.count, s->count, s->seen);
	s->seen = 0;
	records_close(r);
	if (!status && !once && !(s->records = open_stream(s, true, err)))
		status = err && err->status ? (int)err->status : SOW_IO;
	return status;
}

static struct source *new_file(const char *path)
{
	struct source *s = mem_zalloc(sizeof(*s));
	s->description = s->left_out = (struct buf)BUF_INIT;
	s->told = (struct documents_report)DOCUMENTS_REPORT_INIT;
	s->once = strcmp(path, "-") == 0;
	s->shard = SHARD_WHOLE;
	s->arena = arena_new();
	s->path = arena_copystr(s->arena, path);
	return s;
}

static int set_options(struct source *s, const struct recipe_step *step, struct sow_error *err)
{
	bool any = step->map.count || step->delimiter || step->skip_bad;
	int status = SOW_OK;
	if (step->method->takes_objects && step->map.count)
		return error_set(err, SOW_USAGE, "--map is for methods that read questions: a prompt of %s "
				 "names the fields as they are", step->method->name);
	if (any && folder_is(s->path))
		return error_set(err, SOW_USAGE, "--map, --delimiter and --skip-bad are for a file; %s is a "
				 "directory", s->path);
	for (size_t i = 0; i < step->map.count && !status; i++)
		status = columns_map(&s->columns, s->arena, step->map.items[i], err);
	if (!status && step->delimiter)
		status = records_delimiter(step->delimiter, &s->o.delimiter, err);
	s->o.columns = step->map.count ? &s->columns : NULL;
	s->o.skip_bad = step->skip_bad;
	s->o.objects = step->method->takes_objects;
	return status;
}

/* Documents that a program converts to text are held, so that it runs only once. */
static int set_documents(struct source *s, const struct recipe_step *step, struct sow_error *err)
{
	s->documents = (struct documents_options){
		.paths = step->documents, .chunk = step->chunk, .overlap = step->overlap,
		.convert = step->convert, .language = step->documents_language,
	};
	s->once |= step->convert != NULL;
	s->o.skip_bad = step->skip_bad;
	if (step->map.count || step->delimiter)
		return error_set(err, SOW_USAGE, "--map and --delimiter are for --input");
	return SOW_OK;
}

struct source *source_input(const struct recipe_step *step, int64_t seed, struct shard shard,
			    struct sow_error *err)
{
	bool is_documents = step->documents.count;
	struct source *s = new_file(is_documents ? "documents" : step->input);
	const struct method *m = step->method;
	if (s)
		s->shard = shard;
	if (s && (step->shuffle || (m->needs_inputs && m->needs_inputs(step->o.own))))
		s->once = true;
	if (s && !(is_documents ? set_documents : set_options)(s, step, err) && !read_all(s, err)) {
		if (step->shuffle)
			shuffle(s, seed);
		return s;
	}
	source_free(s);
	return NULL;
}

/* The next record of the shard. The file may have changed since the first pass. */
static int read_next(struct source *s, struct arena *a, struct record *record,
		     struct sow_error *err)
{
	int64_t place = shard_ticket(s->shard, s->at + 1);
	int status = 1;
	while (s->seen < place && status > 0) {
		status = records_next(s->records, a, record, err);
		if (++s->seen < place)
			arena_clear(a);
	}
	return status ? status : error_set(err, SOW_INVALID, "%s: became shorter while it was read",
					   s->path);
}

static int next_of_file(struct source *s, struct arena *a, struct record *record,
			struct sow_error *err)
{
	size_t place = (size_t)shard_ticket(s->shard, s->at + 1) - 1;
	int status = 1;
	place = s->order ? s->order[place] : place;
	if (s->records)
		status = read_next(s, a, record, err);
	else
		*record = s->held.list[place];
	if (status < 0 || record->id.len)
		return status;
	set_id(record, place, a);
	return 1;
}

/* A step */

static int add_place(void *data, int64_t ticket, int64_t item)
{
	struct source *s = data;
	mem_grow(&s->places, &s->place_room, (size_t)s->count + 1);
	s->places[s->count++] = (struct task_place){ ticket, item };
	return SOW_OK;
}

struct source *source_step(struct store *store, int64_t step, int64_t limit, struct sow_error *err)
{
	struct source *s = mem_zalloc(sizeof(*s));
	s->description = (struct buf)BUF_INIT;
	s->told = (struct documents_report)DOCUMENTS_REPORT_INIT;
	s->store = store;
	s->step = step;
	int status = store_each_waiting(store, step, limit, add_place, s, err);
	if (!status)
		return s;
	source_free(s);
	return NULL;
}

struct taken {
	struct arena *arena;
	struct record *record;
	struct sow_error *err;
};

static int take(void *data, const struct record *record)
{
	struct taken *t = data;
	record_copy(record, t->arena, t->record);
	t->record->lineage = (struct lineage){ .root = t->record->id };
	return SOW_OK;
}

static int next_of_step(struct source *s, struct arena *a, struct record *record,
			struct sow_error *err)
{
	struct taken taken = { a, record, err };
	const struct task_place *place = &s->places[s->at];
	const struct task_range range = { .step = s->step, .limit = 1, .after_ticket = place->ticket,
					  .after_item = place->item - 1 };
	int status = store_each_task(s->store, &range, take, &taken, err);
	return status ? status : 1;
}

static int hold_task(void *data, const struct record *record)
{
	struct source *s = data;
	struct record_list *l = &s->held;
	mem_grow(&l->list, &l->room, l->count + 1);
	struct taken taken = { s->arena, &l->list[l->count++], NULL };
	return take(&taken, record);
}

struct source *source_step_held(struct store *store, int64_t step, int64_t limit, struct sow_error *err)
{
	struct source *s = mem_zalloc(sizeof(*s));
	const struct task_range range = { .step = step, .limit = limit };
	s->description = s->left_out = (struct buf)BUF_INIT;
	s->told = (struct documents_report)DOCUMENTS_REPORT_INIT;
	s->shard = SHARD_WHOLE;
	s->arena = arena_new();
	int status = store_each_task(store, &range, hold_task, s, err);
	s->count = (int64_t)s->held.count;
	if (!status)
		return s;
	source_free(s);
	return NULL;
}

/* Both */

void source_free(struct source *s)
{
	if (!s)
		return;
	records_close(s->records);
	record_list_release(&s->held);
	buf_release(&s->description);
	buf_release(&s->left_out);
	buf_release(&s->told.lines);
	mem_free(s->places);
	arena_free(s->arena);
	mem_free(s);
}

int64_t source_count(const struct source *s)
{
	return s->count;
}

int64_t source_answered(const struct source *s)
{
	return s->answered;
}

int64_t source_bad(const struct source *s)
{
	return s->bad;
}

const char *source_name(const struct source *s)
{
	return s->path && strcmp(s->path, "-") == 0 ? "standard input" : s->path;
}

struct view source_omissions(const struct source *s)
{
	return view_from(s->told.lines.data, s->told.lines.len);
}

struct view source_left_out(const struct source *s)
{
	return view_from(s->left_out.data, s->left_out.len);
}

const char *source_description(const struct source *s)
{
	return s->description.len ? s->description.data : NULL;
}

const struct hash *source_hash(const struct source *s)
{
	return s->store ? NULL : &s->hash;
}

int source_skip(struct source *s, int64_t count, struct sow_error *err)
{
	int status = 1;
	if (count > s->count)
		return error_set(err, SOW_INVALID, "the input has %lld entries, and %lld were begun",
				 (long long)s->count, (long long)count);
	struct arena *a = arena_new();
	struct record record;
	for (; s->records && s->at < count && status >= 0; s->at++) {
		status = read_next(s, a, &record, err);
		arena_clear(a);
	}
	arena_free(a);
	s->at = count;
	return status < 0 ? status : SOW_OK;
}

const struct record *source_held(const struct source *s, size_t *count)
{
	*count = s->held.count;
	return s->held.list;
}

void source_name_held(struct source *s)
{
	for (size_t i = 0; i < s->held.count; i++) {
		if (!s->held.list[i].id.len)
			set_id(&s->held.list[i], i, s->arena);
	}
}

void source_set_order(struct source *s, const size_t *order)
{
	s->order = order;
}

void source_hash_list(const struct record_list *list, struct hash *out)
{
	struct hasher *h = hasher_new();
	for (size_t i = 0; i < list->count; i++)
		hash_record(h, &list->list[i]);
	hasher_finish(h, out);
}

int source_next(struct source *s, struct arena *a, struct record *record, struct sow_error *err)
{
	if (s->at == s->count)
		return 0;
	int status = s->store ? next_of_step(s, a, record, err) : next_of_file(s, a, record, err);
	s->at += status > 0;
	return status;
}
