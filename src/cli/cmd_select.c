#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/rank_job.h"
#include "cli/record_input.h"
#include "cli/record_output.h"
#include "cli/select_explain.h"
#include "cli/select_ranks.h"
#include "data/format.h"
#include "io/outfile.h"
#include "run/open_records.h"
#include "run/vectors.h"
#include "select/selection.h"

struct chosen_options {
	struct record_output output;
	struct record_input input;
	const char *top, *by, *where, *balance, *pick, *tags, *vectors, *vector, *towards, *task, *explain;
	double threshold;
	int64_t threads, clusters, overall, each, parts;
	bool ranked, resume;
	size_t records;              /* that were read */
};

#define AT(field) offsetof(struct chosen_options, field)

static const struct option options[] = {
	{ "top", 'n', OPTION_TEXT, AT(top), "N|P%", "how many to take, or which part of those that may be "
	  "taken (default: all)" },
	{ "by", 0, OPTION_TEXT, AT(by), "FORMULA",
	  "a record's score: a field, or fields with + - * / and log, exp, sqrt, abs, min, max, words, "
	  "chars, such as 'deita-complexity * deita-quality'; the highest is best" },
	{ "where", 0, OPTION_TEXT, AT(where), "CONDITION",
	  "only records for which this holds, as in map: 'ifd < 1 and lang == \"en\"'; a missing field is "
	  "false" },
	{ "pick", 0, OPTION_CHOICE, AT(pick), NULL,
	  "which are taken (docs/guide/select.md)", .choices = SELECTION_HOWS, .fallback = "top" },
	{ "balance", 0, OPTION_TEXT, AT(balance), "FIELD",
	  "of top, random and longest: the values of this field take turns" },
	{ "vectors", 0, OPTION_TEXT, AT(vectors), "FILE.npy",
	  "a vector a record, in the order of the file, as NumPy writes it (default: those that the run "
	  "has, by score --with embed)" },
	{ "vector", 0, OPTION_TEXT, AT(vector), "FIELD", "the vectors are in this field of the records" },
	{ "tags", 0, OPTION_TEXT, AT(tags), "FIELD", "of instag: the field with a list of tags" },
	{ "towards", 0, OPTION_TEXT, AT(towards), "FILE",
	  "of rds: what is aimed at, vectors (.npy) or records with vectors in the field --vector" },
	{ "task", 0, OPTION_TEXT, AT(task), "FIELD",
	  "of rds: records of --towards with the same value of this field share a turn (default: each has its "
	  "own)" },
	{ "threshold", 0, OPTION_NUMBER, AT(threshold), "C",
	  "of deita: a cosine above this is too near", 0, 1, .fallback = "0.9" },
	{ "overall", 0, OPTION_INT, AT(overall), "N", "of cluster: so many of the highest scores", 0, INT32_MAX,
	  .fallback = "1000" },
	{ "each", 0, OPTION_INT, AT(each), "N", "of cluster: so many of the highest scores of every cluster", 0,
	  INT32_MAX, .fallback = "1" },
	{ "clusters", 0, OPTION_INT, AT(clusters), "K",
	  "of cluster: how many there are (default: the root of half the number of records)", 1, INT32_MAX },
	{ "parts", 0, OPTION_INT, AT(parts), "M",
	  "of facility: in two rounds, first within each of M random parts of the records, then among what was "
	  "picked of them; says how good that is at least (default: exact, over all at once)", 1, 1000000 },
	{ "ranked", 0, OPTION_FLAG, AT(ranked), NULL,
	  "write them in the order in which they were taken (default: as they came)" },
	{ "explain", 0, OPTION_TEXT, AT(explain), "FILE",
	  "a JSON object for every record: its score, its rank, and why it was left out" },
	{ "threads", 0, OPTION_INT, AT(threads), "N", "cores to use (0: all)", 0, 1024, .fallback = "0" },
	RECORD_OUTPUT_OPTIONS(struct chosen_options, output),
	RECORD_INPUT_OPTIONS(struct chosen_options, input),
	WORK_FOLDER_RESUME(AT(resume)),
};

static struct selection_options options_of(const struct chosen_options *o, enum selection_how how,
					   const struct record_list *examples)
{
	bool is_array = selection_is_array(o->towards);
	return (struct selection_options){
		.by = o->by, .where = o->where, .top = o->top, .how = how, .balance = o->balance,
		.tags = o->tags, .vectors = o->vectors, .vector = o->vector,
		.towards = is_array ? o->towards : NULL, .examples = o->towards && !is_array ? examples : NULL,
		.task = o->task, .threshold = o->threshold, .clusters = (size_t)o->clusters,
		.overall = (size_t)o->overall, .each = (size_t)o->each, .parts = (size_t)o->parts, .ranked = o->ranked,
		.seed = (uint64_t)o->output.seed, .threads = (size_t)o->threads,
	};
}

