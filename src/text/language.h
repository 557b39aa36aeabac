/* language.h - which language a text is written in, by CLD2 (Compact Language Detector 2).
 *
 *     unsigned id = language_of(text, len);
 *     printf("%s\n", language_code(id));     // "en", "zh", "un": unknown
 *
 * A few words are often too few: where CLD2 calls its own answer unreliable, the language is
 * unknown. CLD2 is C++ and has no C interface: language.cc is the only file in that language.
 *
 * Threads: any number. Memory: none but CLD2's own tables.
 */
#ifndef TEXT_LANGUAGE_H
#define TEXT_LANGUAGE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LANGUAGE_COUNT 1024 /* every id is below */

/* `text` is UTF-8; its first 4,096 bytes decide. */
unsigned language_of(const char *text, size_t len);
const char *language_code(unsigned id);       /* ISO 639 where there is one */
const char *language_name(unsigned id);       /* "English" */

#ifdef __cplusplus
}
#endif
#endif
