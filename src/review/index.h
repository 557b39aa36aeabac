/* index.h - records by number, kept outside memory, with the facts that filters and orders need.
 *
 *     struct index *ix = index_new(err);
 *     index_add(ix, json, &facts, err);              // the thread that reads (fill.h)
 *     index_lock(ix); … index_entry(ix, i) …; index_unlock(ix);
 *     status = index_read(ix, i, &buf, err);         // the record's JSON, by its byte offset
 *     index_free(ix);
 *
 * The JSON of every record (record_json.h) is in an unnamed file, one after another; memory holds its
 * offset and some 40 bytes of facts. A file can be viewed from its first record on while it is being
 * read, and later changes to it do not show here.
 *
 * Threads: one adds, any number read. Access entries between lock and unlock.
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
#define INDEX_NAMES_MAX 4096         /* different verbs, or rules: further ones count as others */

/* A kind of name of which each record has one or none: 0 is none. */
enum index_names { NAMES_RULE, NAMES_LANGUAGE, NAMES_VERB, NAMES_KINDS };

struct index_entry {
	uint64_t offset;
	uint64_t digest;             /* of its key; 0: it takes no verdict */
	uint32_t len;
	uint32_t verdict;            /* its number in the verdicts, + 1; 0: none */
	uint16_t name[NAMES_KINDS];
	uint16_t step, round;
	float rarity;                /* of its words, bits; NAN: not computed yet */
};

/* The facts of a record when it is added. */
struct index_facts {
	uint64_t digest;
	uint32_t verdict;
	struct view rule;            /* empty: accepted */
	int64_t step, round;
	double scores[INDEX_SCORES]; /* NAN: none */
};

struct index;

struct index *index_new(struct sow_error *err); /* NULL: SOW_IO */
void index_free(struct index *ix);            /* NULL is fine */

/* The kind of number with this name, a new one if there is room; else INDEX_SCORES. */
size_t index_score(struct index *ix, struct view name);
/* SOW_OK, SOW_IO (no space), SOW_TOOBIG past INDEX_MAX or 1 GiB of one record. */
int index_add(struct index *ix, struct view json, const struct index_facts *facts,
	      struct sow_error *err);

void index_lock(struct index *ix);
void index_unlock(struct index *ix);
size_t index_count(const struct index *ix);
size_t index_tasks(const struct index *ix);   /* of them, those that are not rejects */
struct index_entry *index_entry(struct index *ix, size_t i);
/* The number of a name of this kind, which is added if new; 0 for none. */
uint16_t index_name(struct index *ix, enum index_names kind, struct view name);
size_t index_name_count(const struct index *ix, enum index_names kind); /* with 0, which is none */
struct view index_name_text(const struct index *ix, enum index_names kind, size_t number);
int64_t index_name_uses(const struct index *ix, enum index_names kind, size_t number);
void index_set_name(struct index *ix, size_t i, enum index_names kind, uint16_t number);
size_t index_score_count(const struct index *ix);
const char *index_score_name(const struct index *ix, size_t score);
double index_score_of(const struct index *ix, size_t score, size_t i); /* NAN: none */

/* How many records up to and including `i` have its digest: tells apart records with equal content. */
size_t index_copy(const struct index *ix, size_t i);

/* Appends the record's JSON; takes no lock, and the caller must hold none. SOW_OK, SOW_IO. */
int index_read(struct index *ix, size_t i, struct buf *out, struct sow_error *err);
/* Appends the bytes of records i .. i+*count-1, which are consecutive, each followed by a newline; if
 * that is more than INDEX_SOME bytes, of fewer records, at least one: *count is how many. */
#define INDEX_SOME ((size_t)16 << 20)
int index_read_some(struct index *ix, size_t i, size_t *count, struct buf *out, struct sow_error *err);

#endif
