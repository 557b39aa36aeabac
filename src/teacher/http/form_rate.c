/* How good an answer is, by a reward model or a reranker: vLLM's score and classify, the rerank of
 * Cohere and Jina as in vLLM, SGLang and llama.cpp, and that of Hugging Face's TEI. */
#include <math.h>

#include "teacher/http/form.h"

static void write_question(struct buf *out, const struct request *r)
{
	for (size_t i = 0; i < r->part_count; i++)
		json_escape(out, r->parts[i].text);
}

/* {QUESTION: "…", ANSWER: …} */
static void write_two(struct buf *out, const struct body_style *s, const struct param_support *d,
		      const struct request *r, struct params_sent *sent, const char *question,
		      const char *answer, bool is_list, const char *members)
{
	struct body_writer w = body_begin(out, s, d, sent);
	buf_addf(out, ",\"%s\":\"", question);
	write_question(out, r);
	buf_addf(out, "\",\"%s\":%s\"", answer, is_list ? "[" : "");
	json_escape(out, r->given);
	buf_addstr(out, is_list ? "\"]" : "\"");
	buf_addstr(out, members);
	body_end(&w, s);
}

static void write_score(struct buf *out, const struct body_style *s, const struct param_support *d,
			const struct request *r, struct params_sent *sent)
{
	write_two(out, s, d, r, sent, "queries", "documents", false, "");
}

static void write_score_text(struct buf *out, const struct body_style *s, const struct param_support *d,
			     const struct request *r, struct params_sent *sent)
{
	write_two(out, s, d, r, sent, "text_1", "text_2", false, "");
}

static void write_rerank(struct buf *out, const struct body_style *s, const struct param_support *d,
			 const struct request *r, struct params_sent *sent)
{
	write_two(out, s, d, r, sent, "query", "documents", true, ",\"top_n\":1");
}

static void write_tei(struct buf *out, const struct body_style *s, const struct param_support *d,
		      const struct request *r, struct params_sent *sent)
{
	write_two(out, s, d, r, sent, "query", "texts", true, ",\"raw_scores\":true");
}

/* A reward model gets the conversation, with the answer at its end. */
static void write_classify(struct buf *out, const struct body_style *s, const struct param_support *d,
			   const struct request *r, struct params_sent *sent)
{
	struct body_writer w = body_begin(out, s, d, sent);
	buf_addstr(out, ",\"messages\":[{\"role\":\"user\",\"content\":\"");
	write_question(out, r);
	buf_addstr(out, "\"},{\"role\":\"assistant\",\"content\":\"");
	json_escape(out, r->given);
	buf_addstr(out, "\"}]");
	body_end(&w, s);
}

static enum answer_kind give(const json_value *number, const json_value *usage, struct answer *a)
{
	if (json_type(number) != JSON_NUMBER)
		return ANSWER_EMPTY;
	form_add(a, json_number(number));
	form_usage(usage, a);
	return ANSWER_FINE;
}

static const json_value *first_of(const json_value *root, const char *list)
{
	return json_first(json_get(root, list));
}

/* {"data": [{"index": 0, "score": 1.2}]} */
static enum answer_kind read_score(const json_value *root, const struct request *r, struct answer *a)
{
	(void)r;
	return give(json_get(first_of(root, "data"), "score"), json_get(root, "usage"), a);
}

/* {"results": [{"index": 0, "relevance_score": 1.2}]}; of TEI [{"index": 0, "score": 1.2}] */
static enum answer_kind read_rerank(const json_value *root, const struct request *r, struct answer *a)
{
	const json_value *result = first_of(root, "results");
	(void)r;
	if (json_type(root) == JSON_ARRAY)
		return give(json_get(json_first(root), "score"), NULL, a);
	const json_value *number = json_get(result, "relevance_score");
	return give(number ? number : json_get(result, "score"), json_get(root, "usage"), a);
}

/* {"data": [{"probs": [1.2]}]}: a reward model has one class. Of several the last counts; of two that
 * is the one for "good". SGLang: [{"embedding": [1.2]}], or one such object. */
static enum answer_kind read_classify(const json_value *root, const struct request *r, struct answer *a)
{
	const json_value *one = json_type(root) == JSON_ARRAY ? json_first(root) : root;
	const json_value *list = json_get(one, "embedding"), *last = NULL;
	(void)r;
	if (!list)
		list = json_get(first_of(root, "data"), "probs");
	for (const json_value *v = json_first(list); v; v = json_next(list, v))
		last = v;
	return give(last, json_get(root, "usage"), a);
}

const struct form forms_of_rates[] = {
	{ "score", SLOT_RATE, "/score", false, write_score, read_score },
	{ "score-texts", SLOT_RATE, "/score", false, write_score_text, read_score },
	{ "rerank", SLOT_RATE, "/rerank", false, write_rerank, read_rerank },
	{ "tei", SLOT_RATE, "/rerank", true, write_tei, read_rerank },
	{ "classify", SLOT_RATE, "/classify", true, write_classify, read_classify },
	{ 0 },
};
