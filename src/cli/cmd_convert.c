#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/shard_checkpoint.h"
#include "cli/options.h"
#include "cli/record_output.h"
#include "cli/record_input.h"
#include "cli/console.h"
#include "cli/rank_job.h"
#include "io/folder.h"
#include "run/open_records.h"

struct chosen {
	struct record_output output;
	struct record_input input;
	bool resume;
};

static const struct option options[] = {
	RECORD_OUTPUT_OPTIONS(struct chosen, output),
	RECORD_INPUT_OPTIONS(struct chosen, input),
	WORK_FOLDER_RESUME(offsetof(struct chosen, resume)),
};

static int convert_all(struct chosen *o, struct records *r, struct arena *a, struct sow_error *err)
{
	struct record record;
	int status;
	while ((status = records_next(r, a, &record, err)) > 0) {
		status = record_output_add(&o->output, &record, err);
		if (status)
			return status;
		arena_clear(a);
	}
	return status;
}

/* Alone, from one file or run, or from many. */
static int convert(struct chosen *o, struct rank_job *t, struct arena *a, struct sow_error *err)
{
	const char *path = t->has_parts ? t->files.list[0].path : t->in;
	bool is_run = !t->has_parts && folder_is(path);
	struct records *r = record_input_open(&o->input, t, err);
	if (!r)
		return err->status;
	const struct card facts = { .source = records_name(r) };
	int status = t->parts.several ? SOW_OK : record_output_review(&o->output, path, is_run, err);
	if (!status)
		status = record_output_open(&o->output, err);
	if (!status)
		status = convert_all(o, r, a, err);
	if (!status)
		record_output_say_review(&o->output, !is_run);
	if (!status)
		status = record_output_finish(&o->output, &facts, err);
	if (!status)
		record_input_tell(r, o->output.quiet);
	records_close(r);
	return status;
}

/* With other ranks. */

/* What this rank made of its part. */
struct converted {
	bool written;                /* by the same job, before it was stopped */
	struct dataset_made made;
	struct facts facts;
	struct buf columns;          /* of a table */
};

static int save_part(const struct chosen *o, const struct rank_job *t, const struct converted *p,
		     struct sow_error *err)
{
	struct buf notes = { .data = buf_empty, .cap = SIZE_MAX / 2 };
	buf_add(&notes, (const char *)&p->facts, sizeof(p->facts));
	record_output_note(&o->output, &p->made, &p->columns, &notes);
	int status = shard_checkpoint_save(t, &notes, err);
	buf_release(&notes);
	return status;
}

/* All ranks call it. */
static int find_part(struct chosen *o, const struct rank_job *t, struct converted *p, struct sow_error *err)
{
	struct buf notes = { .data = buf_empty, .cap = SIZE_MAX / 2 };
	bool same = false;
	if (shard_checkpoint_load(t, &notes, &same) && same && notes.len >= sizeof(p->facts)) {
		struct view rest = view_from(notes.data + sizeof(p->facts), notes.len - sizeof(p->facts));
		memcpy(&p->facts, notes.data, sizeof(p->facts));
		p->written = record_output_restore(&o->output, rest, &p->made, &p->columns);
	}
	buf_release(&notes);
	return shard_checkpoint_tell(t, p->written, o->output.quiet, err);
}

/* Where lines depend on their numbers: how many the ranks before this one write. Each reads its part once
 * more for it. */
static int number_lines(struct chosen *o, struct rank_job *t, const struct converted *p, struct arena *a,
			struct sow_error *err)
{
	const struct format *f = format_find(o->output.format);
	uint64_t own = p->written ? o->output.written : 0;
	struct record record;
	if (!f->numbered && !o->output.lines.random_rejected)
		return SOW_OK;
	struct records *r = p->written ? NULL : record_input_open(&o->input, t, NULL);
	while (r && records_next(r, a, &record, NULL) > 0) { /* what fails here fails again */
		own += record_output_lines(&o->output, &record);
		arena_clear(a);
	}
	records_close(r);
	return ranks_exscan(t->ranks, SOW_OK, own, &o->output.first, err);
}

/* Its shard, but for the end of it. *facts becomes that of the input. */
static int write_part(struct chosen *o, struct rank_job *t, struct converted *p, struct arena *a,
		      struct facts *facts, struct sow_error *err)
{
	struct records *r = p->written ? NULL : record_input_open(&o->input, t, err);
	int status = p->written ? SOW_OK : r ? record_output_open(&o->output, err) : (int)err->status;
	if (r && !status)
		status = convert_all(o, r, a, err);
	if (r)
		records_facts(r, &p->facts);
	*facts = p->facts;
	status = record_input_end(&o->input, t, r, status, facts, err);
	records_close(r);
	return status;
}

