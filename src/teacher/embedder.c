/* embedder.c - the teacher "embedder": vectors of texts, by an embedding model in this process.
 *
 * A step takes some of the waiting requests, reads them, and shares them out to threads that have a
 * context each: ggml's own threads wait for each other at every matrix, which costs more than it saves
 * with matrices as small as these. A thread evaluates some texts of similar length together; the vectors
 * are the same, bit by bit, as if each were alone (product_device.h).
 */
#include "teacher/teacher.h"

#include "base/error.h"
#include "config.h"
#include "teacher/models.h"

#if SOW_HAVE_LLAMA

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/mem.h"
#include "teacher/model.h"
#include "teacher/model_id.h"

#define CAPACITY 512     /* requests in hand */
#define A_STEP 1024      /* tokens that a thread evaluates in a step, about: under a second */
#define THREADS_MAX 64
#define FEW_MAX 32       /* texts evaluated together */

/* A text in hand. */
struct text {
	struct request *request;
	struct tokens tokens;
	size_t at;           /* its position in the request order of the step */
	bool cut;
	float *vector;       /* NULL: not evaluated */
	const char *refused; /* why; NULL: it was accepted */
};

struct embedder {
	struct model *models[THREADS_MAX]; /* a twin per thread */
	size_t threads;
	char id[MODEL_ID_SIZE];
	size_t dims;
	struct text waiting[CAPACITY];     /* in order of arrival */
	size_t count;
	int64_t cut;
	bool has_told;
	/* of a step */
	struct text *order[CAPACITY];      /* the longest first */
	size_t step_count;
	pthread_mutex_t lock;              /* of `next` and `why` */
	size_t next;
	struct sow_error why;              /* the first failure */
};

static bool embedder_claims(const char *spec)
{
	(void)spec;
	return false;            /* its name does not show the model's kind: see teacher_llama.instead */
}

static void embedder_close(void *state)
{
	struct embedder *e = state;
	if (!e)
		return;
	for (size_t i = 0; i < e->count; i++) {
		request_free(e->waiting[i].request);
		tokens_release(&e->waiting[i].tokens);
		mem_free(e->waiting[i].vector);
	}
	for (size_t i = THREADS_MAX; i-- > 0;)
		model_close(e->models[i]);
	pthread_mutex_destroy(&e->lock);
	mem_free(e);
}

static int open_models(struct embedder *e, const char *path, const struct teacher_options *o,
		       struct sow_error *err)
{
	size_t cores = o->threads > 0 ? (size_t)o->threads : cpu_cores();
	e->threads = cores < THREADS_MAX ? cores : THREADS_MAX;
	e->models[0] = model_open(path, (int)o->gpu_layers, err);
	if (!e->models[0])
		return err ? (int)err->status : SOW_INVALID;
	if (!model_embeds(e->models[0]))
		return error_set(err, SOW_INVALID, "%s: not a model that embeds texts", path);
	e->dims = model_dims(e->models[0]);
	int status = model_id(path, e->id, err);
	for (size_t i = 1; i < e->threads && !status; i++)
		e->models[i] = model_twin(e->models[0]);
	for (size_t i = 0; i < e->threads && !status; i++)
		status = model_start_embedding(e->models[i], err);
	return status;
}

static int embedder_open(void **state, const struct teacher_options *o, struct sow_error *err)
{
	struct embedder *e = mem_zalloc(sizeof(*e));
	struct buf path = BUF_INIT;
	pthread_mutex_init(&e->lock, NULL);
	int status = models_path(o->spec_count ? o->specs[0] : MODEL_EMBEDDER, &path, err);
	if (!status)
		status = open_models(e, path.data, o, err);
	buf_release(&path);
	if (status) {
		embedder_close(e);
		return status;
	}
	*state = e;
	return SOW_OK;
}

/* Reading */

