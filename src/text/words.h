/* words.h - a text as a sequence of words, each word a number.
 *
 *     struct vocabulary *v = vocabulary_new(WORDS_UNICODE);
 *     struct words w = WORDS_INIT;
 *     words_of(&w, v, text, len);            // w.ids[0 .. w.count-1]
 *     words_release(&w);
 *     vocabulary_free(v);
 *
 * Equal words have equal numbers within one vocabulary; numbers are given in the
 * order words are first seen.
 */
#ifndef TEXT_WORDS_H
#define TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "sow/sow.h"

enum words_kind {
	WORDS_UNICODE, /* words of UAX #29 that hold a letter or number (general category
			* L or N), case-folded and in NFC. Letters that UAX #29 leaves
			* unjoined because their script has no spaces (Han, hiragana, Thai,
			* Lao, Khmer, Myanmar ...), and katakana, are one word a grapheme
			* cluster, vowel signs included. */
	WORDS_ASCII    /* rouge_score 0.1.2, tokenize.py, use_stemmer=False: lower case, then
			* everything but [a-z0-9] separates. Python's lower() brings two
			* characters from beyond ASCII into that set, as it does here:
			* U+212A (kelvin sign) is "k", U+0130 is "i" and a separator. */
};

/* Folding is full and without a language (Straße = STRASSE); NFC makes canonically
 * equivalent spellings one word, as é in one or two code points or Hangul in jamo,
 * which readers cannot tell apart. Compatibility variants (full width, ², ligatures
 * that folding leaves) stay different, and so do ' and ’. For ASCII text all of it is
 * lower case and a table; for the rest it follows the Unicode version of libunistring.
 */

#define WORDS_MAX 1000000 /* words in one text */

struct words {
	uint32_t *ids;
	size_t count;
	size_t room;
};

#define WORDS_INIT { .ids = 0 }

struct vocabulary;

struct vocabulary *vocabulary_new(enum words_kind kind); /* NULL when out of memory */
void vocabulary_free(struct vocabulary *v);
enum words_kind vocabulary_kind(const struct vocabulary *v);
size_t vocabulary_size(const struct vocabulary *v);
/* The number of a word as words_each gives it, a new one if it has none. SOW_OK, SOW_NOMEM,
 * or SOW_TOOBIG past 2^32 words. */
int vocabulary_number(struct vocabulary *v, struct view word, uint32_t *id);
/* The number of a known word; false for an unknown one, and *id does not change. */
bool vocabulary_find(const struct vocabulary *v, struct view word, uint32_t *id);

/* Replaces *out by the words of `text` (UTF-8; bad bytes separate). The count, or
 * SOW_NOMEM, or SOW_TOOBIG past WORDS_MAX, and then *out is empty. New words enter the
 * vocabulary, also those before a failure. */
int words_of(struct words *out, struct vocabulary *v, const char *text, size_t len);
/* The same if the vocabulary has all of them. False if it lacks one or the text is one that words_of
 * refuses; *out is empty then. Threads may ask at once while nobody adds. */
bool words_find(struct words *out, const struct vocabulary *v, const char *text, size_t len);
void words_release(struct words *w);

/* The words themselves, without a vocabulary: calls `each` with every word, folded as it
 * is compared; the view is valid only during the call. Stops at and returns the
 * first non-zero of `each`; else SOW_OK. No limit on their number. */
int words_each(enum words_kind kind, const char *text, size_t len,
	       int (*each)(void *data, struct view word), void *data);

/* Words split on white space only, as the papers count lengths (Python's str.split):
 * Unicode White_Space and U+001C..U+001F separate; a bad byte is part of a word. */
size_t words_count_spaced(const char *text, size_t len);

/* The same, but that in scripts without spaces each letter is a word, as in WORDS_UNICODE:
 * a bound in words then means something for Chinese and Thai. */
size_t words_count(const char *text, size_t len);

#endif
