/* How likely a given text is, and which of a few words comes next. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "teacher/asking_test.h"
#include "teacher/model.h"

static struct request *score_request(bool shared, const char *prompt, const char *given)
{
	struct request *r = asking_request(0);
	r->kind = REQUEST_SCORE;
	if (*prompt)
		asking_add(r, ROLE_NONE, shared, prompt);
	request_set_given(r, view_of(given));
	return r;
}

/* Tokens that score_by_hand evaluates at once: few, and another number than the teacher does. */
#define A_FEW 16

static int rows_of_a_run;

/* The same by the model alone, a few tokens at a time. */
static size_t score_by_hand(const char *prompt, const char *given, float out[ASKING_CONTEXT])
{
	struct sow_error err = { 0 };
	struct model *m = model_open(asking_file, 0, &err);
	struct tokens t = { 0 };
	assert_non_null(m);
	assert_int_equal(model_start(m, &(struct model_room){ .sequences = 1, .cells = ASKING_CONTEXT, .batch = A_FEW,
							      .threads = 1 }, &err), SOW_OK);
	rows_of_a_run = model_rows(m);
	if (model_first(m) >= 0)
		tokens_add(&t, model_first(m));
	assert_int_equal(model_tokenize(m, view_of(prompt), false, false, &t), SOW_OK);
	size_t from = t.count, count = 0;
	assert_int_equal(model_tokenize(m, view_of(given), false, t.count > 0, &t), SOW_OK);
	for (size_t i = 0; i + 1 < t.count; i += A_FEW) {
		size_t end = t.count - 1 < i + A_FEW ? t.count - 1 : i + A_FEW;
		for (size_t k = i; k < end; k++)
			assert_int_equal(model_put(m, t.ids[k], (int)k, 0, true), k - i);
		model_run_exactly(m);
		assert_int_equal(model_run(m, &err), 1);
		for (size_t k = i; k < end; k++) {
			double sum = 0;
			const float *logits = model_logits(m, (int)(k - i));
			for (int v = 0; v < model_vocabulary(m); v++)
				sum += exp(logits[v]);
			if (k + 1 >= from)
				out[count++] = (float)(logits[t.ids[k + 1]] - log(sum));
		}
	}
	tokens_release(&t);
	model_close(m);
	return count;
}

/* A run of the first tokens of a text, of which all logits are wanted: those of the last, copied. */
static float *run_some(struct model *m, const struct tokens *t, bool exactly)
{
	struct sow_error err = { 0 };
	size_t size = (size_t)model_vocabulary(m) * sizeof(float);
	float *out = malloc(size);
	int row = -1;
	assert_non_null(out);
	for (size_t i = 0; i < t->count; i++)
		row = model_put(m, t->ids[i], (int)i, 0, true);
	if (exactly)
		model_run_exactly(m);
	assert_int_equal(model_run(m, &err), 1);
	memcpy(out, model_logits(m, row), size);
	model_drop(m, 0);
	return out;
}

/* libllama computes a run as it did the one before it, if they are of one shape. */
static void an_exact_run_is_exact_behind_one_that_is_not(void **state)
{
	(void)state;
	NEEDS_MODEL();
	struct sow_error err = { 0 };
	struct model *m = model_open(asking_file, 0, &err);
	struct tokens t = { 0 };
	assert_non_null(m);
	assert_int_equal(model_start(m, &(struct model_room){ .sequences = 1, .cells = ASKING_CONTEXT, .batch = A_FEW,
							      .threads = 1 }, &err), SOW_OK);
	assert_int_equal(model_tokenize(m, view_of("The capital of Norway"), false, false, &t), SOW_OK);
	size_t size = (size_t)model_vocabulary(m) * sizeof(float);
	float *exact = run_some(m, &t, true), *other = run_some(m, &t, false);
	float *exact_again = run_some(m, &t, true), *other_again = run_some(m, &t, false);
	assert_memory_not_equal(exact, other, size);
	assert_memory_equal(exact, exact_again, size);
	assert_memory_equal(other, other_again, size);
	free(exact);
	free(other);
	free(exact_again);
	free(other_again);
	tokens_release(&t);
	model_close(m);
}

/* What is evaluated beside a text moves where its numbers are rounded to the 16 bits of the model's
 * memory. Of another token they would be off by several. */
