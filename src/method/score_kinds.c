/* The scores of sow score, a row each, and how they are computed. */
#include <math.h>

#include "base/utf8.h"
#include "method/choice.h"
#include "method/score_private.h"
#include "method/speech.h"
#include "text/language.h"
#include "text/repetition.h"

#define RUN_OF_WORDS 4 /* repetitions of so many words count */

/* Of texts */

static int write_length(const struct score *m, struct view question, struct view answer, struct buf *out)
{
	(void)m;
	(void)question;
	return buf_addf(out, "\"length\":%zu,\"length_characters\":%zu", words_count(answer.p, answer.len),
			utf8_count(answer.p, answer.len));
}

static int write_repetition(const struct score *m, struct view question, struct view answer,
			    struct buf *out)
{
	double share;
	int status = repetition_of(answer, RUN_OF_WORDS, &share);
	(void)m;
	(void)question;
	if (status == SOW_NOMEM)
		return status;
	buf_addstr(out, "\"repetition\":");
	if (status)
		return buf_addstr(out, "null");
	json_add_number(out, share);
	return SOW_OK;
}

static int write_refusal(const struct score *m, struct view question, struct view answer, struct buf *out)
{
	struct speech s;
	(void)m;
	(void)question;
	speech_open(&s, answer);
	buf_addf(out, "\"refusal\":%d", speech_refusal(&s) != NULL);
	speech_close(&s);
	return SOW_OK;
}

static int write_language(const struct score *m, struct view question, struct view answer,
			  struct buf *out)
{
	(void)m;
	(void)question;
	buf_addstr(out, "\"language\":");
	json_add_text(out, view_of(language_code(language_of(answer.p, answer.len))));
	return SOW_OK;
}

int score_nearest(struct seen *s, struct view question, double *nearest)
{
	struct neighbour near;
	double mean;
	size_t count = 0;
	int status = words_of(&s->words, s->vocabulary, question.p, question.len);
	if (status >= 0)
		status = novelty_nearest_few(s->novelty, &s->words, 1, &near, &count, &mean);
	*nearest = count ? near.score : 0;
	return status < 0 ? status : novelty_add(s->novelty, &s->words, (int64_t)novelty_count(s->novelty));
}

static int write_novelty(const struct score *m, struct view question, struct view answer, struct buf *out)
{
	double nearest;
	(void)answer;
	int status = score_nearest(m->seen, question, &nearest);
	buf_addstr(out, "\"novelty\":");
	if (status == SOW_TOOBIG)
		return buf_addstr(out, "null");
	json_add_number(out, 1 - nearest);
	return status;
}

/* Of likelihoods */

static double value_perplexity(const struct heard *h, size_t most)
{
	return likelihood_perplexity(&h->l[TEXT_ALPACA], most);
}

static double value_ifd(const struct heard *h, size_t most)
{
	return likelihood_ifd(&h->l[TEXT_ALPACA], &h->l[TEXT_ALPACA_ALONE], most);
}

static double value_ifd_perplexity(const struct heard *h, size_t most)
{
	return likelihood_ifd_perplexity(&h->l[TEXT_ALPACA], &h->l[TEXT_ALPACA_ALONE], most);
}

static double value_superfilter(const struct heard *h, size_t most)
{
	return likelihood_superfilter(&h->l[TEXT_PLAIN], &h->l[TEXT_PLAIN_ALONE], most);
}

/* Of digits, summed over the turns of a conversation as in DEITA: long ones win. */

static double digits_of(const struct heard *h, enum text asked, size_t turn)
{
	const struct reply *r = h->replies[asked][turn];
	return choice_expectation(r->numbers, r->number_count);
}

static double sum_of_turns(const struct heard *h, enum text asked)
{
	double sum = 0;
	for (size_t i = 0; i < h->counts[asked]; i++)
		sum += digits_of(h, asked, i);
	return h->counts[asked] ? sum : NAN;
}

static double value_complexity(const struct heard *h, size_t most)
{
	(void)most;
	return sum_of_turns(h, ASKED_COMPLEXITY);
}

static double value_quality(const struct heard *h, size_t most)
{
	(void)most;
	return sum_of_turns(h, ASKED_QUALITY);
}

