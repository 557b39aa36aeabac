/* selection.h - which records of a list to take, and why not the others.
 *
 *     const struct selection_options o = { .by = "ifd * quality", .top = "10%" };
 *     struct selection *s = selection_new(&o, err);
 *     status = selection_make(s, &records, err);
 *     for (size_t n = 0; n < selection_count(s); n++)
 *             use(&records.list[selection_taken(s, n)]);       // best first
 *     selection_fate(s, i)->reason                          // and why not record i
 *     selection_free(s);
 *
 * A record may be taken if the condition holds for it and its score is a number; of those a picker
 * (pick.h) takes so many. Names of records count from 0 here, and from 1 in messages.
 */
#ifndef SELECT_SELECTION_H
#define SELECT_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/records.h"
#include "vector/vectors.h"
#include "sow/sow.h"

/* As options say it: option_choice(SELECTION_HOWS, text). */
#define SELECTION_HOWS "top|random|longest|instag|kcenter|facility|deita|dpp|cluster|rds"
enum selection_how {
	SELECT_TOP, SELECT_RANDOM, SELECT_LONGEST, SELECT_INSTAG, SELECT_KCENTER, SELECT_FACILITY, SELECT_DEITA,
	SELECT_DPP, SELECT_CLUSTER, SELECT_RDS
};

/* Texts are the user's, and NULL where nothing was said; messages name them as options. */
struct selection_options {
	const char *by, *where;      /* a formula (formula.h), a condition (jinja.h) */
	const char *top;             /* "1000", "10%" of those that may be taken; NULL: all */
	enum selection_how how;
	const char *balance;         /* a field whose values take turns */
	const char *tags;            /* of instag: a field, a list of texts */
	const char *vectors, *vector; /* a file, or a field */
	/* of rds, one of them: vectors in a file, or records with vectors in the field `vector`, of which
	 * those with the same value of the field `task` share a turn (NULL: each has its own) */
	const char *towards;
	const struct record_list *examples;
	const char *task;
	struct vectors *given;       /* taken over, instead of file and field; NULL: none */
	double threshold;            /* of deita */
	size_t clusters, overall, each; /* of cluster (pick.h) */
	size_t parts;                /* of facility: in two rounds (greedi.h); 0: exact */
	bool ranked;                 /* the caller wants them in the order of taking */
	const bool *left_out;        /* a flag a record: a review left it out; NULL: none */
	uint64_t seed;
	size_t threads;              /* 0: as many as there are cores */
};

enum selection_reason {
	REASON_NONE, REASON_WHERE, REASON_NO_SCORE, REASON_RANK, REASON_NEAR, REASON_REVIEW,
	REASON_COUNT
};
extern const char *const selection_reasons[REASON_COUNT]; /* as --explain has them; NULL of NONE */

struct record_fate {
	size_t rank;                 /* from 1, in the order of taking; 0: not taken */
	enum selection_reason reason;
	double score;                /* NAN: none */
	const char *missing;         /* of REASON_NO_SCORE: the field that it lacks; NULL: no number came out */
	size_t near;                 /* of REASON_NEAR: the record that is too near, and their cosine */
	double cosine;
	size_t group;                /* of --balance: the number of its value */
};

/* Do the options fit together? SOW_OK, or SOW_USAGE with *err set. The caller checks where vectors are. */
int selection_check(const struct selection_options *o, struct sow_error *err);

struct selection;

/* Reads formula, condition and number. NULL on failure with *err set: SOW_USAGE, SOW_INVALID, SOW_NOMEM.
 * `o` must live as long. */
struct selection *selection_new(const struct selection_options *o, struct sow_error *err);
void selection_free(struct selection *s);     /* NULL is fine */

/* Once. SOW_OK, or with *err set SOW_INVALID (vectors that do not fit), SOW_IO, SOW_TOOBIG, SOW_NOMEM. */
int selection_make(struct selection *s, const struct record_list *records, struct sow_error *err);

/* For callers that read records one by one (not instag): fills in score, reason and group of the record with
 * this number; where vectors are in a field, adds its vector to those of the selection. SOW_OK, SOW_INVALID. */
int selection_read(struct selection *s, const struct record *r, size_t number, struct record_fate *fate,
		   struct sow_error *err);
struct vectors *selection_vectors(struct selection *s);
/* Of rds: reads the targets, after the vectors; and sets them in a pick. SOW_OK, SOW_INVALID, SOW_IO. */
int selection_read_targets(struct selection *s, struct sow_error *err);
struct pick;
void selection_aim(const struct selection *s, struct pick *p);
/* The values of --balance so far, as JSON, each once. */
size_t selection_values(const struct selection *s);
struct view selection_value(const struct selection *s, size_t n);
/* How many to take of `open` records that may be taken. */
size_t selection_wanted(const struct selection *s, size_t open);

size_t selection_count(const struct selection *s); /* of records taken */
size_t selection_taken(const struct selection *s, size_t n); /* the record that was taken n-th, from 0 */
/* Of facility in parts: of the largest possible sum what is reached at least; 0: not reckoned. */
double selection_share(const struct selection *s);
const struct record_fate *selection_fate(const struct selection *s, size_t i);
/* The first field whose absence left a record without a score; NULL: none. */
const char *selection_missing(const struct selection *s);

bool selection_needs_vectors(enum selection_how how);
/* True if the targets are an array of vectors, not records, by the file's name; false for NULL. */
bool selection_is_array(const char *path);

#endif
