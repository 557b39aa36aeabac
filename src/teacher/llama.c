#include "teacher/model.h"

#include "base/error.h"
#include "config.h"

#if SOW_HAVE_LLAMA

#include <dlfcn.h>
#include <errno.h>
#include <gguf.h>
#include <limits.h>
#include <llama.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "teacher/pace.h"
#include "teacher/product_device.h"
#include "teacher/wordpiece.h"

/* Tokens of a text that is embedded. Models that know longer ones want memory for the square. */
#define EMBEDDED_MAX 2048
/* Tokens and texts that are embedded together: of more tokens the half would be spent on what they
 * have not to do with each other. */
#define EMBEDDED_TOGETHER 256
#define EMBEDDED_TEXTS 32

/* Tokens evaluated together from which on widening quantized weights costs less than it gains. */
#define PRODUCTS_FROM 32

/* What the logits of scored tokens may take: 64 MiB, but for large vocabularies. */
#define ROWS_NUMBERS (16 << 20)
#define ROWS_MIN 64
#define ROWS_MAX 256

struct model {
	struct llama_model *weights;
	bool is_twin;         /* they are another's, and so is `words` */
	bool embeds;
	struct wordpiece *words; /* of a BERT; NULL: libllama's tokenizer */
	const struct llama_vocab *vocab;
	struct llama_context *context;
	llama_memory_t memory;
	struct llama_batch batch;
	struct pace pace;
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

/* --- What libllama says ------------------------------------------------------ */

/* Its log goes to a callback of the process, and so does an assertion of ggml before it
 * aborts. A thread that opens a model listens: it keeps the first line that is an error,
 * and leaves the loader where an assertion fails, because a broken file must not end the
 * program. What the loader held then is lost. Everything else is dropped. */
struct listener {
	char said[SOW_ERROR_MAX / 2];
	jmp_buf out;
};
static _Thread_local struct listener *listener;

/* Keeps what stands behind "function: " or "file.cpp:12: ". */
static void keep_line(struct listener *l, const char *text)
{
	const char *error = "error loading model: ";
	const char *colon = strstr(text, ": ");
	const char *said = colon ? colon + 2 : text;
	if (strncmp(said, error, strlen(error)) == 0)
		said += strlen(error);
	if (!l->said[0])
		snprintf(l->said, sizeof(l->said), "%.*s", (int)strcspn(said, "\n"), said);
}

static void on_log(enum ggml_log_level level, const char *text, void *data)
{
	(void)data;
	if (level == GGML_LOG_LEVEL_ERROR && listener)
		keep_line(listener, text);
}

static void on_abort(const char *text)
{
	if (!listener) {
		fprintf(stderr, "%s\n", text);
		return;
	}
	listener->said[0] = '\0';
	keep_line(listener, text);
	longjmp(listener->out, 1);
}

/* --- Backends ---------------------------------------------------------------- */

/* ggml's backends lie beside libllama, wherever the linker found that. */
static int backends_load(struct sow_error *err)
{
	Dl_info info;
	if (!dladdr((void *)(uintptr_t)&llama_backend_init, &info) || !info.dli_fname)
		return error_set(err, SOW_MISSING, "cannot tell which folder libllama is in");
	const char *slash = strrchr(info.dli_fname, '/');
	struct buf folder = BUF_INIT;
	buf_add(&folder, info.dli_fname, slash ? (size_t)(slash - info.dli_fname) : 0);
	int status = SOW_OK;
	ggml_backend_load_all_from_path(folder.len ? folder.data : ".");
	if (!ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU))
		status = error_set(err, SOW_MISSING, "no backend of libggml for this processor in %s",
				   folder.data);
	buf_release(&folder);
	return status;
}

static int backends_ready(struct sow_error *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&lock);
	int status = SOW_OK;
	if (!ggml_backend_dev_count()) {
		llama_log_set(on_log, NULL);
		ggml_set_abort_callback(on_abort);
		llama_backend_init();
		status = backends_load(err);
		if (!status)
			product_device_add();
	}
	pthread_mutex_unlock(&lock);
	return status;
}

/* --- Opening ------------------------------------------------------------------- */

