/* panels.h - rows laid side by side, as products.h takes one of its two sides.
 *
 *     float *panels = mem_alloc(panels_of(count) * PANEL * dims * sizeof(*panels));
 *     panels_pack(panels, rows, stride, count, dims);
 *
 * A panel is PANEL rows side by side: number k of each, then number k + 1.
 */
#ifndef VECTOR_PANELS_H
#define VECTOR_PANELS_H

#include <stddef.h>

#define PANEL ((size_t)16)

/* How many panels `count` rows take. */
static inline size_t panels_of(size_t count)
{
	return (count + PANEL - 1) / PANEL;
}

/* Writes panels_of(count) panels of PANEL * dims numbers; the last is filled up with zeros. */
void panels_pack(float *panels, const float *rows, size_t stride, size_t count, size_t dims);

/* For a test: panels_pack in plain C. */
void panels_pack_plain(float *panels, const float *rows, size_t stride, size_t count, size_t dims);

#endif
