#include "mock/mock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/hash.h"
#include "mock/answer.h"
#include "mock/seen.h"
#include "mock/stats.h"
#include "mock/tokens.h"
#include "mock/wire.h"

#define REMEMBERED ((size_t)1 << 20)  /* bodies */
#define MODEL "sow-mock"

enum stream { STREAM_ANSWER = 1 };

/* A request for a completion, until its reply is out. */
struct pending {
	struct pending *next;             /* of those that can be used again */
	struct hash body;
	int64_t began;
	unsigned status;
	uint32_t attempt;
	bool answers;                     /* 200 and all that belongs to it */
};

struct mock {
	struct mock_options o;
	struct wire wire;
	struct seen seen;
	struct stats stats;
	struct buf text;                  /* of the answer under way */
	struct pending *spare;
};

struct mock *mock_new(const struct mock_options *o, struct sow_error *err)
{
	struct mock *m = mem_zalloc(sizeof(*m));
	if (!m) {
		error_nomem(err);
		return NULL;
	}
	m->o = *o;
	m->seen = (struct seen)SEEN_INIT(REMEMBERED);
	m->text = (struct buf)BUF_INIT;
	m->wire = (struct wire){ .json = json_out_new(), .usage = !o->no_usage };
	if (!m->wire.json) {
		mock_free(m);
		error_nomem(err);
		return NULL;
	}
	return m;
}

void mock_free(struct mock *m)
{
	if (!m)
		return;
	while (m->spare) {
		struct pending *p = m->spare;
		m->spare = p->next;
		mem_free(p);
	}
	json_out_free(m->wire.json);
	seen_release(&m->seen);
	buf_release(&m->text);
	mem_free(m);
}

/* -- one answer ------------------------------------------------------------------------ */

/* Cuts *text where the first of the stop strings begins. */
static void cut_at_stop(const struct ask *a, struct view *text)
{
	for (size_t i = 0; i < a->stop_count; i++) {
		const struct view stop = a->stops[i];
		if (!stop.len)
			continue;
		const char *at = memmem(text->p, text->len, stop.p, stop.len);
		if (at)
			text->len = (size_t)(at - text->p);
	}
}

static void cut_at_length(const struct ask *a, struct said *s)
{
	s->completion_tokens = tokens_count(s->text);
	if (!a->max_tokens || s->completion_tokens <= a->max_tokens)
		return;
	s->text.len = tokens_floor(s->text, a->max_tokens);
	s->completion_tokens = a->max_tokens;
	s->finish = "length";
}

static int answer(struct mock *m, const struct ask *a, const struct pending *p,
		  struct http_reply *out)
{
	struct asked asked = { .chat = a->kind == ASK_CHAT, .system = a->system, .prompt = a->prompt };
	struct draw d = draw_start(m->o.seed, STREAM_ANSWER, a->seed);
	char id[48];
	buf_clear(&m->text);
	answerer_find(&asked)->write(&asked, &d, &m->text);
	if (buf_failed(&m->text))
		return SOW_NOMEM;
	struct said said = { .text = view_from(m->text.data, m->text.len), .finish = "stop",
			     .prompt_tokens = a->prompt_tokens };
	cut_at_stop(a, &said.text);
	cut_at_length(a, &said);
	uint64_t name;
	memcpy(&name, p->body.bytes, sizeof(name));
	snprintf(id, sizeof(id), "%s-%016" PRIx64, asked.chat ? "chatcmpl" : "cmpl", name);
	m->stats.prompt_tokens += said.prompt_tokens;
	m->stats.completion_tokens += said.completion_tokens;
	return wire_answer(&m->wire, a, &said, id, out);
}

/* -- one request -------------------------------------------------------------------------- */

static int complete(struct mock *m, enum ask_kind kind, const struct mock_call *call,
		    struct pending *p, struct http_reply *out)
{
	struct ask a;
	struct problem why;
	uint32_t before;
	if (ask_read(&a, kind, call->body, &m->o.rules, &why))
		return wire_problem(&m->wire, &why, out);
	int status = seen_attempt(&m->seen, &p->body, &before);
	p->attempt = before;
	if (!status)
		status = answer(m, &a, p, out);
	ask_release(&a);
	if (status)
		return status;
	m->stats.again += before > 0;
	p->answers = true;
	return SOW_OK;
}

static bool is_allowed(const struct mock *m, struct view authorization)
{
	static const char bearer[] = "Bearer ";
	if (!m->o.key)
		return true;
	return view_starts(authorization, bearer) &&
	       view_eqstr(view_trim(view_sub(authorization, strlen(bearer), authorization.len)),
			  m->o.key);
}

