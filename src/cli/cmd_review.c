#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/record_input.h"
#include "cli/review_page.h"
#include "data/hub_read.h"
#include "io/folder.h"

struct chosen {
	struct review_page page;
	struct record_input input;
	const char *by;
	int64_t sample, seed;
};

#define AT(field) offsetof(struct chosen, field)

static const struct option options[] = {
	{ "by", 0, OPTION_TEXT, AT(by), "NAME", "who reviews (default: your login name)" },
	{ "sample", 0, OPTION_INT, AT(sample), "N", "only N records, drawn at random", 1, INT64_MAX },
	{ "seed", 0, OPTION_INT, AT(seed), "N", "of --sample: another seed draws others (default: 0)", 0,
	  INT64_MAX },
	REVIEW_PAGE_OPTIONS(struct chosen, page),
	RECORD_INPUT_OPTIONS(struct chosen, input),
};

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	const char *path = args->operand;
	if (strcmp(path, "-") == 0 || hub_names(path))
		return usage_error(c, "expected a file or a run: verdicts are kept beside it");
	int exit = record_input_check(c, &o->input, path, args->arena);
	if (exit < 0)
		exit = review_page_check(c, &o->page);
	if (exit >= 0)
		return exit;
	o->input.options.objects = true;
	struct review_options review = {
		.path = path, .is_run = folder_is(path), .reading = &o->input.options, .by = o->by,
		.sample = (size_t)o->sample, .seed = (uint64_t)o->seed,
	};
	return review_page_serve(&o->page, &review);
}

const struct command command_review = {
	.name = "review",
	.summary = "people look at records in a browser, and keep, drop or mend them",
	.usage = "FILE|DIR [options]",
	.about = "Prints an address on this machine and opens it: a page that shows the records of a file or a "
		 "run one at a time, to keep, drop with a reason, or mend, by keyboard; ? lists the keys. A "
		 "verdict is on disk before the page says so: in FILE.review.jsonl beside a file, in "
		 "DIR/review.jsonl of a run; the records themselves are never changed. export, convert and "
		 "select leave out what was dropped and write what was mended. A run may be under way: what "
		 "is new appears. Ctrl-C ends it.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "FILE or DIR",
	.example = "sow review demo --sample 200 --seed 1\n"
		   "sow review data.jsonl --by ada --no-open",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
