#include "teacher/http/failure.h"

#include <string.h>

/* A row fits if all its conditions hold. Status 200 with an error in its body is looked up by
 * the status in the body, or else as 500. The first row that fits counts. */
struct row {
	struct failure is;
	enum http_trouble trouble;
	int from, to;          /* status; 0: any, or none */
	bool first;            /* only before the server's first answer */
	int pages;             /* only after so many web pages */
	const char *says;      /* code, type or message has one of these, separated by '|' */
	enum answer_kind kind; /* of an answer with status 200; 0: any */
};

#define RETRY .remedy = FAILURE_RETRY
#define FAIL .remedy = FAILURE_FAIL
#define STOP .remedy = FAILURE_STOP
#define AT(first, last) .from = (first), .to = (last)

static const char too_long[] =
	"context_length|context length|context window|maximum context|context size|too many tokens|"
	"prompt is too long|input is too long|input too long|reduce the length|exceeds the maximum";
static const char filtered[] =
	"content_filter|content filter|content_policy|content policy|content management|moderation|"
	"flagged|safety";
/* Not "billing" or "payment": messages about rate limits contain these as well. */
static const char no_quota[] =
	"insufficient_quota|insufficient quota|insufficient_balance|insufficient balance|"
	"insufficient credits|credit balance|out of credits|billing_hard_limit|billing hard limit";
/* As some servers say it with status 400. */
static const char no_model[] =
	"model_not_found|invalid model|unknown model|no such model|model does not exist|"
	"is not a valid model|model not found|no_db_connection|invalid_api_key|invalid api key";
/* Servers in Python (llama_cpp.server) may report a refused part of the request with status 500: FastAPI
 * as of Pydantic 2, and of 1. Errors in their own answers look the same, with another place. */
static const char invalid_body[] = "'loc': ('body'|\nbody -> ";
static const char too_large[] = "request too large";

/* Daily limits, and those that no wait will meet. */
static const char day_quota[] =
	"per day|per-day|perday|per_day|daily|requests today|limit: 0";

/* Once is a passing fault, repeatedly it is the server's state. If other requests are answered, or none
 * is left, this request is the cause. */
#define SERVER_FAILED .strikes = 1, .tries = 10, .count = COUNT_SINGLE
#define OVERLOADED { "overloaded", "overloaded", RETRY, .slows = true, .strikes = 1, .tries = 10, \
		     .count = COUNT_PATIENT }
#define TIMED_OUT .slows = true, .strikes = 1, .tries = 5, .count = COUNT_SINGLE
#define NO_USE .strikes = 1, .tries = 5

