#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sow/sow.h"
#include "teacher/http/form.h"

/* A request with a prompt of one part. */
static struct request *asked(enum request_kind kind, enum role role, const char *prompt, const char *given)
{
	struct request *r = request_new();
	assert_non_null(r);
	r->kind = kind;
	assert_int_equal(request_add(r, role, false, view_of(prompt)), SOW_OK);
	request_set_given(r, view_of(given));
	return r;
}

static const struct form *named(enum form_slot slot, const char *name)
{
	for (size_t i = 0; form_at(slot, i); i++) {
		if (strcmp(form_at(slot, i)->name, name) == 0)
			return form_at(slot, i);
	}
	fail_msg("no form %s", name);
	return NULL;
}

static void check_body(const char *name, const struct request *r, const char *expected)
{
	const struct body_style style = { .model = "\"m\"", .extra = "" };
	const struct param_support support = { 0 };
	struct params_sent sent;
	struct buf out = BUF_INIT;
	named(form_slot(r), name)->write(&out, &style, &support, r, &sent);
	buf_addch(&out, '\0');
	assert_string_equal(out.data, expected);
	buf_release(&out);
}

static void check_numbers(const char *name, const struct request *r, const char *body,
			  const float *expected, size_t count, int64_t tokens)
{
	struct answer a;
	enum answer_kind kind = form_read(named(form_slot(r), name), view_of(body), r, &a);
	if (kind != ANSWER_FINE || a.numbers.len != count * sizeof(float))
		fail_msg("%s: kind %d, %zu numbers", name, (int)kind, a.numbers.len / sizeof(float));
	for (size_t i = 0; i < count; i++) {
		float x;
		memcpy(&x, a.numbers.data + i * sizeof(x), sizeof(x));
		if (isinf(expected[i]) ? !isinf(x) : fabsf(x - expected[i]) > 1e-5f)
			fail_msg("%s: number %zu is %f", name, i, (double)x);
	}
	assert_int_equal(a.usage.prompt_tokens, tokens);
	answer_release(&a);
}

static void check_kind(const char *name, const struct request *r, const char *body, enum answer_kind expected)
{
	struct answer a;
	enum answer_kind kind = form_read(named(form_slot(r), name), view_of(body), r, &a);
	if (kind != expected)
		fail_msg("%s: %s: kind %d", name, body, (int)kind);
	answer_release(&a);
}

