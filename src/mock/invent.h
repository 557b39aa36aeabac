/* invent.h - invented tasks and prose, as many different ones as needed.
 *
 *     struct draw d = draw_start(seed, stream, unit);
 *     invent_instruction(&d, &out);      // "Explain keeping bees to a taxi driver, …"
 *
 * Everything is a pure function of the draw: it fills the slots of a shape ("{write} {form} about {adj}
 * {thing}") from the vocabulary of phrases.h. Of 50,000 instructions more than half are new by ROUGE-L at 0.7
 * against all before them (bench/mock_novelty.c). About a quarter are classifications, which name their
 * labels; some have the flaws that the rules of Self-Instruct exist for.
 */
#ifndef MOCK_INVENT_H
#define MOCK_INVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/draw.h"
#include "base/view.h"

/* Adds `shape` with its slots filled. A slot at the start of a sentence gets a capital. */
void invent_fill(struct draw *d, const char *shape, struct buf *out);

void invent_instruction(struct draw *d, struct buf *out);

/* A flawed one: too short, too long, a forbidden word, a wrong first character, … */
void invent_flawed(struct draw *d, struct buf *out);

/* True if it asks for one of a few labels: always right for instructions of this file, mostly for others. */
bool invent_is_classification(struct view instruction);

#define LABELS_MAX 6
/* The labels it names, at least two: views into it, or static ones. Returns the count. */
size_t invent_labels(struct view instruction, struct view labels[LABELS_MAX]);

/* True if it works on an input ("the following …", "the text below"). */
bool invent_needs_input(struct view instruction);

/* Sentences with words of `about`, which may be empty: `words` words or a few more. */
void invent_prose(struct draw *d, struct view about, size_t words, struct buf *out);

#endif
