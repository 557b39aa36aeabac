/* sketch.h - short stand-ins for vectors, whose products are never below the cosine.
 *
 *     struct sketches s;
 *     sketches_init(&s, &vectors, rows, count, 0.95);
 *     sketches_make(&s, rows, 64, out);            // 64 sketches of s.size numbers
 *     product(sketch a, sketch b) + s.margin >= cosine of a and b
 *
 * A sketch is the coordinates of a row of length 1 in a random orthogonal basis of a few vectors, and the
 * length of the rest: by Cauchy and Schwarz the product of the rests is no more than that of their lengths.
 * `margin` bounds the rounding. A sketch has the fewest numbers with which few pairs of a sample reach
 * `threshold`; if no number suffices, it is the row itself, scaled to length 1.
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

/* `rows` are those whose sketches will be compared with one another. */
void sketches_init(struct sketches *s, const struct vectors *v, const uint32_t *rows, size_t count,
		   double threshold);
void sketches_release(struct sketches *s);

/* Up to SKETCHES_AT_ONCE rows; out has s->size numbers for each. */
#define SKETCHES_AT_ONCE ((size_t)16)
void sketches_make(const struct sketches *s, const uint32_t *rows, size_t count, float *out);

#endif
