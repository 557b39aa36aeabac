#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "clean/dedup.h"
#include "cli/console.h"
#include "cli/embedding.h"
#include "cli/rank_job.h"
#include "cli/record_filter.h"
#include "text/minhash/minhash.h"

struct chosen {
	struct record_filter filter;
	const char *method, *keep, *same, *tokenizer, *score, *vectors, *vector, *order;
	const char *threshold;
	int64_t shingle, bands, rows, clusters;
};

#define AT(field) offsetof(struct chosen, field)

/* In the order of enum dedup_method, dedup_keep, dedup_order and dedup_same. */
#define METHODS "exact|minhash|semantic"
#define KEEPS "first|longest|best"
#define ORDERS "hard|easy|random"
#define SAMES "words|spacing|bytes"

static const struct option options[] = {
	{ "method", 'm', OPTION_CHOICE, AT(method), NULL,
	  "exact: the same words in the same order; minhash: nearly the same, found by MinHash and "
	  "checked by true Jaccard similarity; semantic: the same meaning, by vectors",
	  .choices = METHODS, .fallback = "exact" },
	{ "threshold", 't', OPTION_TEXT, AT(threshold), "T",
	  "minhash: the similarity from which on two texts are nearly the same (default: 0.7); semantic: the "
	  "cosine of their vectors (default: 0.95)" },
	RECORD_FILTER_VECTORS(AT(vectors), AT(vector)),
	{ "clusters", 0, OPTION_INT, AT(clusters), "K",
	  "semantic: as SemDeDup does, compare within K clusters only, with every earlier record, kept or not "
	  "(default: with all that are kept, exactly)", 1, INT32_MAX },
	{ "order", 0, OPTION_CHOICE, AT(order), NULL,
	  "semantic with --clusters: which record of a cluster comes first, the farthest from its centre, the "
	  "nearest, or any", .choices = ORDERS, .fallback = "hard" },
	{ "shingle", 0, OPTION_INT, AT(shingle), "K",
	  "minhash: a text is the set of its runs of K words", 1, 1000, .fallback = "5" },
	{ "bands", 0, OPTION_INT, AT(bands), "B",
	  "minhash: with --rows, instead of what is chosen from the threshold (0.7: 21 bands of 6 "
	  "rows)", 1, MINHASH_MOST },
	{ "rows", 0, OPTION_INT, AT(rows), "R",
	  "minhash: B times R is at most 256", 1, MINHASH_MOST },
	{ "same", 0, OPTION_CHOICE, AT(same), NULL,
	  "exact: whether case, punctuation and spacing do not count (words), spacing does not, or "
	  "everything counts", .choices = SAMES, .fallback = "words" },
	{ "keep", 0, OPTION_CHOICE, AT(keep), NULL,
	  "which of several stays; best: with the highest --score. For longest and best the input "
	  "is read twice", .choices = KEEPS, .fallback = "first" },
	{ "score", 0, OPTION_TEXT, AT(score), "NAME",
	  "the field with a record's score, for --keep best; may lead deeper by dots" },
	{ "tokenizer", 0, OPTION_CHOICE, AT(tokenizer), NULL, "how texts are split into words",
	  .choices = WORDS_KINDS, .fallback = "unicode" },
	RECORD_FILTER_OPTIONS(struct chosen, filter),
};

static int start(struct chosen *o, struct dedup_options *d,
		 const struct arguments *args)
{
	struct clean_counts counts = { 0 };
	struct sow_error err = { 0 };
	struct rank_job t;
	int exit = rank_job_begin_filter(&t, &o->filter, args, &d->clean);
	if (exit >= 0)
		return exit;
	struct workers *crew = workers_new(t.threads);
	int status = rank_job_is_spread(&t) ? dedup_spread(&t.spread, d, crew, &counts, &err)
					 : dedup_run(d, crew, &counts, &err);
	workers_free(crew);
	return rank_job_end_filter(&t, status, &counts, &err);
}

static bool read_threshold(const char *text, double *threshold)
{
	char *end;
	*threshold = strtod(text, &end);
	return end != text && !*end && *threshold > 0 && *threshold <= 1;
}

/* What of the semantic way one process does alone. */
static int check_ranks(const struct command *c, const struct chosen *o, const struct dedup_options *d)
{
	size_t rank;
	if (ranks_announced(&rank) == 1)
		return -1;
	if (o->clusters)
		return usage_error(c, "--clusters does not run under MPI; start it as one process");
	if (d->keep != DEDUP_FIRST)
		return usage_error(c,
				   "--method semantic --keep %s does not run under MPI; start it as one process", o->keep);
	if (!o->vectors && !o->vector)
		return usage_error(c,
				   "--method semantic under MPI: expected --vectors FILE.npy or --vector FIELD");
	return -1;
}

