#include "clean/clean.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "clean/explain.h"
#include "clean/input.h"
#include "clean/output.h"
#include "clean/record_text.h"
#include "io/outfile.h"

#define TOGETHER 16 /* records that a thread prepares at a time */
#define BENCHES (CLEAN_BATCH / TOGETHER)

struct slot {
	struct clean_line line;
	const char *file;            /* that it is in, for messages */
	size_t start, len;           /* of what is written, in the batch's bytes */
	struct input_record record; /* its views are made when it is prepared: */
	size_t json, json_len;       /* in the batch's bytes */
	struct buf text;
	size_t repaired;             /* 1: it had bytes that are no text */
	bool shaped;                 /* one of the first of the file */
	bool blank;                  /* it is only explained */
	int status;                  /* SOW_INVALID, SOW_TOOBIG: `message` tells */
	char *message;
};

/* What preparing needs, for each TOGETHER records of a batch. */
struct bench {
	struct arena *arena;
	struct shape shape;
	unsigned mapped;             /* mappings that a record had */
	bool unusual;                /* the last record was (record_text.h) */
};

struct batch {
	struct buf bytes;
	struct slot slots[CLEAN_BATCH];
	size_t count;
	size_t first_slot;           /* of its lines: CLEAN_BATCH or 0, in turn */
	bool last;                   /* nothing comes after it */
	struct sow_error failure;    /* the file could not be read on */
	bool of_one;                 /* the failure is that of one record */
};

struct pass {
	const struct clean_options *o;
	const struct clean_job *job;
	struct input *in;
	/* what was read and is not in a batch yet: blank lines come before it */
	struct input_record at_hand;
	struct sow_error why;
	int at_hand_status;
	bool has_at_hand;
	size_t lines;                /* that are in batches */
	size_t begun;                /* records that are in batches, and those before this part */
	struct hasher *hasher;       /* of a run's records, where they must not change */
	struct output *out;
	struct explain *explain;
	struct clean_counts counts;
	size_t repaired;
	struct sow_error first_bad;
	struct bench benches[BENCHES];
	struct batch *reading, *preparing, *deciding;
	int status;                  /* of what was decided, with its failure */
	struct sow_error failure;
	bool unwritten;              /* because of that; finishing the files tells why */
	struct clean_line *good[CLEAN_BATCH];
};

/* Reading */

static void take_message(struct slot *s, const struct sow_error *err)
{
	s->status = err->status;
	s->message = mem_copystr(err->text);
}

static struct slot *add_slot(struct pass *p, struct batch *b, size_t number)
{
	struct slot *s = &b->slots[b->count];
	mem_free(s->message);
	*s = (struct slot){ .text = s->text };
	s->line.number = number;
	s->file = input_name(p->in);
	s->line.by_record = !input_has_lines(p->in);
	s->line.at = input_line(p->in);
	s->line.slot = b->first_slot + b->count++;
	return s;
}

/* The record as it stands in the file, with a newline after it; a text line is its own. */
static void hold(struct batch *b, struct slot *s, const struct input_record *r)
{
	s->record = *r;
	s->start = b->bytes.len;
	s->len = r->raw.len;
	if (!r->is_text) {
		s->json = s->start + (size_t)(r->json.p - r->raw.p);
		s->json_len = r->json.len;
	}
	buf_add(&b->bytes, r->raw.p, r->raw.len);
	buf_addch(&b->bytes, '\n');
}

/* How many lines stand before the one at hand. */
static size_t lines_before(const struct pass *p)
{
	size_t line = input_line(p->in);
	if (!input_has_lines(p->in))
		return 0;
	if (p->at_hand_status == 0)
		return line;
	return input_broken(p->in) || !line ? 0 : line - 1;
}

static void read_at_hand(struct pass *p)
{
	if (p->has_at_hand)
		return;
	p->why = (struct sow_error){ 0 };
	p->at_hand_status = input_next(p->in, &p->at_hand, &p->why);
	p->has_at_hand = true;
	if (p->hasher && p->at_hand_status > 0)
		hasher_text(p->hasher, p->at_hand.json);
}

