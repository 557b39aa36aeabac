#include "teacher/http/probe.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"
#include "teacher/http/failure.h"
#include "teacher/http/setup.h"
#include "teacher/http/stream.h"

#define WORDS_MAX 60                 /* bytes of a server's message, in a line */
#define BODY_MAX ((size_t)16 << 20)
#define REFUSALS_MAX 6               /* parts that one request may lose to refusals */

const char *const probe_verdict_names[] = { "no", "yes", "ignored", "unknown" };

/* The response to the last request. */
struct told {
	enum http_trouble trouble;
	int status;
	struct buf body, headers, words;
	bool is_here;
};

struct prober {
	struct probe *p;
	struct setup_http setup;
	struct server *server;
	struct told told;
	struct param_support support;      /* as learnt from the chat */
	struct params_sent sent;
	struct stream stream;        /* of the last chat or completion, like the next members */
	struct answer answer;
	enum answer_kind kind;
	struct sow_error why;        /* status not 0: it cannot continue */
};

static bool is_fine(const struct prober *r)
{
	return r->told.trouble == HTTP_FINE && r->told.status >= 200 && r->told.status <= 299;
}

static struct view body_of(const struct prober *r)
{
	return view_from(r->told.body.data, r->told.body.len);
}

/* The response as JSON, if the request was answered; else NULL. */
static struct json *parse_told(const struct prober *r)
{
	return is_fine(r) ? json_parse(r->told.body.data, r->told.body.len, NULL) : NULL;
}

static void on_answer(void *data, void *call_data, const struct http_answer *a)
{
	struct told *t = data;
	(void)call_data;
	t->trouble = a->trouble;
	t->status = a->status;
	buf_clear(&t->body);
	buf_clear(&t->headers);
	buf_clear(&t->words);
	buf_add(&t->body, a->body.p, a->body.len);
	buf_add(&t->headers, a->headers.p, a->headers.len);
	buf_addstr(&t->words, a->trouble ? a->words : "");
	t->is_here = true;
}

/* Sends a prepared call, and waits. */
static void send_call(struct prober *r, struct http_call *c, const char *path)
{
	struct http_endpoint *endpoint = setup_http_endpoint(&r->setup, r->server, path, NULL, &r->why);
	r->told.is_here = false;
	if (endpoint)
		http_call_send(c, endpoint, r->setup.timeout, NULL);
	else
		http_call_free(c);
	while (!r->told.is_here && !r->why.status)
		http_turn(r->setup.http, r->setup.timeout, on_answer, &r->told, &r->why);
	r->p->requests++;
}

/* GET, or POST of a body. */
static void ask(struct prober *r, const char *path, const struct buf *body)
{
	if (r->why.status)
		return;
	struct http_call *c = http_call_new(r->setup.http);
	if (body)
		buf_add(http_call_body(c), body->data, body->len);
	else
		http_call_get(c);
	send_call(r, c, path);
}

/* POST of {"model": …, MORE}. */
static void ask_model(struct prober *r, const char *path, const char *more)
{
	struct buf body = BUF_INIT;
	buf_addf(&body, "{\"model\":%s,%s}", r->setup.style.model, more);
	ask(r, path, &body);
	buf_release(&body);
}

static void read_answer(struct prober *r)
{
	answer_release(&r->answer);
	r->answer = (struct answer)ANSWER_INIT;
	r->kind = ANSWER_MALFORMED;
	r->stream.wire = r->server->wire;
	stream_clear(&r->stream);
	if (is_fine(r))
		r->kind = stream_read(&r->stream, body_of(r), &r->setup.thoughts, &r->answer);
}

/* The further content of a chat or completion besides its text. */
struct wish {
	const char *text;
	const struct sampling *sampling;
	const char *extra;           /* members of the body; NULL: none */
	bool is_raw, is_stream;
};

/* Asks as a run would, without the parts that the server refuses. True if it was answered. */
static bool converse(struct prober *r, const struct wish *w, struct param_support *d)
{
	const struct wire *wire = r->server->wire;
	struct body_style style = r->setup.style;
	struct request *q = request_new();
	style.chat = !w->is_raw;
	style.stream = w->is_stream;
	style.extra = w->extra ? w->extra : style.extra;
	request_add(q, w->is_raw ? ROLE_NONE : ROLE_USER, false, view_of(w->text)); /* one part fits */
	enum param_news news = PARAM_NEWS_LEARNT;
	for (int i = 0; i < REFUSALS_MAX && news != PARAM_NEWS_NONE && !r->why.status; i++) {
		struct buf body = BUF_INIT, notice = BUF_INIT;
		struct answer_words words;
		q->sampling = *w->sampling;
		q->seed = 7;
		wire->write(&body, &style, d, q, &r->sent);
		ask(r, wire->path(&style), &body);
		news = PARAM_NEWS_NONE;
		if (r->told.status == 400 || r->told.status == 422) {
			wire->words(body_of(r), &words);
			news = wire->learn(d, &words, &r->sent, &notice);
			answer_words_release(&words);
		}
		buf_release(&body);
		buf_release(&notice);
	}
	request_free(q);
	if (r->why.status)
		return false;
	read_answer(r);
	return r->kind == ANSWER_FINE || r->kind == ANSWER_BLANK || r->kind == ANSWER_CALLS ||
	       r->kind == ANSWER_FILTERED;
}