static int embedder_ask(void *state, struct request *r)
{
	struct embedder *e = state;
	if (e->count == CAPACITY)
		return 0;
	e->waiting[e->count++] = (struct text){ .request = r };
	return 1;
}

/* The text of a request, its parts joined. SOW_OK, or SOW_NOMEM of model_read_text. */
static int read_text(const struct embedder *e, struct text *t)
{
	struct buf joined = BUF_INIT;
	for (size_t i = 0; i < t->request->part_count; i++) {
		const struct part *p = &t->request->parts[i];
		if (part_is_whole(p))
			t->refused = "the embedded model takes texts alone: no tools, no pictures";
		buf_add(&joined, p->text.p, p->text.len);
	}
	int status = SOW_OK;
	struct view text = view_from(joined.data, joined.len);
	if (!t->refused && !view_trim(text).len)
		t->refused = "there is no text to embed";
	if (!t->refused) {
		status = model_read_text(e->models[0], text, &t->tokens, &t->cut);
		if (status == SOW_TOOBIG || status == SOW_INVALID) {
			t->refused = "the text is too long, or not UTF-8";
			status = SOW_OK;
		}
	}
	buf_release(&joined);
	return status;
}

/* The longest first, so none is left for the end. libllama reuses its graph for similar ones. */
static int compare(const void *a, const void *b)
{
	const struct text *x = *(struct text *const *)a, *y = *(struct text *const *)b;
	if (x->tokens.count != y->tokens.count)
		return x->tokens.count < y->tokens.count ? 1 : -1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Takes as many as a step evaluates, at least one. */
static int read_step(struct embedder *e)
{
	size_t tokens = 0;
	int status = SOW_OK;
	e->step_count = e->next = 0;
	while (e->step_count < e->count && tokens < e->threads * A_STEP && !status) {
		struct text *t = &e->waiting[e->step_count];
		t->at = e->step_count;
		status = read_text(e, t);
		tokens += t->tokens.count;
		t->vector = mem_alloc(e->dims * sizeof(*t->vector));
		e->order[e->step_count++] = t;
	}
	qsort(e->order, e->step_count, sizeof(*e->order), compare);
	return status;
}

/* Evaluating */

/* Texts that a thread evaluates together. */
struct few {
	const struct tokens *tokens[FEW_MAX];
	float *vectors[FEW_MAX];
	size_t count;
};

/* The next texts for `m`. False: all are taken, or one has failed. */
static bool take(struct embedder *e, const struct model *m, struct few *f)
{
	size_t most = model_texts(m) < FEW_MAX ? model_texts(m) : FEW_MAX, tokens = 0;
	f->count = 0;
	pthread_mutex_lock(&e->lock);
	for (; e->next < e->step_count && !e->why.status && f->count < most; e->next++) {
		struct text *t = e->order[e->next];
		if (t->refused)
			continue;
		tokens += t->tokens.count;
		if (f->count && tokens > (size_t)model_left(m))
			break;
		f->tokens[f->count] = &t->tokens;
		f->vectors[f->count++] = t->vector;
	}
	pthread_mutex_unlock(&e->lock);
	return f->count > 0;
}

struct worker {
	struct embedder *e;
	struct model *model;
	pthread_t thread;
};

static void *work(void *data)
{
	struct worker *w = data;
	struct embedder *e = w->e;
	struct sow_error err = { 0 };
	struct few few = { .count = 0 };
	while (take(e, w->model, &few)) {
		if (!model_embed(w->model, few.tokens, few.count, few.vectors, &err))
			continue;
		pthread_mutex_lock(&e->lock);
		if (!e->why.status)
			e->why = err;
		pthread_mutex_unlock(&e->lock);
	}
	return NULL;
}

/* This thread takes part; if a thread cannot be started, the others take its share. */
static int evaluate_all(struct embedder *e, struct sow_error *err)
{
	struct worker workers[THREADS_MAX];
	bool started[THREADS_MAX] = { false };
	for (size_t i = 0; i < e->threads; i++) {
		workers[i] = (struct worker){ .e = e, .model = e->models[i] };
		if (i)
			started[i] = pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
	}
	work(&workers[0]);
	for (size_t i = 1; i < e->threads; i++) {
		if (started[i])
			pthread_join(workers[i].thread, NULL);
	}
	return e->why.status ? error_set(err, e->why.status, "%s", e->why.text) : SOW_OK;
}

/* Answering */

static struct reply *reply_to(const struct embedder *e, const struct text *t)
{
	struct reply *r = t->refused ? reply_new(view_of(t->refused))
				     : reply_new_numbers(t->vector, e->dims);
	r->tag = t->request->tag;
	r->key = t->request->key;
	r->finish = t->refused ? FINISH_ERROR : FINISH_STOP;
	r->usage.prompt_tokens = (int64_t)t->tokens.count;
	return r;
}

static void release(struct text *t)
{
	request_free(t->request);
	tokens_release(&t->tokens);
	mem_free(t->vector);
	*t = (struct text){ .request = NULL };
}

static void hand_out(struct embedder *e, int64_t began, int64_t took,
		     void (*done)(void *, struct reply *), void *data)
{
	for (size_t i = 0; i < e->step_count; i++) {
		struct reply *r = reply_to(e, &e->waiting[i]);
		r->began = began;
		r->took = took / (int64_t)e->step_count;
		e->cut += e->waiting[i].cut;
		done(data, r);
	}
	for (size_t i = 0; i < e->step_count; i++)
		release(&e->waiting[i]);
	e->count -= e->step_count;
	for (size_t i = 0; i < e->count; i++)
		e->waiting[i] = e->waiting[i + e->step_count];
}

static int embedder_step(void *state, void (*done)(void *data, struct reply *r), void *data,
			 struct sow_error *err)
{
	struct embedder *e = state;
	int64_t began = clock_wall(), clock = clock_monotonic();
	if (!e->count)
		return 0;
	if (read_step(e))
		return error_nomem(err);
	int status = evaluate_all(e, err);
	if (status)
		return status;
	hand_out(e, began, clock_monotonic() - clock, done, data);
	return e->count > 0;
}

/* The kind */

/* Once, at the end: only then is the number of cut texts known. */
static bool embedder_notice(void *state, struct buf *line)
{
	struct embedder *e = state;
	if (!e->cut || e->has_told)
		return false;
	e->has_told = true;
	buf_addf(line, "texts of more than %d tokens are embedded by their first %d, which is what the model "
		 "reads", model_longest(e->models[0]), model_longest(e->models[0]));
	return true;
}

static const char *embedder_identity(void *state)
{
	return ((struct embedder *)state)->id;
}

static int embedder_capacity(void *state)
{
	(void)state;
	return CAPACITY;
}

static bool embedder_chats(void *state)
{
	(void)state;
	return false;
}

static bool embedder_can(void *state, enum request_kind k)
{
	(void)state;
	return k == REQUEST_EMBED;
}

const struct teacher_kind teacher_embedder = {
	.name = "embedder",
	.claims = embedder_claims,
	.open = embedder_open,
	.close = embedder_close,
	.identity = embedder_identity,
	.capacity = embedder_capacity,
	.prefers_chat = embedder_chats,
	.can = embedder_can,
	.ask = embedder_ask,
	.step = embedder_step,
	.notice = embedder_notice,
};

#else

static bool embedder_claims(const char *spec)
{
	(void)spec;
	return false;
}

static int embedder_open(void **state, const struct teacher_options *o, struct sow_error *err)
{
	(void)state;
	(void)o;
	return error_set(err, SOW_MISSING, "this build has no embedded model "
			 "(configured without libllama): name another --teacher");
}

const struct teacher_kind teacher_embedder = {
	.name = "embedder",
	.claims = embedder_claims,
	.open = embedder_open,
};

#endif
