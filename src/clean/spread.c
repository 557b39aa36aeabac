#include "clean/spread.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "clean/input.h"

/* How many numbers were given before this rank's first, and how many records are there, by what each rank
 * has of its own. */
static int add_before(struct spread *s, int status, const struct clean_counts *own, struct sow_error *err)
{
	uint64_t before = 0, records = 0;
	status = ranks_exscan(s->ranks, status, own->numbers, &before, err);
	status = ranks_exscan(s->ranks, status, own->records + own->bad, &records, err);
	if (status)
		return status;
	s->parts->before += (size_t)before;
	s->parts->records += (size_t)records;
	return SOW_OK;
}

/* The lowest rank whose part cannot be read reads it again, with the numbers of all lines before it,
 * to say which line it is. */
static int read_again(const struct spread *s, const struct clean_options *o, const struct clean_job *job,
		      struct workers *crew, struct sow_error *err)
{
	struct parts parts = *s->parts;
	struct clean_options again = *o;
	if (!parts.count || !parts.list[0].from)
		return err->status;
	again.parts = &parts;
	parts.count_lines = true;
	if (!parts.several && infile_count_lines(parts.list[0].path, parts.list[0].from, &parts.before, NULL))
		return err->status;
	struct sow_error why = { 0 };
	if (clean_read(&again, job, crew, NULL, &why))
		*err = why;
	return err->status;
}

int spread_part(struct spread *s, const struct clean_options *o, struct clean_options *part,
		struct sow_error *err)
{
	*part = *o;
	part->parts = s->parts;
	part->is_part = true;
	part->fingerprint = &s->fingerprint;
	return clean_fingerprint_take(part, &s->fingerprint, err);
}

int spread_read(struct spread *s, const struct clean_options *o, const struct clean_job *job,
		struct workers *crew, struct sow_error *err)
{
	struct clean_counts counts = { 0 };
	struct clean_options part;
	int status = spread_part(s, o, &part, err);
	if (!status)
		status = clean_read(&part, job, crew, &counts, err);
	if (status == SOW_INVALID)
		status = read_again(s, &part, job, crew, err);
	s->count = counts.records;
	return add_before(s, status, &counts, err);
}

int spread_load(struct spread *s, const struct clean_options *o, bool *decided, struct sow_error *err)
{
	struct checkpoint k = { .size = sizeof(*s->verdicts) };
	struct clean_options part;
	*decided = false;
	if (!s->checkpoints.folder)
		return SOW_OK;
	uint64_t found = checkpoint_load(&s->checkpoints, &k);
	int status = ranks_allreduce(s->ranks, spread_part(s, o, &part, err), &found, 1, err);
	if (status || found < ranks_count(s->ranks)) {
		mem_free(k.entries);
		return status;
	}
	s->verdicts = k.entries;
	s->count = (size_t)k.count;
	s->parts->before = (size_t)k.before;
	s->parts->records = (size_t)k.records;
	*decided = true;
	if (s->tell)
		s->tell(s->tell_data, "every record is decided");
	return SOW_OK;
}

int spread_save(struct spread *s, int status, struct sow_error *err)
{
	const struct checkpoint k = { s->verdicts, s->count, sizeof(*s->verdicts), s->parts->before,
				      s->parts->records };
	if (!s->checkpoints.folder)
		return status;
	if (!status)
		status = checkpoint_save(&s->checkpoints, &k, err);
	return ranks_agree(s->ranks, status, err);
}

static int repeat(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		  struct sow_error *err)
{
	struct spread *s = data;
	(void)crew;
	for (size_t i = 0; i < count; i++) {
		if (s->next == s->count)
			return error_set(err, SOW_INVALID, "changed while it was read");
		const struct verdict *v = &s->verdicts[s->next++];
		lines[i]->removed = v->near != 0;
		lines[i]->reason = v->near ? s->removed : s->kept;
		lines[i]->scored = v->near && s->scored;
		lines[i]->score = v->score;
		lines[i]->near_line = (size_t)v->near;
	}
	return SOW_OK;
}

