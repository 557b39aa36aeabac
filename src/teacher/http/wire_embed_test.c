#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "teacher/http/stream.h"
#include "teacher/http/wire.h"

static void test_body(void **state)
{
	const struct body_style style = { .model = "\"m\"", .extra = "\"dimensions\":8", .stream = true, .chat = true };
	struct param_support d = { 0 };
	struct params_sent sent;
	struct buf out = BUF_INIT;
	struct request *r = request_new();
	(void)state;
	assert_non_null(r);
	r->kind = REQUEST_EMBED;
	assert_int_equal(request_add(r, ROLE_NONE, true, view_of("A \"quoted\"\n")), SOW_OK);
	assert_int_equal(request_add(r, ROLE_NONE, false, view_of("text")), SOW_OK);
	assert_int_equal(wire_openai.embeddings->write(&out, &style, &d, r, &sent), SOW_OK);
	assert_string_equal(out.data, "{\"model\":\"m\",\"input\":\"A \\\"quoted\\\"\\ntext\",\"dimensions\":8}");
	assert_string_equal(wire_openai.embeddings->path(&style), "/embeddings");
	assert_null(wire_anthropic.embeddings);
	request_free(r);
	buf_release(&out);
}

static void test_vector(void **state)
{
	static const char body[] = "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,"
				   "\"embedding\":[0.5,-1e-3,2]}],\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}}";
	struct answer a;
	(void)state;
	assert_int_equal(answer_read(&wire_openai_embeddings, view_of(body), NULL, &a), ANSWER_FINE);
	float numbers[3];
	assert_int_equal(a.numbers.len, sizeof(numbers));
	memcpy(numbers, a.numbers.data, sizeof(numbers));
	assert_float_equal(numbers[1], -1e-3f, 1e-9f);
	struct request *r = request_new();
	assert_non_null(r);
	const struct usage u = answer_count(r, &a);
	assert_int_equal(u.prompt_tokens, 5);
	assert_int_equal(u.completion_tokens, 0);
	assert_false(u.estimated);
	request_free(r);
	answer_release(&a);
}

static void test_others(void **state)
{
	static const struct {
		const char *body;
		enum answer_kind kind;
	} cases[] = {
		{ "{\"data\":[{\"embedding\":[]}]}", ANSWER_EMPTY },
		{ "{\"data\":[]}", ANSWER_EMPTY },
		{ "{}", ANSWER_EMPTY },
		{ "{\"data\":[{\"embedding\":\"AAAA\"}]}", ANSWER_MALFORMED },
		{ "{\"data\":[{\"embedding\":[1,null]}]}", ANSWER_MALFORMED },
		{ "{\"data\":[{\"embedding\":[1,1e300]}]}", ANSWER_MALFORMED },
		{ "{\"data\":[{\"embedding\":[1,NaN]}]}", ANSWER_MALFORMED },
		{ "{\"data\":[{\"embedding\":[1,2", ANSWER_MALFORMED },
		{ "{\"error\":{\"message\":\"no\"}}", ANSWER_FAILURE },
		{ "<html>", ANSWER_PAGE },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct answer a;
		enum answer_kind kind = answer_read(&wire_openai_embeddings, view_of(cases[i].body), NULL, &a);
		if (kind != cases[i].kind)
			fail_msg("%s: %d", cases[i].body, (int)kind);
		answer_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
