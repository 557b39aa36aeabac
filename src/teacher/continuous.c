/* continuous.c - the teacher "llama": many requests at once on one model.
 *
 * Each request in hand has a sequence. A step evaluates one batch: a token of every
 * reply in progress, and prompts in the remaining room. When a reply ends, the next
 * request takes its sequence in the next step.
 *
 * The cells that a request may need (its own prompt tokens and its reply's) are reserved
 * when it is admitted, so they never run out later; a request that does not fit yet waits,
 * and unused prefixes make room for it.
 *
 * llama_job.h reads the request and writes its reply.
 */
#include "teacher/teacher.h"

#include "base/error.h"
#include "config.h"
#include "teacher/model.h"
#include "teacher/models.h"

static bool continuous_claims(const char *spec)
{
	return !spec || view_ends(view_of(spec), ".gguf") || models_find(spec);
}

/* The file shows whether the model embeds. */
static const struct teacher_kind *continuous_instead(const struct teacher_options *o)
{
	const char *spec = o->spec_count ? o->specs[0] : NULL;
	const struct known_model *known = spec ? models_find(spec) : NULL;
	bool embeds = known ? known->embeds : spec && model_file_embeds(spec);
	return embeds ? &teacher_embedder : NULL;
}

#if SOW_HAVE_LLAMA

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/mem.h"
#include "teacher/llama_job.h"
#include "teacher/model_id.h"
#include "teacher/prefix.h"
#include "teacher/prefix_store.h"
#include "teacher/sampler.h"

#define CONTEXT_DEFAULT 4096
#define PARALLEL_MAX 240        /* libllama knows 256 sequences */
#define BATCH 512               /* tokens in one run at most */
#define CELLS_A_SEQUENCE 1024   /* on average, beyond the shared ones */

struct continuous {
	struct model *model;
	struct sampler *sampler;
	char id[MODEL_ID_SIZE];
	bool share;
	size_t context;            /* tokens a request may fill */
	size_t cells, cells_used;  /* in total; reserved */
	int batch;                 /* tokens in one run at most */
	size_t parallel;
	struct llama_job **jobs;         /* by sequence; NULL: free */
	struct llama_job **waiting;      /* in order of arrival */
	size_t waiting_count;
	uint64_t let_in;           /* jobs admitted so far */
	struct prefixes prefixes;
	struct prefix_store *store; /* of beginnings, for the next run; NULL: none */
	struct constraints constraints;
	size_t rows_left;          /* for scores, in the run being filled */
};

/* Opening */

static int check_options(const struct teacher_options *o, struct sow_error *err)
{
	if (o->parallel < 0 || o->parallel > PARALLEL_MAX)
		return error_set(err, SOW_USAGE, "--parallel %" PRId64 ": expected 1 to %d",
				 o->parallel, PARALLEL_MAX);
	if (o->context < 0 || o->context > INT_MAX / (PARALLEL_MAX + 2))
		return error_set(err, SOW_USAGE, "--ctx %" PRId64 ": expected 1 to %d", o->context,
				 INT_MAX / (PARALLEL_MAX + 2));
	return SOW_OK;
}

/* How much of the model's memory to ask for. */
static int plan_room(struct continuous *c, const struct teacher_options *o,
		     struct model_room *room, struct sow_error *err)
{
	int trained = model_trained(c->model);
	if (trained > 0 && o->context > trained)
		return error_set(err, SOW_USAGE, "--ctx %" PRId64 ": the model knows texts of up "
				 "to %d tokens", o->context, trained);
	int context = o->context ? (int)o->context : CONTEXT_DEFAULT;
	if (trained > 0 && context > trained)
		context = trained;
	int cores = (int)cpu_cores();
	int threads = o->threads > 0 ? (int)o->threads : cores;
	/* On two cores 12 were 7% faster than 8, 16 no more; 4 were a fifth slower. */
	int parallel = o->parallel ? (int)o->parallel : cores > 8 ? 16 : 8;
	int own = context < CELLS_A_SEQUENCE ? context : CELLS_A_SEQUENCE;
	*room = (struct model_room){ .sequences = parallel + PREFIXES_MAX,
				     .cells = 2 * context + parallel * own,
				     .batch = BATCH, .threads = threads };
	c->context = (size_t)context;
	c->parallel = (size_t)parallel;
	c->cells = (size_t)room->cells;
	return SOW_OK;
}