/* Catches what libllama would say less clearly. */
static int check_file(const char *path, struct sow_error *err)
{
	FILE *fp = fopen(path, "rb");
	if (!fp)
		return error_set(err, SOW_IO, "%s: %s; for models to fetch, run: sow model list", path,
				 strerror(errno));
	struct stat st;
	char magic[4] = { 0 };
	int status = SOW_OK;
	if (fstat(fileno(fp), &st) < 0)
		status = error_errno(err, path);
	else if (S_ISDIR(st.st_mode))
		status = error_set(err, SOW_INVALID, "%s: is a folder, not a GGUF file", path);
	else if (fread(magic, 1, sizeof(magic), fp) < sizeof(magic) && ferror(fp))
		status = error_errno(err, path);
	else if (memcmp(magic, "GGUF", sizeof(magic)) != 0)
		status = error_set(err, SOW_INVALID,
				   "%s: not a GGUF file (it does not begin with \"GGUF\")", path);
	fclose(fp);
	return status;
}

static bool have_gpu(void)
{
	return ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_GPU) ||
		ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_IGPU);
}

static int load(struct model *m, const char *path, int gpu_layers, struct sow_error *err)
{
	struct llama_model_params params = llama_model_default_params();
	ggml_backend_dev_t none[] = { NULL };
	params.n_gpu_layers = gpu_layers;
	/* As they are in the file, so that a text's vector does not depend on its neighbours. */
	params.use_extra_bufts = !model_file_embeds(path);
	if (!gpu_layers)
		params.devices = none;
	m->gpu = gpu_layers && have_gpu();
	struct listener l = { .said = "" };
	listener = &l;
	if (!setjmp(l.out))
		m->weights = llama_model_load_from_file(path, params);
	listener = NULL;
	if (m->weights)
		return SOW_OK;
	return error_set(err, SOW_INVALID, "%s: cannot be loaded: %s", path,
			 l.said[0] ? l.said : "libllama does not say why");
}

/* True if the template gives back what it is given. */
static bool template_works(const char *template)
{
	const struct llama_chat_message hello = { .role = "user", .content = "hello" };
	return llama_chat_apply_template(template, &hello, 1, true, NULL, 0) > 0;
}

/* --- Embedding ----------------------------------------------------------------- */

/* How a file says that it makes a vector of a text: mean, first or last token. */
static bool is_pooling(const char *key, int64_t value)
{
	size_t len = strlen(key), tail = strlen(".pooling_type");
	return len > tail && strcmp(key + len - tail, ".pooling_type") == 0 &&
	       value > LLAMA_POOLING_TYPE_NONE && value <= LLAMA_POOLING_TYPE_LAST;
}

static bool file_pools(const char *path)
{
	const struct gguf_init_params params = { .no_alloc = true };
	struct gguf_context *g = gguf_init_from_file(path, params);
	bool found = false;
	for (int64_t i = 0; g && i < gguf_get_n_kv(g) && !found; i++) {
		if (gguf_get_kv_type(g, i) == GGUF_TYPE_UINT32)
			found = is_pooling(gguf_get_key(g, i), gguf_get_val_u32(g, i));
	}
	if (g)
		gguf_free(g);
	return found;
}

bool model_file_embeds(const char *path)
{
	struct listener l = { .said = "" };
	volatile bool found = false;
	if (check_file(path, NULL) < 0 || backends_ready(NULL) < 0)
		return false;
	listener = &l;
	if (!setjmp(l.out))
		found = file_pools(path);
	listener = NULL;
	return found;
}

/* What the file says under a key, as text; "": nothing. */
static void read_value(const struct model *m, int32_t i, char key[128], char value[64])
{
	if (llama_model_meta_key_by_index(m->weights, i, key, 128) < 0)
		key[0] = '\0';
	if (llama_model_meta_val_str_by_index(m->weights, i, value, 64) < 0)
		value[0] = '\0';
}

static bool find_pooling(const struct model *m)
{
	char key[128], value[64];
	for (int32_t i = 0; i < llama_model_meta_count(m->weights); i++) {
		read_value(m, i, key, value);
		if (is_pooling(key, strtol(value, NULL, 10)))
			return true;
	}
	return false;
}

