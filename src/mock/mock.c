#include "mock/mock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/draw.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "io/hash.h"
#include "mock/batches.h"
#include "mock/damage.h"
#include "mock/draws.h"
#include "mock/likely.h"
#include "mock/limits.h"
#include "mock/log.h"
#include "mock/seen.h"
#include "mock/stats.h"
#include "mock/tokens.h"
#include "mock/wire.h"

#define REMEMBERED ((size_t)1 << 20)  /* bodies */
#define MODEL "sow-mock"
#define FILTERED_BYTES 40             /* of an answer, before a filter ends it */

/* A request for a completion, until its reply is sent. */
struct pending {
	struct pending *next;             /* in the list for reuse */
	int64_t began;
	bool answers;                     /* with 200 and a complete reply */
	struct log_line line;
};

struct mock {
	struct mock_options o;
	struct wire wire;
	struct seen seen;
	struct limits limits;
	struct stats stats;
	struct completion completion;
	struct hasher *hasher;
	struct buf log;
	struct pending *spare;
	struct mock_batches *batches;
};

static int answer_in_batch(void *data, enum ask_kind kind, const struct mock_call *call,
			   struct http_reply *out);

struct mock *mock_new(const struct mock_options *o, int64_t now)
{
	struct mock *m = mem_zalloc(sizeof(*m));
	m->o = *o;
	m->seen = (struct seen)SEEN_INIT(REMEMBERED);
	m->completion = (struct completion)COMPLETION_INIT;
	m->log = (struct buf)BUF_INIT;
	m->wire = (struct wire){ .json = json_out_new(), .usage = !o->no_usage,
				  .seed = o->seed };
	m->hasher = hasher_new();
	limits_init(&m->limits, o->rpm, o->tpm, o->max_in_flight, now);
	m->batches = mock_batches_new(&m->o, answer_in_batch, m);
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
	mock_batches_free(m->batches);
	json_out_free(m->wire.json);
	if (m->hasher)
		hasher_finish(m->hasher, NULL);
	seen_release(&m->seen);
	completion_release(&m->completion);
	buf_release(&m->log);
	mem_free(m);
}

/* Limits */

/* The names of the headers: limit, remaining, time of reset. */
static const char *const limit_headers[2][2][3] = { /* [Anthropic's][tokens] */
	{ { "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
	    "x-ratelimit-reset-requests" },
	  { "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens" } },
	{ { "anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining",
	    "anthropic-ratelimit-requests-reset" },
	  { "anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining",
	    "anthropic-ratelimit-tokens-reset" } },
};

