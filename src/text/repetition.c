#include "text/repetition.h"

#include "base/set.h"
#include "text/words.h"

static int find_share(const struct words *w, size_t n, double *share)
{
	struct set seen = SET_INIT;
	size_t all = n && w->count >= n ? w->count - n + 1 : 0;
	int status = SOW_OK;
	for (size_t i = 0; i < all && status >= 0; i++)
		status = set_add(&seen, hash64(0, (const char *)(w->ids + i), n * sizeof(*w->ids)));
	*share = all ? 1 - (double)seen.count / (double)all : 0;
	set_release(&seen);
	return status < 0 ? status : SOW_OK;
}

int repetition_of(struct view text, size_t n, double *share)
{
	struct vocabulary *v = vocabulary_new(WORDS_UNICODE);
	struct words w = WORDS_INIT;
	int status = v ? words_of(&w, v, text.p, text.len) : SOW_NOMEM;
	if (status >= 0)
		status = find_share(&w, n, share);
	words_release(&w);
	vocabulary_free(v);
	return status;
}