static void add_words(const struct prober *r, struct buf *out, struct view words)
{
	secrets_quote(&r->setup.secrets, view_trim(words), WORDS_MAX, out);
}

/* Why the last request was not answered. */
static void add_refusal(struct prober *r, struct buf *out)
{
	struct answer_words w;
	if (r->told.trouble) {
		add_words(r, out, view_from(r->told.words.data, r->told.words.len));
		return;
	}
	buf_addf(out, "HTTP %d", r->told.status);
	r->server->wire->words(body_of(r), &w);
	if (w.message.len)
		buf_addstr(out, ": ");
	add_words(r, out, w.message);
	answer_words_release(&w);
}

/* Some servers report a request that they do not take as their own failure. */
static bool is_invalid(const struct prober *r)
{
	struct answer_words w;
	r->server->wire->words(body_of(r), &w);
	const struct failure_event e = { .trouble = r->told.trouble, .status = r->told.status,
					 .words = &w, .answered_before = true };
	const struct failure *f = failure_of(&e);
	bool is_refused = f && f->remedy == FAILURE_FAIL;
	answer_words_release(&w);
	return is_refused;
}

/* A server that is busy, fails or does not answer shows nothing about what it can do. */
static enum probe_verdict refusal_of(const struct prober *r)
{
	bool is_told = r->told.trouble == HTTP_FINE && r->told.status != 429 && r->told.status < 500;
	return is_told || r->told.status == 501 || is_invalid(r) ? PROBE_NO : PROBE_UNKNOWN;
}

static struct probe_finding *add(struct prober *r, const char *name)
{
	struct probe_finding *f = &r->p->list[r->p->count++];
	*f = (struct probe_finding){ .name = name, .verdict = PROBE_NO, .found = BUF_INIT };
	return f;
}

static struct probe_finding *add_verdict(struct prober *r, const char *name, bool is_yes)
{
	struct probe_finding *f = add(r, name);
	f->verdict = is_yes ? PROBE_YES : refusal_of(r);
	if (!is_yes)
		add_refusal(r, &f->found);
	return f;
}

static const struct sampling plain = { .temperature = -1, .top_p = -1, .max_tokens = 64 };

static bool is_anthropic(const struct prober *r)
{
	return r->server->wire == &wire_anthropic;
}

/* Lists the models; if the user named none, the first is used. */
static void probe_models(struct prober *r)
{
	bool is_named = r->p->model, is_there = false;
	ask(r, "/models", NULL);
	struct json *doc = parse_told(r);
	const json_value *list = json_get(json_root(doc), "data");
	struct view first = json_text(json_get(json_first(list), "id"));
	struct probe_finding *f = add_verdict(r, "models", list != NULL);
	for (const json_value *v = json_first(list); v; v = json_next(list, v))
		is_there |= is_named && view_eqstr(json_text(json_get(v, "id")), r->p->model);
	if (!is_named && first.len) {
		r->p->model = mem_copy(first.p, first.len);
		setup_http_model(&r->setup, r->p->model);
	}
	if (list)
		buf_addf(&f->found, "%zu, %s%.*s", json_count(list),
			 !is_named ? "the first: " : is_there ? "among them " : "not among them: ",
			 is_named ? (int)strlen(r->p->model) : (int)first.len,
			 is_named ? r->p->model : first.p);
	json_free(doc);
}

static void probe_usage(struct prober *r, bool is_answered)
{
	struct probe_finding *f = add(r, "usage");
	const struct usage *u = &r->answer.usage;
	f->verdict = !is_answered ? PROBE_UNKNOWN : r->answer.counted ? PROBE_YES : PROBE_NO;
	if (r->answer.counted)
		buf_addf(&f->found, "%lld tokens in, %lld out", (long long)u->prompt_tokens,
			 (long long)u->completion_tokens);
	else if (is_answered)
		buf_addstr(&f->found, "tokens are reckoned from the texts");
}

