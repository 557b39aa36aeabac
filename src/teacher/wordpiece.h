/* wordpiece.h - the tokens of a text as BERT reads it.
 *
 *     struct wordpiece *w = wordpiece_new();
 *     wordpiece_add(w, view_of("\u2581play"), false, 2377);     // for each token of the vocabulary
 *     status = wordpiece_ids(w, text, 256, &cut, &tokens);
 *     wordpiece_free(w);
 *
 * A text is cleaned of control characters, its CJK characters and its punctuation stand alone, its
 * accents go and its letters become small; each word is cut into the longest pieces that the
 * vocabulary has. A vocabulary with capital letters keeps case and accents. The name of a special
 * token within a text, "[SEP]", is that token.
 *
 * Equal to Hugging Face's tokenizers 0.23 (BertNormalizer, BertPreTokenizer, WordPiece), whose ids
 * the test holds. libllama's own drops spacing marks of Indic scripts, leaves Hangul whole, and
 * knows neither words that are too long nor special tokens.
 */
#ifndef TEACHER_WORDPIECE_H
#define TEACHER_WORDPIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "teacher/tokens.h"

struct wordpiece;

struct wordpiece *wordpiece_new(void);
void wordpiece_free(struct wordpiece *w);     /* NULL is fine */

/* A token as a GGUF spells it: with U+2581 before what begins a word. */
void wordpiece_add(struct wordpiece *w, struct view piece, bool special, int32_t id);
/* What stands for a word that has no pieces. */
void wordpiece_set_unknown(struct wordpiece *w, int32_t id);

/* Adds the tokens of `text`, `most` of them at most (0: all); nothing is put around them. *cut, if it
 * is not NULL, says whether there were more. SOW_OK, SOW_INVALID (not UTF-8), or SOW_NOMEM from the
 * library that takes accents off. */
int wordpiece_ids(const struct wordpiece *w, struct view text, size_t most, bool *cut,
		  struct tokens *out);

#endif
