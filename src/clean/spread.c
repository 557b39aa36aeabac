#include "clean/spread.h"

#include "base/error.h"
#include "base/mem.h"
#include "clean/input.h"

/* How many numbers were given before this rank's first, by each rank's own. */
static int add_before(struct spread *s, int status, uint64_t own, struct sow_error *err)
{
	uint64_t before = 0;
	status = ranks_before(s->ranks, status, own, &before, err);
	if (!status)
		s->parts->before += (size_t)before;
	return status;
}

/* The lowest rank whose part cannot be read reads it again, with the numbers of all lines before it,
 * to say which line it is. */
static int look_again(const struct spread *s, const struct clean_options *o, const struct clean_job *job,
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
	if (clean_look(&again, job, crew, NULL, &why))
		*err = why;
	return err->status;
}

int spread_part(struct spread *s, const struct clean_options *o, struct clean_options *part,
		struct sow_error *err)
{
	*part = *o;
	part->parts = s->parts;
	part->is_part = true;
	part->mark = &s->mark;
	return clean_mark(part, &s->mark, err);
}

int spread_look(struct spread *s, const struct clean_options *o, const struct clean_job *job,
		struct workers *crew, struct sow_error *err)
{
	struct clean_counts counts = { 0 };
	struct clean_options part;
	int status = spread_part(s, o, &part, err);
	if (!status)
		status = clean_look(&part, job, crew, &counts, err);
	if (status == SOW_INVALID)
		status = look_again(s, &part, job, crew, err);
	s->count = counts.records;
	return add_before(s, status, counts.numbers, err);
}

int spread_load(struct spread *s, const struct clean_options *o, bool *settled, struct sow_error *err)
{
	struct checkpoint k = { .size = sizeof(*s->verdicts) };
	struct clean_options part;
	*settled = false;
	if (!s->checkpoints.folder)
		return SOW_OK;
	uint64_t found = checkpoint_load(&s->checkpoints, &k);
	int status = ranks_sum(s->ranks, spread_part(s, o, &part, err), &found, 1, err);
	if (status || found < ranks_count(s->ranks)) {
		mem_free(k.entries);
		return status;
	}
	s->verdicts = k.entries;
	s->count = (size_t)k.count;
	s->parts->before = (size_t)k.before;
	*settled = s->saved = true;
	if (s->tell)
		s->tell(s->tell_data, "every record is settled");
	return SOW_OK;
}

int spread_save(struct spread *s, int status, struct sow_error *err)
{
	const struct checkpoint k = { s->verdicts, s->count, sizeof(*s->verdicts), s->parts->before };
	if (!s->checkpoints.folder)
		return status;
	if (!status)
		status = checkpoint_save(&s->checkpoints, &k, err);
	status = ranks_agree(s->ranks, status, err);
	s->saved = !status;
	return status;
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
	status = ranks_sum(s->ranks, status, sums, 4, err);
	if (!status)
		status = ranks_gather(s->ranks, SOW_OK, &own, sizeof(own), mapped, err);
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

/* The last pass over this rank's part. */
static int write_part(struct spread *s, const struct clean_options *o, const struct clean_job *job,
		      struct workers *crew, struct clean_counts *counts, struct sow_error *err)
{
	struct clean_options part = *o;
	part.parts = s->parts;
	part.is_part = true;
	part.mark = &s->mark;
	s->parts->count_lines = o->skip_bad; /* for what is said of each bad record */
	return clean_run(&part, job, crew, counts, err);
}

int spread_write(struct spread *s, const struct clean_options *o, struct workers *crew,
		 struct clean_counts *counts, struct sow_error *err)
{
	const struct clean_job job = { .data = s, .decide = repeat };
	s->next = 0;
	int status = write_part(s, o, &job, crew, counts, err);
	if (!status && s->next != s->count)
		status = error_set(err, SOW_INVALID, "%s: changed while it was read", o->in);
	return spread_check(s, status, o, counts, err);
}

int spread_tell(struct spread *s, const struct clean_options *o, const struct clean_job *job,
		struct workers *crew, struct clean_counts *counts, struct sow_error *err)
{
	return spread_check(s, write_part(s, o, job, crew, counts, err), o, counts, err);
}

/* How many numbers the records of this rank's part take. Where they cannot be read, the pass that
 * follows says why. */
static uint64_t count_numbers(const struct clean_options *o)
{
	struct input *in = input_open(o, NULL);
	struct input_record record;
	while (in && input_next(in, &record, NULL) && !input_broken(in))
		;
	uint64_t numbers = in ? input_number(in) : 0;
	input_close(in);
	return numbers;
}

int spread_run(struct spread *s, int status, const struct clean_options *o, const struct clean_job *job,
	       struct workers *crew, struct clean_counts *counts, struct sow_error *err)
{
	struct clean_options part;
	s->parts->count_lines = true; /* a mistake is told with its line */
	if (!status)
		status = spread_part(s, o, &part, err);
	status = add_before(s, status, status ? 0 : count_numbers(&part), err);
	if (status)
		return status;
	status = clean_run(&part, job, crew, counts, err);
	return spread_check(s, status, o, counts, err);
}

void spread_release(struct spread *s)
{
	mem_free(s->verdicts);
	s->verdicts = NULL;
}