/* One record or blank line more. 1, 0 at the end, or a failure that ends it. */
static int read_one(struct pass *p, struct batch *b)
{
	read_at_hand(p);
	if (p->explain && p->lines < lines_before(p)) {
		add_slot(p, b, ++p->lines)->blank = true;
		return 1;
	}
	int status = p->at_hand_status;
	p->has_at_hand = false;
	p->lines = input_line(p->in);
	if (status == 0)
		return 0;
	if (status < 0 && (input_broken(p->in) || !p->o->skip_bad)) {
		b->failure = p->why;
		b->of_one = !input_broken(p->in);
		return status;
	}
	struct slot *s = add_slot(p, b, input_number(p->in));
	s->shaped = p->begun++ < FACTS_SHAPED;
	if (status > 0)
		hold(b, s, &p->at_hand);
	else
		take_message(s, &p->why);
	return 1;
}

static void read_batch(struct pass *p)
{
	struct batch *b = p->reading;
	const struct batch *before = p->preparing;
	int status = before->last ? 0 : 1;
	buf_clear(&b->bytes);
	b->count = 0;
	b->first_slot = CLEAN_BATCH - before->first_slot;
	b->failure = (struct sow_error){ 0 };
	b->of_one = false;
	while (status > 0 && b->count < CLEAN_BATCH && b->bytes.len < CLEAN_BYTES)
		status = read_one(p, b);
	b->last = status <= 0;
}

/* Preparing */

static bool is_told(const struct pass *p)
{
	return (p->o->describe || p->o->facts) && !p->o->field_count && !p->o->plain && !input_is_run(p->in);
}

/* Leaves out the white space that is outside of texts, in place. */
static size_t compact(char *text, size_t len)
{
	size_t to = 0;
	bool in_text = false;
	for (size_t i = 0; i < len; i++) {
		if (!in_text && ascii_space(text[i]))
			continue;
		if (in_text && text[i] == '\\' && i + 1 < len)
			text[to++] = text[i++];
		else if (text[i] == '"')
			in_text = !in_text;
		text[to++] = text[i];
	}
	return to;
}

static void prepare_line(struct pass *p, struct batch *b, struct slot *s, struct bench *bench)
{
	struct sow_error err = { 0 };
	const struct record_reader reader = {
		.o = p->o,
		.name = s->file,
		.arena = bench->arena,
		.shape = s->shaped && is_told(p) ? &bench->shape : NULL,
		.text = &s->text,
		.mapped = &bench->mapped,
		.unusual = &bench->unusual,
		.repaired = &s->repaired,
	};
	s->line.raw = s->record.raw = view_from(b->bytes.data + s->start, s->len);
	s->record.json = view_from(b->bytes.data + s->json, s->json_len);
	int status = record_text_read(&reader, &s->record, &s->line, &err);
	arena_clear(bench->arena);
	if (status) {
		take_message(s, &err);
		return;
	}
	if (s->record.is_loose) {
		s->len = s->json_len = compact(b->bytes.data + s->start, s->len);
		b->bytes.data[s->start + s->len] = '\n';
		s->line.raw.len = s->len;
	}
	if (p->job->prepare)
		s->status = p->job->prepare(p->job->data, &s->line, &err);
	if (err.status)
		take_message(s, &err);
}

static void prepare_some(struct pass *p, size_t item)
{
	struct batch *b = p->preparing;
	size_t from = item * TOGETHER;
	for (size_t i = from; i < from + TOGETHER && i < b->count; i++) {
		if (!b->slots[i].blank && !b->slots[i].status)
			prepare_line(p, b, &b->slots[i], &p->benches[item]);
	}
}

/* Settling */

/* Stopped by a record that could have been passed over. */
static void tell_stopped(const struct pass *p)
{
	if (p->o->stopped)
		*p->o->stopped = true;
}

