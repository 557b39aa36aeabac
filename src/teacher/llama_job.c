#include "teacher/llama_job.h"

#include "config.h"

#if SOW_HAVE_LLAMA

#include <math.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "io/json.h"
#include "vector/exps.h"

struct llama_job *llama_job_new(struct request *r)
{
	struct llama_job *j = mem_zalloc(sizeof(*j));
	j->request = r;
	j->text = (struct buf)BUF_INIT;
	j->row = -1;
	return j;
}

void llama_job_free(struct llama_job *j)
{
	if (!j)
		return;
	request_free(j->request);
	prompt_release(&j->prompt);
	gbnf_free(j->grammar);
	buf_release(&j->text);
	mem_free(j->scores);
	tokens_release(&j->words);
	tokens_release(&j->words_behind_blank);
	mem_free(j);
}

static void finish(struct llama_job *j, enum finish how)
{
	j->finish = how;
	j->finished = true;
}

void llama_job_refuse(struct llama_job *j, const char *why)
{
	buf_clear(&j->text);
	buf_addstr(&j->text, why);
	finish(j, FINISH_ERROR);
}

/* Puts the text to be scored after its prompt, as much as counts. SOW_OK or a failure of
 * model_tokenize. */
static int add_given(struct llama_job *j, const struct model *m)
{
	struct tokens *t = &j->prompt.tokens;
	int status = model_tokenize(m, j->request->given, false, t->count > 0, t);
	size_t most = (size_t)j->request->sampling.max_tokens;
	if (most && t->count > most)
		t->count = most > j->prompt_count ? most : j->prompt_count;
	j->given_count = t->count - j->prompt_count;
	j->scores = mem_alloc((j->given_count + 1) * sizeof(*j->scores));
	return status;
}

static bool is_score(const struct llama_job *j)
{
	return j->request->kind == REQUEST_SCORE;
}

static bool is_choice(const struct llama_job *j)
{
	return j->request->kind == REQUEST_CHOOSE;
}

/* The single token of `text`; -1: it has several, or none. */
static int32_t one_token(const struct model *m, struct view text, struct tokens *scratch)
{
	scratch->count = 0;
	int status = model_tokenize(m, text, false, true, scratch);
	return status || scratch->count != 1 ? -1 : scratch->ids[0];
}

/* The tokens of each word, which must be a single one; with a blank before it may be one as well. */
static int read_words(struct llama_job *j, const struct model *m, struct sow_error *err)
{
	struct arena *a = arena_new();
	const json_value *words = json_own(j->request->given, a);
	struct tokens scratch = { 0 };
	int status = SOW_OK;
	for (const json_value *v = json_first(words); v && !status; v = json_next(words, v)) {
		struct buf blank = BUF_INIT;
		buf_addf(&blank, " %.*s", VIEW_ARG(json_text(v)));
		int32_t alone = one_token(m, json_text(v), &scratch);
		int32_t behind = one_token(m, view_from(blank.data, blank.len), &scratch);
		if (alone < 0 && behind < 0)
			status = error_set(err, SOW_INVALID, "'%.*s' is not one token of the model",
					   VIEW_ARG(json_text(v)));
		tokens_add(&j->words, alone);
		tokens_add(&j->words_behind_blank, behind);
		buf_release(&blank);
	}
	if (!status && !j->words.count)
		status = error_set(err, SOW_INVALID, "there are no words to choose from");
	j->scores = mem_alloc(j->words.count * sizeof(*j->scores));
	tokens_release(&scratch);
	arena_free(a);
	return status;
}

/* The first token of a text has no score, nor has any if the prompt alone fills the limit. */
static bool has_scores(const struct llama_job *j)
{
	return j->given_count + (j->prompt_count > 0) >= 2;
}

/* Refuses a request that does not fit a context of so many tokens. */
static int check_room(const struct llama_job *j, size_t context, struct sow_error *err)
{
	size_t prompt = j->prompt_count, all = j->prompt.tokens.count;
	if (!is_score(j) && !prompt)
		return error_set(err, SOW_INVALID, "the prompt is empty");
	if (!is_score(j) && prompt >= context)
		return error_set(err, SOW_TOOBIG, "the prompt has %zu tokens, the context holds %zu (--ctx)",
				 prompt, context);
	if (is_score(j) && !j->request->given.len)
		return error_set(err, SOW_INVALID, "there is no text to score");
	if (all > context && (!is_score(j) || has_scores(j)))
		return error_set(err, SOW_TOOBIG, "prompt and text have %zu tokens, the context holds %zu "
				 "(--ctx)", all, context);
	return SOW_OK;
}

