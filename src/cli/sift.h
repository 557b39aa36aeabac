/* sift.h - what the commands that keep some lines of a file have in common.
 *
 *     struct chosen { struct sift sift; … };
 *     static const struct option options[] = { …, SIFT_OPTIONS(struct chosen, sift) };
 *     struct clean_options clean = sift_options(&o.sift, args.operand);
 *     status = novel_run(…);
 *     return sift_end(&o.sift, args.operand, status, &counts, &err);
 */
#ifndef CLI_SIFT_H
#define CLI_SIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clean/clean.h"
#include "cli/options.h"

struct sift {
	const char *out, *explain;
	struct list fields;
	bool lines, skip_bad, quiet;
	int64_t threads;             /* 0: as many as there are cores for us */
	size_t told;                 /* bad lines that were listed */
	bool stopped;                /* by one of those */
};

#define SIFT_AT(type, member, field) (offsetof(type, member) + offsetof(struct sift, field))
#define SIFT_OPTIONS(type, member) \
	{ "field", 0, OPTION_LIST, SIFT_AT(type, member, fields), "NAME", \
	  "the text of a record that is compared (instruction); may be given again, and then " \
	  "all but the first may be missing", 0, 0 }, \
	{ "lines", 0, OPTION_FLAG, SIFT_AT(type, member, lines), NULL, \
	  "a record is a line of plain text, not a JSON object", 0, 0 }, \
	{ "out", 'o', OPTION_TEXT, SIFT_AT(type, member, out), "FILE", \
	  "where the lines that are kept go; .gz and .zst compress, - is standard output (the " \
	  "default)", 0, 0 }, \
	{ "explain", 0, OPTION_TEXT, SIFT_AT(type, member, explain), "FILE", \
	  "for every line a JSON object with what became of it and why", 0, 0 }, \
	{ "skip-bad", 0, OPTION_FLAG, SIFT_AT(type, member, skip_bad), NULL, \
	  "leave lines out that cannot be read, and list them, instead of stopping at the first", \
	  0, 0 }, \
	{ "threads", 0, OPTION_INT, SIFT_AT(type, member, threads), "N", \
	  "cores to use (0: all that are there); what comes out does not depend on it", 0, 256 }, \
	{ "quiet", 'q', OPTION_FLAG, SIFT_AT(type, member, quiet), NULL, \
	  "do not say how many were kept", 0, 0 }

/* `o` must stay where it is while they are used. */
struct clean_options sift_options(struct sift *o, const char *in);

/* The place of `word` among the choices, which end with NULL; -1 after saying what was
 * expected. */
int sift_choice(const struct command *c, const char *option, const char *word,
		const char *const *choices);

/* Says how it ended; the exit status. */
int sift_end(const struct sift *o, const char *in, int status, const struct clean_counts *counts,
	     const struct sow_error *err);

#endif
