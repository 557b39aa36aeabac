/* lemma.h - the form of an English word that a dictionary has, by WordNet's library.
 *
 *     struct buf lemma = BUF_INIT;
 *     lemma_of(LEMMA_VERB, "written", &lemma);     // "write"
 *
 * WordNet's library keeps files open and answers in memory of its own: it is opened once,
 * for the whole program, and one call at a time gets in.
 */
#ifndef TEXT_VERB_NOUN_LEMMA_H
#define TEXT_VERB_NOUN_LEMMA_H

#include <stdbool.h>

#include "base/buf.h"
#include "sow/sow.h"

enum lemma_kind { LEMMA_NOUN, LEMMA_VERB };

#define LEMMA_WORD_MAX 64 /* bytes of a word; longer ones are left as they are */

/* SOW_OK, or SOW_MISSING if WordNet's files are not there, and with what to install. */
int lemma_open(struct sow_error *err);
/* Appends the lemma of `word` in lower case; the word itself if WordNet knows none. A noun
 * unknown to it loses its plural's s. As buf.h. */
int lemma_of(enum lemma_kind kind, const char *word, struct buf *out);
/* Is it, as it stands, such a word in its basic form? */
bool lemma_is(enum lemma_kind kind, const char *word);

#endif
