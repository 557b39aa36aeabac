#include <stdbool.h>

#include "base/mem.h"
#include "select/pickers.h"

static size_t tags_of(const struct pick *p, size_t i)
{
	return p->tag_starts[i + 1] - p->tag_starts[i];
}

/* Whether a record has a tag that this pass has not seen; then it has seen them all. */
static bool adds_a_tag(const struct pick *p, size_t i, size_t *seen, size_t pass)
{
	bool adds = false;
	for (size_t n = p->tag_starts[i]; n < p->tag_starts[i + 1]; n++)
		adds = adds || seen[p->tags[n]] != pass;
	for (size_t n = p->tag_starts[i]; n < p->tag_starts[i + 1] && adds; n++)
		seen[p->tags[n]] = pass;
	return adds;
}

/* Down the numbers of tags, again and again: in each pass a record is taken that has a tag which none
 * taken in that pass has. Records without tags are never taken. */
void pick_instag(const struct pick *p, struct chosen *out)
{
	struct pick by_count = *p;
	double *counts = pick_array(p->count, sizeof(*counts));
	size_t *seen = mem_zalloc((p->tag_count + 1) * sizeof(*seen)), left = 0;
	by_count.score = counts;
	for (size_t i = 0; i < p->count; i++)
		counts[i] = (double)tags_of(p, i);
	struct ranked *list = pick_rank(&by_count);
	mem_free(counts);
	while (left < p->count && tags_of(p, list[left].at))
		left++;
	for (size_t pass = 1; left && out->count < p->wanted; pass++) {
		size_t kept = 0;
		for (size_t n = 0; n < left; n++) {
			if (out->count < p->wanted && adds_a_tag(p, list[n].at, seen, pass))
				pick_take(out, list[n].at);
			else
				list[kept++] = list[n];
		}
		left = kept;
	}
	mem_free(list);
	mem_free(seen);
}
