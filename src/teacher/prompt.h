/* prompt.h - the tokens of a request.
 *
 * Parts without a role are joined and follow the token with which the model begins a text.
 * Parts with roles are put into the model's chat template; control tokens are read
 * in the template's own markup only, so a text with "<|im_end|>" in it stays a text. The
 * reply continues an assistant's message at the end. Tools, their calls and content other than
 * text are refused.
 *
 * The shared parts are tokenized apart from the rest, so their tokens are the same in every
 * request. End them at the end of a line: no token spans that.
 */
#ifndef TEACHER_PROMPT_H
#define TEACHER_PROMPT_H

#include "data/request.h"
#include "teacher/model.h"

struct prompt {
	struct tokens tokens;
	size_t shared;         /* of them, from the first */
};

/* SOW_OK; SOW_INVALID, SOW_TOOBIG: this model cannot take this request. */
int prompt_make(const struct model *m, const struct request *r, struct prompt *out,
		struct sow_error *err);
void prompt_release(struct prompt *p);

#endif