static int open_model(struct continuous *c, const char *path, const struct teacher_options *o,
		      struct sow_error *err)
{
	c->model = model_open(path, (int)o->gpu_layers, err);
	if (!c->model)
		return err ? (int)err->status : SOW_INVALID;
	if (model_embeds(c->model))
		return error_set(err, SOW_INVALID, "%s: a model that embeds texts; it cannot write any", path);
	struct model_room room = { 0 };
	int status = plan_room(c, o, &room, err);
	if (status < 0)
		return status;
	prefixes_init(&c->prefixes, room.sequences - PREFIXES_MAX);
	c->sampler = sampler_new((size_t)model_vocabulary(c->model));
	c->jobs = mem_zalloc(c->parallel * sizeof(*c->jobs));
	/* Twice: jobs that back out wait in front of new ones. */
	c->waiting = mem_zalloc(2 * c->parallel * sizeof(*c->waiting));
	status = model_id(path, c->id, err);
	if (status == SOW_OK)
		status = model_start(c->model, &room, err);
	if (status == SOW_OK && c->share)
		c->store = prefix_store_open(c->id, 0);
	if (status == SOW_OK)
		c->batch = model_left(c->model);
	return status;
}

static void continuous_close(void *state)
{
	struct continuous *c = state;
	if (!c)
		return;
	for (size_t i = 0; c->jobs && i < c->parallel; i++)
		llama_job_free(c->jobs[i]);
	for (size_t i = 0; i < c->waiting_count; i++)
		llama_job_free(c->waiting[i]);
	mem_free(c->jobs);
	mem_free(c->waiting);
	prefixes_release(&c->prefixes);
	prefix_store_close(c->store);
	constraints_release(&c->constraints);
	sampler_free(c->sampler);
	model_close(c->model);
	mem_free(c);
}

static int continuous_open(void **state, const struct teacher_options *o, struct sow_error *err)
{
	struct sow_error here = { 0 };
	if (!err)
		err = &here;
	int status = check_options(o, err);
	if (status < 0)
		return status;
	struct continuous *c = mem_zalloc(sizeof(*c));
	c->share = o->share_prefixes;
	struct buf path = BUF_INIT;
	status = models_path(o->spec_count ? o->specs[0] : NULL, &path, err);
	if (status == SOW_OK)
		status = open_model(c, path.data, o, err);
	buf_release(&path);
	if (status < 0) {
		continuous_close(c);
		return status;
	}
	*state = c;
	return SOW_OK;
}

/* Taking requests */

static int continuous_ask(void *state, struct request *r)
{
	struct continuous *c = state;
	if (c->waiting_count >= c->parallel)
		return 0;
	struct llama_job *j = llama_job_new(r);
	llama_job_prepare(j, c->model, &c->constraints, c->context);
	if (!c->share || j->prompt.shared < PREFIX_TOKENS_MIN)
		j->prompt.shared = 0;
	c->waiting[c->waiting_count++] = j;
	return 1;
}

/* Admitting them */

static void evict(struct continuous *c, struct prefix *p)
{
	model_drop(c->model, p->sequence);
	c->cells_used -= p->tokens.count;
	prefix_clear(p);
}

/* Drops the least recently used prefix without users. */
static bool evict_oldest(struct continuous *c)
{
	struct prefix *p = prefixes_oldest(&c->prefixes);
	if (p)
		evict(c, p);
	return p != NULL;
}

/* Makes `need` cells free. */
static bool make_room(struct continuous *c, size_t need)
{
	while (c->cells_used + need > c->cells) {
		if (!evict_oldest(c))
			return false;
	}
	return true;
}

/* Puts the prefix of a job into a slot of its own. NULL: none is free. */
static struct prefix *place_prefix(struct continuous *c, const struct llama_job *j)
{
	struct prefix *p = prefixes_spare(&c->prefixes);
	if (!p)
		return NULL;
	if (p->tokens.count)
		evict(c, p);
	prefix_set(p, j->prompt.tokens.ids, j->prompt.shared);
	c->cells_used += p->tokens.count;
	p->stored = prefix_store_load(c->store, c->model, p);
	return p;
}

static size_t busy(const struct continuous *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->parallel; i++)
		n += c->jobs[i] != NULL;
	return n;
}