/* OpenAI reports a duration, Anthropic a time. */
static void write_reset(int64_t wait, bool is_dated, int64_t wall, char out[DURATION_SIZE])
{
	struct tm tm;
	time_t at = (time_t)((wall + wait) / CLOCK_SECOND + 1);
	if (is_dated)
		strftime(out, DURATION_SIZE, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
	else
		limits_duration(wait, out);
}

static void put_limits(const struct mock *m, int64_t wall, struct http_reply *out)
{
	bool is_dated = m->wire.is_messages;
	for (int i = 0; i < 2; i++) {
		const struct bucket *b = &m->limits.buckets[i ? LIMIT_TOKENS : LIMIT_REQUESTS];
		const char *const *names = limit_headers[is_dated][i];
		char reset[DURATION_SIZE];
		if (b->most == 0)
			continue;
		write_reset(bucket_refill_time(b), is_dated, wall, reset);
		http_reply_field(out, names[0], "%.0f", b->most);
		http_reply_field(out, names[1], "%" PRId64, bucket_left(b));
		http_reply_field(out, names[2], "%s", reset);
	}
}

static int refuse_for_limit(struct mock *m, const struct ask *a, const struct mock_call *call,
			    const struct refusal *no, struct http_reply *out)
{
	static const char *const what[] = { "requests per min (RPM)", "tokens per min (TPM)" };
	struct problem p;
	char again[DURATION_SIZE];
	struct view model = view_sub(a->model, 0, 64);
	limits_duration(no->wait, again);
	if (no->limit == LIMIT_IN_FLIGHT)
		problem_set(&p, 429, "requests", "rate_limit_exceeded", NULL,
			    "Too many requests at once: Limit %" PRId64 ". Please try again later.",
			    no->most);
	else if (no->asked > no->most)
		problem_set(&p, 429, "tokens", "rate_limit_exceeded", NULL,
			    "Request too large for %.*s on %s: Limit %" PRId64 ", Requested %" PRId64
			    ". The input or output tokens must be reduced.", VIEW_ARG(model),
			    what[no->limit], no->most, no->asked);
	else
		problem_set(&p, 429, limit_names[no->limit], "rate_limit_exceeded", NULL,
			    "Rate limit reached for %.*s on %s: Limit %" PRId64 ", Used %" PRId64
			    ", Requested %" PRId64 ". Please try again in %s.", VIEW_ARG(model),
			    what[no->limit], no->most, no->used, no->asked, again);
	if (no->asked <= no->most)
		retry_after_put(&m->o.retry_after, no->wait ? no->wait : CLOCK_SECOND, call->wall,
				out);
	m->stats.violations[no->limit]++;
	return wire_problem(&m->wire, &p, out);
}

/* One answer */

static int refuse_for_fault(struct mock *m, const struct fault *fault, const struct mock_call *call,
			    struct http_reply *out)
{
	struct problem p;
	problem_set(&p, fault->status, fault->type, fault->code, NULL, "%s", fault->message);
	if (m->wire.is_messages && strcmp(fault->name, "quota") == 0)
		problem_set(&p, 400, NULL, NULL, NULL, "Your credit balance is too low to access the "
			    "Anthropic API.");
	if (fault->status == 429 || fault->status == 503)
		retry_after_put(&m->o.retry_after, m->o.retry_after.seconds * CLOCK_SECOND,
				call->wall, out);
	return wire_problem(&m->wire, &p, out);
}

static const char *const id_prefixes[] = {
	[ASK_CHAT] = "chatcmpl", [ASK_COMPLETION] = "cmpl", [ASK_MESSAGES] = "msg", [ASK_EMBEDDINGS] = "embd",
	[ASK_GENERATE] = "gen", [ASK_SCORE] = "score", [ASK_RERANK] = "rerank", [ASK_CLASSIFY] = "classify",
};

static void filter(struct said *said)
{
	if (said->text.len > FILTERED_BYTES)
		said->text.len = utf8_floor(said->text.p, FILTERED_BYTES);
	said->completion_tokens = said->reasoning_tokens + tokens_count(said->text);
	said->finish = "content_filter";
}

static int answer_vectors(struct mock *m, const struct ask *a, const struct log_line *line,
			  struct http_reply *out)
{
	struct draw d = attempt_draw(m->o.seed, STREAM_LATENCY, &line->body, line->attempt);
	m->stats.prompt_tokens += a->prompt_tokens;
	int status = wire_embeddings(&m->wire, a, m->o.seed, out);
	out->delay = latency_first(&m->o.latency, &d);
	return status;
}

static int answer(struct mock *m, const struct ask *a, const struct fault *fault,
		  const struct pending *p, struct http_reply *out)
{
	const struct completion_style how = { m->o.seed, m->o.reasoning, m->o.cached_percent };
	const struct log_line *line = &p->line;
	struct said said;
	char id[48];
	uint64_t name;
	if (a->kind == ASK_EMBEDDINGS)
		return answer_vectors(m, a, line, out);
	int status = completion_write(&m->completion, &how, a, &said);
	if (status)
		return status;
	said.no_choices = fault && fault->kind == FAULT_EMPTY;
	if (fault && fault->kind == FAULT_FILTERED)
		filter(&said);
	memcpy(&name, line->body.bytes, sizeof(name));
	snprintf(id, sizeof(id), "%s-%016" PRIx64, id_prefixes[a->kind], name);
	m->stats.prompt_tokens += said.prompt_tokens;
	m->stats.completion_tokens += said.completion_tokens;
	status = a->kind >= ASK_GENERATE ? likely_answer(&m->wire, m->o.seed, a, &said, out)
					 : wire_answer(&m->wire, a, &said, id, out);

	struct draw d = attempt_draw(m->o.seed, STREAM_LATENCY, &line->body, line->attempt);
	int64_t token = latency_token(&m->o.latency);
	out->delay = latency_first(&m->o.latency, &d);
	if (a->stream)
		out->pause = token;
	else
		out->delay += token * said.completion_tokens;
	return status;
}

static int answer_or_fault(struct mock *m, const struct ask *a, const struct mock_call *call,
			   struct pending *p, struct http_reply *out)
{
	struct log_line *line = &p->line;
	const struct fault *fault =
		faults_draw(&m->o.faults, m->o.seed, &line->body, line->attempt);
	if (fault) {
		line->fault = fault->name;
		m->stats.faults[fault - fault_table]++;
	}
	if (fault && fault->kind == FAULT_STATUS)
		return refuse_for_fault(m, fault, call, out);
	int status = answer(m, a, fault, p, out);
	p->answers = !fault || fault->kind == FAULT_DRIP;
	if (status || !fault)
		return status;
	struct draw d = attempt_draw(m->o.seed, STREAM_DAMAGE, &line->body, line->attempt);
	damage_reply(fault->kind, m->wire.is_messages, &d, out);
	return SOW_OK;
}

/* One request */

static int complete(struct mock *m, const struct ask *a, const struct mock_call *call,
		    struct pending *p, struct http_reply *out)
{
	struct refusal no;
	int64_t others = m->stats.in_flight - 1;
	if (!limits_take(&m->limits, call->now, a->prompt_tokens + a->max_tokens, others, &no)) {
		p->line.fault = limit_names[no.limit];
		return refuse_for_limit(m, a, call, &no, out);
	}
	/* a request refused by a limit is not an attempt: limits depend on time, faults must not */
	seen_attempt(&m->seen, &p->line.body, &p->line.attempt);
	m->stats.asked_again += p->line.attempt > 0;
	return answer_or_fault(m, a, call, p, out);
}

static int read_and_complete(struct mock *m, enum ask_kind kind, const struct mock_call *call,
			     struct pending *p, struct http_reply *out)
{
	struct ask a;
	struct problem why;
	if (ask_read(&a, kind, call->body, &m->o.rules, &why))
		return wire_problem(&m->wire, &why, out);
	p->line.seed = a.sent_seed;
	int status = complete(m, &a, call, p, out);
	put_limits(m, call->wall, out);
	ask_release(&a);
	return status;
}

static const char bearer[] = "Bearer ";

static struct view key_in(struct view authorization)
{
	if (!view_starts(authorization, bearer))
		return view_of("");
	return view_trim(view_sub(authorization, strlen(bearer), authorization.len));
}

static bool is_allowed(const struct mock *m, const struct mock_call *call)
{
	struct view key = call->api_key.len ? call->api_key : key_in(call->authorization);
	return !m->o.key || view_eqstr(key, m->o.key);
}

static int refuse_key(struct mock *m, const struct mock_call *call, struct http_reply *out)
{
	struct problem p;
	if (m->wire.is_messages)
		problem_set(&p, 401, NULL, NULL, NULL, "%s",
			    call->api_key.len ? "invalid x-api-key" : "x-api-key header is required");
	else if (call->authorization.len)
		problem_set(&p, 401, "invalid_request_error", "invalid_api_key", NULL,
			    "Incorrect API key provided.");
	else
		problem_set(&p, 401, "invalid_request_error", NULL, NULL,
			    "You didn't provide an API key. Send it in an Authorization header "
			    "using Bearer auth (Authorization: Bearer YOUR_KEY).");
	return wire_problem(&m->wire, &p, out);
}

static int refuse_size(struct mock *m, struct http_reply *out)
{
	struct problem p;
	problem_set(&p, 413, "invalid_request_error", NULL, NULL, "Request body is too large.");
	return wire_problem(&m->wire, &p, out);
}

static int refuse_version(struct mock *m, struct http_reply *out)
{
	struct problem p;
	problem_set(&p, 400, NULL, NULL, NULL, "anthropic-version: header is required");
	return wire_problem(&m->wire, &p, out);
}

static void name_key(struct mock *m, const struct mock_call *call, char out[17])
{
	struct view key = call->api_key.len ? call->api_key : key_in(call->authorization);
	struct hash hash;
	char hex[HASH_HEX_SIZE];
	if (!key.len || !m->o.log)
		return;
	hash_bytes(key.p, key.len, &hash);
	hash_hex(&hash, hex);
	snprintf(out, 17, "%.16s", hex);
}

static struct pending *begin(struct mock *m, const struct mock_call *call)
{
	struct pending *p = m->spare;
	if (p)
		m->spare = p->next;
	else
		p = mem_alloc(sizeof(*p));
	*p = (struct pending){ .began = call->now, .line = { .wall = call->wall } };
	hasher_add(m->hasher, call->body.p, call->body.len);
	hasher_take(m->hasher, &p->line.body);
	name_key(m, call, p->line.key);
	stats_begin(&m->stats);
	p->line.n = m->stats.requests;
	return p;
}

static int ask_for_completion(struct mock *m, enum ask_kind kind, const struct mock_call *call,
			      struct http_reply *out)
{
	int status;
	struct pending *p = begin(m, call);
	m->wire.is_messages = kind == ASK_MESSAGES;
	if (!is_allowed(m, call))
		status = refuse_key(m, call, out);
	else if (m->wire.is_messages && !call->version.len)
		status = refuse_version(m, out);
	else if (call->too_big)
		status = refuse_size(m, out);
	else
		status = read_and_complete(m, kind, call, p, out);
	p->line.status = out->status;
	out->tag = p;
	if (!status)
		return SOW_OK;
	mem_free(out->body);
	*out = (struct http_reply){ 0 };
	mock_end(m, p, false, call->now);
	return status;
}

/* A request of a batch has ended as soon as it is answered. */
static int answer_in_batch(void *data, enum ask_kind kind, const struct mock_call *call,
			   struct http_reply *out)
{
	struct mock *m = data;
	int status = ask_for_completion(m, kind, call, out);
	if (!status)
		mock_end(m, out->tag, out->manner != HTTP_RESET && out->manner != HTTP_HANG, call->now);
	out->tag = NULL;
	return status;
}

static int reply_about_batches(struct mock *m, const struct mock_call *call, struct http_reply *out)
{
	m->wire.is_messages = view_starts(call->path, "/v1/messages");
	return is_allowed(m, call) ? mock_batches_reply(m->batches, call, out) : refuse_key(m, call, out);
}

/* Everything else */

static int nothing_here(struct mock *m, unsigned status, const struct mock_call *call,
			struct http_reply *out)
{
	struct problem p;
	problem_set(
		&p, status, "invalid_request_error", status == 404 ? "unknown_url" : NULL, NULL,
		status == 405 ? "Not allowed to %.*s on %.*s." : "Unknown request URL: %.*s %.*s.",
		VIEW_ARG(view_sub(call->method, 0, 16)), VIEW_ARG(view_sub(call->path, 0, 200)));
	return wire_problem(&m->wire, &p, out);
}

static const struct endpoint {
	const char *path, *method;
	enum { ENDPOINT_ASK, ENDPOINT_MODELS, ENDPOINT_STATS } what;
	enum ask_kind kind;      /* of ENDPOINT_ASK */
	const char *without;     /* its name in --without */
} endpoints[] = {
	{ "/v1/chat/completions", "POST", ENDPOINT_ASK, ASK_CHAT },
	{ "/v1/completions", "POST", ENDPOINT_ASK, ASK_COMPLETION },
	{ "/v1/messages", "POST", ENDPOINT_ASK, ASK_MESSAGES },
	{ "/v1/embeddings", "POST", ENDPOINT_ASK, ASK_EMBEDDINGS },
	{ "/generate", "POST", ENDPOINT_ASK, ASK_GENERATE, "generate" },
	{ "/v1/score", "POST", ENDPOINT_ASK, ASK_SCORE, "score" },
	{ "/score", "POST", ENDPOINT_ASK, ASK_SCORE, "score" },
	{ "/v1/rerank", "POST", ENDPOINT_ASK, ASK_RERANK, "rerank" },
	{ "/rerank", "POST", ENDPOINT_ASK, ASK_RERANK, "rerank" },
	{ "/classify", "POST", ENDPOINT_ASK, ASK_CLASSIFY, "classify" },
	{ "/v1/models", "GET", ENDPOINT_MODELS },
	{ "/stats", "GET", ENDPOINT_STATS },
};

int mock_reply(struct mock *m, const struct mock_call *call, struct http_reply *out)
{
	const struct endpoint *e = NULL;
	m->wire.is_messages = false;
	if (mock_batches_claims(call->path))
		return reply_about_batches(m, call, out);
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(*endpoints) && !e; i++)
		e = view_eqstr(call->path, endpoints[i].path) ? &endpoints[i] : NULL;
	if (e && e->without && ask_is_without(&m->o.rules, e->without))
		e = NULL;
	if (!e || !view_eqstr(call->method, e->method))
		return nothing_here(m, e ? 405 : 404, call, out);
	switch (e->what) {
	case ENDPOINT_ASK:
		return ask_for_completion(m, e->kind, call, out);
	case ENDPOINT_MODELS:
		if (!is_allowed(m, call))
			return refuse_key(m, call, out);
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
	if (!p)
		return;
	p->line.answered = whole && p->answers;
	p->line.took = now - p->began;
	if (p->line.answered)
		seen_answer(&m->seen, &p->line.body, &before);
	m->stats.answered_again += before > 0;
	stats_end(&m->stats, p->line.status, p->line.answered);
	if (m->o.log)
		log_add(&m->log, &p->line);
	p->next = m->spare;
	m->spare = p;
}

int64_t mock_ended(const struct mock *m)
{
	return m->stats.requests - m->stats.in_flight;
}

int64_t mock_in_flight(const struct mock *m)
{
	return m->stats.in_flight;
}

void mock_set_counts(struct mock *m, const struct http_counts *counts)
{
	m->stats.connections = *counts;
}

struct buf *mock_log(struct mock *m)
{
	return &m->log;
}
