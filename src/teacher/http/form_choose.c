/* Which of a few words comes next: from the likeliest tokens that a server lists beside the generated one. */
#include <math.h>

#include "base/arena.h"
#include "teacher/http/form.h"

#define LISTED 20 /* as many as most servers list; one with fewer says so, and is asked for fewer */

static void write_choose(struct buf *out, const struct body_style *s, const struct param_support *d,
			 const struct request *r, struct params_sent *sent)
{
	struct body_writer w = body_begin(out, s, d, sent);
	buf_addstr(out, ",\"prompt\":\"");
	for (size_t i = 0; i < r->part_count; i++)
		json_escape(out, r->parts[i].text);
	buf_addch(out, '"');
	body_integer(&w, PARAM_MAX_TOKENS, 1);
	body_number(&w, PARAM_TEMPERATURE, 1);
	body_integer(&w, PARAM_LOGPROBS, LISTED);
	buf_addstr(out, ",\"stream\":false");
	body_end(&w, s);
}

/* Joins neighbours of one role into one message. */
static void write_messages(struct buf *out, const struct request *r)
{
	enum role open = ROLE_NONE;
	buf_addstr(out, ",\"messages\":[");
	for (size_t i = 0; i < r->part_count; i++) {
		if (r->parts[i].role != open) {
			buf_addf(out, "%s{\"role\":\"%s\",\"content\":\"", i ? "\"}," : "",
				 role_names[r->parts[i].role]);
			open = r->parts[i].role;
		}
		json_escape(out, r->parts[i].text);
	}
	buf_addstr(out, "\"}]");
}

static void write_choose_chat(struct buf *out, const struct body_style *s, const struct param_support *d,
			      const struct request *r, struct params_sent *sent)
{
	struct body_writer w = body_begin(out, s, d, sent);
	write_messages(out, r);
	if (d->without & 1u << PARAM_MAX_TOKENS || s->max_completion_tokens)
		body_bound(&w, s, PARAM_MAX_COMPLETION_TOKENS, 1);
	else
		body_integer(&w, PARAM_MAX_TOKENS, 1);
	body_number(&w, PARAM_TEMPERATURE, 1);
	buf_addstr(out, ",\"logprobs\":true");
	body_integer(&w, PARAM_TOP_LOGPROBS, LISTED);
	buf_addstr(out, ",\"stream\":false");
	body_end(&w, s);
}

/* log(exp(a) + exp(b)) */
static double log_sum(double a, double b)
{
	double most = fmax(a, b);
	return isinf(most) ? most : most + log(exp(a - most) + exp(b - most));
}

/* The logarithm of the probability of `word` in a list of tokens: an object {" a": -1.2}, or an array
 * [{"token": " a", "logprob": -1.2}]. A blank before or after a token does not matter. */
static double find_word(const json_value *list, struct view word)
{
	bool is_object = json_type(list) == JSON_OBJECT;
	double sum = -INFINITY;
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		struct view token = is_object ? json_key(v) : json_text(json_get(v, "token"));
		const json_value *number = is_object ? v : json_get(v, "logprob");
		if (json_type(number) == JSON_NUMBER && view_eq(view_trim(token), word))
			sum = log_sum(sum, json_number(number));
	}
	return sum;
}

/* The first generated token: {"top_logprobs": [{…}]} of the older API, {"content":
 * [{"top_logprobs": […]}]} of chats; some servers mix them up. */
static const json_value *listed(const json_value *logs)
{
	const json_value *older = json_first(json_get(logs, "top_logprobs"));
	return older ? older : json_get(json_first(json_get(logs, "content")), "top_logprobs");
}

static enum answer_kind read_choice(const json_value *root, const struct request *r, struct answer *a)
{
	const json_value *logs = json_get(json_first(json_get(root, "choices")), "logprobs");
	const json_value *list = listed(logs);
	if (!json_count(list))
		return ANSWER_EMPTY;
	struct arena *arena = arena_new();
	const json_value *words = json_own(r->given, arena);
	for (const json_value *v = json_first(words); v; v = json_next(words, v))
		form_add(a, find_word(list, json_text(v)));
	arena_free(arena);
	form_usage(json_get(root, "usage"), a);
	return ANSWER_FINE;
}

const struct form forms_of_choices[] = {
	{ "logprobs", SLOT_CHOOSE, "/completions", false, write_choose, read_choice },
	{ "top_logprobs", SLOT_CHOOSE_CHAT, "/chat/completions", false, write_choose_chat, read_choice },
	{ 0 },
};
