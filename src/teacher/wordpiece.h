/* wordpiece.h - the tokens of a text as BERT reads it.
 *
 *     struct wordpiece *w = wordpiece_new();
 *     wordpiece_add(w, view_of("\u2581play"), false, 2377);     // for each token of the vocabulary
 *     status = wordpiece_ids(w, text, 256, &cut, &tokens);
 *     wordpiece_free(w);
 *
 * Control characters are removed, CJK characters and punctuation stand alone, accents are removed and
 * letters become lower case; each word is cut into the longest pieces that the vocabulary has. A
 * vocabulary with capital letters keeps case and accents. The name of a special token within a text,
 * "[SEP]", is that token.
 *
 * Equal to Hugging Face's tokenizers 0.23 (BertNormalizer, BertPreTokenizer, WordPiece); the test holds
 * their ids. libllama's own tokenizer drops spacing marks of Indic scripts, leaves Hangul whole, and
 * knows neither overlong words nor special tokens.
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

/* A token in the spelling of a GGUF: U+2581 before the beginning of a word. */
void wordpiece_add(struct wordpiece *w, struct view piece, bool special, int32_t id);
/* The token for a word that has no pieces. */
void wordpiece_set_unknown(struct wordpiece *w, int32_t id);

/* Adds the tokens of `text`, at most `most` of them (0: all), without special ones around them. *cut, if
 * not NULL, says whether there were more. SOW_OK, SOW_INVALID (not UTF-8), or SOW_NOMEM from the
 * library that removes accents. */
int wordpiece_ids(const struct wordpiece *w, struct view text, size_t most, bool *cut,
		  struct tokens *out);

#endif
