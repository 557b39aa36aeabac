#include "teacher/model.h"

#include "base/error.h"
#include "config.h"

#if SOW_HAVE_LLAMA

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "teacher/llama_private.h"
#include "teacher/product_device.h"

/* From so many tokens together, widening quantized weights costs less than it gains. */
#define PRODUCTS_FROM 32

/* Memory for the logits of scored tokens: 64 MiB, more only for large vocabularies. */
#define ROWS_NUMBERS (16 << 20)
#define ROWS_MIN 64
#define ROWS_MAX 256

int model_start(struct model *m, const struct model_room *room, struct sow_error *err)
{
	struct llama_context_params params = llama_context_default_params();
	params.n_ctx = (uint32_t)room->cells;
	params.n_seq_max = (uint32_t)room->sequences;
	params.n_batch = (uint32_t)room->batch;
	/* Plain attention needs memory for cells times tokens evaluated together. For 256 tokens the
	 * product device spends a tenth of the time on widening the weights. */
	m->products = m->gpu ? 0 : PRODUCTS_FROM;
	params.n_ubatch = m->gpu || room->batch < 256 ? (uint32_t)room->batch : 256;
	params.flash_attn_type = m->gpu ? LLAMA_FLASH_ATTN_TYPE_AUTO
					: LLAMA_FLASH_ATTN_TYPE_DISABLED;
	params.n_outputs_max = (uint32_t)(room->sequences + model_rows(m));
	params.n_threads = room->threads;
	params.n_threads_batch = room->threads;
	params.kv_unified = true;
	params.no_perf = true;
	struct listener l = { .said = "" };
	if (!model_open_context(m, params, &l))
		return error_set(err, SOW_NOMEM, "no room for %d sequences of %d tokens together: %s",
				 room->sequences, room->cells, l.said[0] ? l.said : "out of memory");
	throttle_init(&m->throttle, room->threads);
	/* It takes at most as many tokens at once as it has cells. */
	m->batch_room = (int)llama_n_batch(m->context);
	m->batch = llama_batch_init(m->batch_room, 0, 1);
	return SOW_OK;
}

/* Tokens and texts */

int model_trained(const struct model *m)
{
	return llama_model_n_ctx_train(m->weights);
}

int model_vocabulary(const struct model *m)
{
	return llama_vocab_n_tokens(m->vocab);
}

bool model_chats(const struct model *m)
{
	return m->template != NULL;
}

int32_t model_first(const struct model *m)
{
	return llama_vocab_get_add_bos(m->vocab) ? llama_vocab_bos(m->vocab) : -1;
}

bool model_ends(const struct model *m, int32_t token)
{
	return llama_vocab_is_eog(m->vocab, token);
}

static int tokenize(const struct model *m, struct view text, bool markup, struct tokens *out)
{
	if (text.len > INT32_MAX / 2)
		return SOW_TOOBIG;
	/* Rarely less than two bytes a token; if it is less, the call returns the number needed. */
	size_t guess = text.len / 2 + 8;
	for (;;) {
		int32_t *at = tokens_space(out, guess);
		int32_t n = llama_tokenize(m->vocab, text.p, (int32_t)text.len, at, (int32_t)guess,
					   false, markup);
		if (n == INT32_MIN)
			return SOW_TOOBIG;
		if (n >= 0) {
			out->count += (size_t)n;
			return SOW_OK;
		}
		guess = (size_t)-n;
	}
}

/* A SentencePiece vocabulary puts a blank before a text, even if it follows another. After a newline it
 * does not: so tokenize a newline as well, and remove its tokens again. */
static int tokenize_behind_newline(const struct model *m, struct view text, bool markup,
				   struct tokens *out)
{
	struct buf behind = BUF_INIT;
	buf_addch(&behind, '\n');
	buf_add(&behind, text.p, text.len);
	size_t from = out->count, skip = m->newline.count;
	int status = tokenize(m, view_from(behind.data, behind.len), markup, out);
	buf_release(&behind);
	if (status < 0)
		return status;
	if (out->count - from < skip ||
	    memcmp(out->ids + from, m->newline.ids, skip * sizeof(*out->ids)) != 0) {
		out->count = from;
		return tokenize(m, text, markup, out);
	}
	out->count -= skip;
	memmove(out->ids + from, out->ids + from + skip,
		(out->count - from) * sizeof(*out->ids));
	return SOW_OK;
}

int model_tokenize(const struct model *m, struct view text, bool markup, bool goes_on,
		   struct tokens *out)
{
	if (!text.len)
		return SOW_OK;
	if (goes_on && llama_vocab_type(m->vocab) == LLAMA_VOCAB_TYPE_SPM)
		return tokenize_behind_newline(m, text, markup, out);
	return tokenize(m, text, markup, out);
}

void model_piece(const struct model *m, int32_t token, struct buf *out)
{
	size_t room = 64;
	for (;;) {
		char *at = buf_space(out, room);
		int32_t n = llama_token_to_piece(m->vocab, token, at, (int32_t)room, 0, false);
		if (n >= 0) {
			buf_wrote(out, (size_t)n);
			return;
		}
		room = (size_t)-n;
	}
}

