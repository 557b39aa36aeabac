/* llama_private.h - what the files that know libllama share: llama_open.c opens a model's file, llama.c
 * evaluates it, llama_embed.c makes vectors by it, llama_gbnf.c keeps its replies within a grammar.
 */
#ifndef TEACHER_LLAMA_PRIVATE_H
#define TEACHER_LLAMA_PRIVATE_H

#include <gguf.h>
#include <llama.h>
#include <setjmp.h>

#include "teacher/model.h"
#include "teacher/throttle.h"
#include "teacher/wordpiece.h"

struct model {
	struct llama_model *weights;
	bool is_twin;         /* they are another's, and so is `words` */
	bool embeds;
	struct wordpiece *words; /* of a BERT; NULL: libllama's tokenizer */
	const struct llama_vocab *vocab;
	struct llama_context *context;
	llama_memory_t memory;
	struct llama_batch batch;
	struct throttle throttle;
	int64_t products;     /* of so many rows and more are the product device's, 0: none */
	bool exact;           /* in the next run all are */
	bool was_exact;       /* and were in the one before it */
	int ran;              /* tokens evaluated together last, which may be evaluated likewise; 0: none */
	int batch_room;
	int texts_room;       /* that are embedded together */
	bool gpu;
	const char *template; /* the model's own, NULL if there is none that we know */
	struct tokens newline; /* what tokenizing "\n" gives, see model_tokenize */
	struct llama_token_data *asked; /* room for the vocabulary, where a grammar is asked */
};

/* Its log goes to a callback of the process, and so does an assertion of ggml before it
 * aborts. A thread that opens a model listens: it keeps the first line that is an error,
 * and leaves the loader where an assertion fails, because a broken file must not end the
 * program. What the loader held then is lost. Everything else is dropped. */
struct listener {
	char said[SOW_ERROR_MAX / 2];
	jmp_buf out;
};
extern _Thread_local struct listener *model_listener;

/* Makes m->context. False, with what libllama said in `l`. */
bool model_open_context(struct model *m, struct llama_context_params params, struct listener *l);

#endif