#define NOISE 0.02f

#define PROMPT "Question: What is the capital of Norway?\nAnswer:"

static void a_given_text_is_scored(void **state)
{
	(void)state;
	NEEDS_MODEL();
	/* the second is longer than one run has rows */
	struct buf text = BUF_INIT;
	for (int i = 0; i < 30; i++)
		buf_addf(&text, " The town number %d lies by the sea.", i);
	const char *const prompts[] = { PROMPT, PROMPT, "" };
	const char *const given[] = { " Oslo is the capital.", text.data, "Oslo is the capital." };
	struct request *r[] = { score_request(false, prompts[0], given[0]),
				score_request(false, prompts[1], given[1]),
				score_request(false, prompts[2], given[2]), asking_tasks(8, "Tasks.\n") };
	struct asking_replies a;
	asking_ask(asking_teacher, r, 4, &a);
	assert_int_equal(a.by_tag[3]->number_count, 0); /* what is written beside it is a text */
	assert_true(a.by_tag[3]->text.len > 0);
	for (int i = 0; i < 3; i++) {
		float wanted[ASKING_CONTEXT];
		size_t count = score_by_hand(prompts[i], given[i], wanted);
		const struct reply *got = a.by_tag[i];
		assert_int_equal(got->finish, FINISH_STOP);
		assert_int_equal(got->number_count, count);
		assert_true(i != 1 || count > (size_t)rows_of_a_run);
		assert_int_equal(got->usage.completion_tokens, 0);
		for (size_t k = 0; k < count; k++) {
			assert_true(got->numbers[k] <= 0);
			if (fabsf(got->numbers[k] - wanted[k]) > NOISE)
				fail_msg("text %d, token %zu: %f, not %f", i, k, (double)got->numbers[k],
					 (double)wanted[k]);
		}
	}
	asking_release(&a);
	buf_release(&text);
}

/* What the model says of its own accord is likelier; a beginning that is shared changes nothing. */
static void scores_compare(void **state)
{
	(void)state;
	NEEDS_MODEL();
	struct request *r[4];
	for (int i = 0; i < 4; i++) {
		r[i] = asking_request(0);
		r[i]->kind = REQUEST_SCORE;
		asking_add_tasks(r[i], ROLE_NONE, "Tasks.\n");
		r[i]->parts[0].shared = i < 3;
		for (size_t k = 0; k < r[i]->part_count; k++)
			r[i]->parts[k].shared = i < 3;
		asking_add(r[i], ROLE_NONE, false, "Task 9: Write");
		request_set_given(r[i], view_of(i == 1 ? " weather ten blue the." : " ten sentences about"));
	}
	struct asking_replies a;
	asking_ask(asking_teacher, r, 4, &a);
	double sums[4] = { 0 };
	for (int i = 0; i < 4; i++) {
		for (size_t k = 0; k < a.by_tag[i]->number_count; k++)
			sums[i] += a.by_tag[i]->numbers[k];
	}
	assert_true(sums[0] > sums[1] + 5);
	assert_true(a.by_tag[2]->usage.shared_tokens > 0);
	assert_true(fabs(sums[0] - sums[2]) < NOISE && fabs(sums[0] - sums[3]) < NOISE);
	asking_release(&a);
}

/* More than there is room for. */
static void add_seas(struct buf *text)
{
	for (int i = 0; i < ASKING_CONTEXT; i++)
		buf_addstr(text, " sea");
}

/* Of a prompt and its text so many tokens count; where no token is left there are no scores, and
 * none is made up. */
