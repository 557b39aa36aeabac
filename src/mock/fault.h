/* fault.h - the mock's faults: which, how often, and when.
 *
 *     struct faults f = { 0 };
 *     status = faults_add(&f, "429=0.1", err);
 *     const struct fault *fault = faults_draw(&f, seed, &body, attempt);   // NULL: no fault
 *
 * A fault is drawn by the seed, the body of the request and how often that body was sent before: other
 * requests and their order do not change it.
 */
#ifndef MOCK_FAULT_H
#define MOCK_FAULT_H

#include <stddef.h>
#include <stdint.h>

#include "io/hash.h"
#include "sow/sow.h"

enum fault_kind {
	FAULT_STATUS,             /* an error object instead of an answer */
	FAULT_RESET,              /* the connection is reset */
	FAULT_CUT,                /* the connection ends in the middle of the body */
	FAULT_DRIP,               /* the whole reply, but slowly */
	FAULT_GARBAGE,            /* 200, and broken JSON */
	FAULT_TYPE,               /* 200, and a page of HTML */
	FAULT_EMPTY,              /* 200, without choices */
	FAULT_FILTERED,           /* 200, and finish_reason "content_filter" */
	FAULT_ERROR,              /* 200, and an error instead of the answer, or of the rest of it */
	FAULT_HANG                /* no reply, ever */
};

struct fault {
	const char *name;         /* as in --fault NAME=PROBABILITY */
	enum fault_kind kind;
	unsigned status;          /* of FAULT_STATUS, like the members below */
	const char *type, *code, *message;
	const char *help;         /* NULL: the message */
};
extern const struct fault fault_table[];
extern const size_t fault_count;

#define FAULTS_MAX 32

struct faults {
	struct { const struct fault *fault; double probability; } list[FAULTS_MAX];
	size_t count;
};

/* "NAME=PROBABILITY". SOW_USAGE for an unknown fault, a number that is not a probability, or a sum above
 * 1. */
int faults_add(struct faults *f, const char *setting, struct sow_error *err);

const struct fault *faults_draw(const struct faults *f, uint64_t seed, const struct hash *body,
				uint32_t attempt);

#endif
