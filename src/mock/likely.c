#include "mock/likely.h"

#include <math.h>
#include <string.h>

#include "base/draw.h"
#include "mock/draws.h"
#include "mock/tokens.h"

#define LOOKED_AT 24      /* bytes before a token on which its number depends */
#define WORD 3            /* least letters of a token to search for in the text before it */
#define DIGITS 10         /* at the front of the list */

/* 0 to 1, by the things on which a number depends. */
static double share(uint64_t seed, uint64_t unit, uint32_t number)
{
	struct draw d = draw_start(seed, STREAM_LIKELY, unit + number);
	return (double)draw_below(&d, 1000000) / 1e6;
}

static double likely_log(uint64_t seed, struct view text, size_t from, size_t to)
{
	struct view before = view_sub(text, from > LOOKED_AT ? from - LOOKED_AT : 0, from);
	struct view token = view_sub(text, from, to), word = view_trim(token);
	uint64_t unit = draw_unit(draw_unit(0, before.p, before.len), token.p, token.len);
	double loss = 0.05 + 5 * share(seed, unit, 0);
	if (word.len >= WORD && memmem(text.p, from, word.p, word.len))
		loss *= 0.3;
	return -loss;
}

static double likely_reward(uint64_t seed, struct view question, struct view answer)
{
	uint64_t unit = draw_unit(draw_unit(1, question.p, question.len), answer.p, answer.len);
	double length = fmin((double)answer.len / 400, 2);
	return 6 * share(seed, unit, 0) - 5 + 2 * length;
}

/* The pieces of a text. */

typedef void add_token(struct json_out *json, struct view token, double log, bool is_first, size_t at);

static void each_token(struct json_out *json, uint64_t seed, struct view text, add_token *add)
{
	for (size_t at = 0, len; (len = token_len(text, at)); at += len)
		add(json, view_sub(text, at, at + len), at ? likely_log(seed, text, at, at + len) : 0, !at, at);
}

static void put_text(struct json_out *json, struct view token, double log, bool is_first, size_t at)
{
	(void)log;
	(void)is_first;
	(void)at;
	json_out_text(json, NULL, token);
}

static void put_log(struct json_out *json, struct view token, double log, bool is_first, size_t at)
{
	(void)token;
	(void)at;
	if (is_first)
		json_out_null(json, NULL);
	else
		json_out_number(json, NULL, log);
}

static void put_offset(struct json_out *json, struct view token, double log, bool is_first, size_t at)
{
	(void)token;
	(void)log;
	(void)is_first;
	json_out_integer(json, NULL, (int64_t)at);
}

/* As in vLLM: {"ID": {"logprob", "rank", "decoded_token"}} */
static void put_prompt_token(struct json_out *json, struct view token, double log, bool is_first, size_t at)
{
	char id[24] = "1";
	size_t end = 0;
	(void)at;
	if (is_first) {
		json_out_null(json, NULL);
		return;
	}
	for (uint64_t n = draw_unit(2, token.p, token.len) % 50000 + 1; n && end < sizeof(id) - 1; n /= 10)
		id[end++] = (char)('0' + n % 10);
	id[end] = '\0';
	json_out_object(json, NULL);
	json_out_object(json, id);
	json_out_number(json, "logprob", log);
	json_out_integer(json, "rank", (int64_t)(1 + exp(-log)));
	json_out_text(json, "decoded_token", token);
	json_out_end(json);
	json_out_end(json);
}

/* As in SGLang: [logprob, ID, text] */
static void put_input_token(struct json_out *json, struct view token, double log, bool is_first, size_t at)
{
	(void)at;
	json_out_array(json, NULL);
	put_log(json, token, log, is_first, at);
	json_out_integer(json, NULL, (int64_t)(draw_unit(2, token.p, token.len) % 50000 + 1));
	json_out_text(json, NULL, token);
	json_out_end(json);
}

/* The likeliest alternatives to an answer's first token. */

static const char *const tokens[] = {
	"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "The", "I", "It", "A", "Score", "This", " 3", "**",
	"Sure", "Here", "Yes", "No",
};
#define TOKENS (sizeof(tokens) / sizeof(*tokens))

/* Digits have most of the probability, around one that the seed draws. */
static double token_weight(uint64_t seed, uint64_t unit, size_t i)
{
	double middle = 1 + 5.5 * share(seed, unit, 0), noise = share(seed, unit, (uint32_t)i + 1);
	double off = (double)(i + 1) - middle;
	return i < DIGITS ? 0.05 * noise + exp(-off * off) : 0.02 * noise;
}

static void put_listed(struct json_out *json, const char *token, double log, bool is_list)
{
	if (!is_list) {
		json_out_number(json, token, log);
		return;
	}
	json_out_object(json, NULL);
	json_out_text(json, "token", view_of(token));
	json_out_number(json, "logprob", log);
	json_out_end(json);
}

