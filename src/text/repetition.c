#include "text/repetition.h"

#include "base/set.h"
#include "text/words.h"

static double share_of(const struct words *w, size_t n)
{
	struct set seen = SET_INIT;
	size_t all = n && w->count >= n ? w->count - n + 1 : 0;
	int status = SOW_OK;
	for (size_t i = 0; i < all && status >= 0; i++)
		status = set_add(&seen, hash64(0, (const char *)(w->ids + i), n * sizeof(*w->ids)));
	double share = status < 0 ? status : all ? 1 - (double)seen.count / (double)all : 0;
	set_release(&seen);
	return share;
}

double repetition_of(struct view text, size_t n)
{
	struct vocabulary *v = vocabulary_new(WORDS_UNICODE);
	struct words w = WORDS_INIT;
	int count = v ? words_of(&w, v, text.p, text.len) : SOW_NOMEM;
	double share = count < 0 ? count : share_of(&w, n);
	words_release(&w);
	vocabulary_free(v);
	return share;
}
