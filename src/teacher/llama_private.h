/* llama_private.h - shared by the files that know libllama: llama_open.c opens a model's file, llama.c
 * evaluates it, llama_embed.c computes vectors with it, llama_gbnf.c keeps its replies within a grammar.
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
	bool is_twin;         /* another model owns the weights and `words` */
	bool embeds;
	struct wordpiece *words; /* of a BERT; NULL: libllama's tokenizer */
	const struct llama_vocab *vocab;
	struct llama_context *context;
	llama_memory_t memory;
	struct llama_batch batch;
	struct throttle throttle;
	int64_t products;     /* those of at least so many rows go to the product device; 0: none */
	bool exact;           /* in the next run all do */
	bool was_exact;       /* and did in the one before it */
	int ran;              /* tokens of the last evaluation, which the next may repeat; 0: none */
	int batch_room;
	int texts_room;       /* texts embedded together at most */
	bool gpu;
	const char *template; /* the model's own; NULL if it has none that we know */
	struct tokens newline; /* what tokenizing "\n" gives, see model_tokenize */
	struct llama_token_data *asked; /* room for the vocabulary, for grammar queries */
};

/* libllama's log goes to a callback of the process, and so does a failed assertion of ggml before it
 * aborts. A thread that opens a model listens: it keeps the first error line, and leaves the loader
 * where an assertion fails, because a broken file must not end the program. The loader's memory is
 * leaked then. All other lines are dropped. */
struct listener {
	char said[SOW_ERROR_MAX / 2];
	jmp_buf out;
};
extern _Thread_local struct listener *model_listener;

/* Makes m->context. False on failure, with libllama's message in `l`. */
bool model_open_context(struct model *m, struct llama_context_params params, struct listener *l);

#endif