static void what_does_not_count_is_not_scored(void **state)
{
	(void)state;
	NEEDS_MODEL();
	struct buf text = BUF_INIT;
	add_seas(&text);
	struct reply *whole = asking_one(asking_teacher, score_request(false, PROMPT, " Oslo is the capital."));
	int32_t prompt = (int32_t)(whole->usage.prompt_tokens - (int64_t)whole->number_count);
	for (int32_t more = -1; more <= 9; more++) {
		struct request *r = score_request(false, PROMPT, " Oslo is the capital.");
		r->sampling.max_tokens = prompt + more;
		struct reply *cut = asking_one(asking_teacher, r);
		int64_t left = more < 0 ? 0 : more < (int64_t)whole->number_count ? more
							: (int64_t)whole->number_count;
		assert_int_equal(cut->finish, FINISH_STOP);
		assert_int_equal(cut->number_count, left);
		assert_non_null(cut->numbers);
		assert_int_equal(cut->usage.prompt_tokens, prompt + left);
		for (int64_t k = 0; k < left; k++)
			assert_true(fabsf(cut->numbers[k] - whole->numbers[k]) < NOISE);
		reply_free(cut);
	}
	reply_free(whole);
	/* what does not count needs no room */
	struct request *r = score_request(false, PROMPT, text.data);
	r->sampling.max_tokens = 40;
	struct reply *cut = asking_one(asking_teacher, r);
	assert_int_equal(cut->number_count, 40 - prompt);
	reply_free(cut);
	/* nothing is before the only token */
	cut = asking_one(asking_teacher, score_request(false, "", " sea"));
	assert_int_equal(cut->finish, FINISH_STOP);
	assert_int_equal(cut->number_count, 0);
	assert_int_equal(cut->usage.prompt_tokens, 1);
	reply_free(cut);
	buf_release(&text);
}

static void what_cannot_be_scored_is_refused(void **state)
{
	(void)state;
	NEEDS_MODEL();
	struct buf text = BUF_INIT;
	add_seas(&text);
	struct reply *r = asking_one(asking_teacher, score_request(false, PROMPT, ""));
	assert_int_equal(r->finish, FINISH_ERROR);
	asking_assert_text(r, "there is no text to score");
	reply_free(r);
	r = asking_one(asking_teacher, score_request(false, PROMPT, text.data));
	assert_int_equal(r->finish, FINISH_ERROR);
	assert_true(view_starts(r->text, "prompt and text have 5"));
	reply_free(r);
	buf_release(&text);
	assert_true(teacher_llama.can(asking_teacher, REQUEST_SCORE));
	assert_true(teacher_llama.can(asking_teacher, REQUEST_CHOOSE));
	assert_false(teacher_llama.can(asking_teacher, REQUEST_RATE));
	assert_false(teacher_llama.can(asking_teacher, REQUEST_EMBED));
}

static struct request *choice_request(const char *prompt, const char *words)
{
	struct request *r = score_request(false, prompt, words);
	r->kind = REQUEST_CHOOSE;
	return r;
}

/* A digit is as likely to come next as a text of that digit alone is behind the prompt; a word that is
 * two tokens cannot be chosen. */
static void words_are_chosen_from(void **state)
{
	(void)state;
	NEEDS_MODEL();
	const char *prompt = "How good is it, from 1 to 5? It is ";
	struct reply *chosen = asking_one(asking_teacher, choice_request(prompt, "[\"1\",\"3\",\"5\"]"));
	assert_int_equal(chosen->finish, FINISH_STOP);
	assert_int_equal(chosen->number_count, 3);
	assert_int_equal(chosen->usage.completion_tokens, 0);
	double sum = 0;
	for (size_t i = 0; i < 3; i++) {
		struct reply *alone = asking_one(asking_teacher, score_request(false, prompt, (const char *const[]){ "1", "3", "5" }[i]));
		assert_int_equal(alone->number_count, 1);
		assert_true(fabsf(alone->numbers[0] - chosen->numbers[i]) < NOISE);
		sum += exp(chosen->numbers[i]);
		reply_free(alone);
	}
	assert_true(sum > 0 && sum <= 1.000001);
	reply_free(chosen);
	static const char *const wrong[] = { "[\"incomprehensibilities\"]", "[]" };
	for (size_t i = 0; i < 2; i++) {
		struct reply *r = asking_one(asking_teacher, choice_request(prompt, wrong[i]));
		assert_int_equal(r->finish, FINISH_ERROR);
		reply_free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_chosen_from),
		cmocka_unit_test(an_exact_run_is_exact_behind_one_that_is_not),
		cmocka_unit_test(a_given_text_is_scored),
		cmocka_unit_test(scores_compare),
		cmocka_unit_test(what_does_not_count_is_not_scored),
		cmocka_unit_test(what_cannot_be_scored_is_refused),
	};
	return cmocka_run_group_tests(tests, asking_set_up, asking_tear_down);
}
