#include <stddef.h>

#include "base/error.h"
#include "clean/novel.h"
#include "clean/novel_ranks.h"
#include "cli/console.h"
#include "cli/rank_job.h"
#include "cli/record_filter.h"

struct chosen {
	struct record_filter filter;
	double threshold;
	const char *tokenizer;
	struct list against;
	bool exact_below;
};

#define AT(field) offsetof(struct chosen, field)

static const struct option options[] = {
	{ "threshold", 't', OPTION_NUMBER, AT(threshold), "T",
	  "remove what scores above T with a record that was kept, 0 to 1", 0, 1, .fallback = "0.7" },
	{ "tokenizer", 0, OPTION_CHOICE, AT(tokenizer), NULL,
	  "unicode: words of any script; ascii: as rouge_score splits them, for comparison with "
	  "published work", .choices = WORDS_KINDS, .fallback = "unicode" },
	{ "against", 0, OPTION_LIST, AT(against), "FILE",
	  "be new against the records of this file or run as well; may be given again" },
	{ "exact-below", 0, OPTION_FLAG, AT(exact_below), NULL,
	  "for --explain: the nearest and its score of records that are kept as well; time then "
	  "grows with the square of their number" },
	RECORD_FILTER_OPTIONS(struct chosen, filter),
};

static int start(struct chosen *o, const struct arguments *args)
{
	struct novel_options novel = {
		.clean = record_filter_options(&o->filter, args->operand),
		.threshold = o->threshold,
		.tokenizer = (enum words_kind)option_choice(WORDS_KINDS, o->tokenizer),
		.against = o->against.items,
		.against_count = o->against.count,
		.exact_below = o->exact_below,
	};
	struct clean_counts counts = { 0 };
	struct sow_error err = { 0 };
	struct rank_job t;
	int exit = rank_job_begin_filter(&t, &o->filter, args, &novel.clean);
	if (exit >= 0)
		return exit;
	struct workers *crew = workers_new(t.threads);
	int status = rank_job_is_spread(&t) ? novel_ranks_run(&t.spread, &novel, crew, &counts, &err)
					 : novel_run(&novel, crew, &counts, &err);
	workers_free(crew);
	return rank_job_end_filter(&t, status, &counts, &err);
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	int exit = record_filter_check(c, &o->filter, args->operand, args->arena);
	size_t rank;
	if (exit < 0 && o->exact_below && ranks_announced(&rank) > 1)
		return usage_error(c, "--exact-below does not run under MPI yet; start it as one process");
	return exit < 0 ? start(o, args) : exit;
}

const struct command command_novel = {
	.name = "novel",
	.summary = "keep the records that are not too like one before, by ROUGE-L",
	.usage = "IN… [-t T] [--against FILE]… [--explain FILE] [-o OUT]",
	.about = "Goes through the records of a file (JSON Lines, a JSON array, Parquet, CSV, "
		 "plain text) or of a run, and removes each whose question scores above the "
		 "threshold with one that was kept before: the filter of Self-Instruct and "
		 "Alpaca, one by one, exact and fast. Lines are written as they were, other "
		 "records as one line of JSON each. .gz and .zst are read as they are, - is "
		 "standard input. Several files, and the files of a folder, are one input. With -o DIR/ the "
		 "folder gets numbered files; under mpirun or srun the processes share the search, each writes "
		 "one of these, and together they hold what one process writes.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "IN",
	.operand_many = true,
	.ranks = true,
	.example = "sow novel alpaca.jsonl --against seeds.jsonl --explain why.jsonl -o "
		   "new.jsonl.zst\n"
		   "mpirun -n 16 sow novel docs/ --field text -o new/",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