static const struct row rows[] = {
	/* No response, or an incomplete one. */
	{ { "no-host", "no such host", RETRY, .strikes = 4 }, .trouble = HTTP_NO_HOST },
	{ { "no-connection", "no connection", RETRY, .strikes = 4 },
	  .trouble = HTTP_NO_CONNECTION },
	{ { "no-trust", "its certificate is not to be trusted", STOP }, .trouble = HTTP_NO_TRUST },
	{ { "timeout", "no answer in time", RETRY, .paid = true, TIMED_OUT },
	  .trouble = HTTP_TIMEOUT },
	{ { "broken", "the connection broke", RETRY, .paid = true, SERVER_FAILED },
	  .trouble = HTTP_BROKEN },
	{ { "answer-too-big", "the answer or its headers are too big", FAIL, .paid = true },
	  .trouble = HTTP_BODY_TOO_BIG },
	{ { "redirects", "it redirects again and again", STOP }, .trouble = HTTP_REDIRECTS },
	{ { "failed", "the request failed", RETRY, .paid = true, SERVER_FAILED },
	  .trouble = HTTP_FAILED },

	/* By status and body. */
	{ { "redirect", "it redirects", STOP }, AT(300, 399) },
	{ { "too-long", "the request is too long", FAIL }, AT(400, 422), .says = too_long },
	{ { "filtered", "refused by a content filter", FAIL }, AT(400, 403), .says = filtered },
	{ { "no-quota", "no quota left", STOP }, AT(400, 429), .says = no_quota },
	{ { "no-quota", "payment required", STOP }, AT(402, 402) },
	{ { "no-key", "the key is refused", STOP }, AT(401, 401) },
	{ { "forbidden", "forbidden", STOP }, AT(403, 403) },
	/* A 404 before the first success means a wrong address or model name. Stop, rather than
	 * fail every remaining request. */
	{ { "no-such-address", "nothing is there", STOP }, AT(404, 405), .first = true },
	{ { "no-model", "no such model, or no such key", STOP }, AT(400, 422), .first = true,
	  .says = no_model },
	{ { "not-found", "not found", FAIL }, AT(404, 404) },
	{ { "timeout", "no answer in time", RETRY, TIMED_OUT }, AT(408, 408) },
	{ { "conflict", "conflict", RETRY, SERVER_FAILED }, AT(409, 409) },
	{ { "too-long", "the request is too long", FAIL }, AT(413, 414) },
	{ { "too-early", "too early", RETRY, SERVER_FAILED }, AT(425, 425) },
	{ { "too-long", "the request is too long", FAIL }, AT(429, 429), .says = too_large },
	{ { "day-quota", "the quota of the day is used up", RETRY, .slows = true, .hours = 24 },
	  AT(429, 429), .says = day_quota },
	{ { "too-many-requests", "too many requests", RETRY, .slows = true }, AT(429, 429) },
	{ { "refused", "refused", FAIL }, AT(400, 499) },
	{ { "not-implemented", "not implemented", STOP }, AT(501, 501), .first = true },
	{ OVERLOADED, AT(503, 503) },
	{ OVERLOADED, AT(529, 529) },
	{ { "timeout", "no answer in time", RETRY, .paid = true, TIMED_OUT }, AT(504, 504) },
	{ { "refused", "refused", FAIL }, AT(500, 500), .says = invalid_body },
	{ { "server-error", "the server failed", RETRY, SERVER_FAILED }, AT(500, 599) },

	/* An answer, but not a usable one. */
	{ { "web-page", "a web page in place of an answer", STOP }, AT(100, 299), .first = true,
	  .pages = 3, .kind = ANSWER_PAGE },
	{ { "web-page", "a web page in place of an answer", RETRY, .paid = true, NO_USE },
	  AT(100, 299), .kind = ANSWER_PAGE },
	{ { "malformed", "the answer is malformed", RETRY, .paid = true, NO_USE }, AT(100, 299),
	  .kind = ANSWER_MALFORMED },
	{ { "empty", "the answer is empty", RETRY, .paid = true, NO_USE }, AT(100, 299),
	  .kind = ANSWER_EMPTY },
	{ { "empty", "the answer says nothing", RETRY, .paid = true, NO_USE }, AT(100, 299),
	  .kind = ANSWER_BLANK },
	{ { "filtered", "ended by a content filter", FAIL, .paid = true }, AT(100, 299),
	  .kind = ANSWER_FILTERED },
	{ { "calls", "calls a tool in place of an answer", FAIL, .paid = true }, AT(100, 299),
	  .kind = ANSWER_CALLS },
	{ { "unfit", "the tokens it tells do not make up the text", FAIL, .paid = true }, AT(100, 299),
	  .kind = ANSWER_UNFIT },
	{ { "malformed", "not an answer", RETRY, NO_USE }, AT(0, 0) }, /* a status that makes no sense */
};

static bool has_one(struct view text, const char *list)
{
	struct view rest = view_of(list);
	while (rest.len) {
		size_t bar = view_find(rest, 0, "|");
		struct view word = view_sub(rest, 0, bar);
		rest = bar == VIEW_NONE ? view_of("") : view_sub(rest, bar + 1, rest.len);
		for (size_t at = 0; at + word.len <= text.len; at++) {
			if (view_eqfold(view_sub(text, at, at + word.len), word))
				return true;
		}
	}
	return false;
}

static bool says(const struct answer_words *w, const char *list)
{
	return w && (has_one(w->code, list) || has_one(w->type, list) ||
		     has_one(w->message, list) || has_one(w->quota, list));
}

static bool fits(const struct row *r, const struct failure_event *e, int status,
		 enum answer_kind kind)
{
	if (r->trouble != e->trouble || (r->from && (status < r->from || status > r->to)))
		return false;
	if ((r->first && e->answered_before) || e->pages < r->pages)
		return false;
	return (!r->kind || r->kind == kind) && (!r->says || says(e->words, r->says));
}

const struct failure *failure_of(const struct failure_event *e)
{
	bool success = e->status >= 200 && e->status <= 299;
	bool failure_inside = success && e->kind == ANSWER_FAILURE;
	if (e->trouble == HTTP_FINE && success && e->kind == ANSWER_FINE)
		return NULL;
	int status = e->status;
	if (failure_inside)
		status = e->words && e->words->status ? e->words->status : 500;
	enum answer_kind kind = success ? e->kind : ANSWER_MALFORMED;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (fits(&rows[i], e, status, kind))
			return &rows[i].is;
	}
	return &rows[sizeof(rows) / sizeof(*rows) - 1].is;
}

const struct failure *failure_row(size_t i)
{
	return i < sizeof(rows) / sizeof(*rows) ? &rows[i].is : NULL;
}
