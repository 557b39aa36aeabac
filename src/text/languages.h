/* languages.h - in which languages many texts are, counted beside other work.
 *
 *     struct languages *l = languages_new(1);
 *     languages_add(l, text);                         // each text
 *     const int64_t *count = languages_finish(l);     // count[id], see language.h
 *     languages_free(l);
 *
 * CLD2 takes longer than the other counts of a text, so threads of this struct run it. Where none
 * can be started, languages_add counts at once.
 *
 * Threads: one thread adds. Memory: some hundred KB a thread.
 */
#ifndef TEXT_LANGUAGES_H
#define TEXT_LANGUAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "sow/sow.h"

struct languages;

struct languages *languages_new(size_t threads);
void languages_free(struct languages *l);        /* NULL is fine */
void languages_add(struct languages *l, struct view text); /* UTF-8, copied */
/* Waits for the threads: LANGUAGE_COUNT counts, valid until `l` is freed. languages_add counts later
 * texts at once. */
const int64_t *languages_finish(struct languages *l);

#endif
