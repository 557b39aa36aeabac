/* tag_set.h - open tags of many records made a vocabulary: InsTag's normalisation.
 *
 *     struct tag_set *s = tag_set_new();
 *     status = tag_set_add(s, record, tag);              // each tag of each record
 *     status = tag_set_normalize(s, &options, err);
 *     status = tag_set_find(s, tag, &name);           // its name now; NULL: dropped
 *     tag_set_free(s);
 *
 * Tags are counted by the records that have them, in the spelling of text/tag.h. Those of too few
 * records are dropped. Those that have the same dictionary forms of their words become the most frequent
 * of them. Last, a tag whose records almost all have a certain other tag becomes that tag, again and again
 * until there is no such tag. The result depends on the tags and options alone, not on the
 * order of the records.
 *
 * Source: InsTag (arXiv:2308.07074). Its tags are stemmed; its step by phrase vectors (PhraseBERT,
 * DBSCAN) is not here; its rules are of single tags here.
 */
#ifndef CLEAN_TAG_SET_H
#define CLEAN_TAG_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"
#include "sow/sow.h"

struct tag_options {
	size_t least;          /* records a tag has to have; InsTag: 20 */
	bool lemmas;           /* English; needs WordNet's files */
	size_t support;        /* records that two tags have to share, for one to become the other; 0: never */
	double confidence;     /* and which part of the one's that has to be; InsTag: 40 and 0.99 */
};

/* How many different tags are left after each step. */
struct tag_counts {
	size_t raw, frequent, lemmas, merged;
};

/* What became of one tag. */
struct tag_fate {
	const char *tag;       /* as it was added, in its spelling */
	size_t records;
	const char *name;      /* NULL: dropped */
	const char *why;       /* "rare", "lemma", "rule"; NULL: it stays */
};

struct tag_set;

struct tag_set *tag_set_new(void);
void tag_set_free(struct tag_set *s);        /* NULL is fine */
/* Records are added one after another, and have numbers that rise. SOW_OK, SOW_NOMEM, SOW_TOOBIG. */
int tag_set_add(struct tag_set *s, size_t record, struct view tag);
/* Once, after the last tag. SOW_OK, SOW_NOMEM, or SOW_MISSING without WordNet. */
int tag_set_normalize(struct tag_set *s, const struct tag_options *o, struct sow_error *err);
/* Of a tag in any spelling. SOW_OK or SOW_NOMEM. */
int tag_set_find(const struct tag_set *s, struct view tag, const char **name);
struct tag_counts tag_set_counts(const struct tag_set *s);
/* In the order of their spelling; false after the last. */
bool tag_set_fate(const struct tag_set *s, size_t i, struct tag_fate *out);

#endif
