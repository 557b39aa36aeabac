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
 * Kinds: "llama" (a GGUF model in this process), "replay" (recorded replies).
 */
#ifndef TEACHER_TEACHER_H
#define TEACHER_TEACHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/request.h"
#include "sow/sow.h"

struct teacher;

struct teacher_options {
	const char *spec;      /* "FILE.gguf", "replay:RUN|FILE.jsonl", NULL: the default model */
	int parallel;          /* sequences at once; 0: by cores */
	int context;           /* tokens one request may fill, prompt and reply; 0: 4096 */
	int gpu_layers;        /* -1: all that fit */
	int threads;           /* 0: by cores */
	bool share_prefixes;   /* compute what requests have in common once (default) */
};
void teacher_options_default(struct teacher_options *o);

/* A kind of teacher. `ask` and `step` are called from the teacher's thread only. */
struct teacher_kind {
	const char *name;
	bool recorded; /* its replies are copies: the reply cache neither gives nor takes any */
	bool (*claims)(const char *spec);
	/* Sets *state; fills identity (what request keys call the model). */
	int (*open)(void **state, const struct teacher_options *o, struct sow_error *err);
	void (*close)(void *state);
	const char *(*identity)(void *state);
	int (*capacity)(void *state);          /* requests worth having in hand at once */
	bool (*prefers_chat)(void *state);     /* default prompt style */
	/* Takes the request over if it has room: 1, else 0. */
	int (*ask)(void *state, struct request *r);
	/* Works a while; finished replies go to `done`. 1 while there is work in hand, 0 when
	 * idle, negative when the teacher cannot go on. */
	int (*step)(void *state, void (*done)(void *data, struct reply *r), void *data,
		    struct sow_error *err);
};
extern const struct teacher_kind teacher_llama, teacher_replay;

struct teacher *teacher_open(const struct teacher_options *o, struct sow_error *err);
/* The same for a kind that is not in the table (tests). */
struct teacher *teacher_open_kind(const struct teacher_kind *kind,
				  const struct teacher_options *o, struct sow_error *err);
/* What was asked and not answered is dropped. NULL is fine. */
void teacher_close(struct teacher *t);

const char *teacher_identity(const struct teacher *t); /* "gguf:SHA-256", "replay:…'s own" */
int teacher_capacity(const struct teacher *t);
bool teacher_prefers_chat(const struct teacher *t);
bool teacher_is_recorded(const struct teacher *t);

/* Takes the request over, also on failure (SOW_NOMEM). */
int teacher_submit(struct teacher *t, struct request *r);

/* A finished reply (the caller's, reply_free), or NULL: after `wait` nanoseconds with
 * err->status SOW_OK, or when the teacher cannot go on, with why. */
struct reply *teacher_collect(struct teacher *t, int64_t wait, struct sow_error *err);

#endif