static double value_deita(const struct heard *h, size_t most)
{
	double sum = 0;
	(void)most;
	for (size_t i = 0; i < h->counts[ASKED_QUALITY]; i++)
		sum += digits_of(h, ASKED_COMPLEXITY, i) * digits_of(h, ASKED_QUALITY, i);
	return h->counts[ASKED_QUALITY] ? sum : NAN;
}

static double value_selectit(const struct heard *h, size_t most)
{
	double scores[SELECTIT_PROMPTS];
	(void)most;
	for (size_t i = 0; i < SELECTIT_PROMPTS; i++) {
		const struct reply *r = h->replies[ASKED_SELECTIT][i];
		scores[i] = choice_selectit(r->numbers, r->number_count);
	}
	return choice_selectit_of(scores, SELECTIT_PROMPTS);
}

static double value_reward(const struct heard *h, size_t most)
{
	const struct reply *r = h->replies[ASKED_REWARD][0];
	(void)most;
	return r->number_count == 1 ? (double)r->numbers[0] : NAN;
}

#define ALPACA (1u << TEXT_ALPACA)
#define ALPACA_TWICE (1u << TEXT_ALPACA | 1u << TEXT_ALPACA_ALONE)
#define PLAIN_TWICE (1u << TEXT_PLAIN | 1u << TEXT_PLAIN_ALONE)
#define OF_TEXTS(needs_, write_) .needs = (needs_), .write = write_
#define COMPLEXITY (1u << ASKED_COMPLEXITY)
#define QUALITY (1u << ASKED_QUALITY)
#define OF_DIGITS(needs_, texts_, value_) .needs = (needs_), .texts = (texts_), .value = value_
#define OF_JUDGE(needs_, judge_) .needs = (needs_), .judge = (judge_)
#define OF_MODEL(texts_, most_, value_) \
	.needs = OF_ANSWER, .texts = texts_, .most = most_, .value = value_

const struct score_kind score_kinds[] = {
	{ "length", { "length", "length_characters" }, OF_TEXTS(OF_ANSWER, write_length) },
	{ "repetition", { "repetition" }, OF_TEXTS(OF_ANSWER, write_repetition) },
	{ "refusal", { "refusal" }, OF_TEXTS(OF_ANSWER, write_refusal) },
	{ "language", { "language" }, OF_TEXTS(OF_ANSWER, write_language) },
	{ "novelty", { "novelty" }, OF_TEXTS(OF_QUESTION | OF_SEEN, write_novelty) },
	{ "perplexity", { "perplexity" }, OF_MODEL(ALPACA, 512, value_perplexity) },
	{ "ifd", { "ifd" }, OF_MODEL(ALPACA_TWICE, 512, value_ifd) },
	{ "ifd-perplexity", { "ifd_perplexity" }, OF_MODEL(ALPACA_TWICE, 512, value_ifd_perplexity) },
	{ "superfilter", { "superfilter" }, OF_MODEL(PLAIN_TWICE, 1024, value_superfilter) },
	{ "embed", { NULL }, .embeds = true },
	{ "deita-complexity", { "deita_complexity" }, OF_DIGITS(OF_QUESTION, COMPLEXITY, value_complexity) },
	{ "deita-quality", { "deita_quality" }, OF_DIGITS(OF_ANSWER, QUALITY, value_quality) },
	{ "deita", { "deita" }, OF_DIGITS(OF_ANSWER, COMPLEXITY | QUALITY, value_deita) },
	{ "selectit", { "selectit" }, OF_DIGITS(OF_ANSWER, 1u << ASKED_SELECTIT, value_selectit) },
	{ "reward", { "reward" }, OF_DIGITS(OF_ANSWER, 1u << ASKED_REWARD, value_reward) },
	{ "rubric", { NULL }, OF_JUDGE(OF_ANSWER, JUDGE_RUBRICS) },
	{ "difficulty", { "difficulty", "difficulty_reason" }, OF_JUDGE(OF_ANSWER, JUDGE_ONE) },
	{ "alpagasus", { "alpagasus", "alpagasus_reason" }, OF_JUDGE(OF_ANSWER, JUDGE_ONE) },
	{ "tags", { "tags", "tag_count" }, OF_JUDGE(OF_QUESTION, JUDGE_TAGS) },
};
const size_t score_kind_count = sizeof(score_kinds) / sizeof(*score_kinds);
