/* distractors.h - the chunk that a question is about, among unrelated chunks: RAFT (Zhang et al. 2024,
 * arXiv:2403.10131). docs/guide/documents.md has the form.
 *
 *     struct distractors others = { .inputs = inputs, .input_count = count, .wanted = 4, .oracle = 0.8 };
 *     status = distractors_show(&others, &draw, &unit, arena);
 *
 * The unit's input becomes the shown chunks, in a random order; its fields give the position of the
 * question's chunk ("oracle", from 1; 0: not shown) and the places of the others ("distractors").
 */
#ifndef METHOD_DISTRACTORS_H
#define METHOD_DISTRACTORS_H

#include "base/draw.h"
#include "method/method.h"

#define DISTRACTORS_MAX 20

struct distractors {
	const struct record *inputs; /* a chunk each; the unit's ticket, from 1, is the number of its own */
	size_t input_count;
	size_t wanted;               /* DISTRACTORS_MAX at most; fewer if there are fewer chunks */
	double oracle;               /* the share of units that show the question's chunk, from 0 to 1 */
};

/* New texts are in `a`. SOW_OK, or SOW_NOMEM: the unit's fields are damaged. */
int distractors_show(const struct distractors *m, struct draw *d, struct unit *u, struct arena *a);

#endif
