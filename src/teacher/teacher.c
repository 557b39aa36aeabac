#include "teacher/teacher.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/queue.h"

/* More than a run ever has in flight: a put never waits. */
#define QUEUE_ROOM 32768
/* Replies that one step passes on together: each alone would wake the other thread. */
#define BATCH 256
#define NOTICES 64 /* further unread ones are dropped */

struct teacher {
	const struct teacher_kind *kind;
	void *state;
	int concurrency; /* 0: the kind's own */
	struct queue *requests;
	struct queue *replies;
	bool shares_replies; /* with other teachers: the opener owns the queue */
	struct queue *notices; /* of texts */
	void *batch[BATCH]; /* replies not passed on yet */
	size_t batched;
	pthread_t thread;
	bool started;
	atomic_bool leave;
	atomic_bool flushed;
	atomic_bool failed;
	struct sow_error why; /* written before `failed`, read after */
};

static const struct teacher_kind *const kinds[] = {
	&teacher_replay, &teacher_http, &teacher_llama,
};

const struct teacher_kind *teacher_kind_of(const char *spec)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (kinds[i]->claims(spec))
			return kinds[i];
	}
	return NULL;
}

void teacher_options_default(struct teacher_options *o)
{
	*o = (struct teacher_options){ .gpu_layers = -1, .share_prefixes = true };
}

static void flush(struct teacher *t)
{
	for (size_t i = queue_put_all(t->replies, t->batch, t->batched); i < t->batched; i++)
		reply_free(t->batch[i]);
	t->batched = 0;
}

static void hand_over(void *data, struct reply *r)
{
	struct teacher *t = data;
	t->batch[t->batched++] = r;
	if (t->batched == BATCH)
		flush(t);
}

static void pass_notices(struct teacher *t)
{
	struct buf line = BUF_INIT;
	while (t->kind->notice && t->kind->notice(t->state, &line)) {
		char *text = buf_detach(&line);
		if (!queue_try_put(t->notices, text))
			mem_free(text);
	}
	buf_release(&line);
}

static void fail(struct teacher *t, const struct sow_error *why)
{
	t->why = *why;
	atomic_store(&t->failed, true);
	if (!t->shares_replies)
		queue_close(t->replies);
}

bool teacher_can(const struct teacher *t, enum request_kind k)
{
	return t->kind->can ? t->kind->can(t->state, k) : k == REQUEST_GENERATE;
}

/* Refuses a request of a kind that the teacher does not take. */
static void refuse(struct teacher *t, struct request *r)
{
	struct buf why = BUF_INIT;
	buf_addf(&why, "the teacher %s cannot %s", t->kind->name, request_kind_names[r->kind]);
	struct reply *reply = reply_new(view_from(why.data, why.len));
	buf_release(&why);
	reply->tag = r->tag;
	reply->key = r->key;
	reply->finish = FINISH_ERROR;
	hand_over(t, reply);
	request_free(r);
}

/* Gives the kind the waiting requests, as far as it has room; `held` is the one without room. */
static void feed(struct teacher *t, struct request **held, bool idle)
{
	for (;;) {
		if (!*held)
			*held = queue_take(t->requests, idle ? QUEUE_FOREVER : 0);
		if (!*held)
			return;
		if (!teacher_can(t, (*held)->kind))
			refuse(t, *held);
		else if (!t->kind->ask(t->state, *held))
			return;
		*held = NULL;
		idle = false;
	}
}

static void *work(void *data)
{
	struct teacher *t = data;
	struct request *held = NULL;
	bool idle = true;
	sigset_t all;
	sigfillset(&all); /* signals belong to the other threads, SIGPIPE to none */
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!atomic_load(&t->leave)) {
		struct sow_error err = { 0 };
		/* Requests from before a flush are taken before it counts. */
		bool waits = idle && !held, flushed = atomic_exchange(&t->flushed, false);
		feed(t, &held, waits);
		if (flushed && !waits && t->kind->flush)
			t->kind->flush(t->state);
		int status = t->kind->step(t->state, hand_over, t, &err);
		pass_notices(t);
		flush(t);
		if (status < 0) {
			fail(t, &err);
			break;
		}
		idle = status == 0;
	}
	request_free(held);
	return NULL;
}

struct teacher *teacher_open_kind(const struct teacher_kind *kind,
				  const struct teacher_options *o, struct sow_error *err)
{
	struct teacher *t = mem_zalloc(sizeof(*t));
	t->kind = kind;
	t->concurrency = o->concurrency;
	if (kind->open(&t->state, o, err))
		goto fail;
	size_t room = (size_t)teacher_capacity(t) * 2;
	t->requests = queue_new(room > QUEUE_ROOM ? room : QUEUE_ROOM);
	t->shares_replies = o->replies != NULL;
	t->replies = o->replies ? o->replies : queue_new(room > QUEUE_ROOM ? room : QUEUE_ROOM);
	t->notices = queue_new(NOTICES);
	if (pthread_create(&t->thread, NULL, work, t)) {
		error_set(err, SOW_NOMEM, "the teacher's thread could not be started");
		goto fail;
	}
	t->started = true;
	return t;
fail:
	teacher_close(t);
	return NULL;
}

