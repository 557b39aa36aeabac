/* draws.h - the sources of the mock's random numbers: never order or time. */
#ifndef MOCK_DRAWS_H
#define MOCK_DRAWS_H

#include <stdint.h>
#include <string.h>

#include "base/draw.h"
#include "io/hash.h"

/* Streams of draws. Do not renumber: a seed's results depend on the numbers. */
enum mock_stream {
	STREAM_ANSWER = 1,        /* by everything that an answer depends on */
	STREAM_REASONING,         /* the same */
	STREAM_FAULT,             /* by the attempt at a body */
	STREAM_DAMAGE,            /* the same: where a body is cut, … */
	STREAM_LATENCY,           /* the same */
	STREAM_EXPIRY,            /* by a body and the number of its batch */
	STREAM_VECTOR,            /* by a word */
	STREAM_LIKELY             /* by the text of a likelihood or a reward */
};

/* For one attempt at one body. */
static inline struct draw attempt_draw(uint64_t seed, enum mock_stream stream,
				       const struct hash *body, uint32_t attempt)
{
	uint64_t unit;
	memcpy(&unit, body->bytes, sizeof(unit));
	return draw_start(seed, attempt << 8 | (uint32_t)stream, unit);
}

#endif
