#include "cli/record_input.h"

#include "base/error.h"
#include "cli/console.h"
#include "cli/rank_job.h"
#include "io/folder.h"
#include "io/infile.h"
#include "run/open_records.h"

int record_input_check(const struct command *c, struct record_input *o, const char *path, struct arena *a)
{
	struct sow_error err = { 0 };
	char delimiter = '\0';
	const char *of_file = o->map.count ? "map" : o->delimiter ? "delimiter"
			      : o->skip_bad ? "skip-bad" : NULL;
	if (of_file && folder_is(path) && (!c->operand_many || run_exists(path)))
		return usage_error(c, "--%s is for a file; %s is none", of_file, path);
	for (size_t i = 0; i < o->map.count; i++) {
		if (columns_map(&o->columns, a, o->map.items[i], &err))
			return usage_error(c, "%s", err.text);
	}
	if (o->delimiter && records_delimiter(o->delimiter, &delimiter, &err))
		return usage_error(c, "%s", err.text);
	o->options = (struct records_options){
		.columns = o->map.count ? &o->columns : NULL,
		.delimiter = delimiter,
		.skip_bad = o->skip_bad,
		.may_be_empty = true,
	};
	return -1;
}

void record_input_tell(const struct records *r, bool quiet)
{
	struct buf text = BUF_INIT;
	if (records_describe(r, &text) && !quiet)
		console_line("%s: %s", records_name(r), text.data);
	if (records_bad(r))
		console_line("%s: %zu bad %s skipped", records_name(r), records_bad(r),
			     records_bad(r) == 1 ? "record" : "records");
	buf_release(&text);
}

struct records *record_input_open(struct record_input *o, struct rank_job *t, struct sow_error *err)
{
	o->options.parts = t->has_parts ? &t->parts : NULL;
	o->options.is_part = rank_job_is_spread(t);
	return open_records(t->in, &o->options, err);
}

/* This rank could not read a record of its part, which begins inside a file or after other files. It reads the part
 * once more, now knowing that `records` records come before, to report which one it is. */
static int read_again(struct record_input *o, struct rank_job *t, size_t records, struct sow_error *err)
{
	struct sow_error why = { 0 };
	struct record record;
	struct parts *parts = &t->parts;
	int status;
	parts->before = parts->several ? records : 0;
	parts->count_lines = true;
	if (!parts->several && infile_count_lines(parts->list[0].path, parts->list[0].from, &parts->before, NULL))
		return err->status;
	struct records *r = record_input_open(o, t, &why);
	struct arena *a = arena_new();
	while (r && (status = records_next(r, a, &record, &why)) > 0)
		arena_clear(a);
	arena_free(a);
	records_close(r);
	if (why.status)
		*err = why;
	return err->status;
}

int record_input_end(struct record_input *o, struct rank_job *t, struct records *r, int status,
		     struct facts *facts, struct sow_error *err)
{
	uint64_t before = 0;
	if (r)
		records_facts(r, facts);
	int gathered = ranks_exscan(t->ranks, SOW_OK, facts->records + facts->bad, &before, err);
	if (gathered)
		return gathered;
	if (status == SOW_INVALID && t->parts.count)
		status = read_again(o, t, (size_t)before, err);
	status = ranks_agree(t->ranks, status, err);
	if (!status)
		status = rank_job_merge_facts(t, facts, err);
	return status ? status : facts_check(facts, o->options.columns, t->in, err);
}

void record_input_tell_facts(const struct facts *f, const char *name, bool quiet)
{
	struct buf text = BUF_INIT;
	if (facts_describe(f, &text) && !quiet)
		console_line("%s: %s", name, text.data);
	if (f->bad)
		console_line("%s: %zu bad %s skipped", name, f->bad, f->bad == 1 ? "record" : "records");
	buf_release(&text);
}
