/* sketch.h - short stand-ins for vectors, whose products are never below the cosine.
 *
 *     struct sketches s;
 *     sketches_init(&s, &vectors, rows, count, 0.95);
 *     sketches_make(&s, rows, 64, out);            // 64 sketches of s.size numbers
 *     product(sketch a, sketch b) + s.margin >= cosine of a and b
 *
 * A sketch is what a row of length 1 has in a random orthogonal basis of a few vectors, and the length of
 * the rest: by Cauchy and Schwarz the product of the rests is no more than that of their lengths. `margin`
 * bounds what rounding does. The fewest numbers are taken with which few pairs of a sample reach
 * `threshold`; if none will do, a sketch is the row itself, made to length 1.
 */
#ifndef VECTOR_SKETCH_H
#define VECTOR_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#include "vector/vectors.h"

struct sketches {
	const struct vectors *vectors;
	size_t size;                 /* numbers in a sketch */
	float *basis;                /* panels of size - 1 rows; NULL: the row itself */
	float margin;
};

/* `rows` are those of whose sketches one will be compared with another. */
void sketches_init(struct sketches *s, const struct vectors *v, const uint32_t *rows, size_t count,
		   double threshold);
void sketches_release(struct sketches *s);

/* Up to SKETCHES_AT_ONCE rows; out has s->size numbers for each. */
#define SKETCHES_AT_ONCE ((size_t)16)
void sketches_make(const struct sketches *s, const uint32_t *rows, size_t count, float *out);

#endif