static int check(const struct command *c, const struct chosen_options *o, const char *in,
		 const struct selection_options *chosen)
{
	struct sow_error err = { 0 };
	enum selection_how how = chosen->how;
	bool has_vectors = o->vectors || o->vector;
	if (!selection_needs_vectors(how) && has_vectors)
		return usage_error(c, "--pick %s takes no vectors", o->pick);
	if (how == SELECT_RDS && o->towards && !selection_is_array(o->towards) && !o->vector)
		return usage_error(c,
				   "--towards %s: the vectors of records are in a field: expected --vector FIELD",
				   o->towards);
	if (selection_check(chosen, &err))
		return usage_error(c, "%s", err.text);
	if (selection_needs_vectors(how) && o->vectors && o->vector)
		return usage_error(c, "--pick %s: expected --vectors FILE.npy or --vector FIELD, not both",
				   o->pick);
	if (selection_needs_vectors(how) && !has_vectors && !run_exists(in))
		return usage_error(c,
				   "--pick %s: expected --vectors FILE.npy, --vector FIELD, or a run that has "
				   "vectors: sow score -i %s --with embed -o RUN", o->pick, in);
	if (o->explain && o->output.out && outfile_same(o->explain, o->output.out))
		return usage_error(c, "--explain and -o name one file");
	if (o->explain && strcmp(in, "-") != 0 && outfile_same(o->explain, in))
		return usage_error(c, "%s: --explain would replace the input", o->explain);
	return -1;
}

static int read_examples(struct chosen_options *o, struct arena *a, struct record_list *list, struct facts *facts,
			 struct sow_error *err)
{
	struct records_options alone = o->input.options;
	alone.parts = NULL; /* those are of the input */
	struct records *r = open_records(o->towards, &alone, err);
	int status = r ? record_list_take(list, a, r, err) : (int)err->status;
	if (!status)
		records_facts(r, facts);
	records_close(r);
	return status;
}

static int explain(const char *path, const struct record_list *records, const struct selection *s,
		   struct sow_error *err)
{
	struct select_explain *e = select_explain_open(path, err);
	for (size_t i = 0; e && i < records->count; i++)
		select_explain_add(e, &records->list[i], selection_fate(s, i), i + 1);
	return e ? select_explain_finish(e, SOW_OK, err) : (int)err->status;
}

static int write_all(struct chosen_options *o, const char *name, const struct record_list *records,
		     const struct selection *s, struct sow_error *err)
{
	const struct card facts = { .source = name };
	int status = record_output_open(&o->output, err);
	for (size_t n = 0; o->ranked && n < selection_count(s) && !status; n++)
		status = record_output_add(&o->output, &records->list[selection_taken(s, n)], err);
	for (size_t i = 0; !o->ranked && i < records->count && !status; i++) {
		if (selection_fate(s, i)->rank)
			status = record_output_add(&o->output, &records->list[i], err);
	}
	return status ? status : record_output_finish(&o->output, &facts, err);
}

static void tell(size_t taken, size_t count, const uint64_t *of, const char *missing, double share, bool quiet)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%zu of %zu records taken", taken, count);
	if (of[REASON_WHERE])
		buf_addf(&line, "; %zu are not --where", (size_t)of[REASON_WHERE]);
	if (of[REASON_NO_SCORE])
		buf_addf(&line, "; %zu have no score (%s)", (size_t)of[REASON_NO_SCORE],
			 missing ? missing : "no number comes out");
	if (of[REASON_NEAR])
		buf_addf(&line, "; %zu are too near", (size_t)of[REASON_NEAR]);
	if (share > 0)
		buf_addf(&line, "; they cover at least %.1f %% of what the best choice of as many can",
			 floor(share * 1000) / 10);
	/* records without a score are told in any case: what is lost is said */
	if (of[REASON_NO_SCORE] || !quiet)
		console_line("%s", line.data);
	buf_release(&line);
}

static void tell_alone(const struct selection *s, size_t count, bool quiet)
{
	uint64_t of[REASON_COUNT] = { 0 };
	for (size_t i = 0; i < count; i++)
		of[selection_fate(s, i)->reason]++;
	tell(selection_count(s), count, of, selection_missing(s), selection_share(s), quiet);
}

struct given {
	struct vectors vectors;
	size_t records;
	struct sow_error *err;
};

