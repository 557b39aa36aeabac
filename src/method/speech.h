/* speech.h - what a teacher says instead of writing what it was asked for.
 *
 *     struct speech s;
 *     status = speech_open(&s, text);
 *     const char *met = speech_refusal(&s);         // "i apologize but i can't", NULL: none
 *     speech_close(&s);
 *
 * Phrases are compared word by word: in any case, whatever stands between the words, with ' for ’. The
 * tables hold English, German, French, Spanish, Portuguese, Italian, Dutch, Russian, Chinese, Japanese,
 * Korean and a little of others. Refusals and answers are recognized by how a text opens, never by its
 * middle: "I cannot" and "I am an" are in a thousand stories. What is returned is of a table.
 *
 * report/output_kind.h counts refusals by a broader table, for it drops nothing.
 *
 * Sources: the failure rules of Auto Evol-Instruct (arXiv:2406.00770) for asking back; Tülu 3's removal of
 * names that models give themselves; refusals of public chat models.
 */
#ifndef METHOD_SPEECH_H
#define METHOD_SPEECH_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"

/* A text and its words, folded, a blank before each and one behind the last: all of them, and a line a
 * sentence. */
struct speech {
	struct view text;
	struct buf words;
	struct buf sentences;
};

void speech_open(struct speech *s, struct view text);
void speech_close(struct speech *s);

/* Opens with a refusal: an apology and "I can't", or "I can't assist", "Ich kann dir dabei nicht …". */
const char *speech_refusal(const struct speech *s);
/* Names itself: "as an AI language model"; not if `context`, what it was asked, has the words too. */
const char *speech_self_naming(const struct speech *s, const struct speech *context);
/* Asks for what it should work on: opens with "Sure", "Understood" or "Thank you" and ends with "?", or
 * a sentence asks "please provide the data" or "… so that I can". */
const char *speech_asks_back(const struct speech *s);
/* Opens as an answer does, or has a line "Answer: …" that `context` has not. */
const char *speech_answer(const struct speech *s, const struct speech *context);

/* Speaks of a text that only the writer has seen: "according to the passage", "mentioned in the text". */
const char *speech_of_text(const struct speech *s);

/* The first run of `count` words that `s` shares with one of the texts of `source` (speech_add_words),
 * but not with `context`. Empty if there is none; else a part of s->words. */
struct view speech_shared(const struct speech *s, struct view source, const struct speech *context,
			  size_t count);

/* Appends the words of a text: " the words ". */
void speech_add_words(struct buf *out, struct view text);

#endif