int model_render(const struct model *m, const enum role *roles, const char *const *contents,
		 size_t count, struct buf *out)
{
	if (!m->template || count > REQUEST_PARTS_MAX)
		return SOW_INVALID;
	struct llama_chat_message messages[REQUEST_PARTS_MAX];
	for (size_t i = 0; i < count; i++)
		messages[i] = (struct llama_chat_message){ .role = role_names[roles[i]],
							   .content = contents[i] };
	bool open = count && roles[count - 1] != ROLE_ASSISTANT;
	size_t room = 1024;
	for (;;) {
		char *at = buf_space(out, room);
		int32_t n = llama_chat_apply_template(m->template, messages, count, open, at,
						      (int32_t)room);
		if (n < 0)
			return SOW_INVALID;
		if ((size_t)n <= room) {
			buf_wrote(out, (size_t)n);
			return SOW_OK;
		}
		room = (size_t)n;
	}
}

/* Evaluating */

int model_put(struct model *m, int32_t token, int position, int sequence, bool logits)
{
	struct llama_batch *b = &m->batch;
	if (b->n_tokens == m->batch_room)
		return -1;
	int row = b->n_tokens++;
	b->token[row] = token;
	b->pos[row] = position;
	b->n_seq_id[row] = 1;
	b->seq_id[row][0] = sequence;
	b->logits[row] = logits;
	return row;
}

int model_left(const struct model *m)
{
	return m->batch_room - m->batch.n_tokens;
}

int model_rows(const struct model *m)
{
	int rows = ROWS_NUMBERS / model_vocabulary(m);
	return rows < ROWS_MIN ? ROWS_MIN : rows < ROWS_MAX ? rows : ROWS_MAX;
}

void model_run_exactly(struct model *m)
{
	m->exact = !m->gpu;
}

/* Is it known how many tokens of a run are evaluated together? For other models libllama decides. */
static bool knows_shapes(const struct model *m)
{
	return !llama_model_is_recurrent(m->weights) && !llama_model_is_hybrid(m->weights) &&
	       !llama_model_n_swa(m->weights);
}

/* libllama evaluates a run with the same shape as the last one by the same graph, which fixes the device
 * of the products. Setting another value here, and back, makes it build a new one. */
static void forget_graph(struct model *m)
{
	llama_set_causal_attn(m->context, false);
	llama_set_causal_attn(m->context, true);
}

/* Chooses the device for the products of the next run. */
static void settle(struct model *m)
{
	int together = (int)llama_n_ubatch(m->context), tokens = m->batch.n_tokens;
	int first = tokens < together ? tokens : together;
	product_device_take(m->exact ? 1 : m->products);
	if (m->exact != m->was_exact && m->ran && (first == m->ran || !knows_shapes(m)))
		forget_graph(m);
}

static void keep_shape(struct model *m)
{
	m->ran = (m->batch.n_tokens - 1) % (int)llama_n_ubatch(m->context) + 1;
	m->was_exact = m->exact;
}

int model_run(struct model *m, struct sow_error *err)
{
	settle(m);
	throttle_begin(&m->throttle, clock_monotonic(), clock_thread());
	llama_set_n_threads(m->context, m->throttle.threads, m->throttle.threads);
	int32_t code = llama_decode(m->context, m->batch);
	throttle_end(&m->throttle, clock_monotonic(), clock_thread());
	if (code == 0)
		keep_shape(m);
	m->exact = false;
	m->batch.n_tokens = 0;
	if (code == 0)
		return 1;
	if (code == 1)
		return 0;
	if (code == -2)
		return error_nomem(err);
	return error_set(err, SOW_INVALID, "libllama cannot evaluate the prompt (llama_decode: %d)",
			 (int)code);
}

float *model_logits(struct model *m, int row)
{
	return llama_get_logits_ith(m->context, row);
}

void model_share(struct model *m, int from, int to)
{
	llama_memory_seq_cp(m->memory, from, to, -1, -1);
}

void model_drop(struct model *m, int sequence)
{
	llama_memory_seq_rm(m->memory, sequence, -1, -1);
}

bool model_save(struct model *m, int sequence, struct buf *out)
{
	size_t size = llama_state_seq_get_size(m->context, sequence);
	char *at = size ? buf_space(out, size) : NULL;
	if (!at || llama_state_seq_get_data(m->context, (uint8_t *)at, size, sequence) != size)
		return false;
	buf_wrote(out, size);
	return true;
}

bool model_load(struct model *m, int sequence, struct view state)
{
	if (llama_state_seq_set_data(m->context, (const uint8_t *)state.p, state.len, sequence))
		return true;
	model_drop(m, sequence);
	return false;
}

const char *model_build(void)
{
	return llama_version();
}

#else

int model_trained(const struct model *m)
{
	(void)m;
	return 0;
}

#endif