/* Tokenizes. SOW_OK or a failure, with why. */
static int read_request(struct llama_job *j, struct model *m, struct constraints *c, size_t context,
			struct sow_error *err)
{
	int status = prompt_make(m, j->request, &j->prompt, err);
	if (!status)
		status = constraints_find(c, m, j->request->schema, &j->grammar, err);
	j->prompt_count = j->prompt.tokens.count;
	if (!status && is_score(j)) {
		status = add_given(j, m);
		if (status == SOW_TOOBIG)
			error_set(err, SOW_TOOBIG, "the text to score is too long");
	}
	if (!status && is_choice(j))
		status = read_words(j, m, err);
	return status ? status : check_room(j, context, err);
}

void llama_job_prepare(struct llama_job *j, struct model *m, struct constraints *c, size_t context)
{
	struct sow_error err = { 0 };
	int status = read_request(j, m, c, context, &err);
	if (status) {
		llama_job_refuse(j, err.text);
		return;
	}
	size_t n = j->prompt_count;
	int32_t most = j->request->sampling.max_tokens;
	j->limit = context - n;
	if (most > 0 && (size_t)most < j->limit)
		j->limit = (size_t)most;
	if (is_score(j))
		j->limit = j->given_count;
	if (is_choice(j))
		j->limit = 1;
	if (is_score(j) && !has_scores(j))
		finish(j, FINISH_STOP);
	/* Each request evaluates the last token: its logits begin the reply. */
	if (n && j->prompt.shared == n)
		j->prompt.shared--;
}

bool llama_job_is_writing(const struct llama_job *j)
{
	return j->prompt.tokens.count > j->prompt_count + j->given_count;
}

void llama_job_begin_run(struct llama_job *j)
{
	j->in_run = j->rows = 0;
	j->row = -1;
}

/* A reply continues after the last token. For scores it takes the logits of each token from the prompt's
 * last on, except the text's last; the first token has no score if nothing precedes it. */
void llama_job_put(struct llama_job *j, struct model *m, int sequence, size_t *rows_left)
{
	const struct tokens *t = &j->prompt.tokens;
	size_t end = is_score(j) ? t->count - 1 : t->count;
	size_t wanted_from = is_score(j) ? j->prompt_count : t->count;
	while (j->evaluated + j->in_run < end && model_left(m)) {
		size_t at = j->evaluated + j->in_run;
		bool wanted = at + 1 >= wanted_from;
		if (wanted && is_score(j) && !*rows_left)
			return;
		int row = model_put(m, t->ids[at], (int)at, sequence, wanted);
		j->in_run++;
		if (!wanted)
			continue;
		if (!j->rows++) {
			j->row = row;
			j->row_at = at;
		}
		if (is_score(j))
			--*rows_left;
	}
}

static size_t longest_stop(const struct sampling *s)
{
	size_t most = 0;
	for (size_t i = 0; i < s->stop_count; i++) {
		if (s->stops[i].len > most)
			most = s->stops[i].len;
	}
	return most;
}

/* Looks for a stop in the text, whose bytes from `old` on are new. */
static bool meets_stop(struct llama_job *j, size_t old)
{
	const struct sampling *how = &j->request->sampling;
	size_t before = longest_stop(how);
	size_t from = old > before ? old - before : 0;
	struct view fresh = view_from(j->text.data + from, j->text.len - from);
	if (!sampling_cut(how, &fresh))
		return false;
	buf_cut(&j->text, from + fresh.len);
	return true;
}

static bool grammar_says(void *grammar, int32_t token)
{
	return gbnf_allows(grammar, token);
}

static void grammar_takes_out(void *grammar, float *logits)
{
	gbnf_mask(grammar, logits);
}

