/* teacher.h - answers requests: one interface, several kinds.
 *
 *     struct teacher *t = teacher_open(&options, err);
 *     teacher_submit(t, request);             // never waits
 *     struct reply *r = teacher_collect(t, CLOCK_SECOND, err);
 *     teacher_close(t);
 *
 * Each teacher works in its own thread. Replies come in any order, each with its request's tag. A
 * request that is refused for good comes back as a reply with FINISH_ERROR, one that cannot be answered
 * now (no such recorded reply) with FINISH_NONE; a failure of the whole teacher comes once, as the
 * failure of teacher_collect.
 *
 * Kinds: "llama" (a GGUF model in this process), "embedder" (one that makes vectors), "replay" (recorded
 * replies), "http" (servers; docs/guide/servers.md is its manual), "batch" (one server, in batches;
 * docs/guide/batches.md), "none" (for a run without requests; no spec chooses it).
 */
#ifndef TEACHER_TEACHER_H
#define TEACHER_TEACHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/request.h"
#include "sow/sow.h"

struct queue;
struct teacher;

/* Read by teacher_open only; it copies all that it needs later. */
struct teacher_options {
	/* "FILE.gguf", a name of models.h, "replay:RUN|FILE.jsonl", "URL[,weight=W][,rpm=N]…", "openai"
	 * or "anthropic". Several are servers of one model. None: the default model. */
	const char *const *specs;
	size_t spec_count;

	/* llama */
	int64_t parallel;      /* sequences at once; 0: by cores */
	int64_t context;       /* tokens one request may fill, prompt and reply; 0: 4096 */
	int64_t gpu_layers;    /* -1: all that fit */
	int64_t threads;       /* 0: by cores */
	bool share_prefixes;   /* compute the common parts of requests once (default) */

	/* http, batch */
	const char *model;     /* as the server calls it */
	const char *api;       /* "chat", "completion" or "messages" (Anthropic's); NULL: chat */
	const char *form;      /* how servers return numbers (http/form.h); NULL: found by trying */
	const char *key_file;  /* of the first server; NULL: none */
	const char *key_env;   /* likewise: name of a variable; NULL: that of its service, may be unset */
	const char *const *headers; /* "Name: value", sent to every server of the pool */
	size_t header_count;
	const char *extra_body;     /* a JSON object whose members go into every request; NULL: none */
	int64_t max_completion_tokens; /* bound replies by that name, and at so many at least, which
				* is room for reasoning; 0: by "max_tokens", as the request says */
	const char *ca_file;   /* certificates to trust, PEM; NULL: the system's */
	const char *const *think_tags; /* "OPEN CLOSE", besides the known ones; or "none" */
	size_t think_tag_count;
	bool stream;           /* ask for replies piece by piece as they are written (SSE) */
	bool batch;            /* send requests in batches, to one server */
	int64_t batch_size;    /* most requests of one; 0: 10,000, or the service's limit */
	const char *batch_rest; /* "now": send directly what a batch left unanswered; NULL: "batch" */
	const char *run;       /* directory of the run, which records batches; NULL: none */
	int64_t timeout;       /* ns for one request; 0: 10 minutes */
	int64_t give_up_after; /* ns without any answer after which to stop; 0: never */
	const char *cache_as;  /* identity; NULL: "HOST MODEL" of the first server */

	struct queue *replies; /* shared by several teachers; NULL: each has its own */
	int concurrency;       /* most requests in flight; 0: 256 on servers, else the capacity */
};
void teacher_options_default(struct teacher_options *o);

/* The current load, for a status line. All zero for kinds without one. */
struct teacher_load {
	int64_t on_wire;       /* requests sent and not yet answered */
	int64_t limit;         /* most of them at once, at present */
	int64_t retries;       /* requests sent again, in total */
	int servers, servers_up;
};

/* A kind of teacher. `ask`, `flush`, `step` and `notice` are called from the teacher's thread only;
 * `wake` and `load` from any. Those two, `flush` and `notice` may be NULL. */
