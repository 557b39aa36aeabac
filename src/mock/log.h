/* log.h - a line of JSON for each ended request.
 *
 * {"n":12,"time":1735689600.125,"took":0.050,"body":"<SHA-256>","seed":7,
 *  "key":"<16 digits>","attempt":0,"fault":null,"status":200,"answered":true}
 *
 * `n` counts requests in the order of arrival, from 1; `time` is its arrival, in seconds since 1970; `key`
 * the beginning of the SHA-256 of its API key, "" if there was none: a key itself is never written.
 */
#ifndef MOCK_LOG_H
#define MOCK_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "io/hash.h"

struct log_line {
	int64_t n;
	int64_t wall, took;       /* ns */
	struct hash body;
	int64_t seed;             /* of the request; 0: none */
	char key[17];             /* hex digits */
	uint32_t attempt;
	const char *fault;        /* or the exceeded limit; NULL: none */
	unsigned status;          /* 0: none was sent */
	bool answered;            /* with 200, completely, to the end */
};

void log_add(struct buf *out, const struct log_line *l);

#endif