/* Token number `written` of the reply; -1 if its grammar allows none. */
static int32_t pick(struct llama_job *j, struct model *m, struct sampler *s, size_t written)
{
	float *logits = model_logits(m, j->row);
	const struct sampling *how = &j->request->sampling;
	const int32_t *ids = j->prompt.tokens.ids + j->prompt_count;
	const struct sampler_filter filter = { grammar_says, grammar_takes_out, j->grammar };
	if (!j->grammar)
		return sampler_pick(s, logits, how, j->request->seed, ids, written);
	return sampler_pick_allowed(s, logits, how, j->request->seed, ids, written, &filter);
}

/* The logarithm of a token's probability. */
static float log_probability(const float *logits, int vocabulary, int32_t token)
{
	float most = exps_most(logits, (size_t)vocabulary);
	double sum = exps(logits, (size_t)vocabulary, most, NULL);
	return (float)((double)logits[token] - (double)most - log(sum));
}

static void read_scores(struct llama_job *j, struct model *m)
{
	int vocabulary = model_vocabulary(m);
	size_t all = j->given_count - (j->prompt_count == 0);
	for (size_t i = 0; i < j->rows; i++) {
		int32_t token = j->prompt.tokens.ids[j->row_at + i + 1];
		j->scores[j->score_count++] =
			log_probability(model_logits(m, j->row + (int)i), vocabulary, token);
	}
	if (j->score_count == all)
		finish(j, FINISH_STOP);
}

static double token_log(const float *logits, int vocabulary, int32_t token)
{
	return token < 0 ? -INFINITY : (double)log_probability(logits, vocabulary, token);
}

/* The likelihood of a word is the sum of those with and without a blank before it. */
static void read_choice(struct llama_job *j, struct model *m)
{
	const float *logits = model_logits(m, j->row);
	int vocabulary = model_vocabulary(m);
	for (size_t i = 0; i < j->words.count; i++) {
		int32_t alone = j->words.ids[i], behind = j->words_behind_blank.ids[i];
		double a = token_log(logits, vocabulary, alone);
		double b = behind == alone ? -INFINITY : token_log(logits, vocabulary, behind);
		double most = fmax(a, b);
		j->scores[i] = (float)(most + log(exp(a - most) + exp(b - most)));
	}
	j->score_count = j->words.count;
	finish(j, FINISH_STOP);
}

void llama_job_read(struct llama_job *j, struct model *m, struct sampler *s)
{
	if (is_choice(j)) {
		read_choice(j, m);
		return;
	}
	if (is_score(j)) {
		read_scores(j, m);
		return;
	}
	struct tokens *t = &j->prompt.tokens;
	size_t written = t->count - j->prompt_count, old = j->text.len;
	int32_t token = pick(j, m, s, written);
	if (token < 0) {
		llama_job_refuse(j, "no token of the model continues as the schema's grammar requires");
		return;
	}
	tokens_add(t, token);
	if (model_ends(m, token)) {
		finish(j, FINISH_STOP);
		return;
	}
	if (j->grammar)
		gbnf_accept(j->grammar, token);
	model_piece(m, token, &j->text);
	if (meets_stop(j, old))
		finish(j, FINISH_STOP);
	else if (written + 1 == j->limit)
		finish(j, FINISH_LENGTH);
}

void llama_job_restart(struct llama_job *j)
{
	j->prompt.tokens.count = j->prompt_count + j->given_count;
	j->score_count = 0;
	j->evaluated = 0;
	j->shared = 0;
	buf_clear(&j->text);
	if (j->grammar)
		gbnf_restart(j->grammar);
}

struct reply *llama_job_reply(const struct llama_job *j)
{
	/* A reply that is cut may end within a character. */
	struct view text = view_from(j->text.data, utf8_floor(j->text.data, j->text.len));
	bool is_scored = (is_score(j) || is_choice(j)) && j->finish == FINISH_STOP;
	struct reply *r = is_scored ? reply_new_numbers(j->scores, j->score_count) : reply_new(text);
	r->tag = j->request->tag;
	r->key = j->request->key;
	r->finish = j->finish;
	r->clipped = j->finish == FINISH_LENGTH &&
		     j->limit != (size_t)j->request->sampling.max_tokens;
	r->usage = (struct usage){
		.prompt_tokens = (int64_t)(j->prompt_count + j->given_count),
		.shared_tokens = (int64_t)j->shared,
		.completion_tokens = (int64_t)(j->prompt.tokens.count - j->prompt_count -
						j->given_count),
	};
	r->began = j->began;
	r->took = clock_monotonic() - j->clock;
	return r;
}

#endif