struct teacher *teacher_open(const struct teacher_options *o, struct sow_error *err)
{
	const char *spec = o->spec_count ? o->specs[0] : NULL;
	const struct teacher_kind *kind = teacher_kind_of(spec);
	if (o->batch && kind != &teacher_http) {
		error_set(err, SOW_USAGE, "--batch: expected --teacher to be a server that takes batches");
		return NULL;
	}
	if (o->batch)
		return teacher_open_kind(&teacher_batch, o, err);
	if (kind && (o->spec_count <= 1 || kind->several)) {
		const struct teacher_kind *other = kind->instead ? kind->instead(o) : NULL;
		return teacher_open_kind(other ? other : kind, o, err);
	}
	if (kind)
		error_set(err, SOW_USAGE, "--teacher %s: expected no other --teacher beside it; only "
			  "servers can be several", spec);
	else
		error_set(err, SOW_USAGE, "--teacher %s: expected FILE.gguf, a name of `sow model list`, "
			  "replay:RUN, replay:FILE.jsonl, http://…, https://…, openai or anthropic", spec);
	return NULL;
}

static void wake(struct teacher *t)
{
	if (t->kind->wake)
		t->kind->wake(t->state);
}

void teacher_close(struct teacher *t)
{
	if (!t)
		return;
	atomic_store(&t->leave, true);
	if (t->requests)
		queue_close(t->requests);
	if (t->replies && !t->shares_replies)
		queue_close(t->replies);
	if (t->started) {
		wake(t);
		pthread_join(t->thread, NULL);
	}
	struct request *request;
	while (t->requests && (request = queue_take(t->requests, 0)))
		request_free(request);
	struct reply *reply;
	while (t->replies && !t->shares_replies && (reply = queue_take(t->replies, 0)))
		reply_free(reply);
	char *line;
	while (t->notices && (line = queue_take(t->notices, 0)))
		mem_free(line);
	if (t->state)
		t->kind->close(t->state);
	queue_free(t->notices);
	queue_free(t->requests);
	if (!t->shares_replies)
		queue_free(t->replies);
	mem_free(t);
}

const char *teacher_identity(const struct teacher *t)
{
	return t->kind->identity(t->state);
}

const char *teacher_identity_of(const struct teacher *t, const char *of)
{
	return t->kind->identity_of ? t->kind->identity_of(t->state, of) : teacher_identity(t);
}

int teacher_capacity(const struct teacher *t)
{
	return t->concurrency && !t->kind->bounded ? t->concurrency : t->kind->capacity(t->state);
}

bool teacher_prefers_chat(const struct teacher *t)
{
	return t->kind->prefers_chat(t->state);
}

bool teacher_can_chat(const struct teacher *t)
{
	return t->kind->can_chat ? t->kind->can_chat(t->state) : teacher_prefers_chat(t);
}

enum turn_opening teacher_opens(const struct teacher *t)
{
	return t->kind->opens ? t->kind->opens(t->state) : OPENS_NOTHING;
}

bool teacher_is_recorded(const struct teacher *t)
{
	return t->kind->recorded;
}

int teacher_submit(struct teacher *t, struct request *r)
{
	if (!queue_try_put(t->requests, r)) {
		request_free(r);
		return SOW_NOMEM;
	}
	wake(t);
	return SOW_OK;
}

bool teacher_gathers(const struct teacher *t)
{
	return t->kind->flush != NULL;
}

void teacher_flush(struct teacher *t)
{
	if (!t->kind->flush)
		return;
	atomic_store(&t->flushed, true);
	wake(t);
}

bool teacher_notice(struct teacher *t, struct buf *line)
{
	char *text = queue_take(t->notices, 0);
	if (!text)
		return false;
	buf_clear(line);
	buf_addstr(line, text);
	mem_free(text);
	return true;
}

void teacher_get_load(const struct teacher *t, struct teacher_load *out)
{
	*out = (struct teacher_load){ 0 };
	if (t->kind->load)
		t->kind->load(t->state, out);
}

void teacher_findings(const struct teacher *t, struct buf *learnt, struct buf *trouble)
{
	if (t->kind->told)
		t->kind->told(t->state, learnt, trouble);
}

bool teacher_has_failed(const struct teacher *t, struct sow_error *err)
{
	bool failed = atomic_load(&t->failed);
	if (failed && err)
		*err = t->why;
	return failed;
}

struct reply *teacher_collect(struct teacher *t, int64_t wait, struct sow_error *err)
{
	struct reply *r = queue_take(t->replies, wait);
	bool failed = !r && atomic_load(&t->failed);
	if (failed)
		r = queue_take(t->replies, 0); /* it may have come between the two looks */
	if (!r && err) {
		err->status = SOW_OK;
		if (failed)
			*err = t->why;
	}
	return r;
}
