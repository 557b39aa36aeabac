/* evolution.h - the six operations of Evol-Instruct: draws one, and reads its result.
 *
 *     struct weights w = WEIGHTS_EQUAL;
 *     status = weights_set(&w, "in-breadth=2", err);
 *     enum operation op = operation_draw(&w, seed, ticket, item);
 *     struct view evolved = evolution_read(reply->text);
 *
 * Five go in depth, one in breadth. A draw is a pure function of its arguments, so that each chain depends
 * only on itself. Source: Xu et al. 2023, arXiv:2304.12244.
 */
#ifndef METHOD_EVOLUTION_H
#define METHOD_EVOLUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"
#include "sow/sow.h"

enum operation {
	ADD_CONSTRAINT,   /* one more constraint or requirement */
	DEEPEN,           /* a deeper and wider inquiry */
	CONCRETIZE,       /* specific things for general ones */
	REASONING,        /* an explicit demand for reasoning in several steps */
	COMPLICATE_INPUT, /* data in a formal language to work with */
	IN_BREADTH,       /* a brand-new instruction of the same domain, rarer */
	OPERATION_COUNT
};
extern const char *const operation_names[OPERATION_COUNT]; /* "add-constraint", … */

/* How often each is drawn, relative to the others. */
struct weights {
	uint32_t of[OPERATION_COUNT];
};
#define WEIGHTS_EQUAL { { 1, 1, 1, 1, 1, 1 } } /* the paper's */
#define WEIGHT_MOST 1000000

/* "NAME=N", a whole number; 0: never. SOW_USAGE, with the nearest name. */
int weights_set(struct weights *w, const char *setting, struct sow_error *err);
/* SOW_USAGE if all weights are 0. */
int weights_check(const struct weights *w, struct sow_error *err);

enum operation operation_draw(const struct weights *w, uint64_t seed, int64_t ticket, int64_t item);

/* The formats of the data that COMPLICATE_INPUT adds. */
enum format_of_data {
	DATA_XML, DATA_SQL, DATA_PYTHON, DATA_HTML, DATA_SHELL, DATA_JSON, DATA_COUNT
};
extern const char *const data_names[DATA_COUNT];  /* "xml", as in the prompts' names */
extern const char *const data_titles[DATA_COUNT]; /* "XML", "SQL", …: the wording of prompts */
enum format_of_data data_draw(uint64_t seed, int64_t ticket, int64_t item);

/* The evolved instruction: the reply without "Evolved task:" at its start, and without quotation
 * marks around the whole. May be empty. */
struct view evolution_read(struct view reply);

/* True if the judge calls the two equal. The first of "equal", "same", "different", "not", "unequal" decides;
 * without any of them they are different. */
bool evolution_is_equal(struct view reply);

#endif
