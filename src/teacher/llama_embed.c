/* Vectors of texts, by a model whose file says how to make them. */
#include "teacher/model.h"

#include "config.h"

#if SOW_HAVE_LLAMA

#include "teacher/llama_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "teacher/product_device.h"

/* Most tokens of an embedded text. Models for longer ones need memory for the square. */
#define EMBEDDED_MAX 2048
/* Tokens and texts that are embedded together: with more tokens half the work would go into products
 * between unrelated texts. */
#define EMBEDDED_TOGETHER 256
#define EMBEDDED_TEXTS 32

bool model_embeds(const struct model *m)
{
	return m->embeds;
}

struct model *model_twin(const struct model *m)
{
	struct model *twin = mem_zalloc(sizeof(*twin));
	twin->weights = m->weights;
	twin->words = m->words;
	twin->vocab = m->vocab;
	twin->gpu = m->gpu;
	twin->embeds = m->embeds;
	twin->is_twin = true;
	return twin;
}

size_t model_dims(const struct model *m)
{
	return (size_t)llama_model_n_embd_out(m->weights);
}

int model_longest(const struct model *m)
{
	char text[64];
	int trained = model_trained(m);
	long said = llama_model_meta_val_str(m->weights, "sow.max_tokens", text, sizeof(text)) > 0
			    ? strtol(text, NULL, 10) : 0;
	int most = trained > 2 && trained < EMBEDDED_MAX ? trained : EMBEDDED_MAX;
	return said > 2 && said < most ? (int)said : most;
}

static int read_words(const struct model *m, struct view text, size_t most, struct tokens *out,
		      bool *cut)
{
	tokens_add(out, llama_vocab_bos(m->vocab));
	int status = wordpiece_ids(m->words, text, most - 2, cut, out);
	tokens_add(out, llama_vocab_sep(m->vocab));
	return status;
}

/* By libllama's tokenizer, special tokens included; a text that is cut keeps its end token. */
static int read_pieces(const struct model *m, struct view text, size_t most, struct tokens *out,
		       bool *cut)
{
	if (text.len > INT32_MAX / 2 - 16)
		return SOW_TOOBIG;
	int32_t room = (int32_t)text.len + 16;
	int32_t *at = tokens_space(out, (size_t)room);
	int32_t n = llama_tokenize(m->vocab, text.p, (int32_t)text.len, at, room, true, false);
	if (n < 0)
		return SOW_TOOBIG;
	*cut = (size_t)n > most;
	if (*cut && llama_vocab_get_add_eos(m->vocab))
		at[most - 1] = at[n - 1];
	out->count += *cut ? most : (size_t)n;
	return SOW_OK;
}

int model_read_text(const struct model *m, struct view text, struct tokens *out, bool *cut)
{
	size_t most = (size_t)model_longest(m);
	return m->words ? read_words(m, text, most, out, cut) : read_pieces(m, text, most, out, cut);
}

/* Attention types whose models are known to give a text the same vector beside others: the product device
 * computes their products, or a product concerns one token only. */
static bool takes_several(const struct model *m)
{
	char arch[32];
	return !m->gpu &&
	       llama_model_meta_val_str(m->weights, "general.architecture", arch, sizeof(arch)) > 0 &&
	       strcmp(arch, "bert") == 0;
}

int model_start_embedding(struct model *m, struct sow_error *err)
{
	struct llama_context_params params = llama_context_default_params();
	int longest = model_longest(m);
	bool several = takes_several(m);
	m->texts_room = several ? EMBEDDED_TEXTS : 1;
	m->batch_room = several && longest < EMBEDDED_TOGETHER ? EMBEDDED_TOGETHER : longest;
	params.n_ctx = params.n_batch = params.n_ubatch = (uint32_t)m->batch_room;
	params.n_seq_max = (uint32_t)m->texts_room;
	params.n_threads = params.n_threads_batch = 1;
	params.flash_attn_type = m->gpu ? LLAMA_FLASH_ATTN_TYPE_AUTO : LLAMA_FLASH_ATTN_TYPE_DISABLED;
	params.kv_unified = true;
	params.embeddings = true;
	params.no_perf = true;
	m->products = !m->gpu;
	struct listener l = { .said = "" };
	if (!model_open_context(m, params, &l))
		return error_set(err, SOW_NOMEM, "no room for a text of %d tokens: %s", longest,
				 l.said[0] ? l.said : "out of memory");
	m->batch = llama_batch_init(m->batch_room, 0, 1);
	return SOW_OK;
}

size_t model_texts(const struct model *m)
{
	return (size_t)m->texts_room;
}

/* Scales it to length 1, unless it is zero. */
static void normalize(const float *v, size_t dims, float *out)
{
	double sum = 0;
	for (size_t i = 0; i < dims; i++)
		sum += (double)v[i] * (double)v[i];
	double length = sum > 0 ? sqrt(sum) : 1;
	for (size_t i = 0; i < dims; i++)
		out[i] = (float)((double)v[i] / length);
}

int model_embed(struct model *m, const struct tokens *const *texts, size_t count, float *const *out,
		struct sow_error *err)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < texts[i]->count; k++)
			model_put(m, texts[i]->ids[k], (int)k, (int)i, true);
	}
	if (m->memory)
		llama_memory_clear(m->memory, false);
	product_device_take(m->products);
	int32_t code = m->memory ? llama_decode(m->context, m->batch) : llama_encode(m->context, m->batch);
	m->batch.n_tokens = 0;
	for (size_t i = 0; i < count; i++) {
		const float *v = code ? NULL : llama_get_embeddings_seq(m->context, (int)i);
		if (!v)
			return error_set(err, code == -2 ? SOW_NOMEM : SOW_INVALID,
					 "libllama cannot embed the text (%d)", (int)code);
		normalize(v, model_dims(m), out[i]);
	}
	return SOW_OK;
}

#endif