static void scores_are_asked_and_read(void **state)
{
	(void)state;
	struct request *r = asked(REQUEST_SCORE, ROLE_NONE, "Say hi:", " Hi there");
	const float two[] = { -1.5f, -0.25f };
	check_body("prompt_logprobs", r, "{\"model\":\"m\",\"prompt\":\"Say hi: Hi there\",\"max_tokens\":1,"
		   "\"temperature\":1.0,\"prompt_logprobs\":0,\"stream\":false}");
	check_body("echo", r, "{\"model\":\"m\",\"prompt\":\"Say hi: Hi there\",\"max_tokens\":1,"
		   "\"temperature\":1.0,\"echo\":true,\"logprobs\":1,\"stream\":false}");
	check_numbers("prompt_logprobs", r, "{\"choices\":[{\"text\":\"!\",\"prompt_logprobs\":[null,"
		      "{\"1\":{\"logprob\":-9,\"rank\":5,\"decoded_token\":\"Say\"}},"
		      "{\"2\":{\"logprob\":-9,\"decoded_token\":\" hi\"},\"7\":{\"logprob\":-1,"
		      "\"decoded_token\":\" no\"}},{\"3\":{\"logprob\":-9,\"decoded_token\":\":\"}},"
		      "{\"4\":{\"logprob\":-1.5,\"decoded_token\":\" Hi\"}},"
		      "{\"5\":{\"logprob\":-0.25,\"decoded_token\":\" there\"}}]}],"
		      "\"usage\":{\"prompt_tokens\":6,\"completion_tokens\":1}}", two, 2, 6);
	check_numbers("echo", r, "{\"choices\":[{\"text\":\"Say hi: Hi there!\",\"logprobs\":{\"tokens\":[\"Say\","
		      "\" hi\",\":\",\" Hi\",\" there\",\"!\"],\"token_logprobs\":[null,-9,-9,-1.5,-0.25,-3]}}]}",
		      two, 2, 5);
	check_numbers("sglang", r, "{\"text\":\"!\",\"meta_info\":{\"prompt_tokens\":5,\"input_token_logprobs\":"
		      "[[null,1,\"Say\"],[-9,2,\" hi\"],[-9,3,\":\"],[-1.5,4,\" Hi\"],[-0.25,5,\" there\"]]}}",
		      two, 2, 5);
	/* passed over */
	check_kind("prompt_logprobs", r, "{\"choices\":[{\"text\":\"!\"}]}", ANSWER_EMPTY);
	check_kind("echo", r, "{\"choices\":[{\"text\":\"!\",\"logprobs\":null}]}", ANSWER_EMPTY);
	check_kind("echo", r, "{\"choices\":[{\"text\":\"!\",\"logprobs\":{\"tokens\":[\"!\"],"
		   "\"token_logprobs\":[-1]}}]}", ANSWER_EMPTY);
	check_kind("sglang", r, "{\"text\":\"!\",\"meta_info\":{}}", ANSWER_EMPTY);
	/* another text's */
	check_kind("echo", r, "{\"choices\":[{\"logprobs\":{\"tokens\":[\"So\",\" what\"],"
		   "\"token_logprobs\":[null,-1]}}]}", ANSWER_UNFIT);
	check_kind("echo", r, "{\"error\":{\"message\":\"no\"}}", ANSWER_FAILURE);
	check_kind("echo", r, "{\"choices\":", ANSWER_MALFORMED);
	request_free(r);
}

/* What stands alone has no likelihood of its first token. */
static void nothing_stands_before(void **state)
{
	(void)state;
	struct request *r = request_new();
	const float one[] = { -0.5f };
	r->kind = REQUEST_SCORE;
	request_set_given(r, view_of("Hi there"));
	check_numbers("prompt_logprobs", r, "{\"choices\":[{\"prompt_logprobs\":[null,"
		      "{\"5\":{\"logprob\":-0.5,\"decoded_token\":\" there\"}}]}]}", one, 1, 2);
	request_free(r);
}

static void choices_are_asked_and_read(void **state)
{
	(void)state;
	struct request *r = asked(REQUEST_CHOOSE, ROLE_NONE, "1 or 2? ", "[\"1\",\"2\",\"3\"]");
	struct request *chat = asked(REQUEST_CHOOSE, ROLE_USER, "1 or 2?", "[\"1\",\"2\",\"3\"]");
	/* two tokens that are one word: log(e^-1 + e^-2) */
	const float three[] = { -0.6867383f, -3, -INFINITY };
	check_body("logprobs", r, "{\"model\":\"m\",\"prompt\":\"1 or 2? \",\"max_tokens\":1,\"temperature\":1.0,"
		   "\"logprobs\":20,\"stream\":false}");
	check_body("top_logprobs", chat, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"1 or 2?\"}],"
		   "\"max_tokens\":1,\"temperature\":1.0,\"logprobs\":true,\"top_logprobs\":20,\"stream\":false}");
	check_numbers("logprobs", r, "{\"choices\":[{\"text\":\"1\",\"logprobs\":{\"top_logprobs\":[{\"1\":-1,"
		      "\" 1\":-2,\"2\":-3,\"no\":-0.1}]}}]}", three, 3, 0);
	check_numbers("top_logprobs", chat, "{\"choices\":[{\"message\":{\"content\":\"1\"},\"logprobs\":{\"content\":"
		      "[{\"token\":\"1\",\"logprob\":-1,\"top_logprobs\":[{\"token\":\"1\",\"logprob\":-1},"
		      "{\"token\":\" 1\",\"logprob\":-2},{\"token\":\"2\",\"logprob\":-3}]}]}}],"
		      "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}", three, 3, 9);
	check_kind("top_logprobs", chat, "{\"choices\":[{\"message\":{\"content\":\"1\"},\"logprobs\":null}]}",
		   ANSWER_EMPTY);
	request_free(r);
	request_free(chat);
}