static int add_given(void *data, const float *numbers, size_t count)
{
	struct given *g = data;
	size_t record = ++g->records;
	if (!count)
		return error_set(g->err, SOW_MISSING, "record %zu has no vector", record);
	int status = vectors_add_floats(&g->vectors, numbers, count);
	if (status == SOW_INVALID)
		return error_set(g->err, status, "record %zu: expected a vector of %zu finite numbers", record,
				 g->vectors.dims);
	return status ? error_nomem(g->err) : SOW_OK;
}

/* Those that score --with embed kept with the run. */
static int read_given(const char *path, struct vectors *out, struct sow_error *err)
{
	struct given g = { .vectors = VECTORS_INIT, .err = err };
	int status = run_each_vector(path, add_given, &g, err);
	*out = g.vectors;
	if (status == SOW_MISSING && !g.vectors.count && g.records)
		return error_set(err, status, "%s: a run without vectors; to make them, run: sow score -i %s "
				 "--with embed -o ANOTHER, or give --vectors FILE.npy or --vector FIELD", path, path);
	return status == SOW_OK ? status : error_prefix(err, "%s", path);
}

static int select_records(struct chosen_options *o, enum selection_how how, const char *path,
			  struct sow_error *err)
{
	struct record_list examples = RECORD_LIST_INIT;
	struct vectors given = VECTORS_INIT;
	bool wants_given = selection_needs_vectors(how) && !o->vectors && !o->vector;
	struct selection_options chosen = options_of(o, how, &examples);
	chosen.given = wants_given ? &given : NULL;
	struct record_list records = RECORD_LIST_INIT;
	bool *left_out = NULL;
	struct arena *a = arena_new();
	struct selection *s = selection_new(&chosen, err);
	int status = s ? SOW_OK : (int)err->status;
	if (!status)
		status = record_output_gather(&o->output, &o->input, path, a, &records, &left_out, err);
	chosen.left_out = left_out;
	if (!status && chosen.examples) {
		struct facts facts;
		status = read_examples(o, a, &examples, &facts, err);
		if (!status)
			record_input_tell_facts(&facts, o->towards, o->output.quiet);
	}
	if (!status && wants_given)
		status = read_given(path, &given, err);
	if (!status)
		status = selection_make(s, &records, err);
	if (!status)
		status = write_all(o, path, &records, s, err);
	if (!status && o->explain)
		status = explain(o->explain, &records, s, err);
	if (!status)
		tell_alone(s, records.count, o->output.quiet);
	o->records = records.count;
	selection_free(s);
	vectors_release(&given);
	record_list_release(&records);
	record_list_release(&examples);
	mem_free(left_out);
	arena_free(a);
	return status;
}

/* What ranks choose, each of its part. */
static int select_spread(struct chosen_options *o, enum selection_how how, struct rank_job *t,
			 struct sow_error *err)
{
	struct record_list examples = RECORD_LIST_INIT;
	struct arena *a = arena_new();
	const struct selection_options of = options_of(o, how, &examples);
	const struct format *f = format_find(o->output.format);
	struct select_made made = { 0 };
	struct facts aims = { 0 };
	struct selection *s = NULL;
	int status = SOW_OK;
	if (f->numbered || o->output.lines.random_rejected)
		status = error_set(err, SOW_USAGE, "%s under MPI: its lines are numbered; select into a folder of "
				   "records, and convert that", f->name);
	if (!status)
		status = (s = selection_new(&of, err)) ? SOW_OK : (int)err->status;
	if (!status && of.examples)
		status = read_examples(o, a, &examples, &aims, err);
	status = ranks_agree(t->ranks, status, err);
	if (!status)
		status = select_ranks(s, &of, &o->output, &o->input, t, &made, err);
	if (status)
		record_output_release(&o->output);
	status = rank_job_finish(t, &t->explain, status, made.own, err);
	status = rank_job_finish(t, &t->out, status, o->output.written, err);
	status = rank_job_commit(t, status, err);
	if (!status) {
		record_input_tell_facts(&made.facts, t->in, o->output.quiet);
		if (of.examples)
			record_input_tell_facts(&aims, o->towards, o->output.quiet);
		record_output_say(&o->output, &made.made);
		tell((size_t)made.taken, (size_t)made.records, made.of, *made.missing ? made.missing : NULL,
		     made.share, o->output.quiet);
		rank_job_tell_traffic(t, o->output.quiet, err);
	}
	selection_free(s);
	record_list_release(&examples);
	arena_free(a);
	return status;
}

