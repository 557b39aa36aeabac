/* distractors.h - the chunk that a question is about, among chunks that are not: RAFT (Zhang et al. 2024,
 * arXiv:2403.10131). docs/guide/documents.md has the form.
 *
 *     const struct distractors others = { .inputs = inputs, .input_count = count, .wanted = 4, .oracle = 0.8 };
 *     status = distractors_show(&others, &draw, &unit, arena);
 *
 * The unit's input becomes the chunks that are shown, in an order that is drawn, and its fields say where
 * the question's own stands ("oracle", from 1; 0: it is not shown) and what the others are ("distractors").
 */
#ifndef METHOD_DISTRACTORS_H
#define METHOD_DISTRACTORS_H

#include "base/draw.h"
#include "method/method.h"

#define DISTRACTORS_MAX 20

struct distractors {
	const struct record *inputs; /* with a chunk each; the unit's ticket, from 1, is the number of its own */
	size_t input_count;
	size_t wanted;               /* DISTRACTORS_MAX at most; there may be fewer */
	double oracle;               /* how often the question's own chunk is shown, from 0 to 1 */
};

/* What is new lies in `a`. SOW_OK, or SOW_NOMEM: the unit's fields are damaged. */
int distractors_show(const struct distractors *m, struct draw *d, struct unit *u, struct arena *a);

#endif
