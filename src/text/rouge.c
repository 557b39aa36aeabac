#include "text/rouge.h"

#include <limits.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/lcs.h"

double rouge_f(size_t lcs, size_t a, size_t b)
{
	if (!lcs || !a || !b)
		return 0;
	double p = (double)lcs / (double)a;
	double r = (double)lcs / (double)b;
	return 2 * p * r / (p + r);
}

int lcs_length(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	if (na > nb)
		return lcs_length(b, nb, a, na);
	struct lcs q;
	int status = lcs_init(&q, a, na);
	if (status)
		return status;
	int length = lcs_with(&q, b, nb);
	lcs_release(&q);
	return length;
}

int lcs_plain(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	if (na > nb)
		return lcs_plain(b, nb, a, na);
	if (na > INT_MAX - 1)
		return SOW_TOOBIG;
	int *row = mem_zalloc((na + 1) * sizeof(*row)); /* one row of the table */
	for (size_t j = 0; j < nb; j++) {
		int corner = 0; /* of the row before, one to the left */
		for (size_t i = 0; i < na; i++) {
			int above = row[i + 1];
			if (a[i] == b[j])
				row[i + 1] = corner + 1;
			else if (row[i] > above)
				row[i + 1] = row[i];
			corner = above;
		}
	}
	int length = row[na];
	mem_free(row);
	return length;
}

double rouge_l(enum words_kind kind, struct view a, struct view b)
{
	double score = SOW_NOMEM;
	struct words wa = WORDS_INIT, wb = WORDS_INIT;
	struct vocabulary *v = vocabulary_new(kind);
	if (!v)
		goto out;
	int status = words_of(&wa, v, a.p, a.len);
	if (status >= 0)
		status = words_of(&wb, v, b.p, b.len);
	if (status >= 0)
		status = lcs_length(wa.ids, wa.count, wb.ids, wb.count);
	score = status < 0 ? status : rouge_f((size_t)status, wa.count, wb.count);
out:
	words_release(&wa);
	words_release(&wb);
	vocabulary_free(v);
	return score;
}