/* Reserves the job's cells; false if it has to wait. A job that is alone never waits. */
static bool reserve(struct continuous *c, struct llama_job *j)
{
	size_t own = j->prompt_count + j->limit, shared = j->prompt.shared;
	struct prefix *p = shared ? prefixes_find(&c->prefixes, j->prompt.tokens.ids, shared) : NULL;
	if (p) {
		p->reused = true;
		prefix_hold(&c->prefixes, p);
		if (!make_room(c, own - shared) && busy(c)) {
			prefix_leave(p);
			return false;
		}
		own -= shared;
		j->shared = shared;
	} else {
		if (!make_room(c, own) && busy(c))
			return false;
		p = shared ? place_prefix(c, j) : NULL;
		if (p) {
			prefix_hold(&c->prefixes, p);
			own -= shared;
			j->shared = prefix_ready(p) ? shared : 0;
		}
	}
	j->prefix = p;
	j->cells = own;
	c->cells_used += own;
	return true;
}

static void take_first_waiting(struct continuous *c)
{
	c->waiting_count--;
	memmove(c->waiting, c->waiting + 1, c->waiting_count * sizeof(*c->waiting));
}

static struct llama_job **free_place(struct continuous *c)
{
	for (size_t i = 0; i < c->parallel; i++) {
		if (!c->jobs[i])
			return &c->jobs[i];
	}
	return NULL;
}

/* In order of arrival; one that does not fit delays those after it. */
static void let_in(struct continuous *c)
{
	while (c->waiting_count) {
		struct llama_job **place = free_place(c);
		if (!place)
			return;
		struct llama_job *j = c->waiting[0];
		if (!j->finished && !reserve(c, j))
			return;
		j->began = clock_wall();
		j->clock = clock_monotonic();
		j->number = c->let_in++;
		*place = j;
		take_first_waiting(c);
	}
}

/* One run of the model */

static int sequence_of(const struct continuous *c, struct llama_job *const *place)
{
	return (int)(place - c->jobs);
}

/* Replies in progress come first: each needs only one token. */
static void put_jobs(struct continuous *c, bool replies)
{
	for (struct llama_job **place = c->jobs; place < c->jobs + c->parallel; place++) {
		struct llama_job *j = *place;
		if (!j || j->finished || llama_job_is_writing(j) != replies)
			continue;
		if (j->prefix && !prefix_ready(j->prefix))
			continue;
		if (j->prefix && !j->evaluated) {
			model_share(c->model, j->prefix->sequence, sequence_of(c, place));
			j->evaluated = j->prefix->tokens.count;
		}
		llama_job_put(j, c->model, sequence_of(c, place), &c->rows_left);
	}
}

static void put_prefixes(struct continuous *c, size_t in_run[PREFIXES_MAX])
{
	for (size_t i = 0; i < PREFIXES_MAX; i++) {
		struct prefix *p = &c->prefixes.at[i];
		in_run[i] = 0;
		while (p->users && p->evaluated + in_run[i] < p->tokens.count &&
		       model_left(c->model)) {
			size_t at = p->evaluated + in_run[i]++;
			model_put(c->model, p->tokens.ids[at], (int)at, p->sequence, false);
		}
	}
}

/* A prefix that only one request has is not worth a file. */
static void count_evaluated(struct continuous *c, const size_t in_run[PREFIXES_MAX])
{
	for (size_t i = 0; i < PREFIXES_MAX; i++) {
		struct prefix *p = &c->prefixes.at[i];
		p->evaluated += in_run[i];
		if (p->reused && !p->stored && prefix_ready(p)) {
			prefix_store_save(c->store, c->model, p);
			p->stored = true;
		}
	}
	for (size_t i = 0; i < c->parallel; i++) {
		if (c->jobs[i])
			c->jobs[i]->evaluated += c->jobs[i]->in_run;
	}
}

static void leave(struct continuous *c, struct llama_job **place)
{
	struct llama_job *j = *place;
	model_drop(c->model, sequence_of(c, place));
	c->cells_used -= j->cells;
	if (j->prefix)
		prefix_leave(j->prefix);
	*place = NULL;
}

static void hand_out(struct continuous *c, void (*done)(void *, struct reply *), void *data)
{
	for (struct llama_job **place = c->jobs; place < c->jobs + c->parallel; place++) {
		struct llama_job *j = *place;
		if (!j || !j->finished)
			continue;
		struct reply *r = llama_job_reply(j);
		leave(c, place);
		llama_job_free(j);
		done(data, r);
	}
}

/* A step */

