#include "text/novelty.h"

#include "base/mem.h"
#include "sow/sow.h"
#include "text/lcs.h"
#include "text/rouge.h"

struct novelty {
	double threshold;
	size_t count;
	uint32_t *tokens; /* of all sequences, one behind the other */
	size_t *ends;     /* where in `tokens` each sequence ends */
	int64_t *ids;
	size_t token_room, end_room, id_room;
};

struct novelty *novelty_new(double threshold)
{
	struct novelty *nv = mem_zalloc(sizeof(*nv));
	if (nv)
		nv->threshold = threshold;
	return nv;
}

void novelty_free(struct novelty *nv)
{
	if (!nv)
		return;
	mem_free(nv->tokens);
	mem_free(nv->ends);
	mem_free(nv->ids);
	mem_free(nv);
}

size_t novelty_count(const struct novelty *nv)
{
	return nv->count;
}

static size_t start_of(const struct novelty *nv, size_t i)
{
	return i ? nv->ends[i - 1] : 0;
}

/* Room for one more sequence of `tokens` tokens. */
static int reserve(struct novelty *nv, size_t tokens)
{
	void *p = nv->tokens;
	int status = mem_grow(&p, &nv->token_room, start_of(nv, nv->count) + tokens,
			      sizeof(*nv->tokens));
	nv->tokens = p;
	p = nv->ends;
	if (!status)
		status = mem_grow(&p, &nv->end_room, nv->count + 1, sizeof(*nv->ends));
	nv->ends = p;
	p = nv->ids;
	if (!status)
		status = mem_grow(&p, &nv->id_room, nv->count + 1, sizeof(*nv->ids));
	nv->ids = p;
	return status;
}

int novelty_add(struct novelty *nv, const struct words *w, int64_t id)
{
	if (reserve(nv, w->count))
		return SOW_NOMEM;
	size_t end = start_of(nv, nv->count);
	for (size_t i = 0; i < w->count; i++)
		nv->tokens[end++] = w->ids[i];
	nv->ends[nv->count] = end;
	nv->ids[nv->count] = id;
	nv->count++;
	return SOW_OK;
}

/* False only where rouge_f(lcs, a, b) cannot exceed `bar`. F is 2·lcs/(a + b) but for
 * rounding of some 1e-16, which decides where it meets the bar; so the bar is lowered by
 * far more than that, and what passes is judged by rouge_f itself. */
static bool may_exceed(size_t lcs, size_t a, size_t b, double bar)
{
	return 2 * (double)lcs >= (bar - 1e-9) * (double)(a + b);
}

int novelty_nearest(struct novelty *nv, const struct words *w, struct near *near)
{
	*near = (struct near){ .found = false };
	struct lcs q;
	int status = lcs_init(&q, w->ids, w->count);
	if (status)
		return status;
	double bar = nv->threshold;
	for (size_t i = 0, start = 0; i < nv->count; start = nv->ends[i++]) {
		size_t length = nv->ends[i] - start;
		size_t shorter = length < w->count ? length : w->count;
		if (!may_exceed(shorter, length, w->count, bar))
			continue;
		status = lcs_with(&q, nv->tokens + start, length);
		if (status < 0)
			break;
		if (!may_exceed((size_t)status, length, w->count, bar))
			continue;
		double f = rouge_f((size_t)status, length, w->count);
		if (f > bar) {
			*near = (struct near){ .score = f, .id = nv->ids[i], .found = true };
			bar = f;
		}
	}
	lcs_release(&q);
	if (status >= 0)
		return SOW_OK;
	*near = (struct near){ .found = false };
	return status;
}

/* Puts a neighbour in its place among the k best; of equals the earlier stays ahead. */
static void insert_best(struct near *near, size_t *count, size_t k, struct near one)
{
	size_t at = *count;
	if (at < k)
		(*count)++;
	else if (!k || near[--at].score >= one.score)
		return;
	for (; at && near[at - 1].score < one.score; at--)
		near[at] = near[at - 1];
	near[at] = one;
}

int novelty_nearest_few(struct novelty *nv, const struct words *w, size_t k,
			struct near *near, size_t *count, double *mean)
{
	*count = 0;
	*mean = 0;
	struct lcs q;
	int status = lcs_init(&q, w->ids, w->count);
	if (status)
		return status;
	double sum = 0;
	for (size_t i = 0, start = 0; i < nv->count; start = nv->ends[i++]) {
		size_t length = nv->ends[i] - start;
		status = lcs_with(&q, nv->tokens + start, length);
		if (status < 0)
			break;
		double f = rouge_f((size_t)status, length, w->count);
		insert_best(near, count, k,
			    (struct near){ .score = f, .id = nv->ids[i], .found = true });
		sum += f;
	}
	lcs_release(&q);
	if (status < 0) {
		*count = 0;
		return status;
	}
	if (nv->count)
		*mean = sum / (double)nv->count;
	return SOW_OK;
}
