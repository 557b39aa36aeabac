/* How likely a given text is: vLLM's prompt_logprobs, the echo of OpenAI's older API, SGLang's own. */
#include <math.h>

#include "base/mem.h"
#include "teacher/http/form.h"
#include "teacher/http/pieces.h"

/* Prompt and given text in one piece. */
static void write_text(struct buf *out, const char *name, const struct request *r)
{
	buf_addf(out, ",\"%s\":\"", name);
	for (size_t i = 0; i < r->part_count; i++)
		json_escape(out, r->parts[i].text);
	json_escape(out, r->given);
	buf_addch(out, '"');
}

/* Requests one token, since some servers take 0 for no limit. At temperature 1 the likelihoods are
 * the model's own with every server. */
static void write_completion(struct buf *out, const struct body_style *s, const struct param_support *d,
			     const struct request *r, struct params_sent *sent, const char *members)
{
	struct body_writer w = body_begin(out, s, d, sent);
	write_text(out, "prompt", r);
	body_integer(&w, PARAM_MAX_TOKENS, 1);
	body_number(&w, PARAM_TEMPERATURE, 1);
	buf_addstr(out, members);
	buf_addstr(out, ",\"stream\":false");
	body_end(&w, s);
}

static void write_prompt_logprobs(struct buf *out, const struct body_style *s, const struct param_support *d,
				  const struct request *r, struct params_sent *sent)
{
	write_completion(out, s, d, r, sent, ",\"prompt_logprobs\":0");
}

static void write_echo(struct buf *out, const struct body_style *s, const struct param_support *d,
		       const struct request *r, struct params_sent *sent)
{
	write_completion(out, s, d, r, sent, ",\"echo\":true,\"logprobs\":1");
}

static void write_sglang(struct buf *out, const struct body_style *s, const struct param_support *d,
			 const struct request *r, struct params_sent *sent)
{
	struct body_writer w = body_begin(out, s, d, sent);
	write_text(out, "text", r);
	buf_addstr(out, ",\"sampling_params\":{\"max_new_tokens\":1,\"temperature\":1},"
			"\"return_logprob\":true,\"logprob_start_len\":0,\"top_logprobs_num\":0,"
			"\"return_text_in_logprobs\":true,\"stream\":false");
	body_end(&w, s);
}

/* The text of the request, and where in it the given one begins. */
static struct view text_of(const struct request *r, struct buf *whole, size_t *border)
{
	for (size_t i = 0; i < r->part_count; i++)
		buf_add(whole, r->parts[i].text.p, r->parts[i].text.len);
	*border = whole->len;
	buf_add(whole, r->given.p, r->given.len);
	return view_from(whole->data, whole->len);
}

/* The numbers of the given text's tokens. The prompt's tokens show where it begins, so they are counted
 * here, whatever the server's usage says. */
static enum answer_kind read_scores(const struct piece *list, size_t count, const struct request *r,
				    struct answer *a)
{
	struct buf whole = BUF_INIT;
	size_t border, from, to;
	struct view text = text_of(r, &whole, &border);
	int status = pieces_find(list, count, text, border, &from, &to);
	buf_release(&whole);
	if (status)
		return ANSWER_UNFIT;
	for (size_t i = from; i < to; i++) {
		if (!isnan(list[i].log))
			form_add(a, list[i].log);
		else if (i)
			return ANSWER_UNFIT; /* a single first token has no number */
	}
	a->usage.prompt_tokens = (int64_t)to;
	a->counted = true;
	return ANSWER_FINE;
}

static double log_of(const json_value *v)
{
	return json_type(v) == JSON_NUMBER ? json_number(v) : NAN;
}

static const json_value *choice_of(const json_value *root)
{
	return json_first(json_get(root, "choices"));
}

/* [null, {"ID": {"logprob": -1.2, "rank": 3, "decoded_token": " a"}, …}, …]: the first of each is the
 * prompt's own token, the others were likelier. The first token has neither number nor text: its text is
 * the beginning, before that of the others. */
static enum answer_kind read_prompt_logprobs(const json_value *root, const struct request *r,
					     struct answer *a)
{
	const json_value *list = json_get(choice_of(root), "prompt_logprobs");
	size_t count = 0;
	if (json_type(list) != JSON_ARRAY)
		list = json_get(root, "prompt_logprobs");
	if (json_type(list) != JSON_ARRAY || !json_count(list))
		return ANSWER_EMPTY;
	struct piece *pieces = mem_alloc(json_count(list) * sizeof(*pieces));
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		const json_value *token = json_type(v) == JSON_OBJECT ? json_first(v) : NULL;
		pieces[count++] = (struct piece){ json_text(json_get(token, "decoded_token")),
						  log_of(json_get(token, "logprob")) };
	}
	form_usage(json_get(root, "usage"), a);
	enum answer_kind kind = read_scores(pieces, count, r, a);
	mem_free(pieces);
	return kind;
}

/* {"tokens": [" a", …], "token_logprobs": [null, -1.2, …]} */
static enum answer_kind read_echo(const json_value *root, const struct request *r, struct answer *a)
{
	const json_value *logs = json_get(choice_of(root), "logprobs");
	const json_value *tokens = json_get(logs, "tokens"), *numbers = json_get(logs, "token_logprobs");
	const json_value *number = json_first(numbers);
	size_t count = 0;
	if (json_type(tokens) != JSON_ARRAY || json_count(tokens) != json_count(numbers))
		return ANSWER_EMPTY;
	/* without an echo the text holds only the generated part */
	if (json_count(tokens) < 2 && r->given.len > 1)
		return ANSWER_EMPTY;
	struct piece *pieces = mem_alloc(json_count(tokens) * sizeof(*pieces));
	for (const json_value *v = json_first(tokens); v; v = json_next(tokens, v)) {
		pieces[count++] = (struct piece){ json_text(v), log_of(number) };
		number = json_next(numbers, number);
	}
	form_usage(json_get(root, "usage"), a);
	enum answer_kind kind = read_scores(pieces, count, r, a);
	mem_free(pieces);
	return kind;
}

/* {"meta_info": {"input_token_logprobs": [[-1.2, ID, " a"], …]}} */
static enum answer_kind read_sglang(const json_value *root, const struct request *r, struct answer *a)
{
	const json_value *meta = json_get(json_type(root) == JSON_ARRAY ? json_first(root) : root, "meta_info");
	const json_value *list = json_get(meta, "input_token_logprobs");
	size_t count = 0;
	if (json_type(list) != JSON_ARRAY || !json_count(list))
		return ANSWER_EMPTY;
	struct piece *pieces = mem_alloc(json_count(list) * sizeof(*pieces));
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		const json_value *number = json_first(v), *id = json_next(v, number);
		pieces[count++] = (struct piece){ json_text(json_next(v, id)), log_of(number) };
	}
	form_usage(meta, a);
	enum answer_kind kind = read_scores(pieces, count, r, a);
	mem_free(pieces);
	return kind;
}

const struct form forms_of_scores[] = {
	{ "prompt_logprobs", SLOT_SCORE, "/completions", false, write_prompt_logprobs,
	  read_prompt_logprobs },
	{ "echo", SLOT_SCORE, "/completions", false, write_echo, read_echo },
	{ "sglang", SLOT_SCORE, "/generate", true, write_sglang, read_sglang },
	{ 0 },
};