/* What holds for the whole input: some record can be read, and each mapping is of some. */
int spread_check(struct spread *s, int status, const struct clean_options *o, struct clean_counts *c,
		 struct sow_error *err)
{
	s->count = c->records;
	s->kept_count = c->kept;
	uint64_t sums[4] = { c->records, c->kept, c->removed, c->bad };
	size_t n = ranks_count(s->ranks);
	unsigned own = c->mapped, *mapped = mem_alloc(n * sizeof(*mapped));
	status = ranks_allreduce(s->ranks, status, sums, 4, err);
	if (!status)
		status = ranks_allgather(s->ranks, SOW_OK, &own, sizeof(own), mapped, err);
	for (size_t k = 0; k < n && !status; k++)
		c->mapped |= mapped[k];
	mem_free(mapped);
	c->records = (size_t)sums[0];
	c->kept = (size_t)sums[1];
	c->removed = (size_t)sums[2];
	c->bad = (size_t)sums[3];
	if (!status && c->records)
		status = columns_check(o->columns, c->mapped, o->in, err);
	else if (!status && c->bad)
		status = error_set(err, SOW_INVALID, "%s: no record in it can be read", o->in);
	return ranks_agree(s->ranks, status, err);
}

/* How far this rank's files are written. All ranks call it. */
static int find_written(struct spread *s, struct spread_progress *p, struct sow_error *err)
{
	uint64_t sums[2] = { 0 };    /* whole parts, and pieces of others */
	char message[96];
	*p = (struct spread_progress){ .pieces = 0 };
	if (!s->keeper)
		return SOW_OK;
	if (s->keeper->load(s->keeper->data, p))
		sums[p->whole ? 0 : 1] = p->whole ? 1 : p->pieces;
	int status = ranks_allreduce(s->ranks, SOW_OK, sums, 2, err);
	int len = snprintf(message, sizeof(message), "%zu of %zu parts are written", (size_t)sums[0],
			   ranks_count(s->ranks));
	if (sums[1])
		snprintf(message + len, sizeof(message) - (size_t)len, ", and %zu %s of others", (size_t)sums[1],
			 sums[1] == 1 ? "piece" : "pieces");
	if (!status && (sums[0] || sums[1]) && s->tell)
		s->tell(s->tell_data, message);
	return status;
}

/* `path` NULL: 0. */
static int length_of(const char *path, uint64_t *length, struct sow_error *err)
{
	struct infile_stamp stamp = { .size = 0 };
	int status = path ? infile_stamp(path, &stamp, err) : SOW_OK;
	*length = stamp.size;
	return status;
}

/* A piece behind those that are in the files. */
static int write_piece(struct spread *s, const struct clean_options *o, const struct parts *piece,
		       const struct clean_job *job, struct workers *crew, struct spread_progress *p,
		       struct sow_error *err)
{
	struct parts own = *piece;
	struct clean_options part = *o;
	struct facts facts = { .records = 0 };
	own.before = s->parts->before + p->counts.numbers;
	own.records = s->parts->records + p->counts.records + p->counts.bad;
	part.parts = &own;
	part.is_part = true;
	part.append = &p->append;
	part.fingerprint = NULL; /* of all pieces together (check_fingerprint) */
	part.facts = o->facts ? &facts : NULL;
	int status = clean_run(&part, job, crew, &p->counts, err);
	if (!status && o->facts)
		facts_merge(o->facts, &facts);
	if (!status)
		status = length_of(o->out, &p->append.out, err);
	if (!status)
		status = length_of(o->explain, &p->append.explain, err);
	p->pieces += !status;
	return status;
}

static int check_fingerprint(const struct spread *s, const struct clean_options *o, struct sow_error *err)
{
	struct clean_options part = *o;
	struct clean_fingerprint now;
	part.parts = s->parts;
	int status = clean_fingerprint_take(&part, &now, err);
	if (!status && memcmp(&now.hash, &s->fingerprint.hash, sizeof(now.hash)) != 0)
		status = error_set(err, SOW_INVALID, "%s: changed while it was read", o->in);
	return status;
}

