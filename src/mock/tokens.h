/* tokens.h - tokens as the mock counts them.
 *
 * Not those of a model, but similar in number: a blank and the up to five letters or digits after it are one,
 * any other character is one. They decide a completion's charge, where it is cut and what a stream sends at a
 * time; a prompt, which can be long, is charged a token for every four bytes.
 */
#ifndef MOCK_TOKENS_H
#define MOCK_TOKENS_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

/* Bytes of the token at text.p[from]; 0 at the end. Never cuts a UTF-8 character. */
size_t token_len(struct view text, size_t from);

int64_t tokens_count(struct view text);

/* Cuts *text after its first `most` tokens and returns how many are left: all, or `most`. */
int64_t tokens_cut(struct view *text, int64_t most);

/* Of a prompt of `bytes`. */
int64_t tokens_of_prompt(size_t bytes);

#endif