static void rates_are_asked_and_read(void **state)
{
	(void)state;
	struct request *r = asked(REQUEST_RATE, ROLE_NONE, "Why?", "So.");
	const float one[] = { 1.25f };
	static const struct {
		const char *form, *body, *answer;
	} cases[] = {
		{ "score", "{\"model\":\"m\",\"queries\":\"Why?\",\"documents\":\"So.\"}",
		  "{\"data\":[{\"index\":0,\"object\":\"score\",\"score\":1.25}]}" },
		{ "score-texts", "{\"model\":\"m\",\"text_1\":\"Why?\",\"text_2\":\"So.\"}",
		  "{\"data\":[{\"index\":0,\"score\":1.25}]}" },
		{ "rerank", "{\"model\":\"m\",\"query\":\"Why?\",\"documents\":[\"So.\"],\"top_n\":1}",
		  "{\"results\":[{\"index\":0,\"relevance_score\":1.25}]}" },
		{ "tei", "{\"model\":\"m\",\"query\":\"Why?\",\"texts\":[\"So.\"],\"raw_scores\":true}",
		  "[{\"index\":0,\"score\":1.25}]" },
		{ "classify", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"},"
		  "{\"role\":\"assistant\",\"content\":\"So.\"}]}",
		  "{\"data\":[{\"index\":0,\"probs\":[1.25],\"num_classes\":1}]}" },
		{ "classify", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"},"
		  "{\"role\":\"assistant\",\"content\":\"So.\"}]}", "[{\"embedding\":[1.25]}]" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		check_body(cases[i].form, r, cases[i].body);
		check_numbers(cases[i].form, r, cases[i].answer, one, 1, 0);
		check_kind(cases[i].form, r, "{\"choices\":[]}", ANSWER_EMPTY);
	}
	request_free(r);
}

/* One after another, until one is taken or none is left; the user's choice alone. */
static void forms_are_tried(void **state)
{
	(void)state;
	struct forms f = { 0 };
	assert_string_equal(forms_now(&f, SLOT_SCORE)->name, "prompt_logprobs");
	assert_true(forms_next(&f, SLOT_SCORE));
	assert_string_equal(forms_now(&f, SLOT_SCORE)->name, "echo");
	assert_string_equal(forms_now(&f, SLOT_RATE)->name, "score");
	assert_true(forms_take(&f, SLOT_SCORE));
	assert_false(forms_take(&f, SLOT_SCORE));
	assert_true(forms_next(&f, SLOT_SCORE));
	assert_false(forms_next(&f, SLOT_SCORE));
	struct forms chosen = { .only = "echo" };
	assert_string_equal(forms_now(&chosen, SLOT_SCORE)->name, "echo");
	assert_false(forms_next(&chosen, SLOT_SCORE));
	assert_string_equal(forms_now(&chosen, SLOT_RATE)->name, "score");
	assert_true(forms_next(&chosen, SLOT_RATE));
	assert_true(form_is("tei"));
	assert_false(form_is("telepathy"));
	assert_true(form_decides("tei"));
	assert_false(form_decides("echo"));
	for (int i = 0; i < 3; i++)
		assert_true(forms_again(&f, SLOT_RATE));
	assert_false(forms_again(&f, SLOT_RATE));
	assert_true(forms_next(&f, SLOT_RATE));
	assert_true(forms_again(&f, SLOT_RATE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_asked_and_read),
		cmocka_unit_test(nothing_stands_before),
		cmocka_unit_test(choices_are_asked_and_read),
		cmocka_unit_test(rates_are_asked_and_read),
		cmocka_unit_test(forms_are_tried),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
