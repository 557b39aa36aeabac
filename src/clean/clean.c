#include "clean/clean.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "clean/explain.h"
#include "clean/line_text.h"
#include "io/infile.h"
#include "io/outfile.h"

#define TOGETHER 16 /* lines that a thread prepares at a time */

struct slot {
	struct clean_line line;
	size_t start, len;           /* of the line, in the batch's bytes */
	struct buf text;
	bool blank;                  /* it is only explained */
	int status;                  /* SOW_INVALID, SOW_TOOBIG: `message` tells */
	char *message;
};

struct batch {
	struct buf bytes;
	struct slot slots[CLEAN_BATCH];
	size_t count;
	size_t first_slot;           /* of its lines: CLEAN_BATCH or 0, in turn */
	bool last;                   /* nothing comes behind it */
	struct sow_error failure;    /* the file could not be read on */
};

struct pass {
	const struct clean_options *o;
	const struct clean_job *job;
	struct infile *in;
	struct outfile *out;
	struct explain *explain;
	struct clean_counts counts;
	struct batch *reading, *preparing, *settling;
	int status;                  /* of what was settled, with its failure */
	struct sow_error failure;
	bool unwritten;              /* because of that; finishing the files tells why */
	struct clean_line *good[CLEAN_BATCH];
};

/* -- reading -------------------------------------------------------------------------------- */

static int take_message(struct slot *s, const struct sow_error *err)
{
	s->status = err->status;
	s->message = mem_copystr(err->text);
	if (!s->message)
		s->status = SOW_NOMEM;
	return s->status;
}

static struct slot *add_slot(struct batch *b, size_t number)
{
	struct slot *s = &b->slots[b->count];
	mem_free(s->message);
	*s = (struct slot){ .text = s->text };
	s->line.number = number;
	s->line.slot = b->first_slot + b->count++;
	return s;
}

static bool is_blank(struct view line)
{
	return view_trim(line).len == 0;
}

/* One line more. 1, 0 at the end, or a failure that cannot be passed over. */
static int read_line(struct pass *p, struct batch *b)
{
	struct view line;
	struct sow_error err = { 0 };
	int status = infile_line(p->in, &line, &err);
	if (status > 0) {
		struct slot *s = add_slot(b, infile_number(p->in));
		s->blank = is_blank(line);
		s->start = b->bytes.len;
		s->len = line.len;
		if (buf_add(&b->bytes, line.p, line.len) || buf_addch(&b->bytes, '\n'))
			return error_nomem(&b->failure);
		return 1;
	}
	if (status == SOW_TOOBIG && p->o->skip_bad) {
		struct slot *s = add_slot(b, infile_number(p->in) + 1);
		take_message(s, &err);
		status = infile_pass(p->in, &err);
		if (!status)
			return 1;
	}
	if (status < 0)
		b->failure = err;
	return status;
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
	while (status > 0 && b->count < CLEAN_BATCH && b->bytes.len < CLEAN_BYTES)
		status = read_line(p, b);
	b->last = status <= 0;
}

/* -- preparing ------------------------------------------------------------------------------- */

static void prepare_line(struct pass *p, struct batch *b, struct slot *s)
{
	struct sow_error err = { 0 };
	s->line.raw = view_from(b->bytes.data + s->start, s->len);
	int status = line_text_read(p->o, infile_path(p->in), &s->line, &s->text, &err);
	if (status) {
		take_message(s, &err);
		return;
	}
	if (p->job->prepare)
		s->status = p->job->prepare(p->job->data, &s->line);
}

static void prepare_some(struct pass *p, size_t from)
{
	struct batch *b = p->preparing;
	for (size_t i = from; i < from + TOGETHER && i < b->count; i++) {
		if (!b->slots[i].blank && !b->slots[i].status)
			prepare_line(p, b, &b->slots[i]);
	}
}

/* -- settling -------------------------------------------------------------------------------- */

/* Stopped by a line that could have been passed over. */
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

static int write_line(struct pass *p, const struct slot *s)
{
	if (s->blank)
		return p->explain ? explain_unread(p->explain, s->line.number, "blank", NULL)
				  : SOW_OK;
	if (s->status) {
		p->counts.bad++;
		if (p->o->tell)
			p->o->tell(p->o->tell_data, s->message);
		return p->explain ? explain_unread(p->explain, s->line.number, "bad", s->message)
				  : SOW_OK;
	}
	p->counts.records++;
	p->counts.kept += !s->line.removed;
	p->counts.removed += s->line.removed;
	int status = p->explain ? explain_line(p->explain, &s->line) : SOW_OK;
	if (!status && p->out && !s->line.removed) /* with the newline behind it */
		status = outfile_write(p->out, s->line.raw.p, s->line.raw.len + 1);
	return status;
}