static void probe_limits(struct prober *r)
{
	struct ratelimit_news requests, tokens;
	struct probe_finding *f = add(r, "limits");
	r->server->wire->limits(view_from(r->told.headers.data, r->told.headers.len), 0, &requests,
				&tokens);
	f->verdict = requests.said || tokens.said ? PROBE_YES : refusal_of(r);
	if (requests.said)
		buf_addf(&f->found, "%.0f of %.0f requests left", requests.left, requests.limit);
	if (tokens.said)
		buf_addf(&f->found, "%s%.0f of %.0f tokens left", requests.said ? ", " : "", tokens.left,
			 tokens.limit);
	if (f->verdict == PROBE_NO)
		buf_addstr(&f->found, "no header names them");
}

/* The chat on which all later ones are modelled; they use what it learns about the server. */
static bool probe_chat(struct prober *r)
{
	const struct wish w = { .text = "Say hello.", .sampling = &plain };
	bool is_answered = converse(r, &w, &r->support);
	struct probe_finding *f = add_verdict(r, is_anthropic(r) ? "messages" : "chat", is_answered);
	if (is_answered) {
		buf_addch(&f->found, '"');
		add_words(r, &f->found, r->answer.text);
		buf_addch(&f->found, '"');
	}
	r->p->answers |= is_answered;
	probe_usage(r, is_answered);
	probe_limits(r);
	return is_answered;
}

static bool probe_completions(struct prober *r)
{
	const struct wish w = { .text = "1, 2, 3,", .sampling = &plain, .is_raw = true };
	struct param_support d = r->support;
	bool is_answered = converse(r, &w, &d);
	add_verdict(r, "completions", is_answered);
	r->p->answers |= is_answered;
	return is_answered;
}

/* All later requests use the kind that was answered. */
static void probe_stream(struct prober *r, bool is_raw)
{
	const struct wish w = { .text = "Say hello.", .sampling = &plain, .is_stream = true,
				.is_raw = is_raw };
	struct param_support d = r->support;
	bool is_answered = converse(r, &w, &d);
	bool is_events = is_answered && view_find(body_of(r), 0, "data:") != VIEW_NONE;
	struct probe_finding *f = add_verdict(r, "streaming", is_answered);
	if (is_answered && !is_events)
		f->verdict = PROBE_IGNORED;
	if (is_answered)
		buf_addstr(&f->found, !is_events		? "answered in one piece"
				      : r->answer.counted ? "with usage"
							  : "without usage");
}

static bool is_refused(const struct param_support *d, const struct prober *r, enum param part)
{
	return (d->without | r->sent.unsaid) & 1u << part;
}

/* Sends all parts of a request that a method may set in one request, and learns which are refused. */
static void probe_sampling(struct prober *r, bool is_raw)
{
	static const enum param parts[] = {
		PARAM_TEMPERATURE, PARAM_TOP_P, PARAM_PRESENCE, PARAM_SEED, PARAM_STOP,
	};
	struct sampling s = { .temperature = 0.7, .top_p = 0.5, .presence_penalty = 1, .max_tokens = 64 };
	s.stops[s.stop_count++] = view_of("five");
	const struct wish w = { .text = "Count from one to nine in words.", .sampling = &s,
				.is_raw = is_raw };
	struct param_support d = r->support;
	bool is_answered = converse(r, &w, &d);
	bool is_stopped = view_find(r->answer.text, 0, "five") == VIEW_NONE;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		struct probe_finding *f = add(r, param_names[parts[i]]);
		if (!is_answered) {
			f->verdict = PROBE_UNKNOWN;
			add_refusal(r, &f->found);
			continue;
		}
		f->verdict = is_refused(&d, r, parts[i])		? PROBE_NO
			     : parts[i] == PARAM_STOP && !is_stopped ? PROBE_IGNORED
								       : PROBE_YES;
		if (r->sent.unsaid & 1u << parts[i])
			buf_addf(&f->found, "%s's API has none", r->server->wire->name);
	}
}

#define SCHEMA "{\"type\":\"object\",\"properties\":{\"colour\":{\"type\":\"string\"}}," \
	"\"required\":[\"colour\"],\"additionalProperties\":false}"

/* Counts as supported only if the answer is one that no model gives to such a question unasked. */
static void probe_schema(struct prober *r, bool is_raw)
{
	struct wish w = { .text = "Name a colour.", .sampling = &plain, .is_raw = is_raw };
	struct param_support d = r->support;
	w.extra = is_anthropic(r)
			  ? "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":" SCHEMA "}}"
			  : "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"c\","
			    "\"strict\":true,\"schema\":" SCHEMA "}}";
	bool is_answered = converse(r, &w, &d);
	struct probe_finding *f = add_verdict(r, "json-schema", is_answered);
	if (!is_answered)
		return;
	struct json *doc = json_parse(r->answer.text.p, r->answer.text.len, NULL);
	bool is_kept = json_type(json_get(json_root(doc), "colour")) == JSON_TEXT;
	f->verdict = is_kept ? PROBE_YES : PROBE_IGNORED;
	if (!is_kept)
		add_words(r, &f->found, r->answer.text);
	json_free(doc);
}