/* The first failure of the batch that nobody may pass over. */
static int check(struct pass *p, struct batch *b, struct sow_error *err)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct slot *s = &b->slots[i];
		if (s->status == SOW_NOMEM)
			return error_nomem(err);
		if (!s->status || (s->message && p->o->skip_bad))
			continue;
		if (s->message)
			tell_stopped(p);
		return error_set(err, (enum sow_status)s->status, "%s",
				 s->message ? s->message : "failed");
	}
	return SOW_OK;
}

/* A failure that is not said in *err is a file's, which knows it. */
static int write_line(struct pass *p, const struct batch *b, const struct slot *s,
		      struct sow_error *err)
{
	if (s->blank)
		return p->explain ? explain_unread(p->explain, &s->line, "blank", NULL) : SOW_OK;
	if (s->status) {
		if (!p->counts.bad++)
			error_set(&p->first_bad, SOW_INVALID, "%s", s->message);
		if (p->o->tell)
			p->o->tell(p->o->tell_data, s->message);
		return p->explain ? explain_unread(p->explain, &s->line, "bad", s->message) : SOW_OK;
	}
	p->counts.records++;
	p->counts.kept += !s->line.removed;
	p->counts.removed += s->line.removed;
	p->repaired += s->repaired;
	int status = p->explain ? explain_line(p->explain, &s->line) : SOW_OK;
	if (status || !p->out || s->line.removed)
		return status;
	struct view json = s->record.is_text ? view_of("")
					     : view_from(b->bytes.data + s->json, s->json_len);
	status = output_keep(p->out, s->line.raw, json, err);
	if (status == SOW_INVALID)
		error_prefix(err, "%s:%zu", s->file, s->line.at);
	return status;
}

static int decide_batch(struct pass *p, struct workers *crew, struct sow_error *err)
{
	struct batch *b = p->deciding;
	size_t count = 0;
	int status = check(p, b, err);
	if (status)
		return status;
	for (size_t i = 0; i < b->count; i++) {
		if (!b->slots[i].blank && !b->slots[i].status)
			p->good[count++] = &b->slots[i].line;
	}
	if (p->job->decide)
		status = p->job->decide(p->job->data, crew, p->good, count, err);
	for (size_t i = 0; i < b->count && !status; i++) {
		status = write_line(p, b, &b->slots[i], err);
		p->unwritten = status == SOW_IO && !err->status;
		if (status == SOW_NOMEM)
			error_nomem(err);
	}
	if (status || !b->failure.status)
		return status;
	if (b->of_one)
		tell_stopped(p);
	return error_set(err, b->failure.status, "%s", b->failure.text);
}

static void decide(struct pass *p, struct workers *crew)
{
	p->status = decide_batch(p, crew, &p->failure);
}

/* All three at once */

/* Item 0 decides, which no other thread can help with, 1 reads, the others prepare. */
static void work(void *data, size_t item)
{
	struct pass *p = data;
	if (item > 1)
		prepare_some(p, item - 2);
	else if (item == 1)
		read_batch(p);
	else if (!p->job->uses_crew)
		decide(p, NULL);
}

static void pass_on(struct pass *p)
{
	struct batch *decided = p->deciding;
	p->deciding = p->preparing;
	p->preparing = p->reading;
	p->reading = decided;
}

static int go(struct pass *p, struct workers *crew, struct sow_error *err)
{
	for (;;) {
		workers_run(crew, 2 + (p->preparing->count + TOGETHER - 1) / TOGETHER, work, p);
		if (p->job->uses_crew)
			decide(p, crew);
		if (p->status)
			*err = p->failure;
		if (p->status || p->deciding->last)
			return p->status;
		pass_on(p);
	}
}

static struct batch *batch_new(void)
{
	struct batch *b = mem_zalloc(sizeof(*b));
	b->bytes = (struct buf)BUF_INIT;
	for (size_t i = 0; i < CLEAN_BATCH; i++)
		b->slots[i].text = (struct buf)BUF_INIT;
	return b;
}

