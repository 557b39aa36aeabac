#include "method/chat_template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sow/sow.h"

static void assert_opens(const char *name, const char *system, enum role next, const char *expected)
{
	const struct chat_template *t = chat_template_find(name);
	const struct turn turns[] = { TURN(ROLE_USER, view_of("Hi")), TURN(ROLE_ASSISTANT, view_of("Ho")),
				      TURN(ROLE_USER, view_of("Why?")) };
	struct buf out = BUF_INIT;
	assert_non_null(t);
	assert_int_equal(chat_template_open(t, system, turns, next == ROLE_USER ? 2 : 3, next, &out),
			 SOW_OK);
	assert_string_equal(out.data, expected);
	buf_release(&out);
}

static void turns_as_the_families_write_them(void **state)
{
	(void)state;
	assert_opens("chatml", NULL, ROLE_USER, "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
		     "Ho<|im_end|>\n<|im_start|>user\n");
	assert_opens("chatml", "Be brief.", ROLE_ASSISTANT, "<|im_start|>system\nBe brief.<|im_end|>\n"
		     "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHo<|im_end|>\n"
		     "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n");
	assert_opens("llama3", NULL, ROLE_USER, "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
		     "<|start_header_id|>assistant<|end_header_id|>\n\nHo<|eot_id|>"
		     "<|start_header_id|>user<|end_header_id|>\n\n");
	assert_opens("gemma", "Be brief.", ROLE_USER, "<start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n"
		     "<start_of_turn>model\nHo<end_of_turn>\n<start_of_turn>user\n");
	assert_opens("mistral", NULL, ROLE_ASSISTANT, "[INST] Hi [/INST] Ho</s>[INST] Why? [/INST] ");
}

/* The opening alone, and the system turn that a family has where none is given. */
static void from_nothing(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		{ "qwen2.5", NULL, "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a "
		  "helpful assistant.<|im_end|>\n<|im_start|>user\n" },
		{ "qwen2.5", "Ask of sums.", "<|im_start|>system\nAsk of sums.<|im_end|>\n"
		  "<|im_start|>user\n" },
		{ "gemma", "Ask of sums.", "<start_of_turn>user\nAsk of sums.\n\n" },
		{ "phi3", NULL, "<|user|>\n" },
		{ "phi4", NULL, "<|im_start|>user<|im_sep|>" },
		{ "phi4-mini", NULL, "<|user|>" },
		{ "granite", NULL, "<|start_of_role|>user<|end_of_role|>" },
		{ "gpt-oss", NULL, "<|start|>user<|message|>" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf out = BUF_INIT;
		assert_int_equal(chat_template_open(chat_template_find(cases[i][0]), cases[i][1], NULL, 0,
						    ROLE_USER, &out), SOW_OK);
		assert_string_equal(out.data, cases[i][2]);
		buf_release(&out);
	}
}

/* What the option offers is what there is. */
static void every_name_is_known(void **state)
{
	(void)state;
	char names[] = CHAT_TEMPLATE_NAMES, *rest = names, *name;
	while ((name = strtok_r(rest, ", ", &rest)))
		assert_non_null(chat_template_find(name));
	assert_null(chat_template_find("alpaca"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_as_the_families_write_them),
		cmocka_unit_test(from_nothing),
		cmocka_unit_test(every_name_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