struct teacher_kind {
	const char *name;
	bool several;  /* takes more than one spec */
	bool bounded;  /* keeps to options.concurrency itself: its capacity includes waiting requests */
	bool recorded; /* its replies are copies: the reply cache neither serves nor stores them */
	bool (*claims)(const char *spec);
	/* The kind that serves these options, where the kind that claims them does not; NULL: this one
	 * always does. */
	const struct teacher_kind *(*instead)(const struct teacher_options *o);
	/* Sets *state; fills identity (what request keys call the model). */
	int (*open)(void **state, const struct teacher_options *o, struct sow_error *err);
	void (*close)(void *state);
	const char *(*identity)(void *state);
	/* Its identity as one of the models that run.db names, such as "model of the judge"; NULL: always
	 * the same. */
	const char *(*identity_of)(void *state, const char *of);
	int (*capacity)(void *state);          /* requests worth having in hand at once */
	bool (*prefers_chat)(void *state);     /* default prompt style */
	bool (*can_chat)(void *state);         /* takes messages at all; NULL: if it prefers them */
	bool (*can)(void *state, enum request_kind k); /* NULL: generates alone */
	enum turn_opening (*opens)(void *state); /* NULL: OPENS_NOTHING */
	/* Takes the request over if it has room: 1, else 0. */
	int (*ask)(void *state, struct request *r);
	/* Works a while; finished replies go to `done`. 1 while there is work in hand, 0 when
	 * idle, negative when the teacher cannot continue. */
	int (*step)(void *state, void (*done)(void *data, struct reply *r), void *data,
		    struct sow_error *err);
	/* No more requests will come before a reply. Only of kinds that gather requests. */
	void (*flush)(void *state);
	/* Ends a waiting step soon. */
	void (*wake)(void *state);
	/* Puts one line for the user into `line`, which is empty; false: there is none. */
	bool (*notice)(void *state, struct buf *line);
	void (*load)(void *state, struct teacher_load *out);
	/* Appends lines for the run's records: how requests to it had to be changed, and what went wrong,
	 * with counts. From any thread; may be NULL. */
	void (*told)(void *state, struct buf *learnt, struct buf *trouble);
};
extern const struct teacher_kind teacher_llama, teacher_embedder, teacher_replay, teacher_http,
	teacher_batch, teacher_none;
/* The row that claims `spec` (NULL: the default model), or NULL. */
const struct teacher_kind *teacher_kind_of(const char *spec);

struct teacher *teacher_open(const struct teacher_options *o, struct sow_error *err);
/* The same for a kind that is not in the table (tests). */
struct teacher *teacher_open_kind(const struct teacher_kind *kind,
				  const struct teacher_options *o, struct sow_error *err);
/* Drops the requests that are not answered. NULL is fine. */
void teacher_close(struct teacher *t);

const char *teacher_identity(const struct teacher *t); /* "gguf:SHA-256", "replay:…'s own" */
/* The identity of one of several models that a teacher may stand for: of a recorded run, "model of the
 * judge" is the model that judged there. */
const char *teacher_identity_of(const struct teacher *t, const char *of);
/* Requests worth having in hand at once: options.concurrency if that was given, and with
 * servers up to twice as many, so that there is always one to send while replies are stored. */
int teacher_capacity(const struct teacher *t);
bool teacher_prefers_chat(const struct teacher *t);
bool teacher_can_chat(const struct teacher *t);
enum turn_opening teacher_opens(const struct teacher *t);
bool teacher_is_recorded(const struct teacher *t);
/* Does it take requests of this kind? Others come back as FINISH_ERROR. */
bool teacher_can(const struct teacher *t, enum request_kind k);

/* Takes the request over, even on failure: SOW_NOMEM, more are in hand than teacher_capacity allows. */
int teacher_submit(struct teacher *t, struct request *r);

/* Does it gather requests and send them together? Then call teacher_flush when no more come for now. */
bool teacher_gathers(const struct teacher *t);
void teacher_flush(struct teacher *t);

/* A pending line for the user: false if there is none. */
bool teacher_notice(struct teacher *t, struct buf *line);
void teacher_get_load(const struct teacher *t, struct teacher_load *out);
/* Appends the findings about it so far, and what went wrong, a line each. */
void teacher_findings(const struct teacher *t, struct buf *learnt, struct buf *trouble);

/* True, with why, if the teacher cannot continue: for callers that take replies from a queue of several.
 * Close that queue before the first of the teachers. */
bool teacher_has_failed(const struct teacher *t, struct sow_error *err);

/* A finished reply (the caller's, reply_free), or NULL: after `wait` nanoseconds with
 * err->status SOW_OK, or when the teacher cannot continue, with why. */
struct reply *teacher_collect(struct teacher *t, int64_t wait, struct sow_error *err);

#endif
