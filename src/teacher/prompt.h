/* prompt.h - the tokens of a request.
 *
 * Parts without a role are joined and go on from what the model begins a text with.
 * Parts with roles are put into the model's chat template; control tokens are read
 * in the template's own markup only, so that a text with "<|im_end|>" in it stays a
 * text. An assistant's message at the end is gone on with. Tools, their calls and content that is
 * no text are refused.
 *
 * The shared parts are tokenized apart from what follows, so that their tokens are
 * the same in every request. Let them end at a line's end, where no token reaches
 * across.
 */
#ifndef TEACHER_PROMPT_H
#define TEACHER_PROMPT_H

#include "data/request.h"
#include "teacher/model.h"

struct prompt {
	struct tokens tokens;
	size_t shared;         /* of them, from the first */
};

/* SOW_OK; SOW_INVALID, SOW_TOOBIG: this request cannot be put to this model. */
int prompt_make(const struct model *m, const struct request *r, struct prompt *out,
		struct sow_error *err);
void prompt_release(struct prompt *p);

#endif