static int refuse_key(struct mock *m, struct view authorization, struct http_reply *out)
{
	struct problem p;
	if (authorization.len)
		problem_set(&p, 401, "invalid_request_error", "invalid_api_key", NULL,
			    "Incorrect API key provided.");
	else
		problem_set(&p, 401, "invalid_request_error", NULL, NULL,
			    "You didn't provide an API key. Send it in an Authorization header using "
			    "Bearer auth (Authorization: Bearer YOUR_KEY).");
	return wire_problem(&m->wire, &p, out);
}

static int nothing_here(struct mock *m, unsigned status, const struct mock_call *call,
			struct http_reply *out)
{
	struct problem p;
	struct view path = view_sub(call->path, 0, 200);
	problem_set(&p, status, "invalid_request_error", status == 404 ? "unknown_url" : NULL, NULL,
		    status == 405 ? "Not allowed to %.*s on %.*s." : "Unknown request URL: %.*s %.*s.",
		    VIEW_ARG(view_sub(call->method, 0, 16)), VIEW_ARG(path));
	return wire_problem(&m->wire, &p, out);
}

static struct pending *begin(struct mock *m, const struct mock_call *call)
{
	struct pending *p = m->spare;
	if (p)
		m->spare = p->next;
	else
		p = mem_alloc(sizeof(*p));
	if (!p)
		return NULL;
	*p = (struct pending){ .began = call->now };
	if (hash_bytes(call->body.p, call->body.len, &p->body)) {
		p->next = m->spare;
		m->spare = p;
		return NULL;
	}
	stats_begin(&m->stats);
	return p;
}

static int ask_for_completion(struct mock *m, enum ask_kind kind, const struct mock_call *call,
			      struct http_reply *out)
{
	struct problem too_big;
	int status;
	struct pending *p = begin(m, call);
	if (!p)
		return SOW_NOMEM;
	if (!is_allowed(m, call->authorization)) {
		status = refuse_key(m, call->authorization, out);
	} else if (call->too_big) {
		problem_set(&too_big, 413, "invalid_request_error", NULL, NULL,
			    "Request body is too large.");
		status = wire_problem(&m->wire, &too_big, out);
	} else {
		status = complete(m, kind, call, p, out);
	}
	p->status = out->status;
	out->tag = p;
	if (!status)
		return SOW_OK;
	mock_end(m, p, false, call->now);
	return status;
}

static const struct endpoint {
	const char *path, *method;
	enum { ENDPOINT_CHAT, ENDPOINT_COMPLETIONS, ENDPOINT_MODELS, ENDPOINT_STATS } what;
} endpoints[] = {
	{ "/v1/chat/completions", "POST", ENDPOINT_CHAT },
	{ "/v1/completions", "POST", ENDPOINT_COMPLETIONS },
	{ "/v1/models", "GET", ENDPOINT_MODELS },
	{ "/stats", "GET", ENDPOINT_STATS },
};

int mock_reply(struct mock *m, const struct mock_call *call, struct http_reply *out)
{
	const struct endpoint *e = NULL;
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(*endpoints) && !e; i++)
		e = view_eqstr(call->path, endpoints[i].path) ? &endpoints[i] : NULL;
	if (!e || !view_eqstr(call->method, e->method))
		return nothing_here(m, e ? 405 : 404, call, out);
	switch (e->what) {
	case ENDPOINT_CHAT:
		return ask_for_completion(m, ASK_CHAT, call, out);
	case ENDPOINT_COMPLETIONS:
		return ask_for_completion(m, ASK_COMPLETION, call, out);
	case ENDPOINT_MODELS:
		if (!is_allowed(m, call->authorization))
			return refuse_key(m, call->authorization, out);
		return wire_models(&m->wire, m->o.rules.model ? m->o.rules.model : MODEL, out);
	case ENDPOINT_STATS:
		return stats_reply(&m->stats, m->wire.json, out);
	}
	return SOW_INVALID;
}

void mock_end(struct mock *m, void *tag, bool whole, int64_t now)
{
	struct pending *p = tag;
	uint32_t before = 0;
	(void)now;
	if (!p)
		return;
	bool answered = whole && p->answers;
	/* out of memory, one is not counted as answered */
	if (answered && !seen_answer(&m->seen, &p->body, &before) && before)
		m->stats.answered_again++;
	stats_end(&m->stats, p->status, answered);
	p->next = m->spare;
	m->spare = p;
}

int64_t mock_ended(const struct mock *m)
{
	return m->stats.requests - m->stats.in_flight;
}

void mock_set_counts(struct mock *m, const struct http_counts *counts)
{
	m->stats.connections = *counts;
}
