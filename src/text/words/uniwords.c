#include "text/words/uniwords.h"

#include <stdbool.h>
#include <stdint.h>
#include <unigbrk.h>
#include <uniwbrk.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "sow/sow.h"
#include "text/letter.h"

typedef int each_fn(void *data, struct view word);

/* UAX #29 leaves these out of ALetter, so that a boundary falls on each side of them;
 * katakana it would join into long runs. */
bool uniwords_stands_alone(uint32_t c)
{
	int property = uc_wordbreak_property(c);
	return property == WBP_KATAKANA || (property == WBP_OTHER && letter_is(c));
}

/* Cuts text where `cuts` says, folds and hands on the pieces that are words. */
static int emit_pieces(const char *text, size_t len, const char *cuts, each_fn *each, void *data)
{
	struct buf folded = BUF_INIT;
	int status = SOW_OK;
	bool is_word = false;
	for (size_t start = 0, at = 0; at <= len;) {
		if (at == len || cuts[at]) {
			buf_clear(&folded);
			if (is_word)
				status = letter_fold(view_from(text + start, at - start), &folded);
			if (is_word && !status)
				status = each(data, view_from(folded.data, folded.len));
			start = at;
			is_word = false;
		}
		uint32_t c;
		size_t n = utf8_next(text + at, len - at, &c);
		if (!n || status)
			break;
		is_word = is_word || letter_or_number(c);
		at += n;
	}
	buf_release(&folded);
	return status;
}

/* Turns word boundaries into ours: a cluster that stands alone is cut out whole, even
 * where UAX #29 has a word boundary within it (Thai and Lao AM), and keeps the signs
 * that are clusters of their own but no letters (Myanmar AA). */
static void cut_out_clusters(const char *text, size_t len, char *cuts, const char *clusters)
{
	bool alone = false;
	for (size_t at = 0; at < len;) {
		uint32_t c;
		size_t n = utf8_next(text + at, len - at, &c);
		if (!n)
			break;
		bool sign = alone && !cuts[at] && uc_wordbreak_property(c) == WBP_EXTEND;
		if (clusters[at] && !sign) {
			bool before = alone;
			alone = uniwords_stands_alone(c);
			cuts[at] = cuts[at] || alone || before;
		} else if (alone) {
			cuts[at] = 0;
		}
		at += n;
	}
}

int uniwords_each(const char *text, size_t len, int (*each)(void *data, struct view word),
		  void *data)
{
	if (!len)
		return SOW_OK;
	char *cuts = mem_alloc(len * 2);
	char *clusters = cuts + len;
	u8_wordbreaks((const uint8_t *)text, len, cuts);
	u8_grapheme_breaks((const uint8_t *)text, len, clusters);
	cut_out_clusters(text, len, cuts, clusters);
	int status = emit_pieces(text, len, cuts, each, data);
	mem_free(cuts);
	return status;
}