static void batch_free(struct batch *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < CLEAN_BATCH; i++) {
		buf_release(&b->slots[i].text);
		mem_free(b->slots[i].message);
	}
	buf_release(&b->bytes);
	mem_free(b);
}

static void make_benches(struct pass *p)
{
	for (size_t i = 0; i < BENCHES; i++)
		p->benches[i].arena = arena_new();
	p->hasher = p->o->fingerprint && p->o->fingerprint->by_hash ? hasher_new() : NULL;
}

/* True if explanations would take the place of what is read. */
static bool explains_over_input(const struct clean_options *o)
{
	if (!o->explain)
		return false;
	for (size_t i = 0; o->parts && i < o->parts->count; i++) {
		if (outfile_same(o->parts->list[i].path, o->explain))
			return true;
	}
	return !o->parts && outfile_same(o->in, o->explain) && strcmp(o->in, "-") != 0;
}

static int open_all(struct pass *p, struct sow_error *err)
{
	make_benches(p);
	p->reading = batch_new();
	p->preparing = batch_new();
	p->deciding = batch_new();
	if (p->o->out && p->o->explain && outfile_same(p->o->out, p->o->explain))
		return error_set(err, SOW_USAGE, "%s: expected two files, for what is kept and for "
				 "what explains it",
				 strcmp(p->o->out, "-") == 0 ? "standard output" : p->o->out);
	if (explains_over_input(p->o))
		return error_set(err, SOW_USAGE, "%s: --explain would replace the input", p->o->explain);
	p->in = input_open(p->o, err);
	if (p->in && p->o->out)
		p->out = output_open(p->o, err);
	if (!p->in || (p->o->out && !p->out))
		return err->status;
	if (p->o->explain)
		p->explain = explain_open(p->o->explain, p->o->append, err);
	return p->o->explain && !p->explain ? (int)err->status : SOW_OK;
}

/* Of several files, what they are together. */
static const char *name_of(const struct pass *p)
{
	return p->o->parts ? p->o->in : input_name(p->in);
}

/* Records in and none readable is a failure, and so is a mapping that none has. */
static int check_readable(const struct pass *p, struct sow_error *err)
{
	if (p->o->is_part)
		return SOW_OK;
	if (p->counts.records)
		return columns_check(p->o->columns, p->counts.mapped, name_of(p), err);
	if (!p->counts.bad)
		return SOW_OK;
	return error_set(err, SOW_INVALID, "%s: no record in it can be read; the first: %s",
			 name_of(p), p->first_bad.text);
}

/* What of its members was taken for a question. */
static void add_columns(const struct pass *p, struct shape *asked)
{
	struct shape all = { .count = 0 };
	for (size_t i = 0; i < BENCHES; i++)
		shape_merge(&all, &p->benches[i].shape);
	for (size_t i = 0; i < all.count; i++) {
		enum column c = all.rows[i].column;
		if (c == COLUMN_INSTRUCTION || c == COLUMN_CONTEXT || c == COLUMN_TURNS ||
		    c == COLUMN_HISTORY)
			asked->rows[asked->count++] = all.rows[i];
	}
}

static void find_facts(const struct pass *p, struct facts *f)
{
	struct buf kind = BUF_INIT;
	*f = (struct facts){ .records = p->counts.records, .bad = p->counts.bad, .repaired = p->repaired,
			     .halves = input_repaired(p->in) };
	if (!p->o->parts || !p->o->parts->several)
		input_kind(p->in, &kind);
	snprintf(f->kind, sizeof(f->kind), "%s", kind.len ? kind.data : "");
	add_columns(p, &f->shape);
	facts_set_outside(f, input_outside(p->in));
	buf_release(&kind);
}

/* What the file was taken for, where that is not plain to see. */
static void describe(const struct pass *p)
{
	struct facts f;
	struct buf text = BUF_INIT;
	find_facts(p, &f);
	if (p->o->facts)
		*p->o->facts = f;
	if (p->o->describe && facts_describe_input(&f, name_of(p), &text))
		p->o->describe(p->o->tell_data, text.data);
	buf_release(&text);
}

