/* letter.h - letters of any script: what they are and their case. By libunistring. */
#ifndef TEXT_LETTER_H
#define TEXT_LETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

bool letter_is(uint32_t codepoint);           /* general category L */
bool letter_or_number(uint32_t codepoint);    /* L or N: what Python calls isalnum */
bool letter_is_mark(uint32_t codepoint);      /* Mn: a mark that takes no room, such as an accent */
bool letter_is_punctuation(uint32_t codepoint); /* P */
bool letter_is_space(uint32_t codepoint);     /* White_Space */
bool letter_is_control(uint32_t codepoint);   /* Cc, Cf, Cs or Co */
int letter_decimal(uint32_t codepoint);       /* 0 to 9 for a decimal digit of any script, else -1 */
uint32_t letter_small(uint32_t codepoint);    /* the one lower-case letter; itself where there is none */

/* The script a letter belongs to, below LETTER_SCRIPTS, and its name ("Latin"). Marks and
 * signs that several scripts use are "Common" or "Inherited". */
#define LETTER_SCRIPTS 512
unsigned letter_script(uint32_t codepoint);
const char *letter_script_name(unsigned script);

/* Append `text`, which must be valid UTF-8, in another case; full mappings, no language.
 * The buffer's status: SOW_NOMEM, SOW_TOOBIG, or SOW_INVALID where libunistring refused. */
int letter_fold(struct view text, struct buf *out);  /* case-folded, then NFC */
int letter_lower(struct view text, struct buf *out);
int letter_title(struct view text, struct buf *out); /* of each word */
int letter_decompose(struct view text, struct buf *out); /* NFD: accents, and the parts of Hangul, apart */

#endif