/* The `most` likeliest, the likeliest first. */
static void put_likeliest(struct json_out *json, uint64_t seed, uint64_t unit, int64_t most, bool is_list)
{
	double weights[TOKENS], sum = 0;
	bool taken[TOKENS] = { false };
	for (size_t i = 0; i < TOKENS; i++)
		sum += weights[i] = token_weight(seed, unit, i);
	for (int64_t n = 0; n < most && n < (int64_t)TOKENS; n++) {
		size_t best = TOKENS;
		for (size_t i = 0; i < TOKENS; i++) {
			if (!taken[i] && (best == TOKENS || weights[i] > weights[best]))
				best = i;
		}
		taken[best] = true;
		put_listed(json, tokens[best], log(weights[best] / sum), is_list);
	}
}

/* The choice of a completion or a chat. */

static void put_older(struct json_out *json, uint64_t seed, const struct ask *a, struct view text)
{
	json_out_object(json, "logprobs");
	json_out_array(json, "tokens");
	each_token(json, seed, text, put_text);
	json_out_end(json);
	json_out_array(json, "token_logprobs");
	each_token(json, seed, text, put_log);
	json_out_end(json);
	json_out_array(json, "text_offset");
	each_token(json, seed, text, put_offset);
	json_out_end(json);
	json_out_array(json, "top_logprobs");
	if (!a->echo) {
		json_out_object(json, NULL);
		put_likeliest(json, seed, a->seed, a->logprobs, false);
		json_out_end(json);
	}
	json_out_end(json);
	json_out_end(json);
}

static void put_content(struct json_out *json, uint64_t seed, const struct ask *a, struct view text)
{
	json_out_object(json, "logprobs");
	json_out_array(json, "content");
	for (size_t at = 0, len; (len = token_len(text, at)); at += len) {
		json_out_object(json, NULL);
		json_out_text(json, "token", view_sub(text, at, at + len));
		json_out_number(json, "logprob", likely_log(seed, text, at, at + len));
		json_out_array(json, "top_logprobs");
		put_likeliest(json, seed, a->seed + at, a->logprobs, true);
		json_out_end(json);
		json_out_end(json);
	}
	json_out_end(json);
	json_out_end(json);
}

void likely_echo(const struct ask *a, struct view said, struct buf *out)
{
	if (a->echo)
		buf_add(out, a->prompt.p, a->prompt.len);
	buf_add(out, said.p, said.len);
}

void likely_choice(struct json_out *json, uint64_t seed, const struct ask *a, const struct said *said)
{
	struct buf text = BUF_INIT;
	likely_echo(a, said->text, &text);
	struct view all = view_from(text.data, text.len);
	if (a->logprobs < 0)
		json_out_null(json, "logprobs");
	else if (a->kind == ASK_CHAT)
		put_content(json, seed, a, said->text);
	else
		put_older(json, seed, a, all);
	if (a->prompt_logprobs >= 0) {
		json_out_array(json, "prompt_logprobs");
		each_token(json, seed, a->prompt, put_prompt_token);
		json_out_end(json);
	}
	buf_release(&text);
}

/* Separate calls. */

static void put_usage(struct json_out *json, const struct said *said)
{
	json_out_object(json, "usage");
	json_out_integer(json, "prompt_tokens", said->prompt_tokens);
	json_out_integer(json, "completion_tokens", 0);
	json_out_integer(json, "total_tokens", said->prompt_tokens);
	json_out_end(json);
}

static void put_generated(struct json_out *json, uint64_t seed, const struct ask *a)
{
	json_out_object(json, NULL);
	json_out_text(json, "text", view_of(" The"));
	json_out_object(json, "meta_info");
	json_out_integer(json, "prompt_tokens", tokens_count(a->prompt));
	json_out_integer(json, "completion_tokens", 1);
	json_out_array(json, "input_token_logprobs");
	each_token(json, seed, a->prompt, put_input_token);
	json_out_end(json);
	json_out_end(json);
	json_out_end(json);
}

/* {LIST: [{"index": 0, NAME: x}]} */
static void put_rated(struct json_out *json, const struct said *said, double x, const char *list,
		      const char *name, bool is_array)
{
	json_out_object(json, NULL);
	json_out_array(json, list);
	json_out_object(json, NULL);
	json_out_integer(json, "index", 0);
	if (is_array) {
		json_out_array(json, name);
		json_out_number(json, NULL, x);
		json_out_end(json);
	} else {
		json_out_number(json, name, x);
	}
	json_out_end(json);
	json_out_end(json);
	put_usage(json, said);
	json_out_end(json);
}

int likely_answer(const struct wire *w, uint64_t seed, const struct ask *a, struct said *said,
		  struct http_reply *out)
{
	double x = likely_reward(seed, a->prompt, a->answer);
	*said = (struct said){ .text = view_of(""), .finish = "stop", .prompt_tokens = a->prompt_tokens };
	if (a->kind == ASK_GENERATE)
		put_generated(w->json, seed, a);
	else if (a->kind == ASK_CLASSIFY)
		put_rated(w->json, said, x, "data", "probs", true);
	else if (a->kind == ASK_SCORE)
		put_rated(w->json, said, x, "data", "score", false);
	else
		put_rated(w->json, said, x, "results", "relevance_score", false);
	return wire_json(w->json, 200, out);
}