static void describe_table(const struct pass *p)
{
	struct buf text = BUF_INIT, columns = BUF_INIT;
	output_say_json(p->out, &columns);
	buf_addf(&text, "written as JSON in their columns: %s", columns.data);
	if (columns.len)
		p->o->describe(p->o->tell_data, text.data);
	buf_release(&text);
	buf_release(&columns);
}

/* Both files appear, or none; but if the second cannot be finished, the first is there. Of one
 * that could not be written this says why. */
static int finish(struct pass *p, struct sow_error *err)
{
	struct output *out = p->out;
	int status = out && !p->unwritten ? output_end(out, err) : SOW_OK;
	if (status || (out && output_failed(out)))
		return status ? status : output_finish(out, err);
	struct explain *explain = p->explain;
	p->explain = NULL;
	if (explain)
		status = explain_finish(explain, err);
	return status || !out ? status : output_finish(out, err);
}

int clean_run(const struct clean_options *o, const struct clean_job *job, struct workers *crew,
	      struct clean_counts *counts, struct sow_error *err)
{
	struct sow_error own;
	struct pass *p = mem_zalloc(sizeof(*p));
	if (!err)
		err = &own;
	p->o = o;
	p->job = job;
	p->lines = o->parts && !o->parts->several ? o->parts->before : 0;
	p->begun = o->parts ? o->parts->records : 0;
	int status = open_all(p, err);
	if (!status)
		status = go(p, crew, err);
	size_t before = o->parts ? o->parts->before : 0;
	for (size_t i = 0; i < BENCHES && !status; i++)
		p->counts.mapped |= p->benches[i].mapped;
	if (!status)
		p->counts.numbers = input_number(p->in) - before;
	if (!status)
		status = clean_fingerprint_check(o, p->hasher, err);
	if (!status)
		status = check_readable(p, err);
	if (!status || p->unwritten)
		status = finish(p, err);
	if (!status && (o->describe || o->facts))
		describe(p);
	if (!status && o->describe && p->out)
		describe_table(p);
	explain_drop(p->explain);
	output_free(p->out);
	input_close(p->in);
	for (size_t i = 0; i < BENCHES; i++)
		arena_free(p->benches[i].arena);
	if (p->hasher)
		hasher_finish(p->hasher, NULL);
	batch_free(p->reading);
	batch_free(p->preparing);
	batch_free(p->deciding);
	if (!status) {
		counts->records += p->counts.records;
		counts->kept += p->counts.kept;
		counts->removed += p->counts.removed;
		counts->bad += p->counts.bad;
		counts->numbers += p->counts.numbers;
		counts->mapped |= p->counts.mapped;
	}
	mem_free(p);
	return status;
}

struct clean_options clean_options_for(const struct clean_options *o, const char *in)
{
	struct clean_options own = *o;
	own.in = in;
	own.out = own.explain = NULL;
	own.parts = NULL;
	own.is_part = false;
	own.append = NULL;
	own.fingerprint = NULL;
	own.facts = NULL;
	return own;
}

int clean_read(const struct clean_options *o, const struct clean_job *job, struct workers *crew,
	       struct clean_counts *counts, struct sow_error *err)
{
	struct clean_options own = *o;
	struct clean_counts ignored = { 0 };
	own.out = own.explain = NULL;
	own.tell = own.describe = NULL;
	own.facts = NULL;
	return clean_run(&own, job, crew, counts ? counts : &ignored, err);
}

int clean_wrong(struct sow_error *err, enum sow_status status, const char *path,
		const struct clean_line *line, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error_set(err, status, "%s", text);
	if (line->by_record && line->at)
		return error_prefix(err, "%s:%zu: record %zu", path, line->at, line->number);
	if (line->by_record)
		return error_prefix(err, "%s: record %zu", path, line->number);
	return error_prefix(err, "%s:%zu", path, line->number);
}