static void read_vocabulary(struct model *m)
{
	int32_t unknown = -1;
	m->words = wordpiece_new();
	for (int32_t i = 0; i < llama_vocab_n_tokens(m->vocab); i++) {
		struct view text = view_of(llama_vocab_get_text(m->vocab, i));
		bool special = llama_vocab_is_control(m->vocab, i);
		if (view_eqstr(text, "[UNK]"))
			unknown = i;
		wordpiece_add(m->words, text, special || unknown == i, i);
	}
	wordpiece_set_unknown(m->words, unknown);
}

static int look_at_embedder(struct model *m, const char *path, struct sow_error *err)
{
	enum llama_vocab_type vocab = llama_vocab_type(m->vocab);
	if (vocab == LLAMA_VOCAB_TYPE_NONE || llama_model_is_diffusion(m->weights))
		return error_set(err, SOW_INVALID, "%s: not a model that embeds texts", path);
	if (vocab == LLAMA_VOCAB_TYPE_WPM)
		read_vocabulary(m);
	return SOW_OK;
}

static int look(struct model *m, const char *path, struct sow_error *err)
{
	m->vocab = llama_model_get_vocab(m->weights);
	m->embeds = find_pooling(m);
	if (m->embeds)
		return look_at_embedder(m, path, err);
	if (llama_vocab_type(m->vocab) == LLAMA_VOCAB_TYPE_NONE ||
	    llama_model_has_encoder(m->weights) || !llama_model_has_decoder(m->weights) ||
	    llama_model_is_diffusion(m->weights))
		return error_set(err, SOW_INVALID, "%s: not a model that goes on from a text",
				 path);
	const char *template = llama_model_chat_template(m->weights, NULL);
	if (template && template_works(template))
		m->template = template;
	return model_tokenize(m, view_of("\n"), false, false, &m->newline);
}

struct model *model_open(const char *path, int gpu_layers, struct sow_error *err)
{
	if (check_file(path, err) < 0 || backends_ready(err) < 0)
		return NULL;
	struct model *m = mem_zalloc(sizeof(*m));
	if (load(m, path, gpu_layers, err) < 0 || look(m, path, err) < 0) {
		model_close(m);
		return NULL;
	}
	return m;
}

void model_close(struct model *m)
{
	if (!m)
		return;
	if (m->batch_room)
		llama_batch_free(m->batch);
	if (m->context)
		llama_free(m->context);
	if (m->weights && !m->is_twin)
		llama_model_free(m->weights);
	if (!m->is_twin)
		wordpiece_free(m->words);
	tokens_release(&m->newline);
	mem_free(m->asked);
	mem_free(m);
}

/* False, with what libllama said in `l`. */
static bool open_context(struct model *m, struct llama_context_params params, struct listener *l)
{
	listener = l;
	product_device_take(m->products);
	if (!setjmp(l->out))
		m->context = llama_init_from_model(m->weights, params);
	listener = NULL;
	if (m->context)
		m->memory = llama_get_memory(m->context);
	return m->context != NULL;
}

int model_start(struct model *m, const struct model_room *room, struct sow_error *err)
{
	struct llama_context_params params = llama_context_default_params();
	params.n_ctx = (uint32_t)room->cells;
	params.n_seq_max = (uint32_t)room->sequences;
	params.n_batch = (uint32_t)room->batch;
	/* Plain attention wants memory for cells times tokens evaluated together. Of 256 tokens the
	 * product device takes a tenth of the time to widen the weights. */
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
	if (!open_context(m, params, &l))
		return error_set(err, SOW_NOMEM, "no room for %d sequences of %d tokens together: %s",
				 room->sequences, room->cells, l.said[0] ? l.said : "out of memory");
	pace_init(&m->pace, room->threads);
	/* It takes no more at once than it has cells. */
	m->batch_room = (int)llama_n_batch(m->context);
	m->batch = llama_batch_init(m->batch_room, 0, 1);
	return SOW_OK;
}

/* --- Tokens and texts ------------------------------------------------------------ */

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
	/* Rarely less than two bytes a token; where it is, the answer says how many. */
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

/* A SentencePiece vocabulary puts a blank before a text, also where it goes on from
 * another. Behind a newline it does not: tokenize that too, and take it away again. */
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

/* --- Evaluating --------------------------------------------------------------- */

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

/* Is it known how many tokens of a run are evaluated together? Of others libllama decides. */
static bool knows_shapes(const struct model *m)
{
	return !llama_model_is_recurrent(m->weights) && !llama_model_is_hybrid(m->weights) &&
	       !llama_model_n_swa(m->weights);
}

