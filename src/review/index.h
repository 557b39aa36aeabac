/* index.h - records by number, out of memory, with what filters and orders ask of each.
 *
 *     struct index *ix = index_new(err);
 *     index_add(ix, json, &facts, err);              // the thread that reads (fill.h)
 *     index_lock(ix); … index_entry(ix, i) …; index_unlock(ix);
 *     status = index_read(ix, i, &buf, err);         // the record's JSON, by its byte offset
 *     index_free(ix);
 *
 * The JSON of every record (record_json.h) stands in a file without a name, one after another;
 * in memory are its offset and some 40 bytes of facts. A file that is being read can be looked at
 * from its first record on, and one that changes meanwhile changes nothing here.
 *
 * Threads: one adds, any number read. Entries are looked at between lock and unlock.
 */
#ifndef REVIEW_INDEX_H
#define REVIEW_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

#define INDEX_MAX ((size_t)UINT32_MAX - 1)
#define INDEX_SCORES 16              /* kinds of numbers that records are filtered by */
#define INDEX_NAMES_MAX 4096         /* different verbs, or rules: more count as others */

/* A kind of name of which each record has one or none: 0 is none. */
enum index_names { NAMES_RULE, NAMES_LANGUAGE, NAMES_VERB, NAMES_KINDS };

struct index_entry {
	uint64_t offset;
	uint64_t digest;             /* of its key; 0: it takes no verdict */
	uint32_t len;
	uint32_t verdict;            /* its number in the verdicts, + 1; 0: none */
	uint16_t name[NAMES_KINDS];
	uint16_t step, round;
	float rarity;                /* of its words, bits; NAN: not known yet */
};

/* What is known of a record when it is added. */
struct index_facts {
	uint64_t digest;
	uint32_t verdict;
	struct view rule;            /* empty: it was accepted */
	int64_t step, round;
	double scores[INDEX_SCORES]; /* NAN: it has none */
};

struct index;

struct index *index_new(struct sow_error *err); /* NULL: SOW_IO */
void index_free(struct index *ix);            /* NULL is fine */

/* The kind of number that has this name, a new one if there is room; INDEX_SCORES: there is none. */
size_t index_score(struct index *ix, struct view name);
/* SOW_OK, SOW_IO (no space), SOW_TOOBIG past INDEX_MAX or 1 GiB of one record. */
int index_add(struct index *ix, struct view json, const struct index_facts *facts,
	      struct sow_error *err);

void index_lock(struct index *ix);
void index_unlock(struct index *ix);
size_t index_count(const struct index *ix);
size_t index_tasks(const struct index *ix);   /* of them, those that were not rejected */
struct index_entry *index_entry(struct index *ix, size_t i);
/* Of a kind of name: its number, made if it is new; 0 of none. */
uint16_t index_name(struct index *ix, enum index_names kind, struct view name);
size_t index_name_count(const struct index *ix, enum index_names kind); /* with 0, which is none */
struct view index_name_text(const struct index *ix, enum index_names kind, size_t number);
int64_t index_name_uses(const struct index *ix, enum index_names kind, size_t number);
void index_set_name(struct index *ix, size_t i, enum index_names kind, uint16_t number);
size_t index_score_count(const struct index *ix);
const char *index_score_name(const struct index *ix, size_t score);
double index_score_of(const struct index *ix, size_t score, size_t i); /* NAN: none */

/* How many records before and with `i` have its digest: which of several that say the same. */
size_t index_copy(const struct index *ix, size_t i);

/* Appends the record's JSON; takes no lock, and none is to be held. SOW_OK, SOW_IO. */
int index_read(struct index *ix, size_t i, struct buf *out, struct sow_error *err);
/* Appends all bytes of records i .. i+*count-1, which lie one after another, each followed by a
 * newline; where that would be more than INDEX_SOME bytes, of fewer, at least one: *count says of how
 * many. */
#define INDEX_SOME ((size_t)16 << 20)
int index_read_some(struct index *ix, size_t i, size_t *count, struct buf *out, struct sow_error *err);

#endif
