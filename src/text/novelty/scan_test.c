#include "text/novelty/scan_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/lcs.h"
#include "text/rouge.h"

static void must(int ok)
{
	if (!ok)
		abort();
}

void scan_add(struct scan *s, const struct words *w, int64_t id)
{
	mem_grow(&s->w, &s->word_room, s->count + 1);
	mem_grow(&s->ids, &s->id_room, s->count + 1);
	struct words *copy = &s->w[s->count];
	*copy = (struct words){ .count = w->count, .room = w->count };
	copy->ids = mem_alloc(w->count * sizeof(*w->ids));
	if (w->count)
		memcpy(copy->ids, w->ids, w->count * sizeof(*w->ids));
	s->ids[s->count++] = id;
}

void scan_release(struct scan *s)
{
	for (size_t i = 0; i < s->count; i++)
		words_release(&s->w[i]);
	mem_free(s->w);
	mem_free(s->ids);
	*s = (struct scan)SCAN_INIT;
}

size_t scan_above(const struct scan *s, double bar, const struct words *w, size_t k,
		  struct neighbour *near, double *mean)
{
	size_t count = 0;
	double sum = 0;
	struct lcs q;
	must(!lcs_init(&q, w->ids, w->count));
	for (size_t i = 0; i < s->count; i++) {
		int length = lcs_with(&q, s->w[i].ids, s->w[i].count);
		must(length >= 0);
		double f = rouge_f((size_t)length, s->w[i].count, w->count);
		sum += f;
		if (f <= bar || !k || (count == k && near[k - 1].score >= f))
			continue;
		size_t at = count < k ? count++ : k - 1;
		for (; at && near[at - 1].score < f; at--)
			near[at] = near[at - 1];
		near[at] = (struct neighbour){ .score = f, .id = s->ids[i], .found = true };
	}
	lcs_release(&q);
	*mean = s->count ? sum / (double)s->count : 0;
	return count;
}