/* libllama evaluates what has the shape of what was before it by the same graph, in which it is settled
 * whose the products are. Another value here, and back, and it makes a new one. */
static void forget_graph(struct model *m)
{
	llama_set_causal_attn(m->context, false);
	llama_set_causal_attn(m->context, true);
}

/* Whose the products of the next run are. */
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
	pace_begin(&m->pace, clock_monotonic(), clock_thread());
	llama_set_n_threads(m->context, m->pace.threads, m->pace.threads);
	int32_t code = llama_decode(m->context, m->batch);
	pace_end(&m->pace, clock_monotonic(), clock_thread());
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

/* By libllama's tokenizer, what it puts around included; what ends a text stays at the end of one that
 * is cut. */
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

/* Attention of the models of which it is known that a text comes out the same beside others: what they
 * compute with is the product device's, or concerns one token alone. */
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
	if (!open_context(m, params, &l))
		return error_set(err, SOW_NOMEM, "no room for a text of %d tokens: %s", longest,
				 l.said[0] ? l.said : "out of memory");
	m->batch = llama_batch_init(m->batch_room, 0, 1);
	return SOW_OK;
}

size_t model_texts(const struct model *m)
{
	return (size_t)m->texts_room;
}

/* Makes it of length 1, unless it is none. */
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

const char *model_build(void)
{
	return llama_version();
}

struct gbnf {
	struct model *model;
	struct llama_sampler *rules;
};

static struct gbnf *wrap(struct model *m, struct llama_sampler *rules)
{
	struct gbnf *g = mem_zalloc(sizeof(*g));
	g->model = m;
	g->rules = rules;
	return g;
}

struct gbnf *gbnf_new(struct model *m, const char *gbnf, struct sow_error *err)
{
	struct listener l = { .said = "" };
	if (!m->asked)
		m->asked = mem_alloc((size_t)model_vocabulary(m) * sizeof(*m->asked));
	listener = &l;
	struct llama_sampler *rules = llama_sampler_init_grammar(m->vocab, gbnf, "root");
	listener = NULL;
	if (!rules) {
		error_set(err, SOW_INVALID, "libllama cannot read the grammar: %s",
			  l.said[0] ? l.said : "it does not say why");
		return NULL;
	}
	return wrap(m, rules);
}

struct gbnf *gbnf_copy(const struct gbnf *g)
{
	return wrap(g->model, llama_sampler_clone(g->rules));
}

void gbnf_free(struct gbnf *g)
{
	if (!g)
		return;
	llama_sampler_free(g->rules);
	mem_free(g);
}

void gbnf_restart(struct gbnf *g)
{
	llama_sampler_reset(g->rules);
}

bool gbnf_allows(const struct gbnf *g, int32_t token)
{
	struct llama_token_data one = { .id = token };
	struct llama_token_data_array asked = { .data = &one, .size = 1, .selected = -1 };
	llama_sampler_apply(g->rules, &asked);
	return one.logit > -INFINITY;
}

void gbnf_mask(const struct gbnf *g, float *logits)
{
	struct llama_token_data *all = g->model->asked;
	int32_t n = model_vocabulary(g->model);
	struct llama_token_data_array asked = { .data = all, .selected = -1 };
	for (int32_t i = 0; i < n; i++) {
		if (logits[i] > -INFINITY)
			all[asked.size++] = (struct llama_token_data){ .id = i, .logit = logits[i] };
		logits[i] = -INFINITY;
	}
	llama_sampler_apply(g->rules, &asked);
	for (size_t i = 0; i < asked.size; i++)
		logits[asked.data[i].id] = asked.data[i].logit;
}

void gbnf_accept(struct gbnf *g, int32_t token)
{
	llama_sampler_accept(g->rules, token);
}

#else /* a build without libllama can still be asked for a model */

struct model *model_open(const char *path, int gpu_layers, struct sow_error *err)
{
	(void)gpu_layers;
	error_set(err, SOW_MISSING, "%s: this build has no embedded model", path);
	return NULL;
}

void model_close(struct model *m)
{
	(void)m;
}

int model_trained(const struct model *m)
{
	(void)m;
	return 0;
}

bool model_file_embeds(const char *path)
{
	(void)path;
	return false;
}

#endif
