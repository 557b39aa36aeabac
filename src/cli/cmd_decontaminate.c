#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "clean/contamination.h"
#include "cli/console.h"
#include "cli/embedding.h"
#include "cli/rank_job.h"
#include "cli/record_filter.h"

struct chosen {
	struct record_filter filter;
	struct list against, against_fields, rules;
	const char *method, *tokenizer, *vectors, *vector, *against_vectors;
	double share, threshold;
};

#define AT(field) offsetof(struct chosen, field)

#define METHODS "rules|semantic"
#define RULE_NAMES "13-gram|8-gram|8-gram-share|50-char" /* in the order of contamination_rules */

static const struct option options[] = {
	{ "against", 0, OPTION_LIST, AT(against), "FILE",
	  "a benchmark, an item a record: a file or a run; may be given again" },
	{ "against-field", 0, OPTION_LIST, AT(against_fields), "PATH",
	  "the text of an item, where it is not the one compared of IN; may be given again" },
	{ "method", 'm', OPTION_CHOICE, AT(method), NULL,
	  "rules: words or characters in a row (--rule); semantic: the meaning, by vectors",
	  .choices = METHODS, .fallback = "rules" },
	{ "rule", 0, OPTION_LIST, AT(rules), "NAME",
	  "13-gram (as for GPT-3), 8-gram (Llama 3), 8-gram-share (Tülu 3) or 50-char (GPT-4); may "
	  "be given again (13-gram and 50-char)", .choices = RULE_NAMES },
	{ "share", 0, OPTION_NUMBER, AT(share), "S",
	  "8-gram-share: remove if more than this share of an item's words is found", 0, 1,
	  .fallback = "0.5" },
	{ "threshold", 't', OPTION_NUMBER, AT(threshold), "T",
	  "semantic: remove from this cosine with an item on", 0, 1, .fallback = "0.95" },
	RECORD_FILTER_VECTORS(AT(vectors), AT(vector)),
	{ "against-vectors", 0, OPTION_TEXT, AT(against_vectors), "FILE.npy",
	  "with --vectors: a vector an item of all --against, in their order" },
	{ "tokenizer", 0, OPTION_CHOICE, AT(tokenizer), NULL, "how texts are split into words",
	  .choices = WORDS_KINDS, .fallback = "unicode" },
	RECORD_FILTER_OPTIONS(struct chosen, filter),
};

static void choose_rules(const struct list *names, bool rules[RULES])
{
	for (size_t i = 0; i < names->count; i++)
		rules[option_choice(RULE_NAMES, names->items[i])] = true;
	if (!names->count)
		rules[RULE_13_GRAM] = rules[RULE_50_CHAR] = true;
}

static int start(struct chosen *o, struct contamination_options *wanted,
		 const struct arguments *args)
{
	struct contamination_counts counts = { .items = 0 };
	struct sow_error err = { 0 };
	struct rank_job t;
	int exit = rank_job_begin_filter(&t, &o->filter, args, &wanted->clean);
	if (exit >= 0)
		return exit;
	struct workers *crew = workers_new(t.threads);
	int status = rank_job_is_spread(&t) ? contamination_spread(&t.spread, wanted, crew, &counts, &err)
					 : contamination_run(wanted, crew, &counts, &err);
	workers_free(crew);
	for (size_t r = 0; r < RULES && !status && !o->filter.quiet; r++) {
		if (counts.too_short[r])
			console_line("%zu of %zu items are too short for %s", counts.too_short[r],
				     counts.items, contamination_rules[r].name);
	}
	return rank_job_end_filter(&t, status, &counts.lines, &err);
}

static int check(const struct command *c, const struct chosen *o, bool semantic)
{
	size_t rank;
	if (semantic && !o->vectors && !o->vector && ranks_announced(&rank) > 1)
		return usage_error(c,
				   "--method semantic under MPI: expected --vectors FILE.npy or --vector FIELD");
	if (!o->against.count)
		return usage_error(c, "missing --against FILE: the benchmark");
	if (!semantic && (o->vectors || o->vector || o->against_vectors))
		return usage_error(c, "--%s goes with --method semantic",
				   o->vectors ? "vectors" : o->vector ? "vector" : "against-vectors");
	if (!semantic)
		return -1;
	if (o->vectors && o->vector)
		return usage_error(c,
				   "--method semantic: expected --vectors FILE.npy or --vector FIELD, not both");
	if (!o->vectors != !o->against_vectors)
		return usage_error(c, "--vectors and --against-vectors go together");
	if (o->threshold <= 0)
		return usage_error(c, "--threshold: expected more than 0");
	if (o->rules.count)
		return usage_error(c, "--rule does not go with --method semantic");
	if (o->vector && o->filter.lines)
		return usage_error(c, "--vector: a line of plain text has no fields");
	return -1;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	int exit = record_filter_check(c, &o->filter, args->operand, args->arena);
	if (exit >= 0)
		return exit;
	bool semantic = option_choice(METHODS, o->method) == 1;
	exit = check(c, o, semantic);
	if (exit >= 0)
		return exit;
	struct contamination_options wanted = {
		.clean = record_filter_options(&o->filter, args->operand),
		.against = o->against.items,
		.against_count = o->against.count,
		.against_fields = o->against_fields.items,
		.against_field_count = o->against_fields.count,
		.share = o->share,
		.semantic = semantic,
		.source = { .file = o->vectors, .field = o->vector,
			    .make = o->vectors || o->vector ? NULL : embedding_make,
			    .data = &o->filter.quiet },
		.against_vectors = o->against_vectors,
		.threshold = o->threshold,
		.tokenizer = (enum words_kind)option_choice(WORDS_KINDS, o->tokenizer),
	};
	if (!semantic)
		choose_rules(&o->rules, wanted.rules);
	return start(o, &wanted, args);
}

const struct command command_decontaminate = {
	.name = "decontaminate",
	.summary = "remove the records that hold a piece of a benchmark",
	.usage = "IN… --against FILE… [--rule NAME]… [--method semantic] [-o OUT]",
	.about = "Goes through the records of a file (JSON Lines, a JSON array, Parquet, CSV, "
		 "plain text) or of a run, and removes each whose question has a long run of "
		 "words or characters in common with an item of a benchmark, or with --method semantic "
		 "nearly its meaning. --explain names the "
		 "rule, the item and what was found. Lines are written as they were, other "
		 "records as one line of JSON each. .gz and .zst are read as they are, - is "
		 "standard input. Several files, and the files of a folder, are one input. With -o DIR/ the "
		 "folder gets numbered files; under mpirun or srun the processes share the work, "
		 "each writes one of these, and together they hold what one process writes.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "IN",
	.operand_many = true,
	.ranks = true,
	.example = "sow decontaminate train.jsonl --against mmlu.jsonl --against-field question -o "
		   "clean.jsonl\n"
		   "mpirun -n 16 sow decontaminate docs/ --field text --against mmlu.jsonl -o clean/",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