static int convert_part(struct chosen *o, struct rank_job *t, struct converted *p, struct arena *a,
			struct facts *facts, struct sow_error *err)
{
	int status = find_part(o, t, p, err);
	if (!status)
		status = number_lines(o, t, p, a, err);
	if (!status)
		status = write_part(o, t, p, a, facts, err);
	if (!status)
		status = record_output_share_columns(&o->output, t, &p->columns, err);
	if (!status && !p->written)
		status = record_output_close(&o->output, &p->made, err);
	if (!status && !p->written)
		status = save_part(o, t, p, err);
	return ranks_agree(t->ranks, status, err);
}

static int convert_spread(struct chosen *o, struct rank_job *t, struct arena *a, struct dataset_made *made,
			  struct facts *facts, struct sow_error *err)
{
	struct converted p = { .made.kind = "", .columns = { .data = buf_empty, .cap = SIZE_MAX / 2 } };
	int status = convert_part(o, t, &p, a, facts, err);
	*made = p.made;
	buf_release(&p.columns);
	return status ? status : record_output_add_up(&o->output, t, made, err);
}

static int start(struct chosen *o, struct rank_job *t, struct arena *a, struct sow_error *err)
{
	struct dataset_made made = { .kind = "" };
	struct facts facts = { .records = 0 };
	bool several = rank_job_is_spread(t);
	o->input.options.objects = format_find(o->output.format)->any;
	int status = ranks_agree(t->ranks, record_output_check_parts(&o->output, t, err), err);
	if (t->out.path) {
		o->output.out = t->out.shard.data;
		o->output.shown = t->out.path;
	}
	if (!status)
		status = several ? convert_spread(o, t, a, &made, &facts, err) : convert(o, t, a, err);
	if (status)
		record_output_release(&o->output); /* no file is left in the folder */
	status = rank_job_finish(t, &t->out, status, o->output.written, err);
	status = rank_job_commit(t, status, err);
	if (!status && several) {
		record_output_say(&o->output, &made);
		record_input_tell_facts(&facts, t->in, o->output.quiet);
		rank_job_tell_traffic(t, o->output.quiet, err);
	}
	return status;
}

/* What makes one whole of all records. */
static int check(const struct command *c, const struct record_output *w)
{
	size_t rank;
	const char *whole = record_output_whole(w);
	if (!whole || ranks_announced(&rank) == 1)
		return -1;
	return usage_error(c,
			   "--%s needs all records in one process; convert to a folder first, and then that "
			   "folder, as one process", whole);
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	struct sow_error err = { 0 };
	struct rank_job t;
	int exit = record_output_check(c, &o->output);
	if (exit < 0)
		exit = record_input_check(c, &o->input, args->operand, args->arena);
	if (exit < 0)
		exit = check(c, &o->output);
	const struct rank_job_files files = {
		.out = o->output.out, .prints = o->output.layout != NULL, .kinds = true, .resume = o->resume,
		.values = { .columns = o->input.options.columns, .delimiter = o->input.options.delimiter },
	};
	if (exit < 0)
		exit = rank_job_start(&t, &files, args);
	if (exit < 0) {
		struct arena *a = arena_new();
		int status = start(o, &t, a, &err);
		exit = status ? console_error(&err) : EXIT_DONE;
		arena_free(a);
		rank_job_stop(&t);
	}
	record_output_release(&o->output);
	return exit;
}

const struct command command_convert = {
	.name = "convert",
	.summary = "write records in another format, split and shuffled",
	.usage = "FILE… --format F [-o FILE] [options]",
	.about = "Reads the records of a file (JSON of any shape, Parquet, CSV, TSV, plain text) or of a "
		 "run; .gz, .zst and UTF-16 as they are, - is standard input. Writes them in the format "
		 "asked for, with all they have besides; what the format has no place for is left out, "
		 "and told by name and count. A bad record stops it, with its place; a file appears "
		 "whole or not at all. Several files, and the files of a folder, are one input. With -o DIR/ "
		 "the folder gets numbered files, JSON Lines or what its name says (chat.parquet/); under mpirun "
		 "or srun the processes share the work, each writes one of these, and together they hold what one "
		 "process writes.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "FILE",
	.operand_many = true,
	.ranks = true,
	.example = "sow convert alpaca_data.json --format messages -o chat.jsonl --validation 0.05\n"
		   "sow convert train.parquet --format alpaca -o train.csv\n"
		   "sow convert chat.jsonl --format messages --layout hf -o chat --licence cc-by-4.0\n"
		   "mpirun -n 16 sow convert docs/ --format text -o texts/",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
