/* model.h - a language model in this process: tokens in, logits out.
 *
 * The thin face of libllama; only llama.c, llama_open.c, llama_embed.c and llama_gbnf.c know that library.
 * continuous.c decides what to compute next.
 *
 *     struct model *m = model_open("model.gguf", -1, err);
 *     model_start(m, &(struct model_room){ .sequences = 1, .cells = 2048, ... }, err);
 *     int row = model_put(m, token, 0, 0, true);
 *     if (model_run(m, err) > 0)
 *             float *logits = model_logits(m, row);
 *     model_close(m);
 *
 * A sequence is a text under evaluation, known by its number; a cell is the memory
 * of one evaluated token. Sequences may share cells: see model_share.
 *
 * Threads: one at a time.
 */
#ifndef TEACHER_MODEL_H
#define TEACHER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "data/request.h"
#include "sow/sow.h"
#include "teacher/tokens.h"

struct model;

/* Maps the weights of a GGUF file. `gpu_layers` -1: all, if there is a GPU. NULL on failure:
 * SOW_IO, SOW_INVALID (not a GGUF, cut short, not a model that continues a text), SOW_MISSING
 * (this build has no libllama, or libllama has no backend for this processor). */
struct model *model_open(const char *path, int gpu_layers, struct sow_error *err);
void model_close(struct model *m);              /* NULL is fine */

int model_trained(const struct model *m);       /* longest text it was trained on, in tokens */
int model_vocabulary(const struct model *m);    /* token ids are below this */
bool model_chats(const struct model *m);        /* it has a chat template, and we know it */
int32_t model_first(const struct model *m);     /* the token that begins a text; -1: none */
bool model_ends(const struct model *m, int32_t token); /* this token ends a text */

/* Adds the tokens of `text`. Control tokens are recognized in `markup` only. `goes_on`: it
 * follows other tokens, so no blank is put before it. SOW_OK or SOW_TOOBIG. */
int model_tokenize(const struct model *m, struct view text, bool markup, bool goes_on,
		   struct tokens *out);

/* Adds the bytes a token stands for, none for a control token. */
void model_piece(const struct model *m, int32_t token, struct buf *out);

/* The model's chat template around messages. Unless the last one is the assistant's, its
 * next turn is opened. SOW_OK, or SOW_INVALID without a known template. */
int model_render(const struct model *m, const enum role *roles, const char *const *contents,
		 size_t count, struct buf *out);

struct model_room {
	int sequences;
	int cells;     /* of all sequences together */
	int batch;     /* most tokens in one run */
	int threads;
};
/* SOW_OK or SOW_NOMEM. */
int model_start(struct model *m, const struct model_room *room, struct sow_error *err);

/* Rows with logits that a run may have besides one for each sequence. */
int model_rows(const struct model *m);

/* Adds a token of a sequence to the next run. Returns its row if `logits` are wanted, else 0;
 * -1 when the run is full. Consecutive tokens have consecutive rows. */
int model_put(struct model *m, int32_t token, int position, int sequence, bool logits);
int model_left(const struct model *m);          /* tokens that still fit in the run */

/* The next run computes in 32-bit arithmetic, however few its tokens are. Other runs of few tokens round
 * the factors of quantized weights to 8 bits where that is faster. Without effect on a GPU, and on weights
 * that libllama lays out anew for the processor (Q4_0, Q4_K). */
void model_run_exactly(struct model *m);
/* Evaluates the tokens of the run: 1; 0 if there are not enough cells (nothing happened);
 * SOW_INVALID or SOW_NOMEM. Empties the run in any case. */
int model_run(struct model *m, struct sow_error *err);

/* Logits of a row of the last run: model_vocabulary() of them, which may be written to. */
float *model_logits(struct model *m, int row);

/* Makes the empty sequence `to` begin with all of `from`, in the same cells. */
void model_share(struct model *m, int from, int to);
void model_drop(struct model *m, int sequence); /* frees the cells that no other sequence uses */

/* Appends the contents of a sequence's cells: for model_load of the same weights, in this process or
 * another one. False if libllama cannot give them. */
bool model_save(struct model *m, int sequence, struct buf *out);
/* Restores the sequence of model_save into the empty `sequence`. False, and it stays empty, if `state` is
 * of another model or build, or there are not enough cells. */
bool model_load(struct model *m, int sequence, struct view state);
/* The build of the library, which decides what model_save writes. */
const char *model_build(void);

/* An embedding model: one whose file says how the vectors of its tokens become one of the text.
 *
 * The model is not loaded for that. False, without an error, also if the file cannot be read. */
bool model_file_embeds(const char *path);
bool model_embeds(const struct model *m);
/* A second model on the same weights, for another thread; close it before the first. */
struct model *model_twin(const struct model *m);
size_t model_dims(const struct model *m);      /* numbers of a vector */
int model_longest(const struct model *m);      /* tokens of a text that count, special ones included */
/* Adds the tokens of a text to embed, with the special ones around it, at most as many as count;
 * *cut: there were more. SOW_OK, SOW_TOOBIG, and the failures of wordpiece_ids. */
int model_read_text(const struct model *m, struct view text, struct tokens *out, bool *cut);
/* SOW_OK or SOW_NOMEM. */
int model_start_embedding(struct model *m, struct sow_error *err);
/* How many texts model_embed takes at once, if model_left() tokens hold them all. */
size_t model_texts(const struct model *m);
/* The vectors of `count` texts into out[0] …: model_dims() numbers each, of length 1. A vector does not
 * depend on the other texts. SOW_OK, SOW_INVALID or SOW_NOMEM. */
int model_embed(struct model *m, const struct tokens *const *texts, size_t count, float *const *out,
		struct sow_error *err);

/* A grammar in GBNF: its rule "root" is a complete reply. It tracks the reply so far, and so knows which
 * tokens may come next; after a complete reply only one that ends it may. */
struct gbnf;

/* At the beginning of a reply; the model must outlive it. NULL: SOW_INVALID, libllama cannot read it. */
struct gbnf *gbnf_new(struct model *m, const char *gbnf, struct sow_error *err);
struct gbnf *gbnf_copy(const struct gbnf *g); /* at the same point of the reply */
void gbnf_free(struct gbnf *g);           /* NULL is fine */
void gbnf_restart(struct gbnf *g);

bool gbnf_allows(const struct gbnf *g, int32_t token);
/* Sets the logits of all forbidden tokens to minus infinity. Costs as much as some evaluations. */
void gbnf_mask(const struct gbnf *g, float *logits);
/* Advances by a token, which it allows and which does not end the reply. */
void gbnf_accept(struct gbnf *g, int32_t token);

#endif