/* The model has less room than planned (its memory may not consist only of cells). From now on plan
 * with less, and let the youngest job wait again; a job that is alone will never fit. */
static void back_out(struct continuous *c)
{
	if (evict_oldest(c))
		return;
	struct llama_job **youngest = NULL;
	for (struct llama_job **place = c->jobs; place < c->jobs + c->parallel; place++) {
		if (*place && (!youngest || (*place)->number > (*youngest)->number))
			youngest = place;
	}
	struct llama_job *j = *youngest;
	if (busy(c) == 1) {
		llama_job_refuse(j, "the model's memory is too small for this prompt (--ctx)");
		return;
	}
	leave(c, youngest);
	c->cells = c->cells_used;
	llama_job_restart(j);
	memmove(c->waiting + 1, c->waiting, c->waiting_count * sizeof(*c->waiting));
	c->waiting[0] = j;
	c->waiting_count++;
}

/* Does the run hold a job that only needs numbers? */
static bool is_measuring(const struct continuous *c)
{
	for (size_t i = 0; i < c->parallel; i++) {
		const struct llama_job *j = c->jobs[i];
		if (j && j->in_run && j->request->kind != REQUEST_GENERATE)
			return true;
	}
	return false;
}

/* 1 when the run evaluated tokens, 0 when there was nothing to do. */
static int run_once(struct continuous *c, struct sow_error *err)
{
	size_t in_run[PREFIXES_MAX];
	for (size_t i = 0; i < c->parallel; i++) {
		if (c->jobs[i])
			llama_job_begin_run(c->jobs[i]);
	}
	c->rows_left = (size_t)model_rows(c->model);
	put_jobs(c, true);
	put_prefixes(c, in_run);
	put_jobs(c, false);
	if (model_left(c->model) == c->batch)
		return 0;
	if (is_measuring(c))
		model_run_exactly(c->model);
	int status = model_run(c->model, err);
	if (status == 0)
		back_out(c);
	if (status <= 0)
		return status;
	count_evaluated(c, in_run);
	for (size_t i = 0; i < c->parallel; i++) {
		struct llama_job *j = c->jobs[i];
		if (j && j->row >= 0)
			llama_job_read(j, c->model, c->sampler);
	}
	return 1;
}

static int continuous_step(void *state, void (*done)(void *data, struct reply *r), void *data,
			   struct sow_error *err)
{
	struct continuous *c = state;
	let_in(c);
	int status = busy(c) ? run_once(c, err) : 0;
	if (status < 0)
		return status;
	hand_out(c, done, data);
	return busy(c) || c->waiting_count;
}

/* The kind */

static const char *continuous_identity(void *state)
{
	return ((struct continuous *)state)->id;
}

static int continuous_capacity(void *state)
{
	return 2 * (int)((struct continuous *)state)->parallel;
}

static bool continuous_can_chat(void *state)
{
	return model_chats(((struct continuous *)state)->model);
}

static bool continuous_can(void *state, enum request_kind k)
{
	(void)state;
	return k == REQUEST_GENERATE || k == REQUEST_SCORE || k == REQUEST_CHOOSE;
}

static enum turn_opening continuous_opens(void *state)
{
	return model_chats(((struct continuous *)state)->model) ? OPENS_TURN : OPENS_TEXT;
}

/* A model tuned for chat continues a text as well, and small ones do that better than they follow
 * instructions. */
static bool continuous_prefers_chat(void *state)
{
	(void)state;
	return false;
}

const struct teacher_kind teacher_llama = {
	.name = "llama",
	.claims = continuous_claims,
	.instead = continuous_instead,
	.open = continuous_open,
	.close = continuous_close,
	.identity = continuous_identity,
	.capacity = continuous_capacity,
	.prefers_chat = continuous_prefers_chat,
	.can_chat = continuous_can_chat,
	.can = continuous_can,
	.opens = continuous_opens,
	.ask = continuous_ask,
	.step = continuous_step,
};

#else

static int continuous_open(void **state, const struct teacher_options *o, struct sow_error *err)
{
	(void)state;
	(void)o;
	return error_set(err, SOW_MISSING, "this build has no embedded model "
			 "(configured without libllama): name another --teacher");
}

/* Without llama: open always fails, so the other functions are never called. */
const struct teacher_kind teacher_llama = {
	.name = "llama",
	.claims = continuous_claims,
	.instead = continuous_instead,
	.open = continuous_open,
};

#endif