static int settle_batch(struct pass *p, struct workers *crew, struct sow_error *err)
{
	struct batch *b = p->settling;
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
		status = write_line(p, &b->slots[i]);
		p->unwritten = status == SOW_IO;
		if (status == SOW_NOMEM)
			error_nomem(err);
	}
	if (status || !b->failure.status)
		return status;
	if (b->failure.status == SOW_TOOBIG)
		tell_stopped(p);
	return error_set(err, b->failure.status, "%s", b->failure.text);
}

static void settle(struct pass *p, struct workers *crew)
{
	p->status = settle_batch(p, crew, &p->failure);
}

/* -- all three at once --------------------------------------------------------------------- */

/* Item 0 settles, which nobody can help with, 1 reads, the others prepare. */
static void work(void *data, size_t item)
{
	struct pass *p = data;
	if (item > 1)
		prepare_some(p, (item - 2) * TOGETHER);
	else if (item == 1)
		read_batch(p);
	else if (!p->job->uses_crew)
		settle(p, NULL);
}

static void pass_on(struct pass *p)
{
	struct batch *settled = p->settling;
	p->settling = p->preparing;
	p->preparing = p->reading;
	p->reading = settled;
}

static int go(struct pass *p, struct workers *crew, struct sow_error *err)
{
	for (;;) {
		workers_run(crew, 2 + (p->preparing->count + TOGETHER - 1) / TOGETHER, work, p);
		if (p->job->uses_crew)
			settle(p, crew);
		if (p->status)
			*err = p->failure;
		if (p->status || p->settling->last)
			return p->status;
		pass_on(p);
	}
}

static struct batch *batch_new(void)
{
	struct batch *b = mem_zalloc(sizeof(*b));
	if (!b)
		return NULL;
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

static int open_all(struct pass *p, struct sow_error *err)
{
	p->reading = batch_new();
	p->preparing = batch_new();
	p->settling = batch_new();
	if (!p->reading || !p->preparing || !p->settling)
		return error_nomem(err);
	if (p->o->out && p->o->explain && outfile_same(p->o->out, p->o->explain))
		return error_set(err, SOW_USAGE, "%s: expected two files, for what is kept and for "
				 "what explains it",
				 strcmp(p->o->out, "-") == 0 ? "standard output" : p->o->out);
	p->in = infile_open(p->o->in, err);
	if (p->in && p->o->out)
		p->out = outfile_open(p->o->out, err);
	if (!p->in || (p->o->out && !p->out))
		return err->status;
	if (p->o->explain)
		p->explain = explain_open(p->o->explain, err);
	return p->o->explain && !p->explain ? (int)err->status : SOW_OK;
}

static int check_unchanged(const struct pass *p, struct sow_error *err)
{
	struct infile_stamp now;
	int status = p->o->unchanged ? infile_stamp(p->o->in, &now, err) : SOW_OK;
	if (!status && p->o->unchanged && !infile_same(p->o->unchanged, &now))
		status = error_set(err, SOW_INVALID, "%s: changed while it was read", p->o->in);
	return status;
}

/* Both files appear, or none; but if the second cannot be finished, the first is there. Of one
 * that could not be written this says why. */
static int finish(struct pass *p, struct sow_error *err)
{
	struct explain *explain = p->explain;
	struct outfile *out = p->out;
	p->explain = NULL;
	p->out = NULL;
	if (out && outfile_status(out)) {
		explain_drop(explain);
		explain = NULL;
	}
	int status = explain ? explain_finish(explain, err) : SOW_OK;
	if (status)
		outfile_drop(out);
	else if (out)
		status = outfile_finish(out, err);
	return status;
}

int clean_run(const struct clean_options *o, const struct clean_job *job, struct workers *crew,
	      struct clean_counts *counts, struct sow_error *err)
{
	struct sow_error own;
	struct pass *p = mem_zalloc(sizeof(*p));
	if (!err)
		err = &own;
	if (!p)
		return error_nomem(err);
	p->o = o;
	p->job = job;
	int status = open_all(p, err);
	if (!status)
		status = go(p, crew, err);
	if (!status)
		status = check_unchanged(p, err);
	if (!status || p->unwritten)
		status = finish(p, err);
	explain_drop(p->explain);
	outfile_drop(p->out);
	infile_close(p->in);
	batch_free(p->reading);
	batch_free(p->preparing);
	batch_free(p->settling);
	if (!status) {
		counts->records += p->counts.records;
		counts->kept += p->counts.kept;
		counts->removed += p->counts.removed;
		counts->bad += p->counts.bad;
	}
	mem_free(p);
	return status;
}

int clean_look(const struct clean_options *o, const struct clean_job *job, struct workers *crew,
	       struct sow_error *err)
{
	struct clean_options look = *o;
	struct clean_counts counts = { 0 };
	look.out = look.explain = NULL;
	look.tell = NULL;
	return clean_run(&look, job, crew, &counts, err);
}