/* One process, from one file or run, or from many. */
static int select_alone(struct chosen_options *o, enum selection_how how, struct rank_job *t,
			struct sow_error *err)
{
	o->input.options.parts = t->has_parts ? &t->parts : NULL;
	int status = select_records(o, how, t->in, err);
	if (status)
		record_output_release(&o->output);
	status = rank_job_finish(t, &t->explain, status, o->records, err);
	status = rank_job_finish(t, &t->out, status, o->output.written, err);
	return rank_job_commit(t, status, err);
}

static int start(struct chosen_options *o, enum selection_how how, struct rank_job *t, struct sow_error *err)
{
	o->input.options.objects = format_find(o->output.format)->any;
	int status = ranks_agree(t->ranks, record_output_check_parts(&o->output, t, err), err);
	if (t->out.path) {
		o->output.out = t->out.shard.data;
		o->output.shown = t->out.path;
	}
	if (status)
		return rank_job_commit(t, status, err);
	if (t->explain.path)
		o->explain = t->explain.shard.data;
	return rank_job_is_spread(t) ? select_spread(o, how, t, err) : select_alone(o, how, t, err);
}

/* What several processes cannot do. */
static int check_ranks(const struct command *c, const struct chosen_options *o, enum selection_how how)
{
	/* why not */
	static const char *const alone[SELECT_RDS + 1] = {
		[SELECT_INSTAG] = "each record depends on the tags of all that were taken before it",
		[SELECT_CLUSTER] = "its components and clusters are found in one process",
	};
	size_t rank;
	if (ranks_announced(&rank) == 1)
		return -1;
	if (alone[how])
		return usage_error(c, "--pick %s under MPI: %s; start it as one process", o->pick,
				   alone[how]);
	if (selection_needs_vectors(how) && !o->vectors && !o->vector)
		return usage_error(c, "--pick %s under MPI: expected --vectors FILE.npy or --vector FIELD",
				   o->pick);
	if (o->ranked && !format_find(o->output.format)->any)
		return usage_error(c,
				   "--ranked under MPI: expected --format records, not %s; convert those in a second "
				   "step", o->output.format);
	const char *whole = record_output_whole(&o->output);
	return whole ? usage_error(c, "--%s does not run under MPI yet; start it as one process", whole) : -1;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen_options *o = values;
	struct sow_error err = { 0 };
	struct rank_job t;
	enum selection_how how = (enum selection_how)option_choice(SELECTION_HOWS, o->pick);
	if (!o->output.format)
		o->output.format = "records";
	const struct record_list none = RECORD_LIST_INIT;
	const struct selection_options chosen = options_of(o, how, &none);
	int exit = check(c, o, args->operand, &chosen);
	if (exit < 0)
		exit = record_output_check(c, &o->output);
	if (exit < 0)
		exit = check_ranks(c, o, how);
	if (exit < 0)
		exit = record_input_check(c, &o->input, args->operand, args->arena);
	const struct rank_job_files files = {
		.out = o->output.out, .explain = o->explain, .prints = o->output.layout != NULL, .kinds = true,
		.threads = o->threads, .resume = o->resume,
		.values = { .columns = o->input.options.columns, .delimiter = o->input.options.delimiter },
	};
	if (exit < 0)
		exit = rank_job_start(&t, &files, args);
	if (exit < 0) {
		exit = start(o, how, &t, &err) ? console_error(&err) : EXIT_DONE;
		rank_job_stop(&t);
	}
	record_output_release(&o->output);
	return exit;
}

const struct command command_select = {
	.name = "select",
	.summary = "choose the best records, or those that cover the rest",
	.usage = "IN… [--by FORMULA] [--top N|P%] [--where CONDITION] [-o OUT]",
	.about = "Chooses among the records of a file or a run, without a model: by a score that they have, "
		 "by a condition, by chance, by length, by tags, or by vectors so that they differ. The same input "
		 "and options always choose the same. Holds all records in memory. --explain lists every "
		 "record with its reason. Several files, and the files of a folder, are one input. With -o DIR/ the folder "
		 "gets numbered files; under mpirun or srun the processes share the work of every pick but instag and "
		 "cluster, each writes one of these, and together they hold what one process writes.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen_options),
	.operand = "IN",
	.operand_many = true,
	.ranks = true,
	.example = "sow select graded --by accuracy --top 10% -o best.jsonl\n"
		   "sow select data.jsonl --where 'ifd < 1' --by ifd --top 1000 -o cherry.jsonl\n"
		   "sow select scored --pick kcenter --top 1000 -o broad.jsonl\n"
		   "mpirun -n 16 sow select scored/ --by quality --top 10% -o best/",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