/* -1 if the options make sense together. */
static int check(const struct command *c, const struct chosen *o, const struct dedup_options *d)
{
	if (d->keep == DEDUP_BEST && !o->score)
		return usage_error(c, "--keep best: which field is the score? Give --score NAME");
	if (o->score && d->keep != DEDUP_BEST)
		return usage_error(c, "--score goes with --keep best");
	if (o->score && o->filter.lines)
		return usage_error(c, "--score: a line of plain text has no fields");
	if (!o->bands != !o->rows)
		return usage_error(c, "expected both --bands and --rows, or neither");
	if (o->bands * o->rows > MINHASH_MOST)
		return usage_error(c, "--bands times --rows: expected at most %d", MINHASH_MOST);
	bool semantic = d->method == DEDUP_SEMANTIC;
	int exit = semantic ? check_ranks(c, o, d) : -1;
	if (exit >= 0)
		return exit;
	if (semantic && o->vectors && o->vector)
		return usage_error(c,
				   "--method semantic: expected --vectors FILE.npy or --vector FIELD, not both");
	if (!semantic && (o->vectors || o->vector || o->clusters))
		return usage_error(c, "--%s goes with --method semantic",
				   o->vectors ? "vectors" : o->vector ? "vector" : "clusters");
	if (o->vector && o->filter.lines)
		return usage_error(c, "--vector: a line of plain text has no fields");
	if (o->clusters && d->keep != DEDUP_FIRST)
		return usage_error(c, "--clusters: --order says which record stays, not --keep");
	return -1;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	int exit = record_filter_check(c, &o->filter, args->operand, args->arena);
	if (exit >= 0)
		return exit;
	struct dedup_options d = {
		.clean = record_filter_options(&o->filter, args->operand),
		.method = (enum dedup_method)option_choice(METHODS, o->method),
		.keep = (enum dedup_keep)option_choice(KEEPS, o->keep),
		.same = (enum dedup_same)option_choice(SAMES, o->same),
		.tokenizer = (enum words_kind)option_choice(WORDS_KINDS, o->tokenizer),
		.shingle = (size_t)o->shingle,
		.source = { .file = o->vectors, .field = o->vector,
			    .make = o->vectors || o->vector ? NULL : embedding_make,
			    .data = &o->filter.quiet },
		.clusters = (size_t)o->clusters,
		.order = (enum dedup_order)option_choice(ORDERS, o->order),
		.bands = (size_t)o->bands,
		.rows = (size_t)o->rows,
	};
	d.threshold = d.method == DEDUP_SEMANTIC ? 0.95 : 0.7;
	if (o->threshold && !read_threshold(o->threshold, &d.threshold))
		return usage_error(c, "--threshold: expected more than 0 and at most 1, not '%s'",
				   o->threshold);
	d.clean.score_field = o->score;
	exit = check(c, o, &d);
	return exit < 0 ? start(o, &d, args) : exit;
}

const struct command command_dedup = {
	.name = "dedup",
	.summary = "keep one of the records that say the same, or nearly",
	.usage = "IN… [-m METHOD] [--explain FILE] [-o OUT]",
	.about = "Goes through the records of a file (JSON Lines, a JSON array, Parquet, CSV, "
		 "plain text) or of a run, and removes each whose question says what a kept one "
		 "says already. What --method minhash removes has a Jaccard similarity of at "
		 "least the threshold with the record that --explain names: it is checked, so it "
		 "never removes too much. --method semantic compares vectors, of the built-in embedding model or yours, "
		 "exactly. Lines are written as they were, other records as one "
		 "line of JSON each. .gz and .zst are read as they are, - is standard input. Several files, and the "
		 "files of a folder, are one input. With -o DIR/ the folder gets numbered files; under mpirun or srun "
		 "the processes share the work, each writes one of these, and together they hold what "
		 "one process writes.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "IN",
	.operand_many = true,
	.ranks = true,
	.example = "sow dedup docs.jsonl.zst --field text --method minhash --explain why.jsonl -o "
		   "new.jsonl.zst\n"
		   "sow dedup data.jsonl --method semantic -o new.jsonl\n"
		   "mpirun -n 16 sow dedup docs/ --field text --method minhash -o new/",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
