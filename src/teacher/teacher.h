/* teacher.h - somebody who answers requests: one interface, several kinds.
 *
 *     struct teacher *t = teacher_open(&options, err);
 *     teacher_submit(t, request);             // never waits
 *     struct reply *r = teacher_collect(t, CLOCK_SECOND, err);
 *     teacher_close(t);
 *
 * A teacher works in a thread of its own. Replies come in any order, each with its
 * request's tag. A request that is refused for good comes back as a reply with
 * FINISH_ERROR, one that can't be answered now (no such recorded reply) with FINISH_NONE;
 * what ends everything comes once, as the failure of teacher_collect.
 *
 * Kinds: "llama" (a GGUF model in this process), "embedder" (one that makes vectors), "replay" (recorded replies), "http" (servers;
 * docs/guide/servers.md is its manual), "batch" (one server, in batches; docs/guide/batches.md), "none"
 * (of a run that asks nothing; no spec chooses it).
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

/* Read by teacher_open only; what it needs of them later it copies. */
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
	bool share_prefixes;   /* compute what requests have in common once (default) */

	/* http, batch */
	const char *model;     /* as the server calls it */
	const char *api;       /* "chat", "completion" or "messages" (Anthropic's); NULL: chat */
	const char *form;      /* how servers are asked for numbers (http/form.h); NULL: found by asking */
	const char *key_file;  /* of the first server; NULL: none */
	const char *key_env;   /* likewise: name of a variable; NULL: that of its service, may be unset */
	const char *const *headers; /* "Name: value", sent to every server of the pool */
	size_t header_count;
	const char *extra_body;     /* a JSON object: its members go into every request; NULL: none */
	int64_t max_completion_tokens; /* bound replies by that name, and at so many at least, which
				* is room for reasoning; 0: by "max_tokens", as the request says */
	const char *ca_file;   /* certificates to trust, PEM; NULL: the system's */
	const char *const *think_tags; /* "OPEN CLOSE", besides those that are known; or "none" */
	size_t think_tag_count;
	bool stream;           /* have replies sent as they are written (SSE) */
	bool batch;            /* send requests in batches, to one server */
	int64_t batch_size;    /* most requests of one; 0: 10,000, or what the service takes */
	const char *batch_rest; /* "now": what a batch ended without is asked directly; NULL: "batch" */
	const char *run;       /* directory of the run, where batches are noted; NULL: there is none */
	int64_t timeout;       /* ns for one request; 0: 10 minutes */
	int64_t give_up_after; /* ns without any answer after which to stop; 0: never */
	const char *cache_as;  /* identity; NULL: "HOST MODEL" of the first server */

	struct queue *replies; /* of several teachers together; NULL: each has its own */
	int concurrency;       /* most requests in flight; 0: 256 on servers, else the capacity */
};
void teacher_options_default(struct teacher_options *o);

/* How it is going, for a line that shows it. All zero where it makes no sense. */
struct teacher_load {
	int64_t on_wire;       /* requests sent and not answered */
	int64_t limit;         /* how many may be, now */
	int64_t retries;       /* requests sent again, in all */
	int servers, servers_up;
};

/* A kind of teacher. `ask`, `flush`, `step` and `notice` are called from the teacher's thread only;
 * `wake` and `load` from any. Those two, `flush` and `notice` may be NULL. */
struct teacher_kind {
	const char *name;
	bool several;  /* takes more than one spec */
	bool bounded;  /* keeps to options.concurrency itself: its capacity counts what waits, too */
	bool recorded; /* its replies are copies: the reply cache neither gives nor takes any */
	bool (*claims)(const char *spec);
	/* The kind that serves these options, where it is another than the one that claims them; NULL:
	 * there is none. */
	const struct teacher_kind *(*instead)(const struct teacher_options *o);
	/* Sets *state; fills identity (what request keys call the model). */
	int (*open)(void **state, const struct teacher_options *o, struct sow_error *err);
	void (*close)(void *state);
	const char *(*identity)(void *state);
	/* What it is as one of the models that run.db names, "model of the judge" say; NULL: always the
	 * same. */
	const char *(*identity_of)(void *state, const char *of);
	int (*capacity)(void *state);          /* requests worth having in hand at once */
	bool (*prefers_chat)(void *state);     /* default prompt style */
	bool (*can_chat)(void *state);         /* takes messages at all; NULL: if it prefers them */
	bool (*can)(void *state, enum request_kind k); /* NULL: generates alone */
	enum turn_opening (*opens)(void *state); /* NULL: OPENS_NOTHING */
	/* Takes the request over if it has room: 1, else 0. */
	int (*ask)(void *state, struct request *r);
	/* Works a while; finished replies go to `done`. 1 while there is work in hand, 0 when
	 * idle, negative when the teacher cannot go on. */
	int (*step)(void *state, void (*done)(void *data, struct reply *r), void *data,
		    struct sow_error *err);
	/* No more will be asked before something is answered. Only of kinds that gather requests. */
	void (*flush)(void *state);
	/* Ends a step that waits, soon. */
	void (*wake)(void *state);
	/* Puts one line for the user into `line`, which is empty; false: there is none. */
	bool (*notice)(void *state, struct buf *line);
	void (*load)(void *state, struct teacher_load *out);
	/* Appends lines, for a record: what it was found out to be asked otherwise, and what went
	 * wrong, counted. From any thread; may be NULL. */
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
/* What was asked and not answered is dropped. NULL is fine. */
void teacher_close(struct teacher *t);

const char *teacher_identity(const struct teacher *t); /* "gguf:SHA-256", "replay:…'s own" */
/* The same, of one that may stand for several: for a recorded run "model of the judge" is whoever judged
 * there. */
const char *teacher_identity_of(const struct teacher *t, const char *of);
/* Requests worth having in hand at once: options.concurrency if that was given, and with
 * servers up to twice as many, so that there is always one to send while replies are stored. */
int teacher_capacity(const struct teacher *t);
bool teacher_prefers_chat(const struct teacher *t);
bool teacher_can_chat(const struct teacher *t);
enum turn_opening teacher_opens(const struct teacher *t);
bool teacher_is_recorded(const struct teacher *t);
/* Does it take such requests? One of another kind comes back as FINISH_ERROR. */
bool teacher_can(const struct teacher *t, enum request_kind k);

/* Takes the request over, also on failure: SOW_NOMEM, more are in hand than teacher_capacity allows. */
int teacher_submit(struct teacher *t, struct request *r);

/* Does it gather requests, and send them together? Then it is told when there are no more for now. */
bool teacher_gathers(const struct teacher *t);
void teacher_flush(struct teacher *t);

/* A line for the user that came up meanwhile: false if there is none. */
bool teacher_notice(struct teacher *t, struct buf *line);
void teacher_get_load(const struct teacher *t, struct teacher_load *out);
/* Appends what was found out about it so far, and what went wrong, a line each. */
void teacher_findings(const struct teacher *t, struct buf *learnt, struct buf *trouble);

/* True, with why, if the teacher cannot go on: for who takes replies from a queue of several. That has
 * to be closed before the first of them is. */
bool teacher_has_failed(const struct teacher *t, struct sow_error *err);

/* A finished reply (the caller's, reply_free), or NULL: after `wait` nanoseconds with
 * err->status SOW_OK, or when the teacher cannot go on, with why. */
struct reply *teacher_collect(struct teacher *t, int64_t wait, struct sow_error *err);

#endif
