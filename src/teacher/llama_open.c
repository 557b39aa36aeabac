/* Opens a model's file: its kind, its weights in libllama, and libllama's messages about it. */
#include "teacher/model.h"

#include "base/error.h"
#include "config.h"

#if SOW_HAVE_LLAMA

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "teacher/llama_private.h"
#include "teacher/product_device.h"

_Thread_local struct listener *model_listener;

/* Keeps the text after "function: " or "file.cpp:12: ". */
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
	if (level == GGML_LOG_LEVEL_ERROR && model_listener)
		keep_line(model_listener, text);
}

static void on_abort(const char *text)
{
	if (!model_listener) {
		fprintf(stderr, "%s\n", text);
		return;
	}
	model_listener->said[0] = '\0';
	keep_line(model_listener, text);
	longjmp(model_listener->out, 1);
}

/* Backends */

/* ggml's backends lie beside libllama, wherever the linker found it. */
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

/* Opening */

/* Finds errors that libllama would report less clearly. */
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
	/* Keep the weights as in the file, so a text's vector does not depend on its neighbours. */
	params.use_extra_bufts = !model_file_embeds(path);
	if (!gpu_layers)
		params.devices = none;
	m->gpu = gpu_layers && have_gpu();
	struct listener l = { .said = "" };
	model_listener = &l;
	if (!setjmp(l.out))
		m->weights = llama_model_load_from_file(path, params);
	model_listener = NULL;
	if (m->weights)
		return SOW_OK;
	return error_set(err, SOW_INVALID, "%s: cannot be loaded: %s", path,
			 l.said[0] ? l.said : "libllama does not say why");
}

/* True if the template reproduces its input. */
static bool template_works(const char *template)
{
	const struct llama_chat_message hello = { .role = "user", .content = "hello" };
	return llama_chat_apply_template(template, &hello, 1, true, NULL, 0) > 0;
}

/* Embedding */

/* The poolings by which a file declares a vector per text: mean, first or last token. */
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
	model_listener = &l;
	if (!setjmp(l.out))
		found = file_pools(path);
	model_listener = NULL;
	return found;
}

/* The file's value for a key, as text; "": none. */
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
		return error_set(err, SOW_INVALID, "%s: not a model that continues a text",
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

bool model_open_context(struct model *m, struct llama_context_params params, struct listener *l)
{
	model_listener = l;
	product_device_take(m->products);
	if (!setjmp(l->out))
		m->context = llama_init_from_model(m->weights, params);
	model_listener = NULL;
	if (m->context)
		m->memory = llama_get_memory(m->context);
	return m->context != NULL;
}

#else /* a build without libllama: every call fails */

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

bool model_file_embeds(const char *path)
{
	(void)path;
	return false;
}

#endif