/* The last pass over this rank's part, or what is left of it. */
static int write_part(struct spread *s, const struct clean_options *o, const struct clean_job *job,
		      struct workers *crew, struct spread_progress *p, uint64_t size, struct sow_error *err)
{
	struct arena *a = arena_new();
	struct parts *pieces;
	size_t count;
	int status = p->whole ? SOW_OK : parts_cut(s->parts, size, a, &pieces, &count, err);
	while (!status && !p->whole) {
		status = write_piece(s, o, &pieces[p->pieces], job, crew, p, err);
		if (!status)
			status = check_fingerprint(s, o, err);
		p->whole = p->pieces == count;
		if (!status && s->keeper)
			status = s->keeper->save(s->keeper->data, p, err);
	}
	arena_free(a);
	return status;
}

static uint64_t size_of_piece(const struct spread *s)
{
	return s->piece ? s->piece : SPREAD_PIECE;
}

int spread_write(struct spread *s, const struct clean_options *o, struct workers *crew,
		 struct clean_counts *counts, struct sow_error *err)
{
	const struct clean_job job = { .data = s, .decide = repeat };
	struct spread_progress p;
	s->parts->count_lines = o->skip_bad; /* for what is said of each bad record */
	int status = find_written(s, &p, err);
	s->next = p.counts.records;
	if (!status)
		status = write_part(s, o, &job, crew, &p, size_of_piece(s), err);
	*counts = p.counts;
	if (!status && s->next != s->count)
		status = error_set(err, SOW_INVALID, "%s: changed while it was read", o->in);
	return spread_check(s, status, o, counts, err);
}

int spread_decide(struct spread *s, const struct clean_options *o, const struct clean_job *job,
		  struct workers *crew, struct clean_counts *counts, struct sow_error *err)
{
	struct spread_progress p;
	s->parts->count_lines = o->skip_bad;
	int status = find_written(s, &p, err);
	if (!status)
		status = write_part(s, o, job, crew, &p, UINT64_MAX, err);
	*counts = p.counts;
	return spread_check(s, status, o, counts, err);
}

/* The records of this rank's part, and the numbers that they take. Where they cannot be read, the pass that
 * follows says why. */
static void count_part(const struct clean_options *o, struct clean_counts *counts)
{
	struct input *in = input_open(o, NULL);
	struct input_record record;
	*counts = (struct clean_counts){ 0 };
	while (in && input_next(in, &record, NULL) && !input_broken(in))
		counts->records++;
	counts->numbers = in ? input_number(in) : 0;
	input_close(in);
}

int spread_run(struct spread *s, int status, const struct clean_options *o, const struct clean_job *job,
	       struct workers *crew, struct clean_counts *counts, struct sow_error *err)
{
	struct clean_options part;
	struct clean_counts own = { 0 };
	struct spread_progress p = { .pieces = 0 };
	s->parts->count_lines = true; /* a mistake is told with its line */
	if (!status)
		status = spread_part(s, o, &part, err);
	status = ranks_agree(s->ranks, status, err);
	if (!status)
		status = find_written(s, &p, err);
	if (p.whole)
		own = p.counts;
	else if (!status)
		count_part(&part, &own);
	status = add_before(s, status, &own, err);
	if (status)
		return status;
	status = write_part(s, o, job, crew, &p, size_of_piece(s), err);
	*counts = p.counts;
	return spread_check(s, status, o, counts, err);
}

int spread_dims(struct ranks *r, int status, const struct vectors *v, uint64_t *dims, struct sow_error *err)
{
	size_t n = ranks_count(r);
	uint64_t own = v->count ? v->dims : 0, *all = mem_alloc(n * sizeof(*all));
	*dims = 0;
	status = ranks_allgather(r, status, &own, sizeof(own), all, err);
	for (size_t k = 0; k < n && !status && !*dims; k++)
		*dims = all[k];
	mem_free(all);
	return status;
}

void spread_release(struct spread *s)
{
	mem_free(s->verdicts);
	s->verdicts = NULL;
}
