/* speech.h - detects what a teacher says instead of doing its task: refusals, questions, remarks.
 *
 *     struct speech s;
 *     status = speech_open(&s, text);
 *     const char *met = speech_refusal(&s);         // "i apologize but i can't", NULL: none
 *     speech_close(&s);
 *
 * Phrases are compared word by word: in any case, with any characters between the words, and ' for ’. The
 * tables hold English, German, French, Spanish, Portuguese, Italian, Dutch, Russian, Chinese, Japanese,
 * Korean and a little of others. Refusals and answers are recognized by the opening of a text, never by its
 * middle: "I cannot" and "I am an" are in a thousand stories. Returned texts are static.
 *
 * report/output_kind.h counts refusals by a broader table, because it does not reject them.
 *
 * Sources: the failure rules of Auto Evol-Instruct (arXiv:2406.00770) for asking back; Tülu 3's removal of
 * names that models give themselves; refusals of public chat models.
 */
#ifndef METHOD_SPEECH_H
#define METHOD_SPEECH_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"

/* A text and its words, folded, a blank before each and one after the last: all words, and a line for each
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
/* Names itself: "as an AI language model"; not if `context`, the question, also has the words. */
const char *speech_self_naming(const struct speech *s, const struct speech *context);
/* Asks for missing data: opens with "Sure", "Understood" or "Thank you" and ends with "?", or
 * a sentence asks "please provide the data" or "… so that I can". */
const char *speech_asks_back(const struct speech *s);
/* Opens like an answer, or has a line "Answer: …" that `context` does not have. */
const char *speech_answer(const struct speech *s, const struct speech *context);

/* Refers to a text that only the writer has seen: "according to the passage", "mentioned in the text". */
const char *speech_of_text(const struct speech *s);

/* The first sequence of `count` words that `s` shares with one of the texts of `source` (speech_add_words),
 * but not with `context`. Empty if there is none; else a part of s->words. */
struct view speech_shared(const struct speech *s, struct view source, const struct speech *context,
			  size_t count);

/* Appends the words of a text: " the words ". */
void speech_add_words(struct buf *out, struct view text);

#endif