#define SCORED(how) "\"prompt\":\"One two three\",\"max_tokens\":1," how ",\"stream\":false"

/* How many log-probabilities of a given text come back, in a member of the choice (or of an object
 * there); 0 for a single one, which belongs to the generated token. */
static size_t count_scores(struct prober *r, const char *asking, const char *object, const char *list)
{
	ask_model(r, "/completions", asking);
	struct json *doc = parse_told(r);
	const json_value *choice = json_first(json_get(json_root(doc), "choices"));
	size_t count = json_count(json_get(object ? json_get(choice, object) : choice, list));
	json_free(doc);
	return count > 1 ? count : 0;
}

/* By echo, or in vLLM's way. */
static void probe_scores(struct prober *r)
{
	struct probe_finding *f = add(r, "log-probabilities");
	const char *way = "echo";
	size_t count = count_scores(r, SCORED("\"echo\":true,\"logprobs\":1"), "logprobs", "token_logprobs");
	if (!count) {
		way = "prompt_logprobs";
		count = count_scores(r, SCORED("\"prompt_logprobs\":1"), NULL, "prompt_logprobs");
	}
	if (count) {
		f->verdict = PROBE_YES;
		buf_addf(&f->found, "by %s, %zu tokens", way, count);
	} else if (is_fine(r)) {
		f->verdict = PROBE_IGNORED;
		buf_addstr(&f->found, "of a given text: neither echo nor prompt_logprobs brings any");
	} else {
		f->verdict = refusal_of(r);
		add_refusal(r, &f->found);
	}
}

/* Tests a call that should return a list with items. */
static void probe_list(struct prober *r, const char *name, const char *path, const char *more,
		       const char *list, const char *member)
{
	if (more)
		ask_model(r, path, more);
	else
		ask(r, path, NULL);
	struct json *doc = parse_told(r);
	const json_value *found = json_get(json_root(doc), list);
	size_t size = member ? json_count(json_get(json_first(found), member)) : 0;
	struct probe_finding *f = add_verdict(r, name, json_type(found) == JSON_ARRAY);
	if (size)
		buf_addf(&f->found, "%zu numbers", size);
	json_free(doc);
}

static void probe_all(struct prober *r)
{
	probe_models(r);
	if (r->told.trouble || r->told.status == 401 || r->told.status == 403)
		return;
	if (!r->p->model && !r->why.status) {
		struct probe_finding *f = add(r, "chat");
		f->verdict = PROBE_UNKNOWN;
		buf_addstr(&f->found, "which model? --model NAME says it");
		return;
	}
	bool is_chat = probe_chat(r);
	if (!is_anthropic(r))
		is_chat |= !probe_completions(r);
	if (r->p->answers) {
		probe_stream(r, !is_chat);
		probe_sampling(r, !is_chat);
		probe_schema(r, !is_chat);
	}
	if (is_anthropic(r)) {
		probe_list(r, "batches", "/messages/batches", NULL, "data", NULL);
		return;
	}
	probe_scores(r);
	probe_list(r, "embeddings", "/embeddings", "\"input\":\"hello\"", "data", "embedding");
	probe_list(r, "rerank", "/rerank", "\"query\":\"a\",\"documents\":[\"a\",\"b\"]", "results", NULL);
	probe_list(r, "batches", "/batches", NULL, "data", NULL);
}

int probe_server(struct probe *p, const struct teacher_options *o, struct sow_error *err)
{
	struct teacher_options options = *o;
	struct prober r = { .p = p, .told = { .body = { .data = buf_empty, .cap = BODY_MAX },
					      .headers = BUF_INIT, .words = BUF_INIT },
			    .stream = STREAM_INIT, .answer = ANSWER_INIT };
	*p = (struct probe){ 0 };
	options.model = o->model ? o->model : "unknown";
	int status = setup_http_init(&r.setup, &options, err);
	if (!status) {
		r.server = r.setup.pool.list;
		p->url = mem_copy(r.server->address.url, strlen(r.server->address.url));
		p->language = mem_copy(r.server->wire->name, strlen(r.server->wire->name));
		p->model = o->model ? mem_copy(o->model, strlen(o->model)) : NULL;
		probe_all(&r);
		status = (int)r.why.status;
		if (status && err)
			*err = r.why;
	}
	answer_release(&r.answer);
	stream_release(&r.stream);
	buf_release(&r.told.body);
	buf_release(&r.told.headers);
	buf_release(&r.told.words);
	setup_http_release(&r.setup);
	return status;
}

void probe_release(struct probe *p)
{
	for (size_t i = 0; i < p->count; i++)
		buf_release(&p->list[i].found);
	mem_free(p->url);
	mem_free(p->model);
	mem_free(p->language);
}
